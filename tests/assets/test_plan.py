"""The plan stage through Dagster: from filed rows to a signed plan, and again with nothing changed."""

import json
import stat
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.plan
import checks.plan
from assets.decisions import read_decision_log
from assets.folders import Folders
from assets.plan import fingerprint_of
from assets.warehouse import Warehouse
from checks.contracts import breaches
from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.filings.kinds import KINDS
from onevisit.filings.tables import FiledRows
from onevisit.plan.signoff import require_sign_off
from onevisit.plan.tables import Conflicts, Decisions, Proposals, Refused, Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Inspectors, InspectorSources, Items, Objects, ObjectSources
from onevisit.tables import frame_of, models_of
from tests.onevisit.plan import samples

YEAR = 2027
STAGE = [*dg.load_assets_from_modules([assets.plan]), *dg.load_asset_checks_from_modules([checks.plan])]
ROWS = (
    {"partners": "县市场监管局、县消防救援大队", "partner_items": "SCJG-025"},
    {"plan_row_id": "GA-2027-02", "ratio_text": "60%"},
    {"plan_row_id": "GA-2027-03", "window_text": "2027年05月01日至2027年08月31日"},
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    filled = Warehouse(Folders(tmp_path))
    objects = samples.objects()
    market = {"departments": [samples.MARKET], "item_codes": ["SCJG-025"]}
    inspectors, listed = samples.staff({}, {}, market, market)
    registries = {
        Objects: objects,
        ObjectSources: samples.sources(objects),
        Items: samples.items(),
        Inspectors: inspectors,
        InspectorSources: listed,
    }
    for model, frame in registries.items():
        filled.replace(model, frame, YEAR)
    file_plan(filled, *ROWS)
    return filled


def file_plan(warehouse: Warehouse, *changes: dict[str, object]) -> None:
    place = ["department", "file", "sheet", "row"]
    rows = [
        {
            **{key: row[key] for key in place},
            "kind": "plan",
            "state": "kept",
            "fields": json.dumps({field: row[field] for field in KINDS["plan"].fields if row[field]}),
            "problems": "[]",
        }
        for row in samples.filed(*changes).iter_rows(named=True)
    ]
    warehouse.replace(FiledRows, frame_of(FiledRows, rows), YEAR, table="ga")


def run(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    resources = {"warehouse": warehouse, "county": county}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(STAGE, partition_key=str(YEAR), resources=resources, instance=instance)


def test_a_filed_plan_becomes_a_signed_one(warehouse: Warehouse, county: County):
    result = run(warehouse, county)
    assert result.success
    assert [check.check_name for check in result.get_asset_check_evaluations() if not check.passed] == []
    assert warehouse.read(Submitted, YEAR)["plan_row_id"].to_list() == ["GA-2027-01", "GA-2027-03"]
    assert warehouse.read(Refused, YEAR)["code"].to_list() == ["P040"]
    assert warehouse.read(Conflicts, YEAR)["kind"].to_list() == ["partner_outside"]
    assert warehouse.read(Scope, YEAR).height == 40
    assert warehouse.read(Proposals, YEAR)["visits_saved"].to_list() == [2.0]
    assert warehouse.read(Tasks, YEAR)["plan_rows"].to_list() == [["GA-2027-01", "GA-2027-03"]]
    assert warehouse.read(TaskItems, YEAR)["item_code"].to_list() == ["GA-002", "SCJG-025", "GA-002"]
    require_sign_off(read_decision_log(warehouse.folders, YEAR), fingerprint_of(warehouse, YEAR))
    for model in models_of("plan"):
        assert breaches(model, warehouse.read(model, YEAR)).is_empty(), model


def test_the_decision_log_is_closed_to_others_and_a_second_run_adds_nothing(warehouse: Warehouse, county: County):
    run(warehouse, county)
    log = warehouse.folders.sealed(YEAR) / "decisions.jsonl"
    before = log.read_bytes()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    run(warehouse, county)
    assert log.read_bytes() == before


def test_a_changed_plan_is_signed_anew_and_the_old_records_stay(warehouse: Warehouse, county: County):
    run(warehouse, county)
    before = read_decision_log(warehouse.folders, YEAR)
    file_plan(warehouse, ROWS[0])
    run(warehouse, county)
    after = read_decision_log(warehouse.folders, YEAR)
    assert after.startswith(before)
    assert warehouse.read(Decisions, YEAR).select("seq", "is_demonstration").rows() == [(n, True) for n in (1, 2, 3, 4)]


def test_a_real_county_signs_nothing_by_itself(warehouse: Warehouse, county: County):
    result = run(warehouse, county.model_copy(update={"demonstration": None}))
    assert result.success
    assert warehouse.read(Decisions, YEAR).is_empty()
    warned = {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
    assert "the_plan_is_signed_off" in warned
    with pytest.raises(RefusedError):
        require_sign_off(read_decision_log(warehouse.folders, YEAR), fingerprint_of(warehouse, YEAR))


def test_a_log_somebody_changed_stops_the_run(warehouse: Warehouse, county: County):
    run(warehouse, county)
    log = warehouse.folders.sealed(YEAR) / "decisions.jsonl"
    log.write_text(log.read_text("utf-8").replace("示例签批人", "某某"), "utf-8")
    with pytest.raises(RefusedError, match="P060"):
        run(warehouse, county)


def test_the_tables_are_the_same_whatever_the_order_of_filing(warehouse: Warehouse, county: County):
    run(warehouse, county)
    first = warehouse.read(Submitted, YEAR), warehouse.read(Tasks, YEAR)
    [filed] = warehouse.read_each(FiledRows, YEAR, ["ga"])
    warehouse.replace(FiledRows, filed.reverse(), YEAR, table="ga")
    warehouse.replace(Objects, samples.objects().reverse(), YEAR)
    run(warehouse, county)
    assert pl.DataFrame.equals(warehouse.read(Submitted, YEAR), first[0])
    assert pl.DataFrame.equals(warehouse.read(Tasks, YEAR), first[1])

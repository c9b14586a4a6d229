"""The plan stage through Dagster: from filed rows to a signed plan, and again with nothing changed."""

import json
import stat
from pathlib import Path

import dagster as dg
import openpyxl
import polars as pl
import pytest

import assets.plan
import checks.plan
from assets.decisions import read_decision_log
from assets.draw import hold_scripted_rounds
from assets.folders import Folders
from assets.kept_plans import keep_plan
from assets.plan import fingerprint_of, plan_held
from assets.warehouse import Warehouse
from checks.contracts import breaches
from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.filings.kinds import KINDS
from onevisit.filings.tables import FiledRows
from onevisit.plan.signoff import require_sign_off
from onevisit.plan.tables import (
    Conflicts,
    Decisions,
    Proposals,
    Raises,
    Refused,
    Scope,
    Submitted,
    TaskItems,
    Tasks,
    VersionChanges,
    Versions,
)
from onevisit.registries.tables import Inspectors, InspectorSources, Items, Objects, ObjectSources
from onevisit.results.tables import Feedback
from onevisit.tables import frame_of, models_of
from tests.onevisit.plan import samples
from tests.onevisit.results.made import feedback

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
    with dg.DagsterInstance.ephemeral() as instance, warehouse.held():
        return dg.materialize(STAGE, partition_key=str(YEAR), resources=resources, instance=instance)


def broken(result: dg.ExecuteInProcessResult) -> list[str]:
    """The checks that did not pass."""
    return [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]


def test_a_filed_plan_becomes_a_signed_one(warehouse: Warehouse, county: County):
    result = run(warehouse, county)
    assert result.success
    # Only the police have filed a plan.
    assert broken(result) == ["every_department_has_its_plan_in_time"]
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


def test_the_review_workbook_asks_about_every_row_and_a_second_run_changes_no_byte(warehouse, county: County):
    run(warehouse, county)
    path = warehouse.folders.plan_review(YEAR)
    before = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    asked = openpyxl.load_workbook(path)["计划审核"].iter_rows(min_row=4)
    assert [row[0].value for row in asked] == ["GA-2027-01", "GA-2027-03"]
    run(warehouse, county)
    assert path.read_bytes() == before


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


def draw(warehouse: Warehouse, county: County) -> None:
    """Plan, sign and draw, over objects whose ids a draw takes."""
    for model in (Objects, ObjectSources):
        frame = warehouse.read(model, YEAR).with_columns(pl.col("object_id").str.replace("O-", "DY-"))
        warehouse.replace(model, frame, YEAR)
    run(warehouse, county)
    hold_scripted_rounds(warehouse, county, YEAR)


def test_what_is_drawn_stays_when_the_plan_changes(warehouse: Warehouse, county: County):
    draw(warehouse, county)
    before = {model: warehouse.read(model, YEAR) for model in (Submitted, Scope, Tasks, TaskItems)}
    later = {"plan_row_id": "GA-2027-03", "window_text": "2027年06月01日至2027年08月31日"}
    file_plan(warehouse, ROWS[0], later, {"plan_row_id": "GA-2027-04"})
    closed = warehouse.read(Objects, YEAR).with_columns(is_living=pl.col("object_id") != "DY-003")
    warehouse.replace(Objects, closed, YEAR)
    result = run(warehouse, county)
    # Only the police have filed a plan.
    assert broken(result) == ["every_department_has_its_plan_in_time"]
    tasks = warehouse.read(Tasks, YEAR)
    assert tasks.head(1).equals(before[Tasks])
    assert tasks.select("task_id", "plan_rows").rows()[1:] == [("T002", ["GA-2027-04"])]
    for model in (Submitted, Scope, TaskItems):
        kept = warehouse.read(model, YEAR).filter(pl.col("plan_row_id") != "GA-2027-04")
        assert kept.equals(before[model]), model
    changed = warehouse.read(Conflicts, YEAR).filter(kind="drawn_task_changed")
    assert changed.select("plan_row_id", "answer").rows() == [("GA-2027-03", None)]
    assert warehouse.read(Versions, YEAR).select("version", "task_count", "is_current").rows() == [
        (1, 1, False),
        (2, 2, True),
    ]
    assert warehouse.read(VersionChanges, YEAR)["subject"].to_list() == ["T002", "GA-2027-04"]
    # The same rows, one of them typed in other widths.
    file_plan(warehouse, {**ROWS[0], "plan_row_id": "ＧＡ-2027-01"}, ROWS[2], {"plan_row_id": "GA-2027-04"})
    assert run(warehouse, county).success
    assert warehouse.read(Tasks, YEAR).equals(tasks)


def late_result(warehouse: Warehouse) -> None:
    """File a result of the year before that comes in after the plan was signed."""
    found = {"object_id": "O-000", "ground": "不配合检查情节严重", "effect": "D"}
    warehouse.replace(Feedback, feedback(found), YEAR - 1)


def test_a_late_result_of_last_year_changes_no_plan_whose_numbers_do_not_turn_on_it(warehouse, county: County):
    run(warehouse, county)
    signed = fingerprint_of(warehouse, YEAR)
    late_result(warehouse)
    run(warehouse, county.model_copy(update={"demonstration": None}))
    assert warehouse.read(Raises, YEAR).select("object_id", "risk_class").rows() == [("O-000", "D")]
    assert fingerprint_of(warehouse, YEAR) == signed
    require_sign_off(read_decision_log(warehouse.folders, YEAR), signed)


def test_a_late_result_that_changes_the_numbers_asks_for_a_new_signature(warehouse: Warehouse, county: County):
    file_plan(warehouse, {"item_code": "GA-011", "ratio_text": "8户", "credit_requirement": "按信用风险分类"})
    run(warehouse, county)
    late_result(warehouse)
    run(warehouse, county.model_copy(update={"demonstration": None}))
    with pytest.raises(RefusedError, match="P06"):
        require_sign_off(read_decision_log(warehouse.folders, YEAR), fingerprint_of(warehouse, YEAR))


def test_a_kept_plan_somebody_changed_stops_the_run(warehouse: Warehouse, county: County):
    draw(warehouse, county)
    [folder] = warehouse.folders.plans(YEAR).iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    pl.read_parquet(folder / "tasks.parquet").with_columns(name=pl.lit("别的")).write_parquet(folder / "tasks.parquet")
    with pytest.raises(RefusedError, match="P151"):
        run(warehouse, county)


def test_a_plan_never_signed_is_not_kept_for_long(warehouse: Warehouse, county: County):
    real = county.model_copy(update={"demonstration": None})
    first = keep_plan(warehouse.folders, YEAR, plan_held(warehouse, YEAR))
    run(warehouse, real)
    [kept] = warehouse.folders.plans(YEAR).iterdir()
    assert kept.name == fingerprint_of(warehouse, YEAR) != first

"""The visits and results stages through Dagster, on a county of two shops."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

import assets.results
import assets.visits
import checks.results
import checks.visits
from assets.catalogue import key_of
from assets.clock import secret
from assets.evidence import write_evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.filings.tables import Accounting, FiledRows
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, InspectorSources, Interests, Items, Objects
from onevisit.results.tables import Corrections, Disposals, Findings, Overdue, Progress, Refused
from onevisit.tables import Table, frame_of
from onevisit.visits.recusal import recusals_of
from onevisit.visits.staff import Registers, staff_files
from onevisit.visits.tables import (
    Alternates,
    Deadlines,
    Deferred,
    ExpertAssignments,
    Obligations,
    Recusals,
    Shortages,
    Teams,
    Visits,
)
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import INN, SHOP, YEAR


@pytest.fixture
def warehouse(tmp_path: Path, county: County) -> Warehouse:
    inspectors, sources = samples.people({}, {}, {})
    interest = {
        "person_id": "P-0001",
        "object_id": SHOP,
        "relation": "持股",
        "declared_by": "本人申报",
        "department": "x",
    }
    filled = Warehouse(Folders(tmp_path))
    tables = {
        Rounds: samples.rounds(),
        Drawn: samples.drawn({}, {"object_id": INN}),
        Batches: samples.batches({}, {"object_id": INN}),
        Substitutes: samples.substitutes(),
        Tasks: samples.tasks(),
        TaskItems: samples.task_items({}),
        Submitted: samples.submitted(),
        Objects: samples.objects({}, {"object_id": INN}),
        Inspectors: inspectors,
        InspectorSources: sources,
        Experts: samples.experts({}),
        Items: samples.items({"is_expert_needed": True}),
        Interests: frame_of(Interests, [interest]),
    }
    for model, frame in tables.items():
        filled.replace(model, frame, YEAR)
    _file_results(filled)
    _freeze(filled, county)
    return filled


def _freeze(warehouse: Warehouse, county: County) -> None:
    """Freeze the people of the round as the registers have them now."""
    items, objects, inspectors, sources, experts, interests = (
        warehouse.read(model, YEAR) for model in (Items, Objects, Inspectors, InspectorSources, Experts, Interests)
    )
    registers = Registers(items, objects, inspectors, sources, experts, recusals_of(interests))
    files = staff_files(
        registers,
        task_items=warehouse.read(TaskItems, YEAR),
        scope=warehouse.read(Drawn, YEAR).select("plan_row_id", "object_id"),
        seat_count=2,
        year=YEAR,
        department_keys=county.department_keys,
        secret=secret(warehouse.folders, county, YEAR),
    )
    shutil.rmtree(warehouse.folders.draws(YEAR), ignore_errors=True)
    began: dict[str, bytes] = {"DRAW": f"{samples.ONE}\n".encode(), "drawn.tsv": b"", "RECORDS": b"", "TRAIL": b""}
    write_evidence(warehouse.folders.draws(YEAR) / samples.ONE, {**files, **began})


def _file_results(warehouse: Warehouse) -> None:
    row = {
        "plan_row_id": "R1",
        "task_id": "T001",
        "object_id": SHOP,
        "item_code": "WJ-001",
        "checked_on": "2027-03-15",
        "result_types": "未发现问题",
    }
    place = {"department": samples.HEALTH, "kind": "results", "file": "检查结果.csv", "sheet": ""}
    rows = [
        {**place, "row": number, "state": "kept", "fields": json.dumps({**row, **change}), "problems": "[]"}
        for number, change in enumerate(({}, {"object_id": INN, "result_types": "合格"}), start=2)
    ]
    warehouse.replace(FiledRows, frame_of(FiledRows, rows), YEAR, table="wj")
    count = {"read_count": 2, "kept_count": 2, "refused_count": 0, "noted_count": 1}
    warehouse.replace(Accounting, frame_of(Accounting, [{**place, **count}]), YEAR)


def _run(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    return _materialized(warehouse, county, dg.AssetSelection.all())


def _match(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    """Run again what a recusal or a register changes, with the promises about it."""
    models = (Recusals, Teams, ExpertAssignments, Alternates, Shortages)
    return _materialized(warehouse, county, dg.AssetSelection.assets(*(key_of(model) for model in models)))


def _materialized(warehouse: Warehouse, county: County, selection: dg.AssetSelection) -> dg.ExecuteInProcessResult:
    modules = [assets.visits, assets.results]
    judges = dg.load_asset_checks_from_modules([checks.visits, checks.results])
    return dg.materialize(
        [*dg.load_assets_from_modules(modules), *judges],
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
        selection=selection,
    )


def test_a_year_goes_from_the_draw_to_its_results(warehouse: Warehouse, county: County):
    result = _run(warehouse, county)
    assert result.success
    warned = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert warned == {"no_check_is_overdue", "nothing_is_late"}
    visits, teams = warehouse.read(Visits, YEAR), warehouse.read(Teams, YEAR)
    assert visits["visit_id"].to_list() == ["01-DY-0001-01", "01-DY-0002-01"]
    at_the_shop = teams.filter(teams["visit_id"] == "01-DY-0001-01")
    assert sorted(at_the_shop["person_id"]) == ["P-0002", "P-0003"]
    assert warehouse.read(Shortages, YEAR).is_empty()
    assert warehouse.read(ExpertAssignments, YEAR)["visit_id"].to_list() == visits["visit_id"].to_list()
    assert warehouse.read(Findings, YEAR)["object_id"].to_list() == [SHOP]
    assert warehouse.read(Refused, YEAR)["code"].to_list() == ["E008"]
    assert warehouse.read(Progress, YEAR).row(0, named=True)["done_count"] == 1


def test_every_table_keeps_its_contract(warehouse: Warehouse, county: County):
    _run(warehouse, county)
    models: list[type[Table]] = [
        Recusals,
        Obligations,
        Deferred,
        Visits,
        Teams,
        Alternates,
        Shortages,
        ExpertAssignments,
        Deadlines,
        Findings,
        Refused,
        Corrections,
        Disposals,
        Overdue,
        Progress,
    ]
    for model in models:
        model.validate(warehouse.read(model, YEAR), lazy=True)


def test_a_second_run_gives_the_same_teams(warehouse: Warehouse, county: County):
    _run(warehouse, county)
    first = warehouse.read(Teams, YEAR)
    _run(warehouse, county)
    assert warehouse.read(Teams, YEAR).equals(first)


def _team(warehouse: Warehouse, visit_id: str) -> list[str]:
    teams = warehouse.read(Teams, YEAR)
    return sorted(teams.filter(teams["visit_id"] == visit_id)["commitment"])


def _put_on_the_register(warehouse: Warehouse, *rows: dict[str, object]) -> None:
    inspectors, sources = samples.people(*rows)
    warehouse.replace(Inspectors, inspectors, YEAR)
    warehouse.replace(InspectorSources, sources, YEAR)


def test_who_joins_or_leaves_the_register_later_changes_no_team_that_was_drawn(warehouse: Warehouse, county: County):
    _run(warehouse, county)
    first = {visit: _team(warehouse, visit) for visit in ("01-DY-0001-01", "01-DY-0002-01")}
    log = warehouse.folders.teams(YEAR).read_bytes()
    # The second left; three came, and everybody's number on the register moved.
    newcomers = [{"certificate_no": f"9000000{number}"} for number in range(3)]
    _put_on_the_register(warehouse, *newcomers, {"certificate_no": "00000001"}, {"certificate_no": "00000003"})
    _run(warehouse, county)
    assert {visit: _team(warehouse, visit) for visit in first} == first
    assert warehouse.folders.teams(YEAR).read_bytes() == log
    assert stat.S_IMODE(warehouse.folders.teams(YEAR).stat().st_mode) == 0o600


def test_who_comes_onto_the_register_after_the_freeze_is_drawn_for_no_visit_of_it(warehouse: Warehouse, county: County):
    _put_on_the_register(warehouse, {}, {}, {}, *[{"certificate_no": f"9000000{number}"} for number in range(20)])
    assert _run(warehouse, county).success
    assert set(warehouse.read(Teams, YEAR)["person_id"]) <= {"P-0001", "P-0002", "P-0003"}


def _declare(warehouse: Warehouse, *pairs: dict[str, object]) -> None:
    rest = {"relation": "近亲属任职", "declared_by": "本人申报", "department": "x"}
    warehouse.replace(Interests, frame_of(Interests, [{**rest, **pair} for pair in pairs]), YEAR)


def _free_to_go(warehouse: Warehouse, county: County, count: int = 6) -> None:
    """Freeze so many people, two experts, and nobody with an interest; draw."""
    _put_on_the_register(warehouse, *[{}] * count)
    warehouse.replace(Experts, samples.experts(*[{"expert_id": f"E{number}"} for number in (1, 2, 3)]), YEAR)
    _declare(warehouse)
    _freeze(warehouse, county)
    assert _run(warehouse, county).success


def _rows(warehouse: Warehouse, model: type[Table], visit_id: str = "01-DY-0001-01") -> list[dict[str, Any]]:
    frame = warehouse.read(model, YEAR)
    return frame.filter(frame["visit_id"] == visit_id).rows(named=True)


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def _waiting_for(warehouse: Warehouse, seat: dict[str, Any]) -> dict[str, Any]:
    (waiting,) = (one for one in _rows(warehouse, Alternates) if one["replaces"] == seat["commitment"])
    return waiting


def test_a_recusal_told_later_brings_the_alternate_to_that_place_and_draws_nothing_anew(
    warehouse: Warehouse, county: County
):
    _free_to_go(warehouse, county)
    log, teams = warehouse.folders.teams(YEAR), warehouse.read(Teams, YEAR)
    before, bytes_before = _rows(warehouse, Teams), log.read_bytes()
    leader, other = sorted(before, key=lambda row: not row["is_leader"])
    alternate = _waiting_for(warehouse, leader)
    _declare(warehouse, {"person_id": leader["person_id"], "object_id": SHOP})
    assert _match(warehouse, county).success
    after = {row["commitment"]: row for row in _rows(warehouse, Teams)}
    assert after.keys() == {other["commitment"], alternate["commitment"]}
    came = after[alternate["commitment"]]
    assert (came["replaces"], came["ticket"]) == (leader["commitment"], alternate["ticket"])
    assert came["reason"] == "近亲属任职（本人申报），依规定回避本次检查。"
    # Who leads is drawn again, for this visit alone.
    assert [row["is_leader"] for row in after.values()].count(True) == 1
    now = warehouse.read(Teams, YEAR)
    assert now.filter(now["visit_id"] != "01-DY-0001-01").equals(teams.filter(teams["visit_id"] != "01-DY-0001-01"))
    # What was drawn first stays in the log; the change is in it with its reason, once.
    assert log.read_bytes().startswith(bytes_before)
    assert [line["reason"] for line in _lines(log) if line["take"] == 2 and line["replaces"]] == [came["reason"]]
    told = log.read_bytes()
    assert _match(warehouse, county).success
    assert log.read_bytes() == told


def test_where_the_alternate_is_recused_too_the_next_one_comes(warehouse: Warehouse, county: County):
    _free_to_go(warehouse, county)
    drawn, other = _rows(warehouse, Teams)
    alternate = _waiting_for(warehouse, drawn)
    _declare(warehouse, *[{"person_id": one["person_id"], "object_id": SHOP} for one in (drawn, alternate)])
    assert _match(warehouse, county).success
    (came,) = (row for row in _rows(warehouse, Teams) if row["replaces"])
    assert came["commitment"] not in {drawn["commitment"], alternate["commitment"], other["commitment"]}
    assert came["replaces"] == drawn["commitment"]


def test_an_alternate_who_may_not_be_sent_any_more_makes_way_for_the_next(warehouse: Warehouse, county: County):
    _free_to_go(warehouse, county)
    teams = warehouse.read(Teams, YEAR)
    drawn = _rows(warehouse, Teams)[0]
    gone = _waiting_for(warehouse, drawn)["person_id"]
    _put_on_the_register(warehouse, *[{"is_eligible": f"P-{number:04d}" != gone} for number in range(1, 7)])
    assert _match(warehouse, county).success
    assert warehouse.read(Teams, YEAR).equals(teams)
    assert gone not in set(warehouse.read(Alternates, YEAR)["person_id"])
    assert _waiting_for(warehouse, drawn)["person_id"] != gone


def test_who_has_another_certificate_since_the_draw_does_not_evade_a_recusal(warehouse: Warehouse, county: County):
    _free_to_go(warehouse, county)
    drawn = _rows(warehouse, Teams)[0]
    renewed = [
        {"certificate_no": "99999999"} if f"P-{number:04d}" == drawn["person_id"] else {} for number in range(1, 7)
    ]
    _put_on_the_register(warehouse, *renewed)
    _declare(warehouse, {"person_id": drawn["person_id"], "object_id": SHOP})
    assert _match(warehouse, county).success
    assert [row["replaces"] for row in _rows(warehouse, Teams) if row["replaces"]] == [drawn["commitment"]]


def test_where_nobody_can_come_the_visit_is_a_named_shortage(warehouse: Warehouse, county: County):
    _free_to_go(warehouse, county, count=2)
    assert warehouse.read(Alternates, YEAR).filter(pl.col("kind") == "inspectors").is_empty()
    _declare(warehouse, {"person_id": "P-0001", "object_id": SHOP})
    assert _match(warehouse, county).success
    assert _rows(warehouse, Teams) == []
    (short,) = _rows(warehouse, Shortages)
    assert (short["kind"], short["eligible"]) == ("inspectors", 1)
    assert len(_rows(warehouse, Teams, "01-DY-0002-01")) == 2


def test_an_expert_once_drawn_stays_drawn_and_a_recusal_told_later_brings_the_alternate(
    warehouse: Warehouse, county: County
):
    _free_to_go(warehouse, county)
    (drawn,), at_the_inn = _rows(warehouse, ExpertAssignments), _rows(warehouse, ExpertAssignments, "01-DY-0002-01")
    alternate = _waiting_for(warehouse, drawn)
    log = warehouse.folders.experts(YEAR).read_bytes()
    warehouse.replace(Experts, samples.experts(*[{"expert_id": f"E{number}"} for number in range(1, 9)]), YEAR)
    assert _match(warehouse, county).success
    assert _rows(warehouse, ExpertAssignments) == [drawn]
    assert warehouse.folders.experts(YEAR).read_bytes() == log
    _declare(warehouse, {"expert_id": drawn["expert_id"], "object_id": SHOP})
    assert _match(warehouse, county).success
    (came,) = _rows(warehouse, ExpertAssignments)
    assert (came["expert_id"], came["replaces"]) == (alternate["expert_id"], drawn["commitment"])
    assert "近亲属任职" in came["reason"]
    assert _rows(warehouse, ExpertAssignments, "01-DY-0002-01") == at_the_inn
    assert warehouse.folders.experts(YEAR).read_bytes().startswith(log)
    assert stat.S_IMODE(warehouse.folders.experts(YEAR).stat().st_mode) == 0o600


def test_the_alternate_goes_with_a_fixed_group_and_the_group_stays(warehouse: Warehouse, county: County):
    warehouse.replace(Tasks, samples.tasks({"matching": "分组"}), YEAR)
    _free_to_go(warehouse, county)
    drawn, other = _rows(warehouse, Teams)
    assert drawn["group_no"] == other["group_no"] is not None
    _declare(warehouse, {"person_id": drawn["person_id"], "object_id": SHOP})
    alternate = _waiting_for(warehouse, drawn)
    assert _match(warehouse, county).success
    now = {row["commitment"]: row["group_no"] for row in _rows(warehouse, Teams)}
    assert now == dict.fromkeys((other["commitment"], alternate["commitment"]), drawn["group_no"])


def test_the_secret_that_salts_people_is_sealed(warehouse: Warehouse, county: County):
    _run(warehouse, county)
    assert stat.S_IMODE((warehouse.folders.sealed(YEAR) / "secret").stat().st_mode) == 0o600


def test_nothing_drawn_gives_empty_tables(tmp_path: Path, county: County):
    nothing = Warehouse(Folders(tmp_path))
    assert _run(nothing, county).success
    assert nothing.read(Visits, YEAR).is_empty()
    assert nothing.read(Progress, YEAR).is_empty()

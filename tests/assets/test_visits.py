"""The visits and results stages through Dagster, on a county of two shops."""

import json
import shutil
import stat
from pathlib import Path

import dagster as dg
import pytest

import assets.results
import assets.visits
import checks.results
import checks.visits
from assets.clock import secret
from assets.evidence import write_evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.filings.tables import Accounting, FiledRows
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, InspectorSources, Interests, Items, Objects
from onevisit.results.tables import Findings, Progress, Refused
from onevisit.tables import Table, frame_of
from onevisit.visits.recusal import recusals_of
from onevisit.visits.staff import Registers, staff_files
from onevisit.visits.tables import (
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
        department_keys={department.name: department.key for department in county.departments},
        secret=secret(warehouse.folders, county, YEAR),
    )
    folder = warehouse.folders.draws(YEAR) / samples.ONE
    shutil.rmtree(folder, ignore_errors=True)
    write_evidence(folder, files)


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
    modules = [assets.visits, assets.results]
    judges = dg.load_asset_checks_from_modules([checks.visits, checks.results])
    return dg.materialize(
        [*dg.load_assets_from_modules(modules), *judges],
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
    )


def test_a_year_goes_from_the_draw_to_its_results(warehouse: Warehouse, county: County):
    result = _run(warehouse, county)
    assert result.success
    warned = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert warned == {"no_check_is_overdue"}
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
        Shortages,
        ExpertAssignments,
        Deadlines,
        Findings,
        Refused,
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


def test_a_recusal_declared_later_draws_that_department_of_that_visit_anew_and_nothing_else(
    warehouse: Warehouse, county: County
):
    _put_on_the_register(warehouse, {}, {}, {}, {}, {})
    warehouse.replace(Interests, frame_of(Interests, []), YEAR)
    _freeze(warehouse, county)
    _run(warehouse, county)
    shop, inn = _team(warehouse, "01-DY-0001-01"), _team(warehouse, "01-DY-0002-01")
    teams = warehouse.read(Teams, YEAR)
    recused = teams.filter(teams["visit_id"] == "01-DY-0001-01").row(0, named=True)
    interest = {
        "person_id": recused["person_id"],
        "object_id": SHOP,
        "relation": "近亲属任职",
        "declared_by": "本人申报",
        "department": "x",
    }
    warehouse.replace(Interests, frame_of(Interests, [interest]), YEAR)
    log = warehouse.folders.teams(YEAR).read_bytes()
    assert _run(warehouse, county).success
    assert recused["commitment"] not in _team(warehouse, "01-DY-0001-01")
    assert _team(warehouse, "01-DY-0001-01") != shop
    assert _team(warehouse, "01-DY-0002-01") == inn
    led = warehouse.read(Teams, YEAR).filter("is_leader")["visit_id"].sort().to_list()
    assert led == ["01-DY-0001-01", "01-DY-0002-01"]
    # What was drawn first stays in the log.
    assert warehouse.folders.teams(YEAR).read_bytes().startswith(log)


def test_the_secret_that_salts_people_is_sealed(warehouse: Warehouse, county: County):
    _run(warehouse, county)
    assert stat.S_IMODE((warehouse.folders.sealed(YEAR) / "secret").stat().st_mode) == 0o600


def test_nothing_drawn_gives_empty_tables(tmp_path: Path, county: County):
    nothing = Warehouse(Folders(tmp_path))
    assert _run(nothing, county).success
    assert nothing.read(Visits, YEAR).is_empty()
    assert nothing.read(Progress, YEAR).is_empty()

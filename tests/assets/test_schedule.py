"""The schedule and what is borrowed, through Dagster, on a county of one shop whose department has one inspector."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

import assets.schedule
import checks.schedule
from assets.clock import secret
from assets.evidence import write_evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.demo.pools import pool_files
from onevisit.draw.tables import Rounds
from onevisit.plan.days import calendar_table
from onevisit.plan.tables import Calendar, Capacity, Lenders
from onevisit.registries.tables import Experts, Inspectors, Items, Objects
from onevisit.tables import Table, frame_of
from onevisit.visits.staff import Registers, staff_files
from onevisit.visits.tables import (
    Borrowing,
    Deadlines,
    Obligations,
    Pools,
    Recusals,
    Schedule,
    Shortages,
    Teams,
    Visits,
)
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, ONE, SHOP, YEAR, day

LACKING, STAFFED = "01-DY-0001-01", "01-DY-0002-01"
"""A visit nobody can be sent to, and one that has its team."""
LACK = {"starts_on": day("03-05"), "ends_on": day("05-31"), "visits_short": 1, "people_short": 1}


@pytest.fixture
def warehouse(tmp_path: Path, county: County) -> Warehouse:
    inspectors, sources = samples.people({})
    visit = {
        "serial": ONE, "task_ids": ["T001"], "departments": [HEALTH], "lead_department": HEALTH,
        "starts_on": day("03-05"), "ends_on": day("05-31"),
    }  # fmt: skip
    doors = ({"visit_id": LACKING, "object_id": SHOP}, {"visit_id": STAFFED, "object_id": INN})
    owed = samples.obligations(*doors)
    filled = Warehouse(Folders(tmp_path))
    tables = {
        Calendar: calendar_table(county.working_days(YEAR)),
        Capacity: samples.table(Capacity, {"department": HEALTH, "item_codes": ["WJ-001"]}, (LACK,)),
        Items: samples.items(),
        Rounds: samples.rounds(),
        Visits: samples.table(Visits, visit, doors),
        Obligations: owed,
        Teams: samples.table(
            Teams,
            {"visit_id": STAFFED, "department": HEALTH},
            ({"person_id": "P-0001"}, {"person_id": "P-0002"}),
        ),
        Deadlines: samples.table(Deadlines, {"drawn_on": day("03-01"), "task_start_by": day("03-08")}, doors),
        Objects: samples.objects({"town": "隆盛镇"}, {"object_id": INN, "town": "天保镇"}),
        Shortages: samples.table(Shortages, {"visit_id": LACKING, "department": HEALTH, "kind": "inspectors"}, ({},)),
        Recusals: samples.recusals(),
        Inspectors: inspectors,
        Experts: frame_of(Experts, []),
    }
    for model, frame in tables.items():
        filled.replace(model, frame, YEAR)
    files = staff_files(
        Registers(samples.items(), samples.objects(), inspectors, sources, frame_of(Experts, []), samples.recusals()),
        task_items=samples.task_items({}),
        scope=owed.select("plan_row_id", "object_id"),
        seat_count=2,
        year=YEAR,
        department_keys=county.department_keys,
        secret=secret(filled.folders, county, YEAR),
    )
    write_evidence(filled.folders.draws(YEAR) / ONE, files)
    return filled


def run(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    judges = dg.load_asset_checks_from_modules([checks.schedule])
    return dg.materialize(
        [*dg.load_assets_from_modules([assets.schedule]), *judges],
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
    )


def put_pools(warehouse: Warehouse, county: County) -> None:
    """Lay the made-up neighbours' lists into the data folder."""
    for name, data in pool_files(county, year=YEAR, seed="s").items():
        path = warehouse.folders.pools(YEAR) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_a_neighbour_fills_the_team_and_the_other_visit_has_its_day(warehouse: Warehouse, county: County):
    put_pools(warehouse, county)
    result = run(warehouse, county)
    assert result.success
    warned = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert warned == {"every_visit_has_a_day"}
    [lent] = warehouse.read(Borrowing, YEAR).iter_rows(named=True)
    assert (lent["visit_id"], lent["pool"], lent["lent"], lent["is_least"]) == (LACKING, county.pools[0].name, 1, True)
    assert warehouse.read(Lenders, YEAR).select("pool", "is_enough").rows() == [(county.pools[0].name, True)]
    days = warehouse.read(Schedule, YEAR)
    assert days.select("visit_id", "visit_on", "town", "code").rows() == [
        (LACKING, None, "隆盛镇", "V021"),
        (STAFFED, dt.date(YEAR, 3, 5), "天保镇", None),
    ]
    models: list[type[Table]] = [Schedule, Pools, Borrowing, Lenders]
    for model in models:
        model.validate(warehouse.read(model, YEAR), lazy=True)


def test_without_a_neighbours_list_the_team_stays_short_and_both_are_told(warehouse: Warehouse, county: County):
    result = run(warehouse, county)
    assert result.success
    warned = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert warned == {"every_visit_has_a_day", "a_pool_can_fill_every_team", "every_pool_lists_its_people"}
    assert warehouse.read(Borrowing, YEAR)["code"].to_list() == ["V023"]


def test_a_second_run_writes_the_same_bytes(warehouse: Warehouse, county: County):
    put_pools(warehouse, county)
    written: list[dict[str, bytes]] = []
    for _ in range(2):
        run(warehouse, county)
        names = ("schedule", "pools", "borrowing")
        exports = warehouse.folders.exports(YEAR)
        written.append({name: (exports / f"visits.{name}.parquet").read_bytes() for name in names})
    assert written[0] == written[1]

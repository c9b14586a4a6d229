"""Rosters: whom a department sends to a task, what a row that cannot be used says, and who is left at the freeze."""

import datetime as dt

import polars as pl
import pytest

from checks import plan as promises
from onevisit.filings.tables import Accounting
from onevisit.plan.rosters import days_away, narrowed, rosters_table
from onevisit.plan.tables import Rosters, TaskItems, Tasks
from onevisit.registries.inspectors import sendable
from onevisit.registries.tables import Inspectors, InspectorSources
from onevisit.tables import frame_of

HEALTH, POLICE = "县卫生健康局", "县公安局"
WINDOW = {"starts_on": dt.date(2027, 3, 5), "ends_on": dt.date(2027, 5, 31)}
TASKS = frame_of(Tasks, [{"task_id": one, **WINDOW} for one in ("T001", "T002")])


def items(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    names = ("task_id", "plan_row_id", "department", "item_code")
    return frame_of(TaskItems, [dict(zip(names, row, strict=True)) for row in rows])


ITEMS = items(
    ("T001", "WJ-P1", HEALTH, "WJ-001"),
    ("T001", "WJ-P1", POLICE, "GA-001"),
    ("T002", "WJ-P2", HEALTH, "WJ-002"),
)
PEOPLE: list[dict[str, object]] = [
    {"person_id": f"P-{n}", "name": name, "certificate_no": f"2351{n}", "is_eligible": True}
    | {"certificate_valid_to": dt.date(2030, 1, 1), "qualifications": [], "departments": [HEALTH], "item_codes": []}
    for n, name in ((1, "李明"), (2, "王强"), (3, "赵云"), (4, "赵云"))
]
INSPECTORS = frame_of(Inspectors, PEOPLE)
SOURCES = frame_of(
    InspectorSources,
    [
        {"person_id": f"P-{n}", "department": HEALTH, "file": "f", "row": n, "item_codes": ["WJ-001", "WJ-002"],
         "qualifications": []}
        for n in (1, 2, 3, 4)
    ],
)  # fmt: skip

LI = {"task_id": "T001", "person_name": "李明", "certificate_no": "23511"}


def made(*rows: dict[str, str | None], task_items: pl.DataFrame = ITEMS) -> pl.DataFrame:
    fields = ["task_id", "plan_row_id", "person_name", "certificate_no", "leave_from", "leave_to", "note"]
    schema = {"department": pl.String, "file": pl.String, "sheet": pl.String, "row": pl.Int64}
    filed = pl.DataFrame(
        [
            {"department": HEALTH, "file": "名单.xlsx", "sheet": "一", "row": n, **dict.fromkeys(fields), **row}
            for n, row in enumerate(rows, start=2)
        ],
        schema={**schema, **dict.fromkeys(fields, pl.String)},
    )
    table = rosters_table(filed, inspectors=INSPECTORS, sources=SOURCES, tasks=TASKS, task_items=task_items)
    Rosters.validate(table, lazy=True)
    return table


def left(rosters: pl.DataFrame, task_items: pl.DataFrame = ITEMS) -> dict[str, list[str]]:
    """Person -> items that may be frozen."""
    sources = narrowed(SOURCES, rosters, tasks=TASKS, task_items=task_items)
    rows = sendable(INSPECTORS, sources).select("person_id", pl.col("scope").list.sort()).sort("person_id")
    return dict(rows.iter_rows())


BOTH = ["WJ-001", "WJ-002"]


def test_without_a_roster_everybody_may_be_frozen_for_everything_listed():
    assert left(made()) == dict.fromkeys(("P-1", "P-2", "P-3", "P-4"), BOTH)


def test_only_who_is_on_a_tasks_roster_is_frozen_for_the_departments_items_of_it():
    assert left(made(LI)) == {"P-1": BOTH, "P-2": ["WJ-002"], "P-3": ["WJ-002"], "P-4": ["WJ-002"]}


def test_another_departments_people_and_other_rounds_are_not_narrowed():
    elsewhere = ITEMS.filter(pl.col("task_id") == "T002")
    assert left(made(LI), elsewhere) == dict.fromkeys(("P-1", "P-2", "P-3", "P-4"), BOTH)


@pytest.mark.parametrize(
    ("leave", "may_go"),
    [
        (("2027-03-05", "2027-05-31"), False),
        (("2027-01-01", "2027-12-31"), False),
        (("2027-03-06", "2027-05-31"), True),
        (("2027-03-05", "2027-05-30"), True),
    ],
)
def test_leave_for_the_whole_window_takes_a_person_off_the_roster(leave: tuple[str, str], may_go: bool):
    told = {**LI, "leave_from": leave[0], "leave_to": leave[1]}
    assert ("WJ-001" in left(made(told, {**LI, "person_name": "王强", "certificate_no": None}))["P-1"]) == may_go
    assert days_away(made(told)) == {"P-1": [tuple(dt.date.fromisoformat(one) for one in leave)]}


def test_an_item_that_a_task_without_a_roster_asks_too_stays_open_and_two_rosters_add_up():
    shared = items(("T001", "WJ-P1", HEALTH, "WJ-001"), ("T002", "WJ-P2", HEALTH, "WJ-001"))
    assert left(made(LI, task_items=shared), shared)["P-2"] == BOTH
    both = made(LI, {"task_id": "T002", "person_name": "王强"}, task_items=shared)
    assert {one: "WJ-001" in codes for one, codes in left(both, shared).items()} == {
        "P-1": True, "P-2": True, "P-3": False, "P-4": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (LI, None),
        ({**LI, "task_id": None, "plan_row_id": "WJ-P1"}, None),
        ({**LI, "task_id": "t001", "certificate_no": None}, None),
        ({**LI, "task_id": "T009"}, "P146"),
        ({**LI, "task_id": None}, "P146"),
        ({**LI, "department": POLICE, "task_id": "T002"}, "P147"),
        ({**LI, "person_name": "张三"}, "P148"),
        ({**LI, "certificate_no": "23512"}, "P148"),
        ({**LI, "person_name": "赵云", "certificate_no": None}, "P148"),
        ({**LI, "department": POLICE}, "P148"),
        ({**LI, "leave_from": "2027-03-05"}, "P149"),
        ({**LI, "leave_from": "2027-03-05", "leave_to": "2027-03-04"}, "P149"),
    ],
)
def test_a_row_is_used_or_says_why_not_and_names_nobody(row: dict[str, str | None], code: str | None):
    [told] = made(row).iter_rows(named=True)
    assert (told["code"], told["reason"] is None) == (code, code is None)
    assert str(row["person_name"]) not in f"{told['reason']}{told['fix']}"
    if code:
        assert left(made(row)) == left(made())


def test_a_row_that_got_lost_and_one_that_cannot_be_used_are_found():
    counts = {"department": HEALTH, "file": "名单.xlsx", "kind": "rosters", "kept_count": 1}
    accounting = frame_of(Accounting, [counts])
    assert promises.every_row_of_a_roster_is_told.judge(accounting, made(LI)).is_empty()
    assert promises.every_row_of_a_roster_is_told.judge(accounting, made()).height == 1
    assert promises.every_row_of_a_roster_can_be_used.judge(made(LI)).is_empty()
    assert promises.every_row_of_a_roster_can_be_used.judge(made({**LI, "task_id": "T9"}))["code"].to_list() == ["P146"]

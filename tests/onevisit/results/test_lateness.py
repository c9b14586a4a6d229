"""Clocks of results: every step that is late has one line, the right kind, and the days it is over."""

from typing import Any

import polars as pl
import pytest

from onevisit.calendar import WorkingDays, calendar_days
from onevisit.county import ResultRules
from onevisit.results.lateness import Clocks, disposals_of, overdue_of
from onevisit.results.tables import Disposals, Findings, Overdue
from onevisit.tables import frame_of
from onevisit.visits.deadlines import closes_on
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, POLICE, SHOP, day

DAYS = WorkingDays(calendar_days([2026, 2027, 2028], sample_years=[2026, 2027, 2028]))
VISIT = "01-DY-0001-01"
OWED = samples.obligations(
    {"visit_id": VISIT}, {"visit_id": VISIT, "department": POLICE, "item_code": "GA-001", "role": "partner"}
)
STARTS = pl.DataFrame({"task_id": ["T001"], "lead_department": [HEALTH], "start_by": [day("03-08")]})


def finding(**change: Any) -> dict[str, Any]:
    one = {
        "object_id": SHOP,
        "task_id": "T001",
        "plan_row_id": "R1",
        "department": HEALTH,
        "item_code": "WJ-001",
        "checked_on": day("03-15"),
        "result_types": ["未发现问题"],
        "is_disposed": True,
        "publish_by": day("04-12"),
        "audit_state": "approved",
    }
    return {**one, **change}


def late(today: str, *some: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    found = frame_of(Findings, list(some))
    clocks = Clocks(day(today), DAYS, ResultRules())
    followed = disposals_of(found, today=clocks.today)
    owners = {HEALTH: "team:wj", POLICE: "team:ga"}
    table = overdue_of(OWED, found, followed, STARTS, owners=owners, clocks=clocks)
    Overdue.validate(table)
    return [
        (row["department"], row["kind"], f"{row['due_on']:%m-%d}", row["days_over"])
        for row in table.iter_rows(named=True)
    ]


def test_a_task_without_any_visit_after_five_working_days_is_late_for_its_lead():
    assert late("03-08") == []
    assert late("03-09") == [(HEALTH, "not_started", "03-08", 1)]


def test_a_door_nobody_opened_is_late_after_its_window():
    own = finding(checked_on=day("03-15"))
    assert [line for line in late("05-31") if line[1] == "not_checked"] == []
    assert {line[:2] for line in late("06-01")} == {
        (HEALTH, "not_started"), (HEALTH, "not_checked"), (POLICE, "not_checked"),
    }  # fmt: skip
    assert not [line for line in late("06-01", own) if line[0] == HEALTH]


def test_what_another_department_reported_of_the_visit_is_to_be_entered_within_five_working_days():
    assert late("03-22", finding()) == []
    assert late("03-23", finding()) == [(POLICE, "not_entered", "03-22", 1)]


@pytest.mark.parametrize("state", ["entered", "returned"])
def test_what_nobody_audited_within_ten_working_days_is_late(state: str):
    lines = late("03-30", finding(audit_state=state))
    assert [line for line in lines if line[0] == HEALTH] == [(HEALTH, "not_audited", "03-29", 1)]


@pytest.mark.parametrize("state", ["entered", "checked", "returned"])
def test_checked_but_unpublished_is_late_after_its_day(state: str):
    lines = late("04-13", finding(audit_state=state))
    assert [line for line in lines if line[0] == HEALTH] == [(HEALTH, "not_published", "04-12", 1)]


def test_a_disposal_past_its_day_is_late_until_it_is_finished():
    problem = {"result_types": ["发现问题已责令改正"], "disposal": "责令改正，后续跟踪由日常监管部门负责"}
    is_open = finding(**problem, is_disposed=False, dispose_by=day("03-16"))
    assert (HEALTH, "disposal_overdue", "03-16", 1) in late("03-17", is_open)
    assert not [line for line in late("03-17", {**is_open, "is_disposed": True}) if line[1] == "disposal_overdue"]


def test_disposals_are_of_what_was_found_and_not_withdrawn():
    problem = {"result_types": ["发现问题待后续处理"], "is_disposed": False}
    found = frame_of(Findings, [finding(), finding(**problem), finding(**problem, audit_state="withdrawn")])
    table = disposals_of(found, today=day("06-01"))
    Disposals.validate(table)
    assert table.select("state", "is_overdue").rows() == [("open", False)]


def test_doors_close_so_many_working_days_before_the_end_but_never_before_the_beginning():
    assert closes_on(DAYS, day("03-05"), day("05-31"), 0) == day("05-31")
    assert closes_on(DAYS, day("03-05"), day("05-31"), 5) == day("05-24")
    assert closes_on(DAYS, day("05-28"), day("05-31"), 20) == day("05-28")

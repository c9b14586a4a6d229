"""The promises about the schedule, each on a frame that keeps it and one that breaks it."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from checks import schedule as promises
from onevisit.plan.tables import Calendar
from onevisit.visits.tables import Borrowing, Deadlines, Pools, Schedule, Shortages, Teams, Visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, POLICE, day

VISIT = "01-DY-0001-01"


def schedule(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"visit_id": VISIT, "visit_on": day("03-08"), "late_tasks": [], "is_on_time": True}
    return samples.table(Schedule, defaults, rows or ({},))


def visits(*rows: dict[str, Any]) -> pl.DataFrame:
    return samples.table(Visits, {"visit_id": VISIT, "starts_on": day("03-05"), "ends_on": day("03-12")}, rows or ({},))


UNPLACED = {"visit_on": None, "reason": "没有工作日", "code": "V020", "is_on_time": False}


def test_a_visit_without_a_day_or_with_a_day_and_a_reason_is_found():
    judge = promises.every_visit_has_a_day_or_a_reason.judge
    assert judge(visits(), schedule()).is_empty()
    assert judge(visits(), schedule(UNPLACED)).is_empty()
    assert judge(visits(), schedule({"visit_on": None})).height == 1
    assert judge(visits(), schedule({"reason": "没有工作日"})).height == 1
    assert judge(visits(), schedule().clear()).height == 1
    assert judge(visits().clear(), schedule()).height == 1


@pytest.mark.parametrize("wrong", ["03-02", "03-04", "03-06", "03-13"])
def test_a_day_outside_the_window_before_the_draw_or_on_a_day_off_is_found(wrong: str):
    judge = promises.no_visit_is_scheduled_outside_its_window.judge
    clocks = samples.table(Deadlines, {"visit_id": VISIT, "drawn_on": day("03-01")}, ({},))
    worked = [
        {"on": day("03-01") + dt.timedelta(days=n), "is_workday": (day("03-01") + dt.timedelta(days=n)).weekday() < 5}
        for n in range(20)
    ]
    calendar = samples.table(Calendar, {}, tuple(worked))
    assert judge(visits(), clocks, calendar, schedule()).is_empty()
    assert judge(visits(), clocks, calendar, schedule(UNPLACED)).is_empty()
    assert judge(visits(), clocks, calendar, schedule({"visit_on": day(wrong)})).height == 1
    later = clocks.with_columns(drawn_on=pl.lit(day("03-08")))
    assert judge(visits(), later, calendar, schedule()).height == 1


def test_a_visit_too_soon_after_another_to_its_object_is_found():
    both = visits({"object_id": "DY-0001"}, {"visit_id": "02", "object_id": "DY-0001"})
    days = schedule({}, {"visit_id": "02", "visit_on": day("03-12")}, {"visit_id": "03", "visit_on": day("03-09")})
    assert promises.hurried_visits(days, both, min_days=4).is_empty()
    assert promises.hurried_visits(days, both, min_days=0).is_empty()
    assert promises.hurried_visits(days, both, min_days=5)["visit_id"].to_list() == ["02"]


def test_somebody_at_too_many_doors_is_found_whichever_department_sends_the_person():
    two = schedule({}, {"visit_id": "02"})
    sent = [{"visit_id": VISIT, "department": HEALTH}, {"visit_id": "02", "department": POLICE}]
    teams = samples.table(Teams, {"person_id": "P-1"}, tuple(sent))
    assert promises.crowded_days(two, teams, visits_per_day=2).is_empty()
    found = promises.crowded_days(two, teams, visits_per_day=1)
    assert found.columns == ["department", "visit_on", "people", "most_doors"]
    assert found["most_doors"].to_list() == [2]


def test_what_has_no_day_and_what_starts_late_is_told():
    assert promises.every_visit_has_a_day.judge(schedule()).is_empty()
    assert promises.every_visit_has_a_day.judge(schedule(UNPLACED))["code"].to_list() == ["V020"]
    judge = promises.every_task_is_scheduled_to_start_in_time.judge
    assert judge(schedule()).is_empty()
    late = schedule({"late_tasks": ["T001"]}, {"visit_id": "02", "late_tasks": ["T001", "T002"]})
    assert judge(late)["task_id"].to_list() == ["T001", "T002"]


def test_a_visit_that_was_moved_when_its_day_was_near_is_told():
    judge = promises.every_day_that_came_near_was_kept.judge
    assert judge(schedule()).is_empty()
    assert judge(schedule({"moved_from": day("03-08"), "visit_on": day("03-09")}))["moved_from"].to_list() == [
        day("03-08")
    ]


def shortages(*rows: dict[str, Any]) -> pl.DataFrame:
    return samples.table(Shortages, {"visit_id": VISIT, "department": HEALTH, "kind": "inspectors"}, rows or ({},))


def borrowing(*rows: dict[str, Any]) -> pl.DataFrame:
    told = {"needed": 2, "least": 1, "lent": 1, "pool": "邻县", "state": "proposed"}
    defaults = {"visit_id": VISIT, "department": HEALTH, **told}
    return samples.table(Borrowing, defaults, rows or ({},))


UNFILLED = {"pool": None, "lent": 0, "reason": "没有", "code": "V023"}


def test_a_shortage_without_one_proposal_and_a_proposal_without_a_shortage_are_found():
    judge = promises.every_shortage_of_inspectors_has_its_proposal.judge
    assert judge(shortages(), borrowing()).is_empty()
    assert judge(shortages(), borrowing(UNFILLED)).is_empty()
    assert judge(shortages({}, {"kind": "experts", "department": POLICE}), borrowing()).is_empty()
    assert judge(shortages(), borrowing().clear()).height == 1
    assert judge(shortages().clear(), borrowing()).height == 1
    assert judge(shortages(), borrowing({}, {})).height == 1
    assert judge(shortages(), borrowing({"reason": "没有"})).height == 1


@pytest.mark.parametrize(("lent", "found"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_who_is_lent_too_few_or_too_many_is_found(lent: int, found: int):
    assert promises.nobody_is_lent_who_is_not_needed.judge(borrowing({"lent": lent})).height == found


def test_teams_no_pool_fills_and_pools_without_a_sound_list_are_told():
    assert promises.a_pool_can_fill_every_team.judge(borrowing({}, UNFILLED))["code"].to_list() == ["V023"]
    counts = (
        {"kept_count": 3, "refused_count": 0},
        {"kept_count": 0, "refused_count": 0},
        {"kept_count": 3, "refused_count": 1},
    )
    assert promises.every_pool_lists_its_people.judge(samples.table(Pools, {}, counts)).height == 2


def test_a_seat_lent_that_is_not_told_and_a_team_of_nobody_of_its_own_are_found():
    judge = promises.whatever_was_borrowed_is_told.judge
    own = {"visit_id": VISIT, "department": HEALTH, "person_id": "P-0001"}
    lent = {**own, "person_id": "P-片区-00000000", "lender": "邻县"}
    team = samples.table(Teams, {}, (own, lent))
    drawn = borrowing({"state": "drawn"})
    assert judge(team, drawn).is_empty()
    assert judge(samples.table(Teams, {}, (own,)), borrowing()).is_empty()
    assert judge(team, borrowing()).height == 1
    assert judge(samples.table(Teams, {}, (own,)), drawn).height == 1
    assert judge(samples.table(Teams, {}, (lent,)), drawn).height == 1

"""Capacity: what cannot be done is named, exactly as much as brute force finds undone."""

import datetime as dt
from itertools import pairwise, product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import Day, WorkingDays
from onevisit.county import VisitRules
from onevisit.plan.capacity import (
    Crew,
    Need,
    Window,
    capacity_table,
    crews_of,
    impossible,
    needs_of,
    tightest,
    windows_of,
)
from onevisit.plan.cells import WHOLE, make_cells
from onevisit.plan.load import load_table
from onevisit.plan.tables import Capacity, Load, TaskItems, Tasks
from onevisit.tables import conform, frame_of
from tests.onevisit.plan import samples

JUNE = dt.date(2027, 6, 1)
ALWAYS = dt.date(2030, 1, 1)
RULES = VisitRules()


def day(number: int) -> dt.date:
    """The number-th day of June, from 1."""
    return JUNE + dt.timedelta(days=number - 1)


def calendar(worked: str) -> WorkingDays:
    """Days of June, one a letter: w is worked."""
    return WorkingDays(Day(day(n), letter == "w", "official", "") for n, letter in enumerate(worked, start=1))


def need(first: int, last: int, count: float, *, task: str = "T001", item: str | None = None) -> Need:
    return Need(samples.POLICE, item, task, day(first), day(last), round(count * WHOLE))


def short(needs: list[Need], crew: Crew) -> list[tuple[int, int, float]]:
    """Windows that cannot be kept: first, last, person-visits too many."""
    return [(one.starts_on.day, one.ends_on.day, one.missing / WHOLE) for one in impossible(windows_of(needs, crew))]


def test_the_window_of_the_record_asks_for_more_than_its_people_can_do():
    # 546 person-visits in 21 working days; 6 people, 2 a day: 252.
    crew = Crew([ALWAYS] * 6, calendar("w" * 30), 2)
    assert short([need(5, 25, 500, task="T001"), need(10, 25, 46, task="T002")], crew) == [(5, 25, 294)]


def test_a_window_whose_outside_is_idle_is_named_alone():
    crew = Crew([ALWAYS], calendar("w" * 10), 1)
    assert short([need(1, 10, 5), need(4, 5, 3, task="T002")], crew) == [(4, 5, 1)]


def test_only_working_days_and_valid_certificates_count():
    crew = Crew([day(2), ALWAYS], calendar("ww.w"), 1)
    assert crew.supply(day(1), day(4)) == 5
    assert crew.supply(day(3), day(3)) == 0
    assert crew.supply(day(3), day(4)) == 1
    assert short([need(3, 3, 1)], crew) == [(3, 3, 1)]


def test_the_tightest_window_is_the_fullest_then_the_shortest():
    def window(first: int, last: int, needed: int, available: int) -> Window:
        return Window(day(first), day(last), needed * WHOLE, available)

    assert tightest([window(1, 9, 4, 9), window(2, 4, 3, 6), window(2, 3, 1, 2)]).ends_on == day(3)
    assert tightest([window(1, 9, 9, 1), window(2, 4, 1, 0)]).starts_on == day(2)


JOBS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 4)).map(lambda pair: (pair[0], min(5, pair[0] + pair[1]))),
    min_size=1,
    max_size=6,
)


@given(jobs=JOBS, worked=st.text("w.", min_size=5, max_size=5), valid=st.lists(st.integers(1, 6), max_size=3))
def test_what_is_missing_in_all_is_what_no_order_of_work_can_do(
    jobs: list[tuple[int, int]], worked: str, valid: list[int]
):
    crew = Crew([day(last) for last in valid], calendar(worked), 1)
    needs = [need(first, last, 1, task=f"T{n:03d}") for n, (first, last) in enumerate(jobs)]
    room = [crew.supply(day(n), day(n)) for n in range(1, 6)]
    done = max(
        sum(min(room[n - 1], days.count(n)) for n in range(1, 6))
        for days in product(*(range(first, last + 1) for first, last in jobs))
    )
    assert sum(missing for *_, missing in short(needs, crew)) == len(jobs) - done


@given(jobs=JOBS, worked=st.text("w.", min_size=5, max_size=5))
def test_named_windows_do_not_overlap_and_the_order_of_needs_does_not_matter(jobs: list[tuple[int, int]], worked: str):
    crew = Crew([ALWAYS], calendar(worked), 1)
    needs = [need(first, last, 1, task=f"T{n:03d}") for n, (first, last) in enumerate(jobs)]
    named = impossible(windows_of(needs, crew))
    assert all(one.ends_on < other.starts_on for one, other in pairwise(named))
    assert impossible(windows_of(needs[::-1], crew)) == named


@pytest.fixture(scope="module")
def plan(make_submitted):
    """One joint task of two police rows with the market bureau as partner, and one carried along on paper."""
    rows = make_submitted(
        {"plan_row_id": "P1", "rate_bp": [1000] * 5},
        {"plan_row_id": "P2", "rate_bp": [3000] * 5},
        {"plan_row_id": "P3", "rate_bp": [10000] * 5},
    )
    objects = samples.objects()
    scope = pl.concat([objects.select(pl.lit(row).alias("plan_row_id"), "object_id") for row in ("P1", "P2", "P3")])
    checks = [
        ("T001", "P1", samples.POLICE, "GA-002", "initiator", True),
        ("T001", "P2", samples.POLICE, "GA-011", "initiator", True),
        ("T001", "P1", samples.MARKET, "SCJG-025", "partner", True),
        ("T002", "P3", samples.POLICE, "GA-002", "initiator", False),
    ]
    names = ["task_id", "plan_row_id", "department", "item_code", "role", "is_on_site"]
    items = frame_of(TaskItems, [dict(zip(names, row, strict=True)) for row in checks])
    windows = [{"task_id": task, "starts_on": day(1), "ends_on": day(4)} for task in ("T001", "T002")]
    return frame_of(Tasks, windows), items, make_cells(rows, scope, objects)


def test_a_department_owes_the_doors_where_it_checks_times_its_people(plan):
    owed = [(one.department, one.item_code, one.parts / WHOLE) for one in needs_of(*plan, RULES)]
    assert owed == [
        (samples.POLICE, None, 12),
        (samples.POLICE, "GA-002", 2),
        (samples.POLICE, "GA-011", 6),
        (samples.MARKET, None, 4),
        (samples.MARKET, "SCJG-025", 2),
    ]


def table(plan, people: tuple[pl.DataFrame, pl.DataFrame], worked: str = "wwww") -> pl.DataFrame:
    items = samples.items().with_columns(
        qualification=pl.when(pl.col("item_code") == "GA-011").then(pl.lit("爆破资格"))
    )
    days = calendar(worked)
    crews = crews_of(*people, items, days=days, rules=RULES)
    made = capacity_table(needs_of(*plan, RULES), crews, items, days=days, rules=RULES)
    return conform(Capacity, Capacity.validate(made))


def test_every_impossible_window_says_who_when_how_many_and_what_to_do(plan):
    one = {"item_codes": ["GA-002", "GA-011"], "qualifications": ["爆破资格"]}
    found = table(plan, samples.staff(one, {"item_codes": ["GA-002"]}), "w...")
    who = ["department", "item_code", "needed", "available", "visits_short", "code"]
    assert found.select(who).rows() == [
        (samples.POLICE, None, 12.0, 4, 4, "P140"),
        (samples.POLICE, "GA-011", 6.0, 2, 4, "P140"),
        (samples.MARKET, None, 4.0, 0, 2, "P141"),
        (samples.MARKET, "SCJG-025", 2.0, 0, 2, "P141"),
    ]
    text = found["reason"][0] + found["fix"][0]
    assert all(
        part in text for part in (samples.POLICE, "2027-06-01至2027-06-04", "12.0", "至少4户次", "至少4名", "T001")
    )


def test_what_can_be_done_shows_its_tightest_window_and_who_stands_alone(plan):
    one = {"item_codes": ["GA-002", "GA-011"], "qualifications": ["爆破资格"]}
    found = table(plan, samples.staff(one, {"item_codes": ["GA-002"]}))
    police = found.filter(department=samples.POLICE)
    assert police.select("item_code", "share", "visits_short", "is_tightest", "code").rows() == [
        (None, 0.75, 0, True, None),
        ("GA-011", 0.75, 0, True, "P142"),
    ]


def test_a_qualification_nobody_holds_and_a_window_without_a_working_day_are_named(plan):
    listed = {"item_codes": ["GA-002", "GA-011"]}
    found = table(plan, samples.staff(listed, listed)).filter(department=samples.POLICE)
    assert found.select("item_code", "code", "people").rows() == [(None, None, 2), ("GA-011", "P141", 0)]
    assert table(plan, samples.staff(listed, listed), "....")["code"].to_list()[0] == "P143"


def test_the_load_is_spread_over_the_working_days_of_each_window():
    days = WorkingDays(Day(JUNE + dt.timedelta(days=n), n != 0, "official", "") for n in range(61))
    crews = {(samples.POLICE, None): Crew([ALWAYS], days, 1)}
    half = Need(samples.POLICE, None, "T001", JUNE + dt.timedelta(days=20), JUNE + dt.timedelta(days=39), 20 * WHOLE)
    idle = Need(samples.POLICE, None, "T002", JUNE, JUNE, 17 * WHOLE)
    item = Need(samples.POLICE, "GA-002", "T001", JUNE, JUNE, 99 * WHOLE)
    made = load_table(
        [half, idle, item], crews, [samples.POLICE, samples.MARKET], year=2027, days=days, crowded_share=0.8
    )
    Load.validate(made)
    assert made.height == 24
    columns = ["month", "task_count", "needed", "available", "share", "is_crowded"]
    assert made.filter(department=samples.POLICE, month=6).select(columns).row(0) == (6, 2, 27.0, 29, 0.931, True)
    assert made.filter(department=samples.POLICE, month=7).select(columns).row(0) == (7, 1, 10.0, 31, 0.3226, False)
    assert made.filter(department=samples.MARKET)["share"].to_list() == [None] * 12


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**12)), max_size=5),
    st.text("w.", min_size=61, max_size=61),
)
def test_the_months_add_up_to_what_is_needed(needs: list[tuple[int, int, int]], worked: str):
    days = calendar(worked)
    asked = [
        Need(samples.POLICE, None, f"T{n}", day(1 + min(first, last)), day(1 + max(first, last)), parts)
        for n, (first, last, parts) in enumerate(needs)
    ]
    made = load_table(asked, {}, [samples.POLICE], year=2027, days=days, crowded_share=0.8)
    assert made["needed"].sum() == pytest.approx(sum(parts for *_, parts in needs) / WHOLE, abs=0.2)

"""Grouping: hand-computed cases, and agreement with trying everything."""

import datetime as dt
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.visits.group import Window, fewest_visits, lower_bound, visits_of, with_visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, ONE, POLICE, SHOP, TWO, day

FIRST = dt.date(2027, 3, 1)


def spans(*windows: tuple[int, int]) -> list[Window]:
    return [(FIRST + dt.timedelta(days=start), FIRST + dt.timedelta(days=end)) for start, end in windows]


windows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=7).map(
    lambda pairs: spans(*[(start, start + length) for start, length in pairs])
)
caps = st.integers(1, 4)


def exact(those: list[Window], max_items: int) -> int:
    """The fewest visits, by trying every way to split the windows."""

    def is_one_visit(mask: int) -> bool:
        members = [those[i] for i in range(len(those)) if mask >> i & 1]
        return len(members) <= max_items and max(s for s, _ in members) <= min(e for _, e in members)

    @cache
    def best(mask: int) -> int:
        if not mask:
            return 0
        lowest = mask & -mask
        rest, part, fewest = mask ^ lowest, mask ^ lowest, len(those)
        while True:
            if is_one_visit(part | lowest):
                fewest = min(fewest, 1 + best(rest ^ part))
            if not part:
                return fewest
            part = (part - 1) & rest

    return best(2 ** len(those) - 1)


@pytest.mark.parametrize(
    ("those", "max_items", "expected"),
    [
        ([(1, 5), (4, 8), (6, 10)], 8, 2),
        ([(1, 10), (2, 3), (5, 6), (8, 9)], 8, 3),
        ([(1, 5)] * 5, 2, 3),
        ([(1, 2), (1, 2), (1, 9), (8, 9), (8, 9)], 2, 3),
    ],
)
def test_the_cases_computed_by_hand(those: list[tuple[int, int]], max_items: int, expected: int):
    found = spans(*those)
    assert len(set(fewest_visits(found, max_items=max_items))) == expected
    assert lower_bound(found, max_items=max_items) <= expected


def test_the_bound_proves_the_hand_computed_witness():
    assert lower_bound(spans((1, 5), (4, 8), (6, 10)), max_items=8) == 2
    assert lower_bound(spans(*[(1, 5)] * 5), max_items=2) == 3


@settings(max_examples=2000)
@given(windows, caps)
def test_no_grouping_needs_fewer_visits(those: list[Window], max_items: int):
    count = len(set(fewest_visits(those, max_items=max_items)))
    assert count == exact(those, max_items)
    assert 1 <= lower_bound(those, max_items=max_items) <= count


@given(windows, caps)
def test_every_visit_is_one_possible_day_and_not_too_long(those: list[Window], max_items: int):
    visit = fewest_visits(those, max_items=max_items)
    for number in set(visit):
        members = [window for window, one in zip(those, visit, strict=True) if one == number]
        assert len(members) <= max_items
        assert max(start for start, _ in members) <= min(end for _, end in members)


def test_two_departments_at_one_door_are_one_visit_led_by_the_task():
    owed = samples.obligations({}, {"department": POLICE, "item_code": "GA-001", "role": "partner"}).drop("visit_id")
    served = with_visits(owed, samples.submitted(), max_items=8)
    visit = visits_of(served, samples.tasks(), samples.submitted(), max_items=8).row(0, named=True)
    assert served["visit_id"].to_list() == ["01-DY-0001-01"] * 2
    assert visit["departments"] == [POLICE, HEALTH]
    assert visit["item_codes"] == ["GA-001", "WJ-001"]
    assert visit["lead_department"] == HEALTH
    assert (visit["object_visits"], visit["lower_bound"], visit["is_proven"]) == (1, 1, True)


def test_windows_that_do_not_meet_are_two_visits_in_order_of_their_days():
    owed = samples.obligations(
        {"task_id": "T002", "plan_row_id": "R2", "starts_on": day("04-01"), "ends_on": day("04-30")},
        {"starts_on": day("03-01"), "ends_on": day("03-31")},
    ).drop("visit_id")
    plan = samples.submitted({}, {"plan_row_id": "R2"})
    both = samples.tasks({}, {"task_id": "T002", "plan_rows": ["R2"]})
    visits = visits_of(with_visits(owed, plan, max_items=8), both, plan, max_items=8)
    assert visits.select("visit_id", "opened_by", "ends_on").rows() == [
        ("01-DY-0001-01", "R1", day("03-31")),
        ("01-DY-0001-02", "R2", day("04-30")),
    ]
    assert visits["is_proven"].all()


def test_a_written_check_opens_no_door():
    owed = samples.obligations({"is_on_site": False}).drop("visit_id")
    served = with_visits(owed, samples.submitted(), max_items=8)
    assert served["visit_id"].to_list() == [None]
    assert visits_of(served, samples.tasks(), samples.submitted(), max_items=8).is_empty()


def test_an_exclusive_row_keeps_its_door_to_itself():
    owed = samples.obligations({}, {"task_id": "T002", "plan_row_id": "R2"}).drop("visit_id")
    plan = samples.submitted({}, {"plan_row_id": "R2", "is_exclusive": True})
    served = with_visits(owed, plan, max_items=8)
    visits = visits_of(served, samples.tasks({}, {"task_id": "T002", "plan_rows": ["R2"]}), plan, max_items=8)
    assert served["visit_id"].n_unique() == 2
    assert visits["lower_bound"].to_list() == [2, 2]


def test_rounds_never_share_a_visit():
    owed = samples.obligations({}, {"serial": TWO, "task_id": "T002", "plan_row_id": "R2"}).drop("visit_id")
    served = with_visits(owed, samples.submitted({}, {"plan_row_id": "R2"}), max_items=8)
    assert sorted(served["visit_id"]) == ["01-DY-0001-01", "02-DY-0001-01"]


def test_where_the_lead_checks_nothing_the_rows_initiator_leads():
    owed = samples.obligations({"plan_row_id": "R2", "department": POLICE, "item_code": "GA-001"}).drop("visit_id")
    plan = samples.submitted({}, {"plan_row_id": "R2", "department": POLICE})
    joint = samples.tasks({"plan_rows": ["R1", "R2"], "departments": [POLICE, HEALTH]})
    visits = visits_of(with_visits(owed, plan, max_items=8), joint, plan, max_items=8)
    assert visits["lead_department"].to_list() == [POLICE]


@given(st.permutations(range(6)))
def test_the_order_of_obligations_does_not_matter(order: list[int]):
    owed = samples.obligations(
        *[
            {"object_id": one, "task_id": f"T00{n}", "plan_row_id": f"R{n}", "ends_on": day(end)}
            for one in (SHOP, INN)
            for n, end in ((1, "03-10"), (2, "04-30"), (3, "04-30"))
        ]
    ).drop("visit_id")
    plan = samples.submitted(*[{"plan_row_id": f"R{n}"} for n in (1, 2, 3)])
    expected = with_visits(owed, plan, max_items=2)
    assert with_visits(owed[order], plan, max_items=2).equals(expected)
    assert expected.filter(pl.col("serial") == ONE)["visit_id"].n_unique() == 4

"""Grouping: hand-computed cases, and agreement with trying everything."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from itertools import combinations, product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.visits.group import Check, Limits, days_apart, fewest_visits, lower_bound, visits_of, with_visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, ONE, POLICE, SHOP, TWO, day

FIRST = dt.date(2027, 3, 1)


def spans(*windows: tuple[int, int]) -> list[Check]:
    return [Check(FIRST + dt.timedelta(days=start), FIRST + dt.timedelta(days=end)) for start, end in windows]


windows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=7).map(
    lambda pairs: spans(*[(start, start + length) for start, length in pairs])
)
caps = st.integers(1, 4)


def exact(those: list[Check], max_items: int) -> int:
    """The fewest visits, by trying every way to split the windows."""

    def is_one_visit(mask: int) -> bool:
        members = [those[i] for i in range(len(those)) if mask >> i & 1]
        return len(members) <= max_items and max(s for s, *_ in members) <= min(e for _, e, *_ in members)

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
def test_no_grouping_needs_fewer_visits(those: list[Check], max_items: int):
    count = len(set(fewest_visits(those, max_items=max_items)))
    assert count == exact(those, max_items)
    assert 1 <= lower_bound(those, max_items=max_items) <= count


@given(windows, caps)
def test_every_visit_is_one_possible_day_and_not_too_long(those: list[Check], max_items: int):
    visit = fewest_visits(those, max_items=max_items)
    for number in set(visit):
        members = [window for window, one in zip(those, visit, strict=True) if one == number]
        assert len(members) <= max_items
        assert max(start for start, *_ in members) <= min(end for _, end, *_ in members)


def checks_of(*those: tuple[int, int, str]) -> list[Check]:
    return [Check(*spans((first, last))[0][:2], department) for first, last, department in those]


def test_a_cap_on_departments_is_worth_trying_every_grouping():
    those = checks_of((4, 7, "c"), (3, 7, "c"), (3, 7, "b"), (4, 8, "a"), (1, 3, "a"))
    # Soonest first takes one of c along with a, and then c, b and the other a are one department too many.
    visit = fewest_visits(those, max_items=8, max_departments=2)
    assert len(set(visit)) == 2
    assert is_legal(those, visit, {"max_items": 8, "max_departments": 2})


def test_more_departments_than_may_come_at_once_are_more_visits_and_the_bound_says_so():
    those = checks_of(*[(1, 5, name) for name in "abcde"])
    assert len(set(fewest_visits(those, max_items=8, max_departments=2))) == 3
    assert lower_bound(those, max_items=8, max_departments=2) == 3
    assert len(set(fewest_visits(those, max_items=8))) == 1


@pytest.mark.parametrize(
    ("those", "days"), [([(1, 3), (4, 6)], [1, 6]), ([(1, 2), (4, 5)], None), ([(4, 6), (1, 3)], [6, 1])]
)
def test_days_five_apart_computed_by_hand(those: list[tuple[int, int]], days: list[int] | None):
    assert days_apart([range(first, last + 1) for first, last in those], 5) == days


def test_where_the_days_bind_checks_are_shared_out_otherwise():
    # Soonest first takes the second check along with the first, on day 5, and the 8th is too near.
    those = spans((1, 5), (5, 9), (8, 8))
    assert fewest_visits(those, max_items=8) == [0, 0, 1]
    assert fewest_visits(those, max_items=8, min_days=4) == [0, 1, 1]


def test_days_that_cannot_be_apart_leave_the_fewest_visits():
    those = spans((1, 2), (4, 5))
    assert len(set(fewest_visits(those, max_items=8, min_days=5))) == 2
    owed = samples.obligations(
        {"starts_on": day("03-01"), "ends_on": day("03-02")},
        {"item_code": "WJ-002", "starts_on": day("03-04"), "ends_on": day("03-05")},
    ).drop("visit_id")
    plan = samples.submitted()
    visits = visits_of(with_visits(owed, plan, max_items=8, min_days=5), samples.tasks(), plan, max_items=8, min_days=5)
    assert visits.select("object_visits", "lower_bound", "is_proven").rows() == [(2, 2, True)] * 2


def test_an_exclusive_check_keeps_its_days_apart_from_the_other_visits_too():
    owed = samples.obligations(
        {"starts_on": day("03-01"), "ends_on": day("03-05")},
        {"item_code": "WJ-002", "starts_on": day("03-03"), "ends_on": day("03-20")},
        {"task_id": "T002", "plan_row_id": "R2", "starts_on": day("03-08"), "ends_on": day("03-09")},
    ).drop("visit_id")
    plan = samples.submitted({}, {"plan_row_id": "R2", "is_exclusive": True})
    tasks = samples.tasks({}, {"task_id": "T002", "plan_rows": ["R2"]})
    visits = visits_of(with_visits(owed, plan, max_items=8, min_days=5), tasks, plan, max_items=8, min_days=5)
    spans_of = [range(a.toordinal(), b.toordinal() + 1) for a, b in visits.select("starts_on", "ends_on").iter_rows()]
    assert days_apart(spans_of, 5)
    assert visits["is_proven"].all()


def days_of(those: list[Check], visit: list[int], apart: int) -> list[int] | None:
    """Days of the visits, by trying them all."""
    members = [[c for c, one in zip(those, visit, strict=True) if one == n] for n in sorted(set(visit))]
    choices = [
        range(max(c.first for c in own).toordinal(), min(c.last for c in own).toordinal() + 1) for own in members
    ]
    return next(
        (
            list(days)
            for days in product(*choices)
            if all(abs(one - other) >= apart for one, other in combinations(days, 2))
        ),
        None,
    )


def groupings(count: int) -> Iterator[list[int]]:
    """Every way to number checks by visit."""
    if not count:
        yield []
        return
    for one in groupings(count - 1):
        for number in range(max(one, default=-1) + 2):
            yield [*one, number]


def is_legal(those: list[Check], visit: list[int], limits: Limits) -> bool:
    for number in set(visit):
        members = [c for c, one in zip(those, visit, strict=True) if one == number]
        if len(members) > limits["max_items"]:
            return False
        if len({c.department for c in members}) > (limits.get("max_departments") or 99):
            return False
        if len({c.alone for c in members}) > 1 or max(c.first for c in members) > min(c.last for c in members):
            return False
    return True


some_checks = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 4), st.sampled_from("abc"), st.sampled_from(["", "", "", "R9"])),
    min_size=1,
    max_size=6,
).map(
    lambda rows: [
        Check(*spans((first, first + length))[0][:2], department, alone) for first, length, department, alone in rows
    ]
)
some_limits = st.fixed_dictionaries(
    {"max_items": caps, "max_departments": st.sampled_from([None, 1, 2]), "min_days": st.sampled_from([None, 2, 4])}
)


@settings(max_examples=400, deadline=None)
@given(some_checks, some_limits)
def test_with_every_limit_no_grouping_needs_fewer_visits(those: list[Check], limits: Limits):
    apart = limits.get("min_days") or 0
    legal = [one for one in groupings(len(those)) if is_legal(those, one, limits)]
    spread = [one for one in legal if days_of(those, one, apart)]
    fewest = min(max(one) + 1 for one in spread or legal)
    visit = fewest_visits(those, **limits)
    assert is_legal(those, visit, limits)
    assert bool(days_of(those, visit, apart)) == bool(spread)
    assert len(set(visit)) == fewest
    assert lower_bound(those, **limits) <= fewest


def test_with_many_checks_a_grouping_that_may_not_be_the_best_is_not_called_proven():
    rows: list[dict[str, object]] = [
        {"plan_row_id": f"R{n:02d}", "department": name, "item_code": f"X-{n:03d}", "starts_on": day(f"03-{first:02d}"),
         "ends_on": day(f"03-{last:02d}")}
        for n, (first, last, name) in enumerate(
            [(1, 3, POLICE), (3, 7, HEALTH), (3, 7, "县水务局"), (4, 7, HEALTH), (4, 8, POLICE)]
            + [(first, first, HEALTH) for first in range(10, 26, 2)]
        )
    ]  # fmt: skip
    owed, plan = samples.obligations(*rows).drop("visit_id"), samples.submitted()
    limits: Limits = {"max_items": 8, "max_departments": 2}
    visits = visits_of(with_visits(owed, plan, **limits), samples.tasks(), plan, **limits)
    few = owed.filter(pl.col("ends_on") < day("03-10"))
    proven = visits_of(with_visits(few, plan, **limits), samples.tasks(), plan, **limits)
    assert proven.select("object_visits", "lower_bound", "is_proven").rows() == [(2, 2, True)] * 2
    assert visits["object_visits"][0] > visits["lower_bound"][0]
    assert not visits["is_proven"].any()


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

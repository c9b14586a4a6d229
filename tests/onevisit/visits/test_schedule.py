"""The schedule: a legal day wherever one can be found, and never fewer undone than the proof says."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import Day, WorkingDays
from onevisit.visits.group import days_apart
from onevisit.visits.schedule import Door, doors_of, least_unplaced, placed_days, schedule_table
from onevisit.visits.tables import Deadlines, Schedule, Teams, Visits
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, ONE, POLICE, SHOP, TWO

JUNE = dt.date(2027, 6, 1)


def day(number: int) -> dt.date:
    """The number-th day of June, from 1."""
    return JUNE + dt.timedelta(days=number - 1)


def calendar(worked: str) -> WorkingDays:
    """Days of June, one a letter: w is worked."""
    return WorkingDays(Day(day(n), letter == "w", "official", "") for n, letter in enumerate(worked, start=1))


MONTH = calendar("w" * 30)


def door(
    number: int,
    first: int = 1,
    last: int = 30,
    *,
    people: str = "ab",
    batch: int = 1,
    batches: int = 1,
    town: str = "",
    serial: str = ONE,
    drawn: int = 0,
    start_by: int = 30,
    task: str = "T001",
    at: str = "",
) -> Door:
    """A visit of one department; each letter of `people` is a person. `at` is the object, else each has its own."""
    return Door(
        visit_id=f"01-{at}-{number:02d}" if at else f"{number:03d}",
        serial=serial,
        drawn_on=day(drawn),
        first=max(day(first), day(drawn + 1)),
        last=day(last),
        start_by=day(start_by),
        batch=batch,
        batch_count=batches,
        town=town,
        task_ids=(task,),
        departments=(HEALTH,),
        team={HEALTH: frozenset(people)} if people else {},
    )


def placed(*doors: Door, per_day: int = 1, days: WorkingDays = MONTH) -> dict[int, int]:
    """Visit number -> day of June."""
    found = placed_days(doors, days, visits_per_day=per_day)
    return {int(visit_id): on.day for visit_id, on in sorted(found.items())}


def test_a_visit_takes_the_first_working_day_of_its_window_after_the_draw():
    assert placed(door(1, 1, 9, drawn=2), days=calendar("www.ww")) == {1: 3}
    assert placed(door(1, 1, 9, drawn=3), days=calendar("www.ww")) == {1: 5}


def test_batches_come_in_their_order_each_in_its_stretch_of_the_window():
    four = [door(n, 1, 8, batch=n, batches=4, people=f"{n}x") for n in (4, 3, 2, 1)]
    assert placed(*four) == {1: 1, 2: 3, 3: 5, 4: 7}


def test_a_window_shorter_than_its_batches_is_still_used_whole():
    assert placed(*[door(n, 5, 6, batch=n, batches=4) for n in (1, 2, 3, 4)], per_day=2) == {1: 5, 2: 5, 3: 6, 4: 6}


def test_people_go_to_one_town_a_day_as_long_as_there_are_days():
    east, west = {"town": "东"}, {"town": "西"}
    doors = [door(1, 1, 4, **east), door(2, 1, 4, **west), door(3, 1, 4, **east), door(4, 1, 4, **west)]
    assert placed(*doors, per_day=2) == {1: 1, 2: 2, 3: 1, 4: 2}


def test_two_towns_a_day_are_better_than_no_day():
    assert placed(door(1, 1, 1, town="东"), door(2, 1, 1, town="西"), per_day=2) == {1: 1, 2: 1}


def test_another_visit_makes_room_for_one_that_has_no_other_day():
    # By the ends of their stretches the first two come first, and hold both days of the third.
    early = [door(1, 1, 8, people="a", batch=1, batches=4), door(2, 2, 9, people="b", batch=1, batches=4)]
    assert placed(*early) == {1: 1, 2: 2}
    both = placed(*early, door(3, 1, 2, people="ab", batch=2, batches=2))
    assert both[3] in {1, 2}
    assert set(both) == {1, 2, 3}


def test_who_must_start_a_task_makes_room_for_nobody():
    opener, other = door(1, 1, 9, task="T001", start_by=1), door(2, 1, 1, task="T002", start_by=1)
    assert placed(opener, other) == {1: 1}


def test_each_task_starts_before_any_other_visit_is_placed():
    early = [door(n, 1, 2, task="T001", start_by=2) for n in (1, 2)]
    late = door(3, 1, 30, task="T002", start_by=1, batch=2, batches=2)
    assert placed(*early, late)[3] == 1
    made = schedule_table([*early, late], MONTH, visits_per_day=1)
    assert made["visit_on"].null_count() == 1
    assert made.filter(pl.col("visit_on").is_not_null())["is_on_time"].all()


def test_a_task_without_a_visit_in_time_is_late_in_every_visit_of_it():
    made = schedule_table([door(1, 8, 9, start_by=5), door(2, 9, 9, start_by=5)], MONTH, visits_per_day=2)
    assert made.select("is_on_time", "late_tasks", "code").rows() == [(False, ["T001"], None)] * 2


def test_a_later_round_moves_no_visit_of_an_earlier_one():
    first = [door(n, 1, 20, drawn=0) for n in (1, 2, 3)]
    later = [door(n, 1, 2, drawn=0 if n == 9 else 1, serial=TWO) for n in (4, 5)]
    both = placed(*first, *later)
    assert {n: both[n] for n in (1, 2, 3)} == placed(*first)


def apart(*doors: Door, days: WorkingDays = MONTH, min_days: int = 5, per_day: int = 2) -> list[tuple[int | None, str]]:
    made = schedule_table(doors, days, visits_per_day=per_day, min_days=min_days)
    Schedule.validate(made, lazy=True)
    return [(on and on.day, code) for on, code in made.select("visit_on", "code").iter_rows()]


def test_two_visits_to_one_object_are_days_apart_and_the_first_leaves_the_second_room():
    assert apart(door(1, 1, 3, at=SHOP), door(2, 4, 6, at=SHOP)) == [(1, None), (6, None)]
    # The second would take its first day, the 1st: then the other had none.
    assert apart(door(1, 3, 3, at=SHOP), door(2, 1, 8, at=SHOP)) == [(3, None), (8, None)]
    assert apart(door(1, 1, 3, at=SHOP), door(2, 4, 6, at="DY-0009")) == [(1, None), (4, None)]


def test_where_days_cannot_be_apart_the_reason_is_named():
    [_, (none, code)] = apart(door(1, 1, 2, at=SHOP), door(2, 4, 5, at=SHOP))
    assert (none, code) == (None, "V050")
    made = schedule_table([door(1, 1, 2, at=SHOP), door(2, 4, 5, at=SHOP)], MONTH, visits_per_day=1, min_days=5)
    assert "隔不开5天，又不能合并" in made["reason"][1]


def test_nobody_is_sent_on_a_day_of_leave():
    away = {"b": [(day(1), day(2)), (day(4), day(4))]}
    made = schedule_table([door(1, 1, 9), door(2, 1, 9)], MONTH, visits_per_day=1, away=away)
    assert [on.day for on in made["visit_on"]] == [3, 5]
    none = schedule_table([door(1, 1, 2)], MONTH, visits_per_day=1, away=away)
    assert none["code"].to_list() == ["V022"]


def test_a_later_round_keeps_its_days_apart_from_an_earlier_one():
    first, later = door(1, 6, 6, at=SHOP), door(2, 2, 20, at=SHOP, serial=TWO, drawn=1)
    assert apart(first, later) == [(6, None), (11, None)]


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (door(2, 3, 3), "V020"),
        (door(2, people=""), "V021"),
        (door(2, 1, 1), "V022"),
    ],
)
def test_a_visit_without_a_day_says_why(one: Door, code: str):
    made = schedule_table([door(1, 1, 1), one], calendar("ww."), visits_per_day=1)
    Schedule.validate(made, lazy=True)
    row = made.row(1, named=True)
    assert (row["visit_on"], row["code"], row["is_on_time"]) == (None, code, False)
    assert HEALTH in row["reason"] or code == "V020"
    assert row["fix"]


def test_tables_become_doors_with_their_first_batch_and_their_town():
    visits = samples.table(
        Visits,
        {
            "visit_id": "01-DY-0001-01",
            "serial": ONE,
            "object_id": SHOP,
            "task_ids": ["T001"],
            "departments": [HEALTH, POLICE],
            "starts_on": day(1),
            "ends_on": day(9),
        },
        ({},),
    )
    owed = samples.obligations(
        {"visit_id": "01-DY-0001-01", "batch": 3}, {"visit_id": "01-DY-0001-01", "batch": 2}, {"batch": 4}
    )
    seat = {"visit_id": "01-DY-0001-01", "department": HEALTH}
    teams = samples.table(Teams, seat, ({"person_id": "P-1"}, {"person_id": "P-2"}))
    clocks = samples.table(Deadlines, {"visit_id": "01-DY-0001-01", "drawn_on": day(2), "task_start_by": day(7)}, ({},))
    [made] = doors_of(visits=visits, obligations=owed, teams=teams, deadlines=clocks, towns={SHOP: "隆盛镇"})
    assert (made.first, made.last, made.start_by) == (day(3), day(9), day(7))
    assert (made.batch, made.batch_count, made.town) == (2, 4, "隆盛镇")
    assert made.team == {HEALTH: {"P-1", "P-2"}}


DOORS = st.lists(
    st.builds(
        lambda first, length, people, batch, town, round_no: (
            first,
            min(5, first + length),
            people,
            batch,
            town,
            round_no,
        ),
        st.integers(1, 5),
        st.integers(0, 4),
        st.sampled_from(["ab", "bc", "cd", "abc", ""]),
        st.integers(1, 3),
        st.sampled_from(["东", "西", ""]),
        st.sampled_from([ONE, TWO]),
    ),
    max_size=7,
).map(
    lambda rows: [
        door(n, first, last, people=people, batch=batch, batches=3, town=town, serial=serial, start_by=3)
        for n, (first, last, people, batch, town, serial) in enumerate(rows)
    ]
)
WORKED = st.text("w.", min_size=5, max_size=5)


@given(doors=DOORS, worked=WORKED, per_day=st.integers(1, 2))
def test_every_day_given_is_legal_and_no_fewer_are_undone_than_proven(doors: list[Door], worked: str, per_day: int):
    days = calendar(worked)
    found = placed_days(doors, days, visits_per_day=per_day)
    known = {one.visit_id: one for one in doors}
    assert all(known[v].first <= on <= known[v].last and days.is_workday(on) for v, on in found.items())
    met = Counter((person, on) for v, on in found.items() for person in known[v].people)
    assert max(met.values(), default=0) <= per_day
    assert len(doors) - len(found) >= least_unplaced(doors, days, visits_per_day=per_day)


@given(doors=DOORS, worked=WORKED, ids=st.lists(st.sampled_from("AB"), min_size=7, max_size=7))
def test_no_object_is_visited_again_too_soon_whatever_else_holds(doors: list[Door], worked: str, ids: list[str]):
    own = [replace(one, visit_id=f"01-{at}-{one.visit_id}") for one, at in zip(doors, ids, strict=False)]
    found = placed_days(own, calendar(worked), visits_per_day=2, min_days=2)
    for one, other in combinations([one for one in own if one.visit_id in found], 2):
        if one.object_id == other.object_id:
            assert abs((found[one.visit_id] - found[other.visit_id]).days) >= 2
    two = [replace(one, serial=ONE) for one in own if one.team][:2]
    choices = [range(one.first.toordinal(), one.last.toordinal() + 1) for one in two if one.object_id.startswith("A")]
    if days_apart(choices, 2):
        roomy = placed_days([one for one in two if one.object_id.startswith("A")], MONTH, visits_per_day=9, min_days=2)
        assert len(roomy) == len(choices)


@given(both=DOORS.flatmap(lambda doors: st.tuples(st.just(doors), st.permutations(doors))), worked=WORKED)
def test_the_order_of_the_rows_changes_nothing(both: tuple[list[Door], list[Door]], worked: str):
    made = [schedule_table(one, calendar(worked), visits_per_day=1) for one in both]
    assert made[0].equals(made[1])


@given(doors=DOORS)
def test_where_there_is_room_enough_every_visit_that_somebody_makes_has_a_day(doors: list[Door]):
    found = placed_days(doors, MONTH, visits_per_day=len(doors) or 1)
    assert set(found) == {one.visit_id for one in doors if one.team}


@given(doors=DOORS.map(lambda doors: doors[:5]), worked=WORKED)
def test_the_proven_number_is_never_more_than_the_best_schedule_leaves_undone(doors: list[Door], worked: str):
    days = calendar(worked)
    options = [
        [None, *(n for n in range(1, 6) if one.team and one.first <= day(n) <= one.last and days.is_workday(day(n)))]
        for one in doors
    ]
    best = min(
        choice.count(None)
        for choice in product(*options)
        if max(
            Counter((p, on) for one, on in zip(doors, choice, strict=True) if on for p in one.people).values(),
            default=0,
        )
        <= 1
    )
    assert least_unplaced(doors, days, visits_per_day=1) <= best

"""Fielding: doors for which no team can be formed, and people asked for too much together, as brute force finds."""

import datetime as dt
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import Day, WorkingDays
from onevisit.county import VisitRules
from onevisit.plan.cells import WHOLE, make_cells
from onevisit.plan.fielding import Asked, doors_asked, fielding_table, told_once
from onevisit.plan.tables import Capacity, TaskItems, Tasks
from onevisit.tables import conform, frame_of
from onevisit.visits.borrowing import people_of
from onevisit.visits.demand import Person
from tests.onevisit.plan import samples

JUNE = dt.date(2027, 6, 1)
ALWAYS = dt.date(2030, 1, 1)
SHOWN = ["item_codes", "people", "needed", "available", "visits_short", "people_short", "code"]


def day(number: int) -> dt.date:
    """The number-th day of June, from 1."""
    return JUNE + dt.timedelta(days=number - 1)


DAYS = WorkingDays(Day(day(n), True, "official", "") for n in range(1, 31))


def rules(seats: int, *, per_day: int = 1) -> VisitRules:
    return VisitRules(inspectors_per_department=seats, visits_per_person_day=per_day)


def asked(items: str, count: float, first: int = 1, last: int = 2, *, task: str = "T001", needs: str = "") -> Asked:
    """Doors where the letters of `items` are checked; those in `needs` need a qualification of the same name."""
    wanted = tuple((one, one if one in needs else None) for one in items)
    return Asked(samples.POLICE, wanted, task, day(first), day(last), round(count * WHOLE))


def staff(*scopes: str, held: str = "", valid_to: dt.date = ALWAYS) -> list[Person]:
    return [Person(f"P{n}", f"P{n}", valid_to, frozenset(scope), frozenset(held)) for n, scope in enumerate(scopes)]


def found(people: list[Person], *doors: Asked, seats: int = 2, per_day: int = 1) -> list[tuple[object, ...]]:
    made = fielding_table(doors, {samples.POLICE: people}, days=DAYS, rules=rules(seats, per_day=per_day))
    conform(Capacity, Capacity.validate(made))
    return made.select(SHOWN).rows()


@pytest.mark.parametrize(
    ("people", "door", "short"),
    [
        (staff("a"), asked("a", 1), (["a"], 1, 2.0, 0, 1, 1, "P144")),
        ([], asked("a", 1.2), (["a"], 0, 2.4, 0, 2, 2, "P144")),
        (staff("a", "a", "a"), asked("a", 1, needs="a"), (["a"], 3, 2.0, 0, 1, 1, "P144")),
        (staff("a", "b", "c"), asked("abc", 1), (["a", "b", "c"], 3, 2.0, 0, 1, 1, "P144")),
        (staff("a", "a", valid_to=day(1)), asked("a", 1), (["a"], 0, 2.0, 0, 1, 2, "P144")),
    ],
)
def test_a_team_that_cannot_be_formed_says_how_many_people_are_missing(people: list[Person], door: Asked, short):
    assert found(people, door) == [short]


def test_a_missing_qualification_is_named():
    made = fielding_table([asked("ab", 1, needs="b")], {samples.POLICE: staff("ab", "ab")}, days=DAYS, rules=rules(2))
    assert "“a、b（b）”预计1户次" in made["reason"][0]
    assert "至少1名" in made["fix"][0]


def test_two_who_can_check_all_between_them_are_a_team():
    assert found(staff("ab", "c"), asked("abc", 1)) == []


def test_items_that_wait_for_the_same_people_are_named_together_and_apart_from_others():
    # Each item alone could be done: two people, two days, one door a day: four person-visits.
    people = staff("ab", "ab", "cd", "cd", "cd")
    doors = [asked("a", 2), asked("b", 1, task="T002"), asked("c", 2), asked("d", 1)]
    assert found(people, *doors) == [(["a", "b"], 2, 6.0, 4, 1, 1, "P145")]


def test_two_who_have_just_time_enough_are_enough_whatever_the_fractions():
    assert found(staff("a", "a"), asked("a", 1.0255, 1, 9)) == []


def test_time_before_and_after_a_window_does_not_help():
    people = staff("a", "a")
    assert found(people, asked("a", 2, 1, 2), asked("a", 2, 3, 4, task="T002")) == []
    [row] = found(people, asked("a", 3, 1, 2), asked("a", 1, 3, 4, task="T002"))
    assert row[2:5] == (6.0, 4, 1)


DOORS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "ab", "bc"]), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2)),
    min_size=1,
    max_size=5,
).map(
    lambda rows: [
        asked(items, count, first, min(4, first + length), task=f"T{n:03d}")
        for n, (items, count, first, length) in enumerate(rows)
    ]
)
SCOPES = st.lists(st.sampled_from(["a", "b", "c", "ab", "bc", "abc"]), min_size=3, max_size=5)


def may_work(person: Person, on: int, door: Asked) -> bool:
    return bool(person.scope & {code for code, _ in door.needs}) and door.starts_on <= day(on) <= door.ends_on


@given(doors=DOORS, scopes=SCOPES)
def test_what_is_told_together_is_what_halls_theorem_says(doors: list[Asked], scopes: list[str]):
    people = staff(*scopes, "abc")
    worst = 0
    for size in range(1, len(doors) + 1):
        for chosen in combinations(doors, size):
            time = sum(any(may_work(person, n, one) for one in chosen) for person in people for n in range(1, 5))
            worst = max(worst, sum(one.parts // WHOLE for one in chosen) - time)
    made = fielding_table(doors, {samples.POLICE: people}, days=DAYS, rules=rules(1))
    assert sum(made["needed"]) - sum(made["available"]) == worst


@given(both=DOORS.flatmap(lambda doors: st.tuples(st.just(doors), st.permutations(doors))), scopes=SCOPES)
def test_the_order_of_doors_and_people_changes_nothing(both: tuple[list[Asked], list[Asked]], scopes: list[str]):
    people = staff(*scopes)
    one, other = (
        fielding_table(doors, {samples.POLICE: own}, days=DAYS, rules=rules(1))
        for doors, own in ((both[0], people), (both[1], people[::-1]))
    )
    assert one["visits_short"].sum() == other["visits_short"].sum()


def test_what_one_says_the_other_does_not_say_again():
    def rows(*some: dict[str, object]) -> pl.DataFrame:
        defaults = {"department": samples.POLICE, "item_codes": [], "task_ids": ["T001"], "visits_short": 1}
        return frame_of(Capacity, [{**defaults, **row} for row in some])

    windows = rows(
        {"people": 4},
        {"item_code": "a", "item_codes": ["a"], "people": 0},
        {"item_code": "b", "item_codes": ["b"], "people": 0, "task_ids": ["T001", "T002"]},
        {"item_code": "c", "item_codes": ["c"], "people": 1},
    )
    told = rows(
        {"item_codes": ["a", "b"], "code": "P144", "people": 1},
        {"item_codes": ["c"], "code": "P144", "people": 1},
        {"item_codes": ["c"], "code": "P145", "people": 1},
        {"item_codes": ["c", "d"], "code": "P145", "people": 4},
        {"item_codes": ["c", "d"], "code": "P145", "people": 3},
    )
    # Of task T002 only the window tells that nobody may check b.
    assert told_once(windows, told).select("item_codes", "code", "people").rows() == [
        ([], None, 4),
        (["b"], None, 0),
        (["c"], None, 1),
        (["a", "b"], "P144", 1),
        (["c"], "P144", 1),
        (["c", "d"], "P145", 3),
    ]


def test_doors_are_told_apart_by_what_is_checked_there(make_submitted):
    rows = make_submitted({"plan_row_id": "P1", "rate_bp": [1000] * 5}, {"plan_row_id": "P2", "rate_bp": [3000] * 5})
    objects = samples.objects()
    scope = pl.concat([objects.select(pl.lit(row).alias("plan_row_id"), "object_id") for row in ("P1", "P2")])
    names = ["task_id", "plan_row_id", "department", "item_code", "role", "is_on_site"]
    checks = [("T001", "P1", samples.POLICE, "GA-002"), ("T001", "P2", samples.POLICE, "GA-011")]
    listed = frame_of(TaskItems, [dict(zip(names, (*row, "initiator", True), strict=True)) for row in checks])
    tasks = frame_of(Tasks, [{"task_id": "T001", "starts_on": day(1), "ends_on": day(4)}])
    cells = make_cells(rows, scope, objects)
    made = doors_asked(tasks, listed, samples.items(), cells)
    # Both rows are drawn with one ticket: whoever the smaller draws the larger draws too.
    found = [([code for code, _ in one.needs], one.parts / WHOLE) for one in made]
    assert found == [(["GA-002", "GA-011"], 2), (["GA-011"], 4)]


def test_people_are_those_who_may_be_sent_with_what_their_department_lists():
    inspectors, sources = samples.staff({"item_codes": ["GA-002"]}, {"item_codes": ["GA-011"], "is_eligible": False})
    [(department, [person])] = people_of(inspectors, sources).items()
    assert department == samples.POLICE
    assert person.scope == {"GA-002"}

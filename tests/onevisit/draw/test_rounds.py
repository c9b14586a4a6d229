"""Rounds follow the windows, and what was drawn stays drawn."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import WorkingDays, calendar_days
from onevisit.draw.rounds import Held, Round, due, plan_rounds, provisional_problems, waiting_problems
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import DAYS

Task = tuple[str, str, dt.date, bool]


def tasks(*rows: Task) -> pl.DataFrame:
    """Tasks of one plan row each: task, plan row, first day, whether classes apply."""
    return pl.DataFrame(
        [(task, [row], start, by_class) for task, row, start, by_class in rows],
        schema={"task_id": pl.String, "plan_rows": pl.List(pl.String), "starts_on": pl.Date, "is_by_class": pl.Boolean},
        orient="row",
    )


def planned(*rows: Task, held: tuple[Held, ...] = ()) -> list[Round]:
    """The rounds still to be drawn."""
    return plan_rounds(tasks(*rows), held, days=DAYS, days_before=5)


MONDAY = dt.date(2027, 3, 1)


def test_windows_close_together_are_drawn_on_one_day() -> None:
    (one,) = planned(("T001", "A", MONDAY, False), ("T002", "B", MONDAY + dt.timedelta(days=4), False))
    assert one == Round(1, "open", dt.date(2027, 2, 26), {"T001": MONDAY, "T002": MONDAY + dt.timedelta(days=4)})
    assert (one.opens_on, one.locked_until) == (MONDAY, dt.date(2027, 3, 5))
    assert one.serial("510923", 2027) == "510923-2027-01-1"


def test_a_window_six_working_days_after_the_draw_needs_its_own_round() -> None:
    first, second = planned(("T001", "A", MONDAY, False), ("T002", "B", MONDAY + dt.timedelta(days=7), False))
    assert set(first.starts) == {"T001"}
    assert (second.draws_on, set(second.starts)) == (dt.date(2027, 3, 5), {"T002"})


def test_open_and_witnessed_tasks_never_share_a_round() -> None:
    one, two = planned(("T001", "A", MONDAY, True), ("T002", "B", MONDAY, False))
    assert (one.disclosure, set(one.starts), one.number) == ("open", {"T002"}, 1)
    assert (two.disclosure, set(two.starts), two.number) == ("witnessed", {"T001"}, 2)


def test_a_window_that_opens_on_new_years_day_is_drawn_in_december() -> None:
    (one,) = planned(("T001", "A", dt.date(2027, 1, 1), False))
    assert one.draws_on == dt.date(2026, 12, 31)


START = st.dates(dt.date(2027, 1, 1), dt.date(2027, 12, 20))


@given(starts=st.lists(st.tuples(START, st.booleans()), min_size=1, max_size=25))
def test_every_task_is_in_one_round_drawn_before_and_at_most_five_working_days_before(
    starts: list[tuple[dt.date, bool]],
) -> None:
    rows = [(f"T{n:03d}", f"P{n}", start, by_class) for n, (start, by_class) in enumerate(starts)]
    rounds = planned(*rows)
    assert sorted(task for one in rounds for task in one.starts) == [row[0] for row in rows]
    assert [one.number for one in rounds] == list(range(1, len(rounds) + 1))
    assert rounds == sorted(rounds, key=lambda one: (one.draws_on, one.disclosure))
    witnessed = {row[0] for row in rows if row[3]}
    for one in rounds:
        assert DAYS.is_workday(one.draws_on)
        assert all(one.draws_on < start for start in one.starts.values())
        assert all(DAYS.between(one.draws_on, start - dt.timedelta(days=1)) <= 5 for start in one.starts.values())
        assert set(one.starts) <= witnessed if one.disclosure == "witnessed" else not set(one.starts) & witnessed


def held(number: int, attempt: int = 1, *, is_void: bool = False, **items: str) -> Held:
    """An attempt that was held for tasks of one plan row each."""
    return Held(number, attempt, "open", is_void, {task: frozenset({row}) for task, row in items.items()})


def test_a_drawn_task_is_never_drawn_again_and_new_ones_get_later_rounds() -> None:
    (one,) = planned(("T001", "A", MONDAY, False), ("T002", "B", dt.date(2027, 1, 4), False), held=(held(1, T001="A"),))
    assert (one.number, set(one.starts)) == (2, {"T002"})


def test_a_drawn_task_keeps_its_round_when_its_window_moves() -> None:
    assert planned(("T001", "A", dt.date(2027, 9, 1), False), held=(held(1, T001="A"),)) == []


def test_a_void_attempt_is_drawn_again_under_its_number() -> None:
    rows = ("T001", "A", MONDAY, False), ("T002", "B", MONDAY, False)
    one, two = planned(*rows, held=(held(3, is_void=True, T001="A"),))
    assert (one.number, one.attempt, set(one.starts)) == (3, 2, {"T001"})
    assert (two.number, two.attempt, set(two.starts)) == (4, 1, {"T002"})
    assert planned(*rows[:1], held=(held(3, is_void=True, T001="A"), held(3, 2, T001="A"))) == []


@pytest.mark.parametrize(
    "row", [("T001", "B", MONDAY, False), ("T002", "A", MONDAY, False)], ids=["other content", "other number"]
)
def test_a_plan_that_changed_a_drawn_task_is_refused(row: Task) -> None:
    with pytest.raises(RefusedError, match="D070"):
        planned(row, held=(held(1, T001="A"),))


def test_a_round_on_days_nobody_declared_may_be_planned_but_not_held() -> None:
    guessed = WorkingDays(calendar_days(range(2026, 2029)))
    rounds = plan_rounds(tasks(("T001", "A", MONDAY, False)), [], days=guessed, days_before=5)
    assert [one.code for one in provisional_problems(rounds, guessed, start_within=5)] == ["D071"]
    assert provisional_problems(rounds, DAYS, start_within=5) == []


def test_a_round_whose_checks_must_begin_on_days_nobody_declared_is_not_held() -> None:
    official = WorkingDays(calendar_days(range(2025, 2028)))
    rounds = plan_rounds(tasks(("T001", "A", dt.date(2026, 12, 25), False)), [], days=official, days_before=5)
    assert (rounds[0].draws_on, rounds[0].locked_until) == (dt.date(2026, 12, 24), dt.date(2026, 12, 25))
    assert provisional_problems(rounds, official, start_within=5) == []
    assert [one.code for one in provisional_problems(rounds, official, start_within=6)] == ["D071"]


def test_a_round_is_due_from_its_draw_day_on() -> None:
    rounds = planned(("T001", "A", MONDAY, False))
    assert due(rounds, dt.date(2027, 2, 25)) == []
    assert due(rounds, dt.date(2027, 2, 26)) == rounds
    assert "T001" in waiting_problems(rounds)[0].text("zh")

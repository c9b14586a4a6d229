"""Which task is drawn in which round, and when (抽取场次).

A task is drawn at most so many working days before its window opens, so rounds follow the windows.
Open and witnessed tasks never share a round: what may be shown of it differs.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.draw.frozen import Disclosure
from onevisit.errors import Problem, RefusedError, problem

DISCLOSURES: tuple[Disclosure, ...] = ("open", "witnessed")


@dataclass(frozen=True, slots=True)
class Round:
    """A round to be drawn: its number in the year, its tasks and when their windows open."""

    number: int
    disclosure: Disclosure
    draws_on: dt.date
    starts: Mapping[str, dt.date]
    """Task -> first day of its window."""
    attempt: int = 1

    @property
    def opens_on(self) -> dt.date:
        """First day of the earliest window."""
        return min(self.starts.values())

    @property
    def locked_until(self) -> dt.date:
        """Day the last window opens: until then only commitments are public."""
        return max(self.starts.values())

    def serial(self, county_code: str, year: int) -> str:
        """Return the content of DRAW."""
        return f"{county_code}-{year}-{self.number:02d}-{self.attempt}"


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt that was held: what its frozen plan names."""

    number: int
    attempt: int
    disclosure: Disclosure
    is_void: bool
    items: Mapping[str, frozenset[str]]
    """Task -> the plan rows drawn."""


def plan_rounds(tasks: pl.DataFrame, held: Iterable[Held], *, days: WorkingDays, days_before: int) -> list[Round]:
    """Return the rounds still to be drawn, in order of their numbers.

    A task already drawn keeps its round and is not drawn again; an attempt that was void is drawn
    again under its number; new tasks get later numbers, by (day, disclosure). Raises RefusedError
    (D070) when the plan changed a task after it was drawn.
    """
    attempts = sorted(held, key=lambda one: (one.number, one.attempt))
    last = {one.number: one for one in attempts}
    waiting = tasks.filter(~pl.col("task_id").is_in(_drawn_tasks(tasks, last.values())))
    starts: dict[str, dt.date] = dict(waiting.select("task_id", "starts_on").sort("starts_on", "task_id").iter_rows())
    again = [
        Round(one.number, one.disclosure, _draw_day(own, days), own, one.attempt + 1)
        for one in last.values()
        if one.is_void and (own := {task: start for task, start in starts.items() if task in one.items})
    ]
    by_class = set(waiting.filter("is_by_class")["task_id"])
    fresh = [task for task in starts if not any(task in one.starts for one in again)]
    groups: list[tuple[dt.date, Disclosure, dict[str, dt.date]]] = [
        (_draw_day(group, days), disclosure, group)
        for disclosure in DISCLOSURES
        for group in _groups(
            {task: starts[task] for task in fresh if (task in by_class) == (disclosure == "witnessed")},
            days=days,
            days_before=days_before,
        )
    ]
    first = max(last, default=0) + 1
    ordered = sorted(groups, key=lambda group: (group[0], group[1], min(group[2])))
    new = [Round(number, disclosure, day, own) for number, (day, disclosure, own) in enumerate(ordered, start=first)]
    return [*again, *new]


def _drawn_tasks(tasks: pl.DataFrame, last: Iterable[Held]) -> list[str]:
    """Return the tasks of the plan that were drawn; refuse a plan that changed one of them since."""
    drawn = {task: items for one in last if not one.is_void for task, items in one.items.items()}
    drawn_items = frozenset(item for items in drawn.values() for item in items)
    done: list[str] = []
    problems: list[Problem] = []
    for task, rows in tasks.select("task_id", "plan_rows").sort("task_id").iter_rows():
        if drawn.get(task) == frozenset(rows):
            done.append(task)
        elif task in drawn or drawn_items & frozenset(rows):
            problems.append(problem("D070", value=task))
    if problems:
        raise RefusedError(problems)
    return done


def _draw_day(starts: Mapping[str, dt.date], days: WorkingDays) -> dt.date:
    """Return the last working day before the first window: checks must begin within days of the draw (policy IV.1)."""
    return days.before(min(starts.values()), 1)


def _groups(starts: Mapping[str, dt.date], *, days: WorkingDays, days_before: int) -> list[dict[str, dt.date]]:
    """Cut tasks in order of their windows into the fewest groups that one draw day can serve."""
    groups: list[dict[str, dt.date]] = []
    for task, start in starts.items():
        if groups and days.before(start, days_before) <= _draw_day(groups[-1], days):
            groups[-1][task] = start
        else:
            groups.append({task: start})
    return groups


def due(rounds: Iterable[Round], today: dt.date) -> list[Round]:
    """Return the rounds whose draw day has come."""
    return [one for one in rounds if one.draws_on <= today]


def timing_problems(one: Round, days: WorkingDays, *, on: dt.date, draws_on: dt.date, most: int) -> list[Problem]:
    """Report tasks that may not be frozen on a day and drawn on another.

    D095: the window opens more than `most` working days after the freeze. D096: it opens before the draw.
    """
    return [
        problem(code, value=task, starts_on=start, most=most)
        for task, start in sorted(one.starts.items())
        for code, is_wrong in (
            ("D095", days.between(on, start - dt.timedelta(days=1)) > most),
            ("D096", draws_on >= start),
        )
        if is_wrong
    ]


def provisional_problems(rounds: Iterable[Round], days: WorkingDays, *, start_within: int) -> list[Problem]:
    """Report rounds around which nobody has declared the working days yet (D071): they may be planned, not held.

    Declared must be the days up to the last window, and those within which checks must begin.
    """
    return [
        problem("D071", value=f"{one.draws_on}", number=one.number)
        for one in rounds
        if any(
            days.state(day) == "provisional"
            for day in _span(one.draws_on, max(one.locked_until, days.after(one.draws_on, start_within)))
        )
    ]


def waiting_problems(rounds: Iterable[Round]) -> list[Problem]:
    """Say which rounds wait for their ceremony (D072): a real draw is held by people, never by a pipeline."""
    return [
        problem("D072", value=f"{one.draws_on}", number=one.number, tasks="、".join(sorted(one.starts)))
        for one in rounds
    ]


def _span(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]

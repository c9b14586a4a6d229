"""The schedule: a day for every visit, batch after batch, within what its people can do (policy IV.1).

Each visit's window is cut into as many stretches as its round has batches, and a batch belongs into its own:
so batches come in their order by lot and the work is spread over the window. Nobody is at more doors a day
than the county allows, and so no department does more than its people can. Among the days of a stretch a
visit takes first one on which its people are in its town anyway, then one on which all of them are free, then
any with room; of equals the first. Where the stretch is full it goes later, else sooner, else another visit
of its round makes room; what then has no day is named with the reason.

Where the county sets days that must lie between two visits to an object, no visit takes a day too near to
another's, or one that would leave the object's other visits without.

Every task gets its first visit by its deadline before anything else is placed. Rounds are placed in the order
of their draws: a later round never moves a visit of an earlier one. A day that has come near is pinned: it is
kept before anything else is placed, and where it has become impossible the reason is told. It is a proposal for
the departments and internal: whoever knew the day could prepare.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, cast

import numpy as np
import polars as pl
from scipy.optimize import linprog  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from onevisit.calendar import WorkingDays
from onevisit.errors import Problem, problem
from onevisit.plan.capacity import Crew, Need, windows_of
from onevisit.plan.cells import WHOLE
from onevisit.tables import frame_of
from onevisit.visits.group import days_apart
from onevisit.visits.pins import Proposal
from onevisit.visits.standing import object_of
from onevisit.visits.tables import Schedule

Leave = Mapping[str, Sequence[tuple[dt.date, dt.date]]]
"""Person -> first and last days of leave."""


@dataclass(frozen=True, slots=True)
class Door:
    """A visit to be given a day."""

    visit_id: str
    serial: str
    drawn_on: dt.date
    first: dt.date
    """First day it can be made: in its window, after the draw."""
    last: dt.date
    start_by: dt.date
    batch: int
    """The first of the batches its checks stand in."""
    batch_count: int
    town: str
    task_ids: tuple[str, ...]
    departments: tuple[str, ...]
    team: Mapping[str, frozenset[str]]
    """Department -> people drawn; departments that cannot be fielded are missing."""

    @property
    def object_id(self) -> str:
        """Return the object visited."""
        return object_of(self.visit_id)

    @property
    def people(self) -> frozenset[str]:
        """Return everybody who goes, of all departments."""
        return frozenset[str]().union(*self.team.values())


def doors_of(
    *,
    visits: pl.DataFrame,
    obligations: pl.DataFrame,
    teams: pl.DataFrame,
    deadlines: pl.DataFrame,
    towns: Mapping[str, str],
) -> list[Door]:
    """Return the visits to be scheduled, in order; `towns` is object -> town, where it is known."""
    team: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for visit_id, department, people in (
        teams.group_by("visit_id", "department").agg("person_id").sort("visit_id", "department").iter_rows()
    ):
        team[visit_id][department] = frozenset(people)
    served = obligations.drop_nulls("visit_id")
    counts: dict[str, int] = dict(obligations.group_by("serial").agg(pl.col("batch").max()).iter_rows())
    rows = (
        visits.join(served.group_by("visit_id").agg(pl.col("batch").min()), on="visit_id")
        .join(deadlines.select("visit_id", "drawn_on", "task_start_by"), on="visit_id")
        .sort("visit_id")
    )
    return [
        Door(
            visit_id=row["visit_id"],
            serial=row["serial"],
            drawn_on=row["drawn_on"],
            first=max(row["starts_on"], row["drawn_on"] + dt.timedelta(days=1)),
            last=row["ends_on"],
            start_by=row["task_start_by"],
            batch=row["batch"],
            batch_count=counts[row["serial"]],
            town=towns.get(row["object_id"], ""),
            task_ids=tuple(row["task_ids"]),
            departments=tuple(row["departments"]),
            team=team.get(row["visit_id"], {}),
        )
        for row in rows.iter_rows(named=True)
    ]


def schedule_table(
    doors: Iterable[Door],
    days: WorkingDays,
    *,
    visits_per_day: int,
    min_days: int | None = None,
    away: Leave | None = None,
    proposals: Mapping[str, Proposal] | None = None,
    pinned: Mapping[str, dt.date] | None = None,
) -> pl.DataFrame:
    """Return the table `visits.schedule`: every visit with its day, or with the reason why it has none.

    `min_days` is how many days lie at least between two visits to one object, `away` when people are on leave,
    `proposals` what was proposed last of each visit, `pinned` the days of these to keep.
    """
    doors, pinned = sorted(doors, key=lambda door: door.visit_id), pinned or {}
    placed = placed_days(doors, days, visits_per_day=visits_per_day, min_days=min_days, away=away, pinned=pinned)
    near = _near_days(doors, placed, min_days or 0)
    late = late_tasks(doors, placed)
    rows: list[dict[str, object]] = []
    for door in doors:
        found = None if door.visit_id in placed else _reason(door, days, near[door.object_id], min_days or 0)
        behind = [task for task in door.task_ids if (door.serial, task) in late]
        rows.append(
            {
                "visit_id": door.visit_id,
                "serial": door.serial,
                "batch": door.batch,
                "town": door.town or None,
                "departments": list(door.departments),
                "first_on": door.first,
                "last_on": door.last,
                "visit_on": placed.get(door.visit_id),
                "late_tasks": behind,
                "is_on_time": found is None and not behind,
                **{name: getattr(found, name, None) for name in ("code", "reason", "fix")},
                **_moved(door, days, placed, pinned, (proposals or {}).get(door.visit_id)),
            }
        )
    return frame_of(Schedule, rows)


def placed_days(
    doors: Iterable[Door],
    days: WorkingDays,
    *,
    visits_per_day: int,
    min_days: int | None = None,
    away: Leave | None = None,
    pinned: Mapping[str, dt.date] | None = None,
) -> dict[str, dt.date]:
    """Return the day of every visit that has one; a pinned day is kept where it is possible."""
    diary = _Diary(visits_per_day, min_days or 0, away or {})
    workdays = [day.on for day in days.days if day.is_workday]
    in_order = sorted(doors, key=lambda door: (door.drawn_on, door.serial, door.visit_id))
    every = [_Open(door, workdays) for door in in_order if door.team]
    _pin(every, pinned or {}, diary)
    for _, group in groupby(every, key=lambda one: (one.door.drawn_on, one.door.serial)):
        _place_round(list(group), diary)
    return {visit_id: on for visit_id, (on, _) in diary.days.items()}


def late_tasks(doors: Iterable[Door], placed: Mapping[str, dt.date]) -> set[tuple[str, str]]:
    """Return the (round, task) that have visits, but none by the fifth working day after the draw."""
    begun: dict[tuple[str, str], bool] = defaultdict(bool)
    for door in doors:
        on = placed.get(door.visit_id)
        for task in door.task_ids:
            begun[door.serial, task] |= on is not None and on <= door.start_by
    return {key for key, is_begun in begun.items() if not is_begun}


def least_unplaced(doors: Sequence[Door], days: WorkingDays, *, visits_per_day: int) -> int:
    """Return a number of visits that no schedule can do without leaving undone.

    Where a person's visits within some days are more than those days hold, the surplus stays undone (Hall); one
    visit left undone may relieve all its people. The least share of visits that relieves everybody is a linear
    program, and no schedule stays below it. Those that nobody or no day is there for come on top.
    """
    possible = [door for door in doors if not _hindrance(door, days)]
    of_person: dict[str, list[Need]] = defaultdict(list)
    for door in sorted(possible, key=lambda one: one.visit_id):
        for person in door.people:
            of_person[person].append(Need("", None, door.visit_id, door.first, door.last, WHOLE))
    crew = Crew([dt.date.max], days, visits_per_day)
    surpluses: list[tuple[list[str], int]] = [
        (
            [one.task_id for one in own if window.starts_on <= one.starts_on and one.ends_on <= window.ends_on],
            window.missing // WHOLE,
        )
        for _, own in sorted(of_person.items())
        for window in windows_of(own, crew)
        if window.missing
    ]
    return _least_share(surpluses) + len(doors) - len(possible)


def _least_share(surpluses: Sequence[tuple[Sequence[str], int]]) -> int:
    """Return how many must be taken at least, so that of each list as many as its number are; rounded up."""
    place = {one: n for n, one in enumerate(sorted({one for names, _ in surpluses for one in names}))}
    if not place:
        return 0
    covers = np.zeros((len(surpluses), len(place)))
    for row, (names, _) in enumerate(surpluses):
        covers[row, [place[one] for one in names]] = 1
    solve = cast(Any, linprog)
    found = solve(np.ones(len(place)), A_ub=-covers, b_ub=[-count for _, count in surpluses], bounds=(0, 1))
    # What the solver's rounding may add must not become a visit.
    return math.ceil(found.fun - 1e-6)


class _Open:
    """A visit with the working days it can be made on, as (own stretch, later, sooner)."""

    def __init__(self, door: Door, workdays: Sequence[dt.date]) -> None:
        self.door = door
        self.people = sorted(door.people)
        days = [on for on in workdays if door.first <= on <= door.last]
        first = (door.batch - 1) * len(days) // door.batch_count
        # With fewer days than batches a stretch would be empty: it is one day at least.
        last = max(first + 1, door.batch * len(days) // door.batch_count)
        self.stretches = (days[first:last], days[last:], days[:first])
        self.days = days

    @property
    def order(self) -> tuple[object, ...]:
        """Return its place: whose stretch ends first comes first, then batch by batch and town by town."""
        own = self.stretches[0]
        return (own[-1] if own else self.door.last, self.door.last, self.door.batch, self.door.town, self.door.visit_id)


@dataclass(slots=True)
class _Diary:
    """Who is where on which day, and which day each visit has."""

    per_day: int
    apart: int
    """Days from one visit to an object to the next, at least."""
    away: Leave
    days: dict[str, tuple[dt.date, _Open]] = field(default_factory=dict[str, tuple[dt.date, _Open]])
    towns: dict[tuple[str, dt.date], list[str]] = field(default_factory=lambda: defaultdict(list))
    on_day: dict[tuple[str, dt.date], list[str]] = field(default_factory=lambda: defaultdict(list))
    """(serial, day) -> visits."""
    pinned: set[str] = field(default_factory=set[str])
    at_object: dict[str, list[_Open]] = field(default_factory=lambda: defaultdict(list))
    """Visits to each object in the rounds seen so far, with a day or without."""

    def full(self, people: Iterable[str], on: dt.date) -> frozenset[str]:
        """Return those who can do no more that day, or are on leave."""
        return frozenset(
            person
            for person in people
            if len(self.towns.get((person, on), ())) >= self.per_day
            or any(first <= on <= last for first, last in self.away.get(person, ()))
        )

    def detour(self, people: Iterable[str], on: dt.date, town: str) -> int:
        """Return 0 where some are in the town anyway and nobody elsewhere, 1 where all are free, 2 otherwise."""
        towns = {place for person in people for place in self.towns.get((person, on), ())}
        return 2 if towns - {town} else int(not towns)

    def may_take(self, one: _Open, on: dt.date) -> bool:
        """Tell whether a day is far enough from the object's other visits, and leaves those still open a day."""
        if not self.apart:
            return True
        others = [other for other in self.at_object[one.door.object_id] if other is not one]
        taken = [self.days[other.door.visit_id][0] for other in others if other.door.visit_id in self.days]
        if _is_near(on, taken, self.apart):
            return False
        still = [
            [day.toordinal() for day in other.days if not _is_near(day, taken, self.apart)]
            for other in others
            if other.door.visit_id not in self.days
        ]
        if days_apart([[on.toordinal()], *still], self.apart) is not None:
            return True
        own = [day.toordinal() for day in one.days if not _is_near(day, taken, self.apart)]
        # Where they cannot all have a day anyway, whoever comes first takes one.
        return days_apart([own, *still], self.apart) is None

    def enter(self, one: _Open, on: dt.date) -> None:
        self.days[one.door.visit_id] = on, one
        self.on_day[one.door.serial, on].append(one.door.visit_id)
        for person in one.people:
            self.towns[person, on].append(one.door.town)

    def strike(self, one: _Open) -> dt.date:
        on, _ = self.days.pop(one.door.visit_id)
        self.on_day[one.door.serial, on].remove(one.door.visit_id)
        for person in one.people:
            self.towns[person, on].remove(one.door.town)
        return on


def _pin(every: Sequence[_Open], pinned: Mapping[str, dt.date], diary: _Diary) -> None:
    """Enter the pinned days that are still possible; those of an earlier round come first."""
    for one in every:
        on = pinned.get(one.door.visit_id)
        if on is None or on not in one.days or diary.full(one.people, on):
            continue
        kept = [diary.days[other.door.visit_id][0] for other in diary.at_object[one.door.object_id]]
        if not _is_near(on, kept, diary.apart):
            diary.at_object[one.door.object_id].append(one)
            diary.enter(one, on)
            diary.pinned.add(one.door.visit_id)


def _place_round(group: Sequence[_Open], diary: _Diary) -> None:
    group = sorted(group, key=lambda one: one.order)
    for one in group:
        if one.door.visit_id not in diary.pinned:
            diary.at_object[one.door.object_id].append(one)
    _start_tasks(group, diary)
    for one in group:
        if one.door.visit_id not in diary.days and (on := _first_choice(one, diary)):
            diary.enter(one, on)
    for one in group:
        if one.door.visit_id not in diary.days:
            _make_room(one, diary)


def _start_tasks(group: Sequence[_Open], diary: _Diary) -> None:
    """Give each task one visit by its deadline, of its first batch if that can be; the least choice comes first."""
    of_task: dict[str, list[_Open]] = defaultdict(list)
    for one in sorted(group, key=lambda one: (one.door.batch, one.order)):
        for task in one.door.task_ids:
            of_task[task].append(one)
    choice = {task: {on for one in ones for on in _opening(one)} for task, ones in of_task.items()}
    for _, ones in sorted(of_task.items(), key=lambda entry: (len(choice[entry[0]]), entry[0])):
        days = (diary.days.get(one.door.visit_id, (dt.date.max, one))[0] for one in ones)
        if any(on <= one.door.start_by for one, on in zip(ones, days, strict=True)):
            continue
        free = ((one, _best(_opening(one), one, diary)) for one in ones if one.door.visit_id not in diary.days)
        if chosen := next(((one, on) for one, on in free if on), None):
            diary.enter(*chosen)


def _opening(one: _Open) -> list[dt.date]:
    return [on for on in one.days if on <= one.door.start_by]


def _first_choice(one: _Open, diary: _Diary) -> dt.date | None:
    own, later, sooner = one.stretches
    return _best(own, one, diary) or _best(later, one, diary) or _best(sooner[::-1], one, diary)


def _best(days: Iterable[dt.date], one: _Open, diary: _Diary) -> dt.date | None:
    """Return the day with the least detour, of equals the first in the order given."""
    with_room = (on for on in days if not diary.full(one.people, on) and diary.may_take(one, on))
    return min(with_room, key=lambda on: diary.detour(one.people, on, one.door.town), default=None)


def _make_room(one: _Open, diary: _Diary) -> None:
    """Move one visit of the round to another day, if that gives this one a day."""
    for on in one.days:
        for other in _blockers(one, on, diary):
            diary.strike(other)
            elsewhere = [day for day in other.days if day != on]
            if not diary.full(one.people, on) and (moved := _best(elsewhere, other, diary)):
                diary.enter(other, moved)
                if diary.may_take(one, on):
                    diary.enter(one, on)
                    return
                diary.strike(other)
            diary.enter(other, on)


def _blockers(one: _Open, on: dt.date, diary: _Diary) -> Iterator[_Open]:
    """Yield the visits of the round that everybody who is full that day is at; none pinned, none that starts a task."""
    full = diary.full(one.people, on)
    for visit_id in sorted(diary.on_day[one.door.serial, on]):
        other = diary.days[visit_id][1]
        if visit_id not in diary.pinned and full.issubset(other.people) and on > other.door.start_by:
            yield other


def _hindrance(door: Door, days: WorkingDays) -> Problem | None:
    if not door.team:
        return problem("V021", departments="、".join(door.departments))
    if not days.between(door.first, door.last):
        return problem("V020", starts_on=door.first, ends_on=door.last)
    return None


def _moved(
    door: Door,
    days: WorkingDays,
    placed: Mapping[str, dt.date],
    pinned: Mapping[str, dt.date],
    last: Proposal | None,
) -> dict[str, object]:
    """Return the day a visit was pinned to and lost, now or before, and why."""
    on, now = pinned.get(door.visit_id), placed.get(door.visit_id)
    if on is None or on == now:
        return {"moved_from": last and last.moved_from, "moved_why": last and last.moved_why}
    if not door.team:
        why = problem("V051", on=on)
    elif not (door.first <= on <= door.last and days.is_workday(on)):
        why = problem("V052", on=on, starts_on=door.first, ends_on=door.last)
    else:
        why = problem("V053", on=on)
    return {"moved_from": on, "moved_why": why.reason}


def _near_days(doors: Iterable[Door], placed: Mapping[str, dt.date], apart: int) -> dict[str, list[dt.date]]:
    """Return the days of each object's visits, where a least number of days must lie between them."""
    taken: dict[str, list[dt.date]] = defaultdict(list)
    for door in doors if apart else ():
        if on := placed.get(door.visit_id):
            taken[door.object_id].append(on)
    return taken


def _is_near(on: dt.date, taken: Iterable[dt.date], apart: int) -> bool:
    return any(abs((on - other).days) < apart for other in taken)


def _reason(door: Door, days: WorkingDays, taken: Sequence[dt.date], apart: int) -> Problem:
    if found := _hindrance(door, days):
        return found
    window = (day.on for day in days.days if day.is_workday and door.first <= day.on <= door.last)
    if all(_is_near(on, taken, apart) for on in window):
        others = "、".join(str(on) for on in sorted(taken))
        return problem("V050", starts_on=door.first, ends_on=door.last, days=apart, others=others)
    return problem("V022", starts_on=door.first, ends_on=door.last, departments="、".join(door.departments))

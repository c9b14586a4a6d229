"""Whether a department's people can do what the plan asks of them, before anything is public.

A department owes every on-site task so many person-visits: the doors it is expected to check there,
times the people it sends to each. What must be done within [a, b] is everything whose window lies
inside; what can be done is people times visits a day times working days. By Hall's theorem the plan can
be carried out exactly when no [a, b] asks for more than that, and where some do, the heaviest of them
that do not overlap ask for exactly as many person-visits too many as must stay undone. Firms that two
tasks draw are visited once: expected numbers err on the safe side.

The same question is asked of each item alone, of the people who may check it and hold its qualification;
whether a team can be formed at all, and of several items together, in `fielding.py`.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.county import VisitRules
from onevisit.errors import Problem, problem
from onevisit.plan.cells import WHOLE, Cells, to_objects
from onevisit.plan.tables import Capacity
from onevisit.registries.inspectors import sendable
from onevisit.tables import frame_of


@dataclass(frozen=True, slots=True)
class Need:
    """Person-visits that one task asks of one department, or of its people for one item."""

    department: str
    item_code: str | None
    task_id: str
    starts_on: dt.date
    ends_on: dt.date
    parts: int
    """Expected person-visits, in parts of `cells.WHOLE`."""


@dataclass(frozen=True, slots=True)
class Window:
    """What must be done between two days, and what can be."""

    starts_on: dt.date
    ends_on: dt.date
    needed: int
    """In parts of `cells.WHOLE`."""
    available: int
    """Person-visits."""

    @property
    def missing(self) -> int:
        """Return what is asked too much, in parts; 0 where all can be done."""
        return max(0, self.needed - self.available * WHOLE)

    @property
    def day_count(self) -> int:
        """Return the days of the window, both ends included."""
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Crew:
    """People who may be sent, as the last days of their certificates."""

    valid_to: Sequence[dt.date]
    days: WorkingDays
    visits_per_day: int

    def supply(self, first: dt.date, last: dt.date) -> int:
        """Return how many person-visits can be done in [first, last]."""
        until = Counter(min(last, valid_to) for valid_to in self.valid_to)
        return self.visits_per_day * sum(self.days.between(first, end) * count for end, count in until.items())

    def count(self, on: dt.date) -> int:
        """Return how many certificates are valid on a day."""
        return sum(valid_to >= on for valid_to in self.valid_to)


def needs_of(tasks: pl.DataFrame, task_items: pl.DataFrame, cells: Cells, rules: VisitRules) -> list[Need]:
    """Return what every on-site task asks of each department, and of each of its items."""
    number = {row_id: place for place, row_id in enumerate(cells.row_ids)}
    rows: dict[tuple[str, str, str | None], set[int]] = defaultdict(set)
    for task_id, plan_row_id, department, item_code in (
        task_items.filter("is_on_site").select("task_id", "plan_row_id", "department", "item_code").iter_rows()
    ):
        rows[department, task_id, None].add(number[plan_row_id])
        rows[department, task_id, item_code].add(number[plan_row_id])
    windows = {task_id: window for task_id, *window in tasks.select("task_id", "starts_on", "ends_on").iter_rows()}
    return [
        Need(
            department,
            item_code,
            task_id,
            *windows[task_id],
            parts=_doors(cells, sorted(places)) * (rules.inspectors_per_department if item_code is None else 1),
        )
        for (department, task_id, item_code), places in sorted(
            rows.items(), key=lambda entry: (entry[0][0], entry[0][2] or "", entry[0][1])
        )
    ]


def windows_of(needs: Sequence[Need], crew: Crew) -> list[Window]:
    """Return every window from the start of some need to the end of some need that has needs inside."""
    windows: list[Window] = []
    by_end = sorted(needs, key=lambda need: need.ends_on)
    for first in sorted({need.starts_on for need in needs}):
        until: dict[dt.date, int] = {}
        total = 0
        for need in by_end:
            if need.starts_on >= first:
                total += need.parts
                until[need.ends_on] = total
        windows += [Window(first, last, needed, crew.supply(first, last)) for last, needed in until.items()]
    return windows


def impossible(windows: Iterable[Window]) -> list[Window]:
    """Return the windows that ask for too much and do not overlap, in order, chosen so that most is missing in all.

    What is missing in all is what must stay undone whatever the order of work. Of equals the choice
    with the fewest days, then the earliest.
    """
    short = sorted((one for one in windows if one.missing), key=lambda one: (one.ends_on, one.starts_on))
    ends = [one.ends_on for one in short]
    best: list[tuple[int, int, tuple[Window, ...]]] = [(0, 0, ())]
    for place, one in enumerate(short):
        missing, days, chosen = best[bisect_left(ends, one.starts_on, hi=place)]
        taken = (missing + one.missing, days - one.day_count, (*chosen, one))
        best.append(max(taken, best[-1], key=lambda choice: choice[:2]))
    return list(best[-1][2])


def tightest(windows: Sequence[Window]) -> Window:
    """Return the window that asks for the largest share of what can be done; of equals the shortest, then the first."""

    def is_tighter(one: Window, other: Window) -> bool:
        shares = (one.needed * other.available, other.needed * one.available)
        return shares[0] > shares[1] or (shares[0] == shares[1] and one.day_count < other.day_count)

    found = windows[0]
    for window in windows[1:]:
        found = window if is_tighter(window, found) else found
    return found


def crews_of(
    inspectors: pl.DataFrame, sources: pl.DataFrame, items: pl.DataFrame, *, days: WorkingDays, rules: VisitRules
) -> dict[tuple[str, str | None], Crew]:
    """Return who may be sent by each department, and for each of its people's items, by (department, item)."""
    needed = dict(items.select("item_code", "qualification").iter_rows())
    valid_to: dict[tuple[str, str | None], list[dt.date]] = defaultdict(list)
    for row in sendable(inspectors, sources).iter_rows(named=True):
        valid_to[row["department"], None].append(row["certificate_valid_to"])
        for code in row["scope"]:
            if needed.get(code) is None or needed[code] in row["qualifications"]:
                valid_to[row["department"], code].append(row["certificate_valid_to"])
    return {key: Crew(sorted(dates), days, rules.visits_per_person_day) for key, dates in valid_to.items()}


def capacity_table(
    needs: Sequence[Need],
    crews: Mapping[tuple[str, str | None], Crew],
    items: pl.DataFrame,
    *,
    days: WorkingDays,
    rules: VisitRules,
) -> pl.DataFrame:
    """Return the table `plan.capacity`.

    For each department its tightest window and every window that cannot be kept; for an item only what
    cannot be kept, or hangs on one person.
    """
    names = dict(items.select("item_code", "item_name").iter_rows())
    nobody = Crew([], days, rules.visits_per_person_day)
    grouped: dict[tuple[str, str | None], list[Need]] = defaultdict(list)
    for need in needs:
        if need.parts:
            grouped[need.department, need.item_code].append(need)
    rows: list[dict[str, object]] = []
    for (department, item_code), own in sorted(grouped.items(), key=lambda entry: (entry[0][0], entry[0][1] or "")):
        crew = crews.get((department, item_code), nobody)
        windows = windows_of(own, crew)
        short, tight = impossible(windows), tightest(windows)
        if item_code is None or (not short and len(crew.valid_to) == 1):
            short = sorted({*short, tight}, key=lambda one: (one.starts_on, one.ends_on))
        seats = rules.inspectors_per_department if item_code is None else 1
        item = f"{item_code}{names.get(item_code, '')}" if item_code else ""
        rows += [_row(one, own, crew, item=item, seats=seats, is_tightest=one == tight) for one in short]
    return frame_of(Capacity, rows)


def undone(capacity: pl.DataFrame) -> list[str]:
    """Return what the plan asks and nobody can do, a sentence each: whoever signs it must have read them."""
    return capacity.filter(pl.col("visits_short") > 0)["reason"].to_list()


def _row(
    window: Window, needs: Sequence[Need], crew: Crew, *, item: str, seats: int, is_tightest: bool
) -> dict[str, object]:
    inside = [need for need in needs if window.starts_on <= need.starts_on and need.ends_on <= window.ends_on]
    heaviest = sorted(inside, key=lambda need: (-need.parts, need.task_id))
    workdays = crew.days.between(window.starts_on, window.ends_on)
    facts: dict[str, Any] = {
        "department": needs[0].department,
        "item_code": needs[0].item_code,
        "item_codes": [needs[0].item_code] if item else [],
        "starts_on": window.starts_on,
        "ends_on": window.ends_on,
        "workdays": workdays,
        "people": crew.count(window.starts_on),
        "needed": to_objects(window.needed),
        "available": window.available,
        "share": round(window.needed / (window.available * WHOLE), 4) if window.available else None,
        "visits_short": -(-window.missing // (seats * WHOLE)),
        "people_short": (borrowed := _borrowed(window, workdays * crew.visits_per_day)),
        "is_tightest": is_tightest,
        "task_ids": [need.task_id for need in heaviest],
    }
    found = _problem(facts, item=item, borrowed=borrowed)
    texts: dict[str, object] = {name: getattr(found, name, None) for name in ("code", "reason", "fix")}
    return facts | texts


def _problem(facts: Mapping[str, Any], *, item: str, borrowed: int) -> Problem | None:
    """Say what cannot be done, or hangs on one person, and what to do about it."""
    tasks = "、".join(facts["task_ids"][:3]) + ("等" if len(facts["task_ids"]) > 3 else "")
    who = f"能检查“{item}”的执法人员" if item else "可派出的执法人员"
    details: dict[str, Any] = {**facts, "item": item, "who": who, "tasks": tasks, "borrowed": borrowed}
    details["needed"] = f"{facts['needed']:.1f}"
    if not facts["visits_short"]:
        return problem("P142", **details) if item else None
    if not facts["workdays"]:
        return problem("P143", **details)
    return problem("P140" if facts["people"] else "P141", **details)


def _borrowed(window: Window, visits_each: int) -> int:
    """Return how many people more, for the whole window, would do."""
    return -(-window.missing // (visits_each * WHOLE)) if visits_each else 0


def _doors(cells: Cells, rows: Sequence[int]) -> int:
    return int(cells.rates[rows].max(axis=0) @ cells.sizes)

"""Windows the bureau may ask departments to move, so that more is done in one go (合理安排检查时段).

A task, or one row of it, that only its window keeps from another task is moved, its length kept, so
that the shorter window comes to lie in the longer one, or as near as the county's limit allows. Moves
are proposed one after the other, the largest saving first, each as if those above were accepted;
nothing moves unless a person accepts it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from onevisit.plan.cells import Flags, to_objects
from onevisit.plan.merge import Plan
from onevisit.plan.rulings import parts_of, ruled
from onevisit.plan.tables import Moves
from onevisit.tables import frame_of

Window = tuple[dt.date, dt.date]
Part = frozenset[int]
"""Rows that are one task, by number."""


@dataclass(frozen=True, slots=True)
class Move:
    """Rows that get another window to join a task."""

    saved: int
    """Doors, in objects times parts."""
    shift: int
    """Working days later; negative when earlier."""
    rows: Part
    source: Part
    target: Part

    @property
    def order(self) -> tuple[int, int, list[int], list[int]]:
        """Largest saving first, then the shortest way, then the smaller rows."""
        return -self.saved, abs(self.shift), sorted(self.rows), sorted(self.target)


def propose_moves(plan: Plan, proposals: pl.DataFrame, rulings: pl.DataFrame) -> pl.DataFrame:
    """Return the window moves worth asking for, each with what is saved with those above it.

    The tasks are those after merging. What was rejected is not proposed again: the same rows to a
    window that has a day in common with the one rejected. No row is moved twice.
    """
    search = _Search(plan, proposals, rulings)
    apart = sum(plan.doors([number]) for number in plan.on_site)
    total = apart - search.doors_of_all()
    steps: list[dict[str, object]] = []
    while (best := min(search.moves(), key=lambda one: one.order, default=None)) is not None:
        total += best.saved
        so_far = {"total_saved": to_objects(total), "share_saved": round(total / apart, 4)}
        steps.append({"step": len(steps) + 1, **search.told(best), **so_far})
        search.accept(best)
    return frame_of(Moves, steps)


class _Search:
    """The tasks with the moves proposed so far."""

    def __init__(self, plan: Plan, proposals: pl.DataFrame, rulings: pl.DataFrame) -> None:
        self._plan, self._rejected = plan, _rejected(rulings)
        # Two rows may share a task in some window or other exactly when they may with no window asked for.
        groups = replace(plan, rules=plan.rules.model_copy(update={"merge_min_common_workdays": 0})).groups()
        self._friends: list[Flags] = [groups.may_join(number) for number in range(plan.rows.height)]
        self._first, self._last = groups.first.tolist(), groups.last.tolist()
        self._items, self._departments = groups.items, groups.departments
        self._parts = sorted(
            (frozenset(rows) for rows in plan.grouped(proposals).members if rows and plan.rows["is_on_site"][rows[0]]),
            key=min,
        )
        self._work = [day.on for day in plan.days.days if day.is_workday]
        year = max((on.year for on in plan.rows["starts_on"]), default=0)
        self._year = [number for number, on in enumerate(self._work, start=1) if on.year == year]
        self._moved: set[int] = set()
        self._drawn = frozenset[int]().union(*plan.drawn)
        self._ruled = {row for must in plan.asked.musts for row in must.rows}
        self._doors: dict[Part, int] = {frozenset(): 0}
        self._known: dict[tuple[Part, Part, Part], Move | None] = {}

    def doors_of_all(self) -> int:
        """Return the doors all tasks open, in objects times parts."""
        return sum(self._of(part) for part in self._parts)

    def moves(self) -> Iterator[Move]:
        """Give every move worth asking for."""
        still = [part for part in self._parts if not part & self._drawn]
        for source in still:
            singles = [frozenset([row]) for row in sorted(source)] if len(source) > 1 else []
            for rows in (source, *singles):
                if rows & self._moved or (rows != source and rows & self._ruled):
                    continue
                for target in still:
                    if target != source and (move := self._move(rows, source, target)):
                        yield move

    def told(self, move: Move) -> dict[str, object]:
        """Return a move as the bureau reads it."""
        plan, number = self._plan, sorted(move.rows)
        rows = plan.rows[number]
        new_starts_on, new_ends_on = self._window(move.rows, move.shift)
        joins, saved = plan.ids(sorted(move.target)), to_objects(move.saved)
        way = f"{'推后' if move.shift > 0 else '提前'}{abs(move.shift)}个工作日"
        return {
            "plan_rows": plan.ids(number),
            "department_names": sorted(set(rows["department"])),
            "starts_on": rows["starts_on"].max(),
            "ends_on": rows["ends_on"].min(),
            "new_starts_on": new_starts_on,
            "new_ends_on": new_ends_on,
            "shift_workdays": move.shift,
            "joins_rows": joins,
            "visits_saved": saved,
            "reason": f"时段{way}，即可与{'、'.join(joins)}一次上门；预计再少上门{saved:.1f}户次。",
        }

    def accept(self, move: Move) -> None:
        """Give the rows their window and put them into the task."""
        first, last = self._days(move.rows)
        for row in move.rows:
            self._first[row], self._last[row] = first + move.shift, last + move.shift
        self._moved |= move.rows
        kept = [part for part in self._parts if part not in (move.source, move.target)]
        new = [part for part in (move.source - move.rows, move.target | move.rows) if part]
        self._parts = sorted([*kept, *new], key=min)

    def _move(self, rows: Part, source: Part, target: Part) -> Move | None:
        key = (rows, source, target)
        if key not in self._known:
            self._known[key] = self._worth_asking(rows, source, target)
        return self._known[key]

    def _worth_asking(self, rows: Part, source: Part, target: Part) -> Move | None:
        if not all(self._friends[row][other] for row in rows for other in target):
            return None
        joined = rows | target
        saved = self._of(source) + self._of(target) - self._of(joined) - self._of(source - rows)
        if to_objects(saved) < self._plan.rules.merge_least_moved or not self._stands(joined):
            return None
        shift = self._shift(rows, target)
        return Move(saved, shift, rows, source, target) if shift and not self._is_rejected(rows, shift) else None

    def _shift(self, rows: Part, target: Part) -> int:
        """Return by how many working days to move rows so that they may join a task; 0 when they cannot."""
        (first, last), (start, end) = self._days(rows), self._days(target)
        least, whole = self._plan.rules.merge_min_common_workdays, min(last - first, end - start) + 1
        if whole < least:
            return 0
        is_later = start > first
        needed, wanted = (
            (start + days - 1 - last) if is_later else (end - days + 1 - first) for days in (least, whole)
        )
        room = self._year[-1] - last if is_later else first - self._year[0]
        limit = min(self._plan.rules.merge_max_shift_workdays, room)
        return 0 if abs(needed) > limit else max(-limit, min(limit, wanted))

    def _days(self, rows: Part) -> tuple[int, int]:
        """Return the common window of rows, from working day to working day."""
        return max(self._first[row] for row in rows), min(self._last[row] for row in rows)

    def _window(self, rows: Part, shift: int) -> Window:
        first, last = self._days(rows)
        return self._work[first + shift - 1], self._work[last + shift - 1]

    def _stands(self, part: Part) -> bool:
        rows, rules = sorted(part), self._plan.rules
        items, departments = (int(flags[rows].any(axis=0).sum()) for flags in (self._items, self._departments))
        return items <= rules.merge_max_items and departments <= rules.merge_max_departments

    def _of(self, part: Part) -> int:
        if part not in self._doors:
            self._doors[part] = self._plan.doors(sorted(part))
        return self._doors[part]

    def _is_rejected(self, rows: Part, shift: int) -> bool:
        ids, (first, last) = frozenset(self._plan.ids(sorted(rows))), self._window(rows, shift)
        return any(one == ids and first <= end and start <= last for one, (start, end) in self._rejected)


def _rejected(rulings: pl.DataFrame) -> list[tuple[frozenset[str], Window]]:
    """Return the moves that were rejected: rows, and the window they were to get."""
    parts = [
        parts_of("move", ruling["subject"])
        for ruling in ruled(rulings, "move").iter_rows(named=True)
        if ruling["answer"] == "reject"
    ]
    return [(frozenset(rows), _window_of(text)) for rows, [text] in parts]


def _window_of(text: str) -> Window:
    first, last = (dt.date.fromisoformat(one) for one in text.split("至"))
    return first, last

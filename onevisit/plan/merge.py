"""Merging plan rows into joint tasks: one draw, one door, many checks (整合重复检查事项, policy III.5).

What saves visits is drawing once: rows of a joint task share a ticket per object, so the object with
the lowest ticket is taken by every row that reaches it. A task then opens as many doors in a class
and scope as its highest rate asks for, not the sum of the rates. What was ruled to go together is
joined first. Each step is one proposal the bureau can read; how tasks are made of the steps is in
`tasks.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.county import PlanRules
from onevisit.plan.asked import Asked, asked_of, kept_joins, places_of, unkept_rulings
from onevisit.plan.cells import Cells, Integers, make_cells, to_objects
from onevisit.plan.groups import Groups, make_groups, named
from onevisit.plan.improve import improved
from onevisit.plan.tables import REASONS, STOPS, Proposals
from onevisit.tables import frame_of


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan rows as merging sees them."""

    rows: pl.DataFrame
    """In order of their number."""
    cells: Cells
    asked: Asked
    rules: PlanRules
    days: WorkingDays
    drawn: Sequence[frozenset[int]] = ()
    """Rows of each task that is drawn: it stays as it is."""

    def groups(self) -> Groups:
        """Return every row as a group of its own."""
        return make_groups(
            self.rows,
            self.cells,
            rules=self.rules,
            days=self.days,
            same=self.asked.same,
            apart=self.asked.apart,
        )

    def ruled_groups(self) -> Groups:
        """Return the groups after joining what was ruled to go together."""
        groups = self.groups()
        for _, left, right in kept_joins(groups, self.asked.musts):
            groups.joined(left, right)
        return groups

    def grouped(self, proposals: pl.DataFrame) -> Groups:
        """Return the groups after the steps of merging."""
        groups = self.groups()
        number = {row_id: place for place, row_id in enumerate(self.cells.row_ids)}
        for left, right in proposals.sort("step").select("left_rows", "right_rows").iter_rows():
            groups.joined(*sorted((number[left[0]], number[right[0]])))
        return groups

    @property
    def on_site(self) -> list[int]:
        """Rows that go to the door."""
        return np.flatnonzero(self.rows["is_on_site"].to_numpy()).tolist()

    def doors(self, rows: Sequence[int]) -> int:
        """Return how many doors rows open together, in objects times parts."""
        return int(self.cells.rates[rows].max(axis=0) @ self.cells.sizes)

    def ids(self, rows: Iterable[int]) -> list[str]:
        """Return the plan row ids of rows by number."""
        return [self.cells.row_ids[number] for number in rows]


def plan_of(
    submitted: pl.DataFrame,
    *,
    scope: pl.DataFrame,
    objects: pl.DataFrame,
    rules: PlanRules,
    days: WorkingDays,
    rulings: pl.DataFrame,
    drawn: Iterable[Sequence[str]] = (),
) -> Plan:
    """Return the plan rows that stand, with their cells and what was ruled on merging them.

    `drawn` are the plan rows of each task that is drawn.
    """
    rows = submitted.sort("plan_row_id")
    cells = make_cells(submitted, scope, objects)
    number = {row_id: place for place, row_id in enumerate(cells.row_ids)}
    tasks = [frozenset(number[row_id] for row_id in task) for task in drawn]
    return Plan(rows, cells, asked_of(cells.row_ids, rulings, tasks), rules, days, tasks)


def propose_merges(plan: Plan) -> pl.DataFrame:
    """Return every step of merging: what was ruled first, then the largest expected saving.

    Two groups may merge when no row is exclusive, all go to the door, every pair of rows overlaps
    enough in its objects, the common window has enough working days, neither items nor departments,
    partners included, become too many, and nobody ruled against it. Ties go to the longer common
    window, then to the smaller row numbers. Which rows end up together is found by merging greedily
    and improving that (`improve.py`); the steps are those that lead there. What is drawn stays together
    as it was drawn, and with nothing else.
    """
    groups = plan.groups()
    telling = _Telling(plan, groups)
    steps = [
        telling.merged(left, right, ruling=must.ruling) for must, left, right in kept_joins(groups, plan.asked.musts)
    ]
    telling.savings.only_within(_parts_beside_drawn(groups, telling.savings, plan.drawn))
    while (pair := telling.savings.best_pair()) is not None:
        steps.append(telling.merged(*pair))
    return frame_of(Proposals, [{"step": number, **step} for number, step in enumerate(steps, start=1)])


def best_parts(groups: Groups, savings: "Savings | None" = None) -> list[list[int]]:
    """Return which groups go together, as places: greedily found, then improved; the groups stay as they are.

    `savings` of the groups, where they are known.
    """
    run = (savings or Savings(groups)).copied()
    while (pair := run.best_pair()) is not None:
        run.join(*pair)
    # A group stands at the place of its smallest row, so the rows of a part that are places are its groups.
    parts = [[row for row in rows if groups.members[row]] for rows in run.groups.members if rows]
    return improved(groups, parts)


def _parts_beside_drawn(groups: Groups, savings: "Savings", drawn: Sequence[frozenset[int]]) -> list[list[int]]:
    """Return which groups go together, drawn tasks being parts of their own.

    Where nothing changed since the draw, merging finds the same tasks again, and the others with them.
    """
    parts = best_parts(groups, savings)
    rows = {frozenset(row for place in part for row in groups.members[place]) for part in parts}
    if rows.issuperset(drawn):
        return parts
    kept = [places_of(groups, task) for task in drawn]
    still = groups.copied()
    for place in (place for part in kept for place in part):
        still.members[place] = []
    return sorted([*kept, *best_parts(still)])


def list_unkept_rulings(plan: Plan) -> pl.DataFrame:
    """Return the rulings on merging that cannot be kept, with the reason."""
    return unkept_rulings(plan.groups(), plan.asked, plan.cells.row_ids)


class Savings:
    """What joining each two groups would save, in objects times parts; -1 where a rule stops it."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        count = len(groups.members)
        self._saved = np.full((count, count), -1, dtype=np.int64)
        self._wanted = np.ones((count, count), dtype=np.bool_)
        for place in range(count):
            self._weigh(place, first=place + 1)

    def copied(self) -> "Savings":
        """Return the same of copied groups, to join without touching these."""
        other = copy(self)
        other.groups, other._saved, other._wanted = self.groups.copied(), self._saved.copy(), self._wanted.copy()
        return other

    def only_within(self, parts: Iterable[Sequence[int]]) -> None:
        """Join from now on only what lies in the same part."""
        self._wanted[:] = False
        for part in parts:
            self._wanted[np.ix_(part, part)] = True

    def best_pair(self) -> tuple[int, int] | None:
        """Return the places of the two groups to join next, the smaller first; None when no two save anything."""
        saved = np.where(self._wanted, self._saved, -1)
        largest = int(saved.max(initial=-1))
        if largest <= 0:
            return None
        ties = [(int(left), int(right)) for left, right in np.argwhere(saved == largest)]
        return min(ties, key=lambda pair: (-int(self.groups.common_days(pair[0])[pair[1]]), pair))

    def of(self, place: int) -> Integers:
        """Return what the group at a place would save with each other one."""
        return np.maximum(self._saved[place], self._saved[:, place])

    def join(self, left: int, right: int) -> None:
        """Join the right group into the left one's place."""
        self.groups.joined(left, right)
        for place in (left, right):
            self._saved[place, :] = self._saved[:, place] = -1
        self._weigh(left, first=0)

    def _weigh(self, place: int, *, first: int) -> None:
        """Work out what joining one place with each place from `first` on would save."""
        others = np.flatnonzero(self.groups.may_join(place)[first:]) + first
        if len(others):
            saved = self.groups.savings(place, others)
            self._saved[np.minimum(place, others), np.maximum(place, others)] = saved


class _Telling:
    """Joins groups and tells each step as the bureau reads it."""

    def __init__(self, plan: Plan, groups: Groups) -> None:
        self.groups = groups
        self.savings = Savings(groups)
        self._plan = plan
        self._codes = [
            {code, *partners} for code, partners in plan.rows.select("item_code", "partner_items").iter_rows()
        ]

    def merged(self, left: int, right: int, *, ruling: Mapping[str, Any] | None = None) -> dict[str, object]:
        """Join the right group into the left one's place; return the step."""
        before = self._told(left, right)
        hoped = np.maximum(self.savings.of(left), self.savings.of(right))
        hoped[[left, right]] = -1
        self.savings.join(left, right)
        return {**before, **self._after(left, before, hoped, ruling)}

    def _told(self, left: int, right: int) -> dict[str, Any]:
        """Return what a step says of the two sides before they are joined."""
        groups = self.groups
        return {
            "left_rows": self._ids(left),
            "right_rows": self._ids(right),
            "workdays": int(groups.common_days(left)[right]),
            "common_objects": (common := groups.common_objects(left, right)),
            "common_share": round(common / min(groups.reached(left), groups.reached(right)), 4),
            "visits_apart": to_objects(groups.doors(left) + groups.doors(right)),
            "reason_codes": self._reasons(left, right, common),
        }

    def _after(
        self, place: int, before: Mapping[str, Any], hoped: Integers, ruling: Mapping[str, Any] | None
    ) -> dict[str, object]:
        rows = self._plan.rows[self.groups.members[place]]
        together = to_objects(self.groups.doors(place))
        step: dict[str, Any] = {
            "departments": sorted({*rows["department"], *rows["partners"].explode().drop_nulls()}),
            "item_codes": sorted(set[str]().union(*(self._codes[number] for number in self.groups.members[place]))),
            "starts_on": rows["starts_on"].max(),
            "ends_on": rows["ends_on"].min(),
            "visits_together": together,
            "visits_saved": round(before["visits_apart"] - together, 4),
            "reason_codes": ["RULED", *before["reason_codes"]] if ruling else before["reason_codes"],
            "ruling": ruling["seq"] if ruling else None,
            "lost": self._lost(place, hoped),
        }
        return {**step, "reason": self._reason({**before, **step})}

    def _reasons(self, left: int, right: int, common: int) -> list[str]:
        """Return the codes of why two groups go together."""
        groups, same = self.groups, self._plan.asked.same
        sides = [
            set[str]().union(*(self._codes[number] for number in groups.members[place])) for place in (left, right)
        ]
        identical = sides[0] & sides[1]
        meaning = [{same.get(code, code) for code in side} for side in sides]
        is_true = {
            "IDENTICAL": bool(identical),
            "EQUIVALENT": bool((meaning[0] & meaning[1]) - {same.get(code, code) for code in identical}),
            "SAME_DEPARTMENT": int((groups.departments[left] | groups.departments[right]).sum()) == 1,
            "SAME_OBJECTS": common == groups.reached(left) == groups.reached(right),
            "COMMON_OBJECTS": 0 < common < max(groups.reached(left), groups.reached(right)),
        }
        return [code for code, holds in is_true.items() if holds]

    def _lost(self, place: int, hoped: Integers) -> list[str]:
        """Return which groups one side could have merged with and the joined one cannot, and why."""
        stops, may_join = self.groups.stops(place), self.groups.may_join(place)
        lost = [
            (-int(hoped[other]), int(other))
            for other in np.flatnonzero(~may_join & (hoped > 0))
            if to_objects(int(hoped[other])) >= self._plan.rules.merge_least_told
        ]
        return [
            f"{'、'.join(self._ids(other))}（{'；'.join(STOPS[rule] for rule in named(stops, other))}，"
            f"少减{to_objects(-saving):.1f}户次）"
            for saving, other in sorted(lost)
        ]

    def _reason(self, step: Mapping[str, Any]) -> str:
        same = self._plan.asked.same
        count = len({same.get(code, code) for code in step["item_codes"]})
        grounds = [REASONS[code] for code in step["reason_codes"] if code != "RULED"]
        ruled = [f"按审核决定第{step['ruling']}号合并"] if step["ruling"] else []
        return (
            f"{'，'.join([*ruled, *grounds])}：对象重合{step['common_objects']}户，占范围较小一方的"
            f"{step['common_share']:.0%}；共同时段有{step['workdays']}个工作日；合并后共{count}项事项、"
            f"{len(step['departments'])}个部门。预计少上门{step['visits_saved']:.1f}户次。"
        )

    def _ids(self, place: int) -> list[str]:
        return [self._plan.cells.row_ids[number] for number in self.groups.members[place]]

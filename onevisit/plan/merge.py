"""Merging plan rows into joint tasks: one draw, one door, many checks (整合重复检查事项, policy III.5).

What saves visits is drawing once: rows of a joint task share a ticket per object, so the object with
the lowest ticket is taken by every row that reaches it. A task then opens as many doors in a class
and scope as its highest rate asks for, not the sum of the rates. Merging is greedy, the largest
expected saving first, each step one proposal the bureau can read; how tasks are made of the steps is
in `tasks.py`.

Rates are counted in parts of a thousand million, as integers: the same plan gives the same steps on
every machine, and ties are ties.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from onevisit.calendar import WorkingDays
from onevisit.county import CLASSES, PlanRules
from onevisit.plan.tables import Proposals
from onevisit.tables import frame_of

Integers = NDArray[np.int64]

WHOLE = 1_000_000_000
"""The rate of a row that takes everybody."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Objects that are the same to every row, grouped: in the same scopes and of the same class."""

    row_ids: list[str]
    sizes: Integers
    """Objects per cell."""
    rates: Integers
    """Rate per row and cell, 0 outside the row's scope."""
    is_inside: NDArray[np.bool_]
    """Per row and cell: whether the row reaches it, even at rate 0."""

    def doors(self, rows: Sequence[int]) -> float:
        """Return how many doors the rows are expected to open when they are drawn with one ticket."""
        return to_objects(int(self.rates[rows].max(axis=0) @ self.sizes))

    def reached(self, rows: Sequence[int]) -> int:
        """Return how many distinct objects the rows reach."""
        return int(self.is_inside[rows].any(axis=0) @ self.sizes)


def to_objects(parts: int) -> float:
    """Return a number of expected objects from objects times parts, to a ten-thousandth."""
    return round(parts / WHOLE, 4)


def make_cells(submitted: pl.DataFrame, scope: pl.DataFrame, objects: pl.DataFrame) -> Cells:
    """Return the cells of the plan, rows in order of their number.

    A count, or a least number above what the rates give, is spread evenly over the row's scope.
    """
    rows = submitted.sort("plan_row_id")
    row_ids = rows["plan_row_id"].to_list()
    numbered = scope.join(rows.select("plan_row_id").with_row_index("number"), on="plan_row_id")
    cells = (
        numbered.sort("number")
        .group_by("object_id", maintain_order=True)
        .agg("number")
        .join(objects.select("object_id", "credit_class"), on="object_id")
        .group_by("number", "credit_class")
        .len()
        .sort("number", "credit_class")
    )
    sizes = cells["len"].cast(pl.Int64).to_numpy()
    is_inside = np.zeros((len(row_ids), len(sizes)), dtype=np.bool_)
    inside = cells.select("number").with_row_index("cell").explode("number")
    is_inside[inside["number"].to_numpy(), inside["cell"].to_numpy()] = True
    classes = np.array([CLASSES.index(letter) for letter in cells["credit_class"]], dtype=np.int64)
    rates = np.stack(
        [_rates_of(row, classes, is_inside[number], sizes) for number, row in enumerate(rows.iter_rows(named=True))]
        or [np.zeros(0, dtype=np.int64)]
    )
    return Cells(row_ids, sizes, rates, is_inside)


def propose_merges(
    submitted: pl.DataFrame,
    *,
    scope: pl.DataFrame,
    objects: pl.DataFrame,
    rules: PlanRules,
    days: WorkingDays,
) -> pl.DataFrame:
    """Return every step of merging, the largest expected saving first.

    Two groups may merge when no row is exclusive, all go to the door, every pair of rows overlaps
    enough in its objects, the common window has enough working days, and neither items nor
    departments, partners included, become too many. Ties go to the longer common window, then to
    the smaller row numbers.
    """
    rows = submitted.sort("plan_row_id")
    cells = make_cells(rows, scope, objects)
    merging = _Merging(rows, cells, rules, days)
    steps: list[dict[str, object]] = []
    while (pair := merging.best_pair()) is not None:
        steps.append({"step": len(steps) + 1, **merging.merge(*pair)})
    return frame_of(Proposals, steps)


@dataclass(slots=True)
class _Group:
    """Rows merged so far; stands at the place of its smallest row."""

    rows: list[int]
    rates: Integers
    is_inside: NDArray[np.bool_]
    starts_on: dt.date
    ends_on: dt.date
    items: frozenset[str]
    departments: frozenset[str]

    def joined(self, other: "_Group") -> "_Group":
        return _Group(
            rows=sorted(self.rows + other.rows),
            rates=np.maximum(self.rates, other.rates),
            is_inside=self.is_inside | other.is_inside,
            starts_on=max(self.starts_on, other.starts_on),
            ends_on=min(self.ends_on, other.ends_on),
            items=self.items | other.items,
            departments=self.departments | other.departments,
        )


class _Merging:
    """The state of one greedy run: groups, and what each pair would save (-1 where it may not merge)."""

    def __init__(self, rows: pl.DataFrame, cells: Cells, rules: PlanRules, days: WorkingDays) -> None:
        self._cells, self._rules, self._days = cells, rules, days
        self._groups = [_group(number, row, cells) for number, row in enumerate(rows.iter_rows(named=True))]
        joinable = (rows["is_on_site"] & ~rows["is_exclusive"]).to_numpy().astype(np.bool_)
        self._overlaps = _overlapping(cells, rules.merge_min_overlap) & np.outer(joinable, joinable)
        self._savings = np.full((rows.height, rows.height), -1, dtype=np.int64)
        for place in range(rows.height):
            self._weigh(place, first=place + 1)

    def best_pair(self) -> tuple[int, int] | None:
        """Return the places of the two groups to merge next."""
        largest = int(self._savings.max(initial=-1))
        if largest <= 0:
            return None
        ties = [(int(left), int(right)) for left, right in np.argwhere(self._savings == largest)]
        return min(ties, key=lambda pair: (-self._common_days(*pair), pair))

    def merge(self, left: int, right: int) -> dict[str, object]:
        """Merge the right group into the left one's place; return the step."""
        first, second = self._groups[left], self._groups[right]
        common_days = self._common_days(left, right)
        joined = first.joined(second)
        self._groups[left] = joined
        self._overlaps[left] &= self._overlaps[right]
        self._overlaps[:, left] = self._overlaps[left]
        self._overlaps[right, :] = self._overlaps[:, right] = False
        for place in (left, right):
            self._savings[place, :] = self._savings[:, place] = -1
        self._weigh(left, first=0)
        return self._step(first, second, joined, common_days)

    def _weigh(self, place: int, *, first: int) -> None:
        """Work out what merging one place with each place from `first` on would save."""
        others = [
            other for other in range(first, len(self._groups)) if other != place and self._may_merge(place, other)
        ]
        if others:
            rates = np.stack([self._groups[other].rates for other in others])
            saved = np.minimum(rates, self._groups[place].rates) @ self._cells.sizes
            for other, saving in zip(others, saved, strict=True):
                self._savings[min(place, other), max(place, other)] = saving

    def _may_merge(self, left: int, right: int) -> bool:
        if not self._overlaps[left, right]:
            return False
        first, second = self._groups[left], self._groups[right]
        return (
            len(first.items | second.items) <= self._rules.merge_max_items
            and len(first.departments | second.departments) <= self._rules.merge_max_departments
            and self._common_days(left, right) >= self._rules.merge_min_common_workdays
        )

    def _common_days(self, left: int, right: int) -> int:
        first, second = self._groups[left], self._groups[right]
        return self._days.between(max(first.starts_on, second.starts_on), min(first.ends_on, second.ends_on))

    def _step(self, first: _Group, second: _Group, joined: _Group, common_days: int) -> dict[str, object]:
        sizes = self._cells.sizes
        apart = int(first.rates @ sizes) + int(second.rates @ sizes)
        together = int(joined.rates @ sizes)
        common = int((first.is_inside & second.is_inside) @ sizes)
        smaller = min(int(first.is_inside @ sizes), int(second.is_inside @ sizes))
        return {
            "left_rows": self._ids(first),
            "right_rows": self._ids(second),
            "departments": sorted(joined.departments),
            "starts_on": joined.starts_on,
            "ends_on": joined.ends_on,
            "common_objects": common,
            "visits_apart": to_objects(apart),
            "visits_together": to_objects(together),
            "visits_saved": to_objects(apart - together),
            "reason": _reason(first, second, joined, share=100 * common // smaller, common=common, days=common_days)
            + f"预计少上门{to_objects(apart - together):.1f}户次。",
        }

    def _ids(self, group: _Group) -> list[str]:
        return [self._cells.row_ids[number] for number in group.rows]


def _rates_of(row: Mapping[str, Any], classes: Integers, is_inside: NDArray[np.bool_], sizes: Integers) -> Integers:
    size = int(is_inside @ sizes)
    by_class = np.array(row["rate_bp"] or [0] * len(CLASSES), dtype=np.int64) * (WHOLE // 10_000)
    rates = np.where(is_inside, by_class[classes], 0)
    wanted = min(size, max(row["object_count"] or 0, row["least"]))
    if wanted * WHOLE > int(rates @ sizes):
        rates = np.where(is_inside, wanted * WHOLE // size, 0)
    return rates


def _group(number: int, row: Mapping[str, Any], cells: Cells) -> _Group:
    return _Group(
        rows=[number],
        rates=cells.rates[number],
        is_inside=cells.is_inside[number],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        items=frozenset([row["item_code"], *row["partner_items"]]),
        departments=frozenset([row["department"], *row["partners"]]),
    )


def _overlapping(cells: Cells, least: float) -> NDArray[np.bool_]:
    """Tell for each pair of rows whether they share enough of the smaller one's objects."""
    inside = cells.is_inside.astype(np.float64)
    common = (inside * cells.sizes) @ inside.T
    alone = common.diagonal()
    return (common > 0) & (common >= least * np.minimum.outer(alone, alone))


def _reason(first: _Group, second: _Group, joined: _Group, *, common: int, share: int, days: int) -> str:
    same_items = sorted(first.items & second.items)
    if same_items:
        ground = f"抽查事项相同（{'、'.join(same_items)}）"
    elif len(joined.departments) == 1:
        ground = "同一部门检查同一批对象"
    else:
        ground = "多个部门检查同一批对象"
    return (
        f"{ground}：对象重合{common}户，占范围较小一方的{share}%；共同时段有{days}个工作日；"
        f"合并后共{len(joined.items)}项事项、{len(joined.departments)}个部门。"
    )

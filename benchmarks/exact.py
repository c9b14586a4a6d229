"""The exact optimum of merging a few plan rows, over all partitions: the oracle greedy merging is held against.

It reads the rules from their words and shares no code with `onevisit/plan/merge.py` but the rows' cells.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.county import PlanRules
from onevisit.plan.cells import Cells

LARGEST = 15
"""More rows than this have too many subsets."""


def fewest_doors(rows: pl.DataFrame, cells: Cells, rules: PlanRules, days: WorkingDays) -> int:
    """Return the fewest expected doors of any plan of the rows, in objects times parts; at most LARGEST rows.

    `rows` in order of their number, as `cells` has them.
    """
    if rows.height > LARGEST:
        raise ValueError(f"{rows.height} rows are more than {LARGEST}")
    may_share = _rule(rows.rows(named=True), cells, rules, days)
    whole = 1 << rows.height
    rates = np.zeros((whole, len(cells.sizes)), dtype=np.int64)
    stands = [True] * whole
    for subset in range(1, whole):
        highest = subset.bit_length() - 1
        rest = subset ^ (1 << highest)
        rates[subset] = np.maximum(rates[rest], cells.rates[highest])
        # What may not stand does not stand with one more.
        stands[subset] = stands[rest] and (not rest or may_share(_numbers(subset)))
    doors: list[int] = (rates @ cells.sizes).tolist()
    best = [0] * whole
    for subset in range(1, whole):
        lowest = subset & -subset
        rest = others = subset ^ lowest
        fewest = doors[lowest] + best[rest]
        while others:
            group = others | lowest
            if stands[group]:
                fewest = min(fewest, doors[group] + best[rest ^ others])
            others = (others - 1) & rest
        best[subset] = fewest
    return best[-1]


def _numbers(subset: int) -> list[int]:
    return [number for number in range(subset.bit_length()) if subset >> number & 1]


def _rule(
    rows: Sequence[dict[str, Any]], cells: Cells, rules: PlanRules, days: WorkingDays
) -> Callable[[list[int]], bool]:
    reach = [set(np.flatnonzero(inside).tolist()) for inside in cells.is_inside]

    def objects(some: set[int]) -> int:
        return sum(int(cells.sizes[cell]) for cell in some)

    def may_share(group: list[int]) -> bool:
        some = [rows[number] for number in group]
        first, last = max(row["starts_on"] for row in some), min(row["ends_on"] for row in some)
        return (
            all(row["is_on_site"] and not row["is_exclusive"] for row in some)
            and days.between(first, last) >= rules.merge_min_common_workdays
            and len({code for row in some for code in (row["item_code"], *row["partner_items"])})
            <= rules.merge_max_items
            and len({name for row in some for name in (row["department"], *row["partners"])})
            <= rules.merge_max_departments
            and all(
                objects(reach[one] & reach[other])
                >= rules.merge_min_overlap * min(objects(reach[one]), objects(reach[other]))
                for one in group
                for other in group
                if one < other
            )
        )

    return may_share

"""What no plan could beat, and what each rule of merging costs (planning of a year, policy III.5).

Rows that pairwise may not share a task each open their own doors, whatever the plan: in every cell,
any such rows' rates add up to doors that nobody can save. The heaviest such rows of every cell
together are a bound that holds for every plan, by whatever method it is found.

Proof: in one cell a plan opens, for each of its tasks, as many doors as the task's highest rate asks
for. Rows that pairwise may not share a task lie in tasks that are all different, and each of these
tasks opens at least the doors of its one such row.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from onevisit.plan.asked import asked_of
from onevisit.plan.cells import Flags, Integers, to_objects
from onevisit.plan.groups import Groups
from onevisit.plan.merge import Plan, best_parts
from onevisit.plan.tables import RulePrices, Rulings
from onevisit.tables import frame_of
from onevisit.workers import each

_NO_CAP = 1_000_000
_OVERLAPS = {0.0: "不要求对象重合", 0.25: "对象至少重合25%", 0.5: "对象至少重合50%", 0.8: "对象至少重合80%"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Expected doors in objects times parts."""

    apart: int
    """When every row is drawn alone."""
    pairs: int
    """Fewest by any plan, for all that the rules say of two rows."""
    windows: int
    """Fewest by any plan, for the windows and the rows that stay alone, whatever else the rules say."""


def bounds_of(groups: Groups, plan: Plan) -> Bounds:
    """Return what no plan of the groups can beat; only rows that go to the door count."""
    on_site = set(plan.on_site)
    doors = np.array(
        [place for place, rows in enumerate(groups.members) if on_site.issuperset(rows) and rows], np.int64
    )
    # Cells where every rate is the same are one more time the same.
    rates, places = np.unique(groups.rates[doors], axis=1, return_inverse=True)
    sizes = np.zeros(rates.shape[1], dtype=np.int64)
    np.add.at(sizes, places.ravel(), groups.sizes)
    apart = np.array([~groups.may_join(place)[doors] for place in doors.tolist()], dtype=np.bool_)
    return Bounds(
        apart=sum(plan.doors([number]) for number in plan.on_site),
        pairs=sum(int(size) * _heaviest_in(cell, apart) for cell, size in zip(rates.T, sizes, strict=True)),
        windows=int(_heaviest_by_windows(groups, doors, rates) @ sizes),
    )


def heaviest_apart(apart: Sequence[int], weights: Sequence[int]) -> int:
    """Return the largest sum of weights of members that are pairwise apart; exact, by branch and bound.

    `apart` holds for each member the others it may not be with, as bits; members heaviest first.
    """
    best = 0
    branches = [((1 << len(weights)) - 1, 0)]
    while branches:
        left, sure = branches.pop()
        best = max(best, sure)
        if sure + _at_most(left, apart, weights) > best:
            heaviest = left & -left
            member = heaviest.bit_length() - 1
            branches.append((left ^ heaviest, sure))
            branches.append((left & apart[member], sure + weights[member]))
    return best


def _at_most(members: int, apart: Sequence[int], weights: Sequence[int]) -> int:
    """Return a sum that no members that are pairwise apart exceed: of members that may all be together, one counts."""
    total = 0
    while members:
        heaviest = members & -members
        together = rest = heaviest
        member = heaviest.bit_length() - 1
        total += weights[member]
        fitting = members & ~apart[member] & ~heaviest
        while fitting:
            rest = fitting & -fitting
            together |= rest
            fitting &= ~apart[rest.bit_length() - 1] & ~rest
        members &= ~together
    return total


def _heaviest_in(rates: Integers, apart: Flags) -> int:
    drawn = np.flatnonzero(rates)
    members = drawn[np.argsort(-rates[drawn], kind="stable")]
    others = apart[np.ix_(members, members)]
    np.fill_diagonal(others, val=False)
    bits = [int.from_bytes(row.tobytes(), "little") for row in np.packbits(others, axis=1, bitorder="little")]
    return heaviest_apart(bits, rates[members].tolist())


def _heaviest_by_windows(groups: Groups, doors: Integers, rates: Integers) -> Integers:
    """Return per cell the heaviest groups no two of which have days enough in common: weighted interval scheduling.

    Two windows have n days in common exactly when they meet after each lost its last n - 1 days. A
    window shorter than that meets no other, and a group that stays alone counts in any case.
    """
    lasts = groups.last[doors] - groups.rules.merge_min_common_workdays + 1
    order = np.argsort(lasts, kind="stable").tolist()
    alone = groups.apart["EXCLUSIVE"][doors, doors]
    sure = np.zeros(rates.shape[1], dtype=np.int64)
    ends: list[int] = []
    best = [sure]
    for number in order:
        first, last = int(groups.first[doors[number]]), int(lasts[number])
        if alone[number] or last < first:
            sure = sure + rates[number]
        else:
            best.append(np.maximum(best[-1], best[bisect_left(ends, first)] + rates[number]))
            ends.append(last)
    return sure + best[-1]


def price_rules(plan: Plan) -> pl.DataFrame:
    """Return what merging saves and what any plan could: by the rules as they are, and with each loosened.

    It is the year's rules that are priced, on all rows of the year, whatever is drawn by now.
    """
    return frame_of(RulePrices, each(_price, _variants(plan)))


def _variants(plan: Plan) -> list[tuple[str, str, Plan]]:
    """Return rule, what it then says, and the plan under it."""

    def under(**rules: float) -> Plan:
        return replace(plan, rules=plan.rules.model_copy(update=rules))

    nobody_alone = replace(plan, rows=plan.rows.with_columns(is_exclusive=pl.lit(value=False)))
    unruled = replace(plan, asked=asked_of(plan.cells.row_ids, frame_of(Rulings, []), plan.drawn))
    no_caps = {"merge_max_items": _NO_CAP, "merge_max_departments": _NO_CAP}
    return [
        ("", "现行规则", plan),
        *(
            ("OVERLAP", text, under(merge_min_overlap=share))
            for share, text in _OVERLAPS.items()
            if share != plan.rules.merge_min_overlap
        ),
        ("ITEMS", "不限事项数", under(merge_max_items=_NO_CAP)),
        ("DEPARTMENTS", "不限部门数", under(merge_max_departments=_NO_CAP)),
        ("WINDOW", "共同时段至少1个工作日", under(merge_min_common_workdays=1)),
        ("EXCLUSIVE", "不合并的检查也可合并", nobody_alone),
        *([("RULED_APART", "不计审核决定", unruled)] if plan.asked != unruled.asked else []),
        ("OVERLAP", "不要求对象重合，不限事项数和部门数", under(merge_min_overlap=0.0, **no_caps)),
    ]


def _price(variant: tuple[str, str, Plan]) -> dict[str, object]:
    rule, setting, plan = variant
    groups = plan.ruled_groups()
    bounds = bounds_of(groups, plan)
    off_site = set(range(plan.rows.height)).difference(plan.on_site)
    doors = sum(plan.doors(_rows_of(groups, part)) for part in best_parts(groups) if not off_site.intersection(part))
    saved, most = bounds.apart - doors, bounds.apart - bounds.pairs
    return {
        "rule": rule,
        "setting": setting,
        "visits_apart": to_objects(bounds.apart),
        "visits_saved": to_objects(saved),
        "share_saved": _share(saved, bounds.apart),
        "most_saved": to_objects(most),
        "most_share": _share(most, bounds.apart),
        "most_by_windows": to_objects(bounds.apart - bounds.windows),
        "share_of_most": _share(saved, most),
    }


def _rows_of(groups: Groups, part: Sequence[int]) -> list[int]:
    return [row for place in part for row in groups.members[place]]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0

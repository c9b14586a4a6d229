"""Groups of plan rows side by side: what each is, which two may join, and which rule stops them.

The rules are the county's (`[plan]` in county.toml) and what was ruled on the plan. How groups are
chosen is in `merge.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.county import PlanRules
from onevisit.plan.cells import Cells, Flags, Integers
from onevisit.plan.tables import STOPS

HARD_STOPS = ("EXCLUSIVE", "OFF_SITE", "RULED_APART", "WINDOW")
"""What even a ruling cannot override; of the window, that it is not empty."""


@dataclass(slots=True)
class Groups:
    """Groups, each at the place of its smallest row; a place whose group joined another is left empty."""

    members: list[list[int]]
    """Numbers of the rows, sorted; none at an empty place."""
    sizes: Integers
    rates: Integers
    """Per group and cell: the highest rate of its rows."""
    is_inside: Flags
    first: Integers
    """Working day from which on all rows may be checked, as a number."""
    last: Integers
    items: Flags
    """Per group and item, items said to be the same being one."""
    departments: Flags
    """Per group and department, partners included."""
    apart: dict[str, Flags]
    """Rule that looks at pairs of rows -> per two groups, whether it stops any pair."""
    rules: PlanRules

    def copied(self) -> "Groups":
        """Return groups that can be joined without touching these."""
        return replace(
            self,
            members=[list(rows) for rows in self.members],
            rates=self.rates.copy(),
            is_inside=self.is_inside.copy(),
            first=self.first.copy(),
            last=self.last.copy(),
            items=self.items.copy(),
            departments=self.departments.copy(),
            apart={rule: flags.copy() for rule, flags in self.apart.items()},
        )

    def joined(self, left: int, right: int) -> None:
        """Put the right group into the left one's place."""
        self.members[left] = sorted(self.members[left] + self.members[right])
        self.members[right] = []
        self.rates[left] = np.maximum(self.rates[left], self.rates[right])
        for flags in (self.is_inside, self.items, self.departments):
            flags[left] |= flags[right]
        self.first[left] = max(self.first[left], self.first[right])
        self.last[left] = min(self.last[left], self.last[right])
        for flags in self.apart.values():
            flags[left] |= flags[right]
            flags[:, left] = flags[left]

    def stops(self, place: int) -> dict[str, Flags]:
        """Return per rule which groups it keeps from joining the group at a place."""
        return {
            **{rule: flags[place] for rule, flags in self.apart.items()},
            "WINDOW": self.common_days(place) < self.rules.merge_min_common_workdays,
            "ITEMS": _together(self.items, place) > self.rules.merge_max_items,
            "DEPARTMENTS": _together(self.departments, place) > self.rules.merge_max_departments,
        }

    def may_join(self, place: int) -> Flags:
        """Tell which groups no rule keeps from joining the group at a place; none where it left the place."""
        is_free = np.array([bool(rows and self.members[place]) for rows in self.members], dtype=np.bool_)
        is_free[place] = False
        for stopped in self.stops(place).values():
            is_free &= ~stopped
        return is_free

    def common_days(self, place: int) -> Integers:
        """Return how many working days each group has in common with the group at a place."""
        common = np.minimum(self.last, self.last[place]) - np.maximum(self.first, self.first[place]) + 1
        return np.maximum(common, 0)

    def savings(self, place: int, others: Integers) -> Integers:
        """Return what joining the group at a place with each of some others saves, in objects times parts."""
        return np.minimum(self.rates[others], self.rates[place]) @ self.sizes

    def common_objects(self, left: int, right: int) -> int:
        """Return how many objects two groups both reach."""
        return int((self.is_inside[left] & self.is_inside[right]) @ self.sizes)

    def reached(self, place: int) -> int:
        """Return how many objects a group reaches."""
        return int(self.is_inside[place] @ self.sizes)

    def doors(self, place: int) -> int:
        """Return how many doors a group is expected to open, in objects times parts."""
        return int(self.rates[place] @ self.sizes)


def make_groups(
    rows: pl.DataFrame,
    cells: Cells,
    *,
    rules: PlanRules,
    days: WorkingDays,
    same: Mapping[str, str] | None = None,
    apart: Iterable[tuple[int, int]] = (),
) -> Groups:
    """Return every plan row as a group of its own; rows in order of their number.

    `same` gives for an item the one that stands for all it was said to be the same as; `apart` are
    pairs of rows ruled to stay apart.
    """
    numbers = {day.on: number for number, day in enumerate(days.days)}
    worked = np.cumsum([0, *(day.is_workday for day in days.days)])
    own: list[tuple[str, ...]] = [(row["item_code"], *row["partner_items"]) for row in rows.iter_rows(named=True)]
    ruled = np.zeros((rows.height, rows.height), dtype=np.bool_)
    for one, other in apart:
        ruled[one, other] = ruled[other, one] = True
    exclusive, off_site = rows["is_exclusive"].to_numpy(), ~rows["is_on_site"].to_numpy()
    return Groups(
        members=[[number] for number in range(rows.height)],
        sizes=cells.sizes,
        rates=cells.rates.copy(),
        is_inside=cells.is_inside.copy(),
        first=np.array([worked[numbers[on]] + 1 for on in rows["starts_on"]], dtype=np.int64),
        last=np.array([worked[numbers[on] + 1] for on in rows["ends_on"]], dtype=np.int64),
        items=_flags([[(same or {}).get(code, code) for code in codes] for codes in own]),
        departments=_flags([(row["department"], *row["partners"]) for row in rows.iter_rows(named=True)]),
        apart={
            "EXCLUSIVE": np.logical_or.outer(exclusive, exclusive),
            "OFF_SITE": np.logical_or.outer(off_site, off_site),
            "OVERLAP": _little_in_common(cells, rules.merge_min_overlap),
            "RULED_APART": ruled,
        },
        rules=rules,
    )


def named(stopped: Mapping[str, Flags], place: int) -> list[str]:
    """Return the rules that stop the group at a place, in the order officials read them."""
    return [rule for rule in STOPS if stopped[rule][place]]


def _flags(names: Sequence[Sequence[str]]) -> Flags:
    known = {name: number for number, name in enumerate(sorted({name for some in names for name in some}))}
    flags = np.zeros((len(names), len(known)), dtype=np.bool_)
    for number, some in enumerate(names):
        flags[number, [known[name] for name in some]] = True
    return flags


def _together(flags: Flags, place: int) -> Integers:
    """Return how many flags each group and the one at a place have between them."""
    return (flags | flags[place]).sum(axis=1)


def _little_in_common(cells: Cells, least: float) -> Flags:
    """Tell for each pair of rows whether they share too little of the smaller one's objects."""
    inside = cells.is_inside.astype(np.float64)
    common = (inside * cells.sizes) @ inside.T
    alone = common.diagonal()
    return common < least * np.minimum.outer(alone, alone)

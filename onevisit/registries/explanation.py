"""Why two records are one object, or not: every reason with both values and its points, in Chinese.

The points are those that decided (`weights.py`); they add up to the log-odds, so that each line says
how much it counted. Phones are shown with their middle hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from onevisit.codes import masked_phone
from onevisit.registries.comparison import MEANINGS, Levels, columns_of, compare
from onevisit.registries.weights import BASE, Points

VALUES: Mapping[str, str] = {
    "name": "name",
    "person": "legal_rep",
    "phone": "phone",
    "door": "address",
    "town": "town",
    "opened": "opened_on",
    "closed": "state",
    "code": "code",
    "same_list": "department",
}
"""What of a record is shown beside a reason; the other reasons follow from the name's."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the waterfall; `points` in bits, + for one object, - for two."""

    meaning: str
    left: str
    right: str
    points: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records, by number, and every reason for and against their being one object."""

    left: int
    right: int
    reasons: list[Reason]

    @property
    def points(self) -> float:
        """Return the log-odds of being one object, in bits."""
        return sum(reason.points for reason in self.reasons)


def reasons(
    left: Mapping[str, object], right: Mapping[str, object], levels: Mapping[str, int], points: Points
) -> list[Reason]:
    """Return every reason that counts, in the order people read it; the first is where every pair begins."""
    found = [Reason("两条值得比较的记录，起点", "", "", points.get(BASE, 0) / 100)]
    for name, meanings in MEANINGS.items():
        level = levels[name]
        if not level:
            continue
        found.append(
            Reason(
                meanings[level],
                left=_shown(left, VALUES.get(name)),
                right=_shown(right, VALUES.get(name)),
                points=points.get((name, level), 0) / 100,
            )
        )
    return found


def between(records: pl.DataFrame, left: Sequence[int], right: Sequence[int], points: Points) -> list[Comparison]:
    """Return the comparison of every record of the left with every one of the right, the likeliest first.

    `records` is the whole answer of `prepare` in `linkage.py`: how common a name is, all of it says.
    """
    pairs = sorted({(min(one, other), max(one, other)) for one in left for other in right if one != other})
    sides = np.array(pairs, np.int64).reshape(-1, 2)
    levels = compare(records, columns_of(records), sides[:, 0], sides[:, 1])
    found = [
        Comparison(one, other, reasons(_named(records, one), _named(records, other), levels_at(levels, place), points))
        for place, (one, other) in enumerate(pairs)
    ]
    return sorted(found, key=lambda comparison: (-comparison.points, comparison.left, comparison.right))


def likely(found: Sequence[Reason]) -> float:
    """Return the probability of being one object that reasons add up to, 0-1."""
    return 1 / (1 + 2 ** -sum(reason.points for reason in found))


def waterfall(found: Sequence[Reason]) -> str:
    """Return reasons as lines of text, with the sum and the probability below."""
    total = sum(reason.points for reason in found)
    lines = [f"{_points(reason.points)}　{reason.meaning}{_both(reason)}" for reason in found]
    return "\n".join([*lines, f"{_points(total)}　合计，同一对象的可能性 {percent(likely(found))}"])


def percent(probability: float) -> str:
    """Return a probability as people read it; what is nearly certain is not called certain."""
    return f"{min(max(probability, 0.001), 0.999):.1%}"


def levels_at(levels: Levels, place: int) -> dict[str, int]:
    """Return the levels of the pair at a place."""
    return levels.at(place)


def weights_table(points: Points) -> list[dict[str, object]]:
    """Return the points as records of the table `LinkageWeights`, in bits."""
    base: dict[str, object] = {"compared": BASE[0], "level": 0, "meaning": "起点", "points": points.get(BASE, 0) / 100}
    return [
        base,
        *(
            {"compared": name, "level": level, "meaning": meaning, "points": points.get((name, level), 0) / 100}
            for name, meanings in MEANINGS.items()
            for level, meaning in meanings.items()
        ),
    ]


def points_of(weights: pl.DataFrame) -> Points:
    """Return the points that the table `LinkageWeights` holds."""
    rows = weights.select("compared", "level", "points").iter_rows()
    return {(name, level): int(np.rint(points * 100)) for name, level, points in rows}


def _named(records: pl.DataFrame, number: int) -> Mapping[str, object]:
    return records.row(number, named=True)


def _points(points: float) -> str:
    return f"{points:+5.1f}"


def _both(reason: Reason) -> str:
    if not (reason.left or reason.right):
        return ""
    if reason.left == reason.right:
        return f"（{reason.left}）"
    return f"（{reason.left or '空'}／{reason.right or '空'}）"


def _shown(record: Mapping[str, object], column: str | None) -> str:
    value = None if column is None else record[column]
    text = "" if value is None else str(value)
    return masked_phone(text) if column == "phone" else text

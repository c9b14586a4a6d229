"""Cells: objects that are the same to every plan row, counted once instead of one by one.

Rates are counted in parts of a thousand million, as integers: the same plan gives the same figures
on every machine, and ties are ties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from onevisit.county import CLASSES

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

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
    is_inside: Flags
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

    A count, or a least number above what the rates give, is spread evenly over the row's scope; a count
    that was allotted to the classes over each class.
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


def _rates_of(row: Mapping[str, Any], classes: Integers, is_inside: Flags, sizes: Integers) -> Integers:
    size = int(is_inside @ sizes)
    if row["class_counts"]:
        in_class = [int(sizes[is_inside & (classes == place)].sum()) for place in range(len(CLASSES))]
        shares = [count * WHOLE // max(many, 1) for count, many in zip(row["class_counts"], in_class, strict=True)]
        return np.where(is_inside, np.array(shares, dtype=np.int64)[classes], 0)
    by_class = np.array(row["rate_bp"] or [0] * len(CLASSES), dtype=np.int64) * (WHOLE // 10_000)
    rates = np.where(is_inside, by_class[classes], 0)
    wanted = min(size, max(row["object_count"] or 0, row["least"]))
    if wanted * WHOLE > int(rates @ sizes):
        rates = np.where(is_inside, wanted * WHOLE // size, 0)
    return rates

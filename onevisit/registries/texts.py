"""Texts by number: what is written alike has one number, so that texts are compared and paired as numbers are.

Sixty thousand records hold twenty thousand names: what can be worked out for a name is worked out once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Small = NDArray[np.int8]
Flags = NDArray[np.bool_]

SAME, DIFFERENT = 1, 2
"""How two texts agree; 0 where a side has none."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A column by number: every distinct value once, and each record's number, -1 for none."""

    values: pl.Series
    number: NDArray[np.int32]

    def changed(self, values: pl.Series) -> "Texts":
        """Return the texts that have other values in place of these, null for none."""
        other = texts(values)
        return Texts(other.values, np.append(other.number, np.int32(-1))[self.number])

    @property
    def is_known(self) -> Flags:
        """Tell which records have a text."""
        return self.number >= 0

    @property
    def bearers(self) -> Whole:
        """Return for each record how many have its text, 0 where it has none."""
        count = np.bincount(self.number[self.is_known], minlength=len(self.values))
        return np.append(count, 0)[self.number]

    @property
    def characters(self) -> NDArray[np.uint64]:
        """Return for each record which characters its text has: 64 bits, each for many characters."""
        # With something behind each, so that none is empty.
        written = "\n".join([*self.values.to_list(), ""]).encode("utf-32-le")
        bits = np.uint64(1) << (np.frombuffer(written, np.uint32) & 63).astype(np.uint64)
        length = self.values.str.len_chars().to_numpy().astype(np.int64) + 1
        return np.append(np.bitwise_or.reduceat(bits, np.cumsum(length) - length), np.uint64(0))[self.number]

    def agreement(self, left: Whole, right: Whole) -> Small:
        """Return how the records of each pair agree: SAME, DIFFERENT, or 0 where a side has none."""
        one, other = self.number[left], self.number[right]
        return (np.minimum(one, other) >= 0) * (np.int8(SAME) + (one != other))

    def measured(self, left: Whole, right: Whole, measure: Callable[[list[str], list[str]], Small]) -> Small:
        """Return a measure of each pair of records with a text, worked out once for each distinct pair of texts."""
        if not len(left):
            return np.zeros(0, np.int8)
        one, other = self.number[left], self.number[right]
        low, high = np.minimum(one, other), np.maximum(one, other)
        distinct, place = np.unique(low.astype(np.int64) * len(self.values) + high, return_inverse=True)
        first, second = np.divmod(distinct, len(self.values))
        known = np.array(self.values.to_list(), dtype=object)
        return measure(known[first].tolist(), known[second].tolist())[place]


def texts(column: pl.Series) -> Texts:
    """Return a column by number."""
    return numbered(column.to_frame("text"))["text"]


def numbered(columns: pl.DataFrame) -> Mapping[str, Texts]:
    """Return columns by number, each with its values in order of appearance; none may be called `bearer`."""
    # A column of its own, since rows counted within the groups are slow.
    placed = columns.with_columns(bearer=pl.int_range(pl.len(), dtype=pl.Int32))
    first = placed.select(
        pl.when(pl.col(name).is_not_null()).then(pl.col("bearer").first().over(name)).otherwise(-1).alias(name)
        for name in columns.columns
    )
    return {column.name: _numbered(column, first.get_column(column.name)) for column in columns}


def _numbered(column: pl.Series, first: pl.Series) -> Texts:
    """Return a column by number; `first` tells for each record the first one of the same value, -1 for none."""
    bearer = first.to_numpy()
    is_first = bearer == np.arange(len(bearer))
    number = np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    return Texts(column.filter(pl.Series(is_first)), np.append(number, np.int32(-1))[bearer])

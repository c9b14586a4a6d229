"""How well records were linked, told by the truth behind them."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Scores:
    """Pairwise precision, recall and F1: of pairs of records, said and truly, to be one."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pairwise(found: pl.DataFrame, truth: pl.DataFrame) -> Scores:
    """Score `found` (record, id) against `truth` (record, entity).

    A record that was not found counts as linked with none. Where nothing was to be found, or nothing was
    said, the share is 1.
    """
    both = truth.select("record", "entity").join(found.select("record", "id"), on="record", how="left")
    right = _pairs(both, "entity", "id")
    said, true = _pairs(both, "id"), _pairs(both, "entity")
    return Scores(right / said if said else 1.0, right / true if true else 1.0)


def _pairs(records: pl.DataFrame, *by: str) -> int:
    sizes = records.drop_nulls(by).group_by(by).len("size").get_column("size").cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())

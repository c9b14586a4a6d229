"""Scores: for every department and measure, how many rows were looked at and how many pass."""

import math
from collections.abc import Mapping, Sequence

import polars as pl

from onevisit.supervision.measures import WHOLE_COUNTY, Grain, Measure
from onevisit.supervision.tables import Scores
from onevisit.tables import conform


def scores(
    frames: Mapping[Grain, pl.DataFrame], measures: Sequence[Measure], *, departments: Sequence[str]
) -> pl.DataFrame:
    """Return the table of scores: the whole county first, then the departments, measures in order.

    A department without a row has the denominator 0 and no ratio.
    """
    rows = pl.DataFrame({"department": [WHOLE_COUNTY, *departments]}).with_row_index("order")
    parts = [_scores_of(measure, frames[measure.grain], rows) for measure in measures]
    return conform(Scores, pl.concat(parts).sort("order", maintain_order=True))


def _scores_of(measure: Measure, frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    counts = [
        pl.len().cast(pl.Int64).alias("denominator"),
        measure.passes.sum().cast(pl.Int64).alias("numerator"),
    ]
    looked_at = frame.filter(measure.looks_at)
    county = looked_at.select(pl.lit(WHOLE_COUNTY).alias("department"), *counts)
    apart = looked_at.group_by("department").agg(*counts)
    asked = rows.filter(pl.col("department") == WHOLE_COUNTY) if measure.is_county_wide else rows
    return asked.join(pl.concat([county, apart.drop_nulls("department")]), on="department", how="left").select(
        "order",
        "department",
        registry=pl.lit(measure.registry),
        key=pl.lit(measure.key),
        measure=pl.lit(measure.title),
        numerator=pl.col("numerator").fill_null(0),
        denominator=pl.col("denominator").fill_null(0),
        ratio=pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator")),
    )


def counts_of(scores: pl.DataFrame, department: str, key: str) -> tuple[int, int]:
    """Return the numerator and the denominator of a measure."""
    found = scores.filter(pl.col("department") == department, pl.col("key") == key)
    return found.select("numerator", "denominator").row(0)


def ratio_of(part: int, whole: int) -> str:
    """Return a share of counts as people read it."""
    return percent(part / whole if whole else None)


def permille(share: float) -> int:
    """Return a share in tenths of a percent, rounded down: 97.99 % must not look like the 98 % it misses."""
    return math.floor(share * 1000 + 1e-6)


def percent(share: float | None) -> str:
    """Return a share as people read it: 97.9%, and a dash where nothing was looked at."""
    return "—" if share is None else f"{permille(share) / 10:g}%"

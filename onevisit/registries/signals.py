"""Credit classes, abnormal listings and complaints, each tied to the object it is about (policy III.5)."""

import polars as pl

from onevisit.registries.cells import dated, stated
from onevisit.registries.finding import Findable, find_objects
from onevisit.registries.names import plain
from onevisit.registries.tables import Signals
from onevisit.tables import conform

DISMISSED = ("否", "不属实", "未查实")
"""是否查实 of a complaint that does not count; 是, 待查 and an empty cell do."""


def signals(
    credit: pl.DataFrame,
    abnormal: pl.DataFrame,
    complaints: pl.DataFrame,
    known: Findable,
    *,
    year: int,
) -> pl.DataFrame:
    """Return every filed signal with its object, and whether it counts for the year's plan.

    What counts: the latest class of an object (the riskier of two on one day), a listing that was not
    lifted, a complaint of the year before the plan's or later that was not dismissed. What names no
    known object cannot count.
    """
    filed = pl.concat(
        [
            _signal(
                credit.with_columns(plain(pl.col("credit_class"))), "credit", value="credit_class", on="assessed_on"
            ),
            _signal(abnormal, "abnormal", value="reason", on="listed_on"),
            _signal(complaints, "complaint", value="category", on="received_on"),
        ],
        how="diagonal",
    )
    found = filed.with_columns(object_id=find_objects(filed, known))
    ranked = found.sort(
        "object_id", "kind", "on", "value", "department", "file", "sheet", "row",
        descending=[False, False, True, True, False, False, False, False], nulls_last=True,
    )  # fmt: skip
    is_latest = pl.struct("object_id", "kind").is_first_distinct()
    is_dismissed = plain(pl.col("is_substantiated")).is_in(DISMISSED).fill_null(False)
    counts = (
        pl.when(pl.col("kind") == "credit")
        .then(is_latest)
        .when(pl.col("kind") == "abnormal")
        .then(pl.col("lifted_on").is_null())
        .otherwise((pl.col("on").dt.year() >= year - 1) & ~is_dismissed)
    )
    judged = ranked.with_columns(is_counted=counts.fill_null(False) & pl.col("object_id").is_not_null())
    return conform(Signals, judged.sort("department", "file", "sheet", "row"))


def _signal(filed: pl.DataFrame, kind: str, *, value: str, on: str) -> pl.DataFrame:
    return filed.with_columns(kind=pl.lit(kind), value=stated(pl.col(value)).fill_null("其他"), on=dated(pl.col(on)))

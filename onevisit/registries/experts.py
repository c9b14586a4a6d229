"""The register of experts (专家名录库): drawn on top of the legal minimum of inspectors (policy IV.1)."""

import polars as pl

from onevisit.errors import RefusedError, problem
from onevisit.registries.cells import stated
from onevisit.registries.names import plain
from onevisit.registries.tables import Experts
from onevisit.tables import conform


def experts(filed: pl.DataFrame) -> pl.DataFrame:
    """Return one row per expert number; an expert listed twice is valid only if every row says so.

    Raises RefusedError (R002) where one number names two experts: which of them was drawn could not
    be told.
    """
    rows = filed.sort("department", "file", "sheet", "row").with_columns(
        expert_id=pl.col("source_id").str.strip_chars(),
        name=pl.col("name").str.replace_all(r"\s", ""),
        is_valid=(plain(pl.col("status")) == "有效").fill_null(False),
    )
    unclear = rows.filter(pl.col("name").n_unique().over("expert_id") > 1)
    if unclear.height:
        raise RefusedError(
            problem("R002", file=f"{department}/{file}", sheet=sheet, row=row, value=number)
            for department, file, sheet, row, number in unclear.select(
                "department", "file", "sheet", "row", "expert_id"
            ).rows()
        )
    merged = rows.group_by("expert_id").agg(
        pl.col("name", "specialty").first(),
        *(stated(pl.col(column)).drop_nulls().first() for column in ("employer", "title")),
        is_valid=pl.col("is_valid").all(),
    )
    return conform(Experts, merged.sort("expert_id"))

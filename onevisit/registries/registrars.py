"""Whose word on an object comes first: the department that gives out credit codes like its own."""

import polars as pl

from onevisit.county import County


def is_registrar(county: County, start: pl.Expr) -> pl.Expr:
    """Tell whether a record's department gives out credit codes that begin like `start`; false where that is null."""
    own = [
        (pl.col("department") == department.name) & start.str.starts_with(beginning)
        for department in county.departments
        for beginning in department.registers
    ]
    return pl.any_horizontal(pl.lit(value=False), *own).fill_null(value=False)

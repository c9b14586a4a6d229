"""What a filed record is called in every year, so that ids and judgements find it again.

A department's own record number is kept from year to year. Where it is missing or stands twice, what
the record says names it; two records that say the same are told apart by their canonical order.
"""

import hashlib

import polars as pl

from onevisit.county import County

ORIGIN = ("department", "source_id", "file", "sheet", "row")
"""Canonical order of records: what they are called by, whatever order the files were read in."""


def record_keys(filed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return filed rows in canonical order with `record_key`: `scjg:SCJG-000123`.

    Needs the columns of `ORIGIN` and, of name, address, code and certificate_no, those there are.
    """
    keys = county.department_keys
    ordered = filed.sort(ORIGIN, nulls_last=True)
    said = pl.concat_str(
        [pl.col(name).fill_null("") for name in ("name", "address", "code", "certificate_no") if name in filed.columns],
        separator="|",
    )
    is_numbered = pl.col("source_id").is_not_null() & (pl.len().over("department", "source_id") == 1)
    unnumbered = ordered.filter(~is_numbered).select(said.unique().sort()).to_series()
    digests = [f"~{hashlib.sha256(text.encode()).hexdigest()[:12]}" for text in unnumbered]
    called = ordered.with_columns(
        called=pl.when(is_numbered)
        .then("source_id")
        .otherwise(said.replace_strict(unnumbered, pl.Series(digests, dtype=pl.String), default=None))
    )
    place = pl.int_range(pl.len()).over("department", "called")
    again = pl.when(place > 0).then(pl.format("#{}", place + 1)).otherwise(pl.lit(""))
    department = pl.col("department").replace_strict(list(keys), list(keys.values()), return_dtype=pl.String)
    return called.with_columns(record_key=pl.format("{}:{}{}", department, "called", again)).drop("called")

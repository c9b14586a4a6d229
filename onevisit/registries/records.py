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
    is_numbered = pl.col("source_id").is_not_null() & (pl.len().over("department", "source_id") == 1)
    ordered = filed.sort(ORIGIN, nulls_last=True).with_columns(called=pl.when(is_numbered).then("source_id"))
    said = pl.concat_str(
        [pl.col(name).fill_null("") for name in ("name", "address", "code", "certificate_no") if name in filed.columns],
        separator="|",
    )
    digest = pl.when(pl.col("called").is_null()).then(said).map_batches(_digests, return_dtype=pl.String)
    called = ordered.with_columns(pl.coalesce("called", digest)).with_row_index("order")
    # Numbering within every department and name would take ten times as long as finding those that stand twice.
    repeated = called.filter(pl.struct("department", "called").is_duplicated()).select(
        "order", again=pl.int_range(pl.len()).over("department", "called") + 1
    )
    numbered = called.join(repeated.filter(pl.col("again") > 1), on="order", how="left", maintain_order="left")
    department = pl.col("department").replace_strict(list(keys), list(keys.values()), return_dtype=pl.String)
    key = pl.format("{}:{}{}", department, "called", pl.format("#{}", "again").fill_null(""))
    return numbered.with_columns(record_key=key).drop("order", "called", "again")


def _digests(texts: pl.Series) -> pl.Series:
    known = texts.drop_nulls().unique()
    digests = [f"~{hashlib.sha256(text.encode()).hexdigest()[:12]}" for text in known]
    return texts.replace_strict(known, pl.Series(digests, dtype=pl.String), default=None)

"""Rows of one kind across departments: what every later stage reads of the filings.

A kept row's values lie in one JSON text (`FiledRows.fields`), since eleven kinds share one table;
here they become columns again. How a row gets there is the business of `intake.py`.
"""

from collections.abc import Sequence

import polars as pl

from onevisit.filings.kinds import KINDS, PERSONAL_FIELDS

PLACE = ("department", "file", "sheet", "row")
"""Where a row stands; together they name one line of one file."""

_OF_A_PERSON = ("id_masked", "person_key", "birth_year", "phone_masked", "phone_key")
DERIVED_FIELDS = {"objects": ("phone_key",), "inspectors": _OF_A_PERSON, "experts": _OF_A_PERSON}
"""Fields made at intake from personal ones, per kind."""


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields a kept row of a kind may hold: personal ones replaced, derived ones added."""
    replaced = PERSONAL_FIELDS.get(kind, ())
    return tuple(f for f in KINDS[kind].fields if f not in replaced) + DERIVED_FIELDS.get(kind, ())


def rows_of(kind: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the kept rows of a kind from departments' `FiledRows`, in order of department, file, sheet, row.

    Columns: department, file, sheet, row, then `fields_of(kind)` as text, null where the row has none.
    """
    fields = fields_of(kind)
    shape = pl.Struct(dict.fromkeys(fields, pl.String))
    kept = [
        frame.filter(pl.col("kind") == kind, pl.col("state") == "kept").select(*PLACE, "fields") for frame in frames
    ]
    empty = pl.DataFrame(schema={"department": pl.String, "file": pl.String, "sheet": pl.String, "row": pl.Int64})
    return (
        pl.concat([empty.with_columns(fields=pl.lit(None, pl.String)), *kept])
        .sort(*PLACE)
        .with_columns(pl.col("fields").str.json_decode(shape))
        .unnest("fields")
    )

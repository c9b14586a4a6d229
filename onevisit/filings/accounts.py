"""The account of what was handed in: read = kept + refused, and each refusal with its reason."""

from collections.abc import Sequence

import polars as pl

from onevisit.filings.tables import Accounting, FiledRows, Refused
from onevisit.tables import conform, frame_of

FOLLOWS_HEADER = "F024"
"""A line refused only because its sheet's header was; the header's line says why, once."""

_PROBLEM = pl.Struct(dict.fromkeys(("code", "column", "value", "reason", "fix"), pl.String))


def refused_lines(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return every problem of the refused rows of departments' `FiledRows`, one line each.

    The lines under a refused header are not repeated: the header's line stands for them.
    """
    refused = pl.concat([frame_of(FiledRows, []), *frames]).filter(pl.col("state") == "refused")
    lines = (
        refused.with_columns(pl.col("problems").str.json_decode(pl.List(_PROBLEM)))
        .explode("problems")
        .unnest("problems")
        .filter(pl.col("code") != FOLLOWS_HEADER)
    )
    return conform(Refused, lines).sort(*Refused.to_schema().columns)


def account(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return rows read, kept, refused and noted per file and sheet; lists never handed in are not counted."""
    state = pl.col("state")
    kept, refused, noted = ((state == name).sum().cast(pl.Int64) for name in ("kept", "refused", "noted"))
    counted = (
        pl.concat([frame_of(FiledRows, []), *frames])
        .filter(pl.col("file") != "")
        .group_by("department", "kind", "file", "sheet")
        .agg(read_count=kept + refused, kept_count=kept, refused_count=refused, noted_count=noted)
    )
    return conform(Accounting, counted).sort("department", "file", "sheet")

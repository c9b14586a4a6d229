"""The engine behind tickets and their order: one DuckDB for the whole process, in memory alone.

SHA-256 and whole numbers of 128 bits are native to it. What is asked of it stands where it is asked.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import cast

import duckdb
import polars as pl

MEMORY_LIMIT = "4GB"
"""The most it holds besides the frames that are read; beyond, a draw fails rather than swaps."""

Cursor = duckdb.DuckDBPyConnection


@cache
def database() -> Cursor:
    """Return the one database: opening one takes longer than a small draw.

    Marks are secret, so nothing may be written to disk to save memory.
    """
    return duckdb.connect(":memory:", config={"memory_limit": MEMORY_LIMIT, "temp_directory": ""})


@contextmanager
def reading(**frames: pl.DataFrame) -> Generator[Cursor]:
    """Give a cursor of its own that reads frames by name; neither they nor its temporary tables outlive it."""
    with database().cursor() as cursor:
        for name, frame in frames.items():
            read(cursor, name, frame)
        yield cursor


def read(cursor: Cursor, name: str, frame: pl.DataFrame) -> None:
    """Let a cursor read a frame by name, in place of what it read by that name before."""
    # Polars' own layout of strings: the usual one would copy every one of them.
    cursor.register(name, cast("object", frame.to_arrow(compat_level=pl.CompatLevel.newest())))

"""Tables: a pandera model is a table's contract, its column schema and its data dictionary.

A model lives in `onevisit/<stage>/tables.py`; the stage and the class name give the DuckDB name:
`onevisit.plan.tables.Tasks` is `plan.tasks`. Every field has a Chinese `title` (what officials
see) and an English `description`. The year of a row is kept by the warehouse, not by the model.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pandera.polars as pa
import polars as pl

SEALED = {"sealed": True}


def field(
    *,
    title: str,
    description: str,
    is_sealed: bool = False,
    nullable: bool = False,
    unique: bool = False,
    isin: Sequence[str] | None = None,
    str_matches: str | None = None,
    ge: float | None = None,
    le: float | None = None,
    alias: str | None = None,
) -> Any:
    """Declare a column: Chinese title, English description, and what its values must satisfy.

    `alias` is the column's name where the attribute cannot have it.
    A sealed column, personal or of a kind that steers supervision, never reaches a log, run metadata, a
    message or anything published.
    """
    return pa.Field(
        title=title,
        description=description,
        metadata=SEALED if is_sealed else None,
        nullable=nullable,
        unique=unique,
        isin=isin,
        str_matches=str_matches,
        ge=ge,
        le=le,
        alias=alias,
    )


class Table(pa.DataFrameModel):
    """Base of every table: exactly the columns named, in that order, no coercion."""

    class Config(pa.DataFrameModel.Config):
        """Pandera settings: a surplus, missing or misplaced column breaks the contract."""

        strict = True
        ordered = True
        coerce = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, as the data dictionary shows it."""

    name: str
    title: str
    type: str
    description: str
    nullable: bool
    unique: bool
    is_sealed: bool


STAGES = ("filings", "registries", "plan", "draw", "visits", "results", "publish", "supervision")
"""The stages, left to right: packages, asset groups, DuckDB schemas."""


def models_of(stage: str) -> list[type[Table]]:
    """Return every table model of a stage, in the order they are written."""
    module = import_module(f"onevisit.{stage}.tables")
    return [
        member
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Table) and member is not Table
    ]


def stage_of(model: type[Table]) -> str:
    """Return the stage a model belongs to: the package its `tables.py` lies in."""
    return model.__module__.split(".")[-2]


def table_of(model: type[Table]) -> str:
    """Return a model's table name: `ObjectSources` -> `object_sources`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


def columns_of(model: type[Table]) -> list[Column]:
    """Return a model's columns in order, with titles and descriptions."""
    return [
        Column(
            name=name,
            title=column.title or name,
            type=str(column.dtype),
            description=column.description or "",
            nullable=bool(column.nullable),
            unique=bool(column.unique),
            is_sealed=column.metadata == SEALED,
        )
        for name, column in model.to_schema().columns.items()
    ]


def polars_schema(model: type[Table]) -> dict[str, pl.DataType]:
    """Return a model's columns as a Polars schema."""
    return {name: column.dtype.type for name, column in model.to_schema().columns.items()}


def conform(model: type[Table], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the model's columns of a frame, in order and type; raise if one is missing or does not cast."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in polars_schema(model).items())


def fitted(model: type[Table], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the model's columns of a frame that an earlier version may have written: what it did not write is null."""
    columns = polars_schema(model).items()
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in columns
    )


def frame_of(model: type[Table], rows: list[dict[str, object]]) -> pl.DataFrame:
    """Make a frame of a model from records; no rows give an empty frame with the right columns."""
    return pl.DataFrame(rows, schema=polars_schema(model))

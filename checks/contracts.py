"""One blocking contract per table: the pandera model, run over the collected frame.

Never over a LazyFrame: pandera then looks at names and types alone and every other rule passes.
"""

import dagster as dg
import pandera.errors
import polars as pl

from assets.catalogue import year_of
from assets.warehouse import Warehouse
from checks.rules import verdict
from onevisit.county import County
from onevisit.filings.tables import FiledRows
from onevisit.tables import STAGES, Table, columns_of, models_of, stage_of, table_of


def contract(model: type[Table], *, table: str | None = None) -> dg.AssetChecksDefinition:
    """Return the blocking check that a table keeps its model's contract."""

    @dg.asset_check(
        asset=[stage_of(model), table or table_of(model)],
        name="contract",
        description=f"Every column is as the data dictionary says: {model.__doc__}",
        blocking=True,
    )
    def check(context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        [frame] = warehouse.read_each(model, year_of(context), [table or table_of(model)])
        return verdict(breaches(model, frame), is_blocking=True)

    return check


def breaches(model: type[Table], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the model's failure cases in a frame (column, check, value, the row's first column); none when it holds.

    Values of sealed columns are hidden.
    """
    try:
        model.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return _described(model, frame, error.failure_cases)
    return pl.DataFrame(schema={"column": pl.String, "check": pl.String, "value": pl.String, "record": pl.String})


def _described(model: type[Table], frame: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    hidden = [column.name for column in columns_of(model) if column.is_sealed]
    key = frame.get_column(frame.columns[0]).cast(pl.String)
    return cases.select(
        pl.col("column").cast(pl.String),
        pl.col("check").cast(pl.String),
        value=pl.when(pl.col("column").is_in(hidden))
        .then(pl.lit("***"))
        .otherwise(pl.col("failure_case").cast(pl.String)),
        record=pl.col("index").map_elements(lambda i: key[i], return_dtype=pl.String),
    )


def contracts(county: County) -> list[dg.AssetChecksDefinition]:
    """Return the contract of every table: one per model, and one per department's filings."""
    models = [model for stage in STAGES for model in models_of(stage) if model is not FiledRows]
    return [
        *(contract(FiledRows, table=department.key) for department in county.departments),
        *(contract(model) for model in models),
    ]

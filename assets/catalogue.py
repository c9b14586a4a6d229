"""How a table becomes an asset: key, group, partition, schema and owner, from its model alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from onevisit.tables import Table, columns_of, stage_of, table_of

YEARS = dg.TimeWindowPartitionsDefinition(
    start="2025", fmt="%Y", cron_schedule="0 0 1 1 *", timezone="Asia/Shanghai", end_offset=2
)
"""Yearly partitions with next year in reach: next year's plan is due by the end of December."""


def year_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> int:
    """Return the year a run works on."""
    return int(context.partition_key)


def column_schema(model: type[Table]) -> dg.TableSchema:
    """Return the model's columns as Dagster shows them: Chinese title, then the description."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                description=f"{column.title}: {column.description}",
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=column.unique),
            )
            for column in columns_of(model)
        ]
    )


def key_of(model: type[Table]) -> dg.AssetKey:
    """Return the asset key of a model's table."""
    return dg.AssetKey([stage_of(model), table_of(model)])


def keys_of(*models: type[Table]) -> list[dg.AssetsDefinition | dg.AssetKey]:
    """Return the asset keys of models' tables, as dependencies."""
    return [key_of(model) for model in models]


def table_asset(
    model: type[Table], *, deps: list[dg.AssetsDefinition | dg.AssetKey] | None = None, **options: Any
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """Decorate a function as the asset of a model's table: `@table_asset(Tasks, deps=[submitted])`.

    Key [stage, table], group = stage, yearly, with the model's columns as schema. The function's
    docstring is what the bureau reads in the catalogue.
    """
    return dg.asset(
        key=[stage_of(model), table_of(model)],
        group_name=stage_of(model),
        partitions_def=YEARS,
        deps=deps or [],
        kinds={"duckdb", "polars"},
        owners=["team:market_supervision"],
        metadata={"dagster/column_schema": column_schema(model)},
        **options,
    )


def tables_asset(
    descriptions: Mapping[type[Table], str],
    *,
    deps: Sequence[dg.AssetsDefinition | dg.AssetKey],
    also: Mapping[type[Table], Sequence[dg.AssetsDefinition | dg.AssetKey]] | None = None,
) -> Callable[[Callable[..., Iterator[dg.MaterializeResult]]], dg.AssetsDefinition]:
    """Decorate a function as the assets of several tables of one stage that are made at once.

    `descriptions` says for each model what the bureau reads in the catalogue; `also` says what a single
    table is made from besides `deps`, be it another of these tables. No check stands between them: what
    a check must hold back belongs in another step.
    """
    specs = [
        dg.AssetSpec(
            key_of(model),
            deps=[*deps, *(also or {}).get(model, ())],
            description=description,
            group_name=stage_of(model),
            kinds={"duckdb", "polars"},
            owners=["team:market_supervision"],
            metadata={"dagster/column_schema": column_schema(model)},
            partitions_def=YEARS,
        )
        for model, description in descriptions.items()
    ]
    return dg.multi_asset(specs=specs)

"""Counties as Arrow tables: what an engine that speaks Arrow hands to `advance`, and gets back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from onevisit.province.advance import advance
from onevisit.province.work import Parcels

SCHEMA: Any = pa.schema([("county", pa.string()), ("name", pa.string()), ("data", pa.binary())])
"""One row a parcel."""
SPARK_SCHEMA = "county string, name string, data binary"
"""The same as Spark writes it."""


def table_of(counties: Iterable[tuple[str, Parcels]]) -> Any:
    """Return the parcels of counties as one Arrow table."""
    rows = [(county, name, data) for county, parcels in counties for name, data in parcels.items()]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def advance_counties(table: Any) -> Any:
    """Run the stages ordered of every county in an Arrow table, its rows in any order; return what was made, as rows."""
    return table_of((county, advance(parcels)) for county, parcels in sorted(_counties(table).items()))


def _counties(table: Any) -> Mapping[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for row in table.to_pylist():
        found[row["county"]][row["name"]] = row["data"]
    return found

"""The id registers on disk: each year keeps its own, made from the year before's."""

import polars as pl

from assets.catalogue import YEARS
from assets.warehouse import Warehouse
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.tables import Table

Register = tuple[pl.DataFrame, pl.DataFrame]


def known_ids(warehouse: Warehouse, ids: type[Table], records: type[Table], year: int) -> Register:
    """Return the register a year begins with (see `assign_ids`): its ids and its records.

    The latest earlier year's and, when the year was run before, its own as well.
    """
    own, own_records = _register(warehouse, ids, records, year)
    years = sorted((int(key) for key in YEARS.get_partition_keys() if int(key) < year), reverse=True)
    registers = (_register(warehouse, ids, records, earlier) for earlier in years)
    last = next((register for register in registers if not register[0].is_empty()), (own.clear(), own_records.clear()))
    return (last[0] if own.is_empty() else own), pl.concat([last[1], own_records]).unique(maintain_order=True)


def _register(warehouse: Warehouse, ids: type[Table], records: type[Table], year: int) -> Register:
    """Return one year's register under the names the rule uses, whoever the ids are for."""
    return _named(warehouse.read(ids, year), ID_COLUMNS), _named(warehouse.read(records, year), RECORD_COLUMNS)


def _named(frame: pl.DataFrame, columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    own = next(name for name in frame.columns if name in ("object_id", "person_id"))
    return frame.rename({own: "id"}).select(pl.col(name).cast(dtype) for name, dtype in columns.items())

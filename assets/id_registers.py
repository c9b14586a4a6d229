"""The id registers on disk: each year keeps its own, made from the year before's."""

import polars as pl

from assets.warehouse import Warehouse
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.tables import Table

Register = tuple[pl.DataFrame, pl.DataFrame]


def known_ids(warehouse: Warehouse, ids: type[Table], records: type[Table], year: int) -> Register:
    """Return the register a year begins with (see `assign_ids`): its ids and its records.

    The latest earlier year's; when the year was run before, also what its own register adds: the ids it
    gave, and where it put the records that were filed.
    """
    own, own_records = _register(warehouse, ids, records, year)
    before = max((one for one in warehouse.years(ids) if one < year), default=None)
    if before is None:
        return own, own_records
    last, last_records = _register(warehouse, ids, records, before)
    return (
        pl.concat([last, own.join(last, on="id", how="anti")]),
        pl.concat([last_records, own_records.filter(pl.col("last_year") == year)]),
    )


def ids_of_later_years(warehouse: Warehouse, ids: type[Table], year: int) -> set[str]:
    """Return the ids that years after this one have given: next year is planned before this one ends."""
    later = [one for one in warehouse.years(ids) if one > year]
    return {given for one in later for given in _named(warehouse.read(ids, one), ID_COLUMNS).get_column("id")}


def _register(warehouse: Warehouse, ids: type[Table], records: type[Table], year: int) -> Register:
    """Return one year's register under the names the rule uses, whoever the ids are for."""
    return _named(warehouse.read(ids, year), ID_COLUMNS), _named(warehouse.read(records, year), RECORD_COLUMNS)


def _named(frame: pl.DataFrame, columns: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    own = next(name for name in frame.columns if name in ("object_id", "person_id"))
    return frame.rename({own: "id"}).select(pl.col(name).cast(dtype) for name, dtype in columns.items())

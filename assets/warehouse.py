"""The warehouse: one DuckDB file with one writer, and a Parquet copy of every table for readers.

Opens late and always closes, a run holding it open meanwhile; one transaction replaces one year of one
table, so a re-run is idempotent. No IO manager: which table an asset reads and writes stands in its body.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import dagster as dg
import duckdb
import polars as pl

from assets.data_format import form_of, mark_format
from assets.folders import Folders
from onevisit.tables import Table, columns_of, conform, fitted, frame_of, stage_of, table_of

SAMPLE_ROWS = 10
LOCK_RETRIES, LOCK_SECONDS = 3, 5


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Tables of every year, named `<stage>.<table>`, each with a `year` column in front."""

    folders: Folders

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.folders.data.mkdir(parents=True, exist_ok=True)
        if form_of(self.folders) is None:
            mark_format(self.folders)
        try:
            connection = duckdb.connect(self.folders.database)
        except duckdb.IOException as error:
            # Another program holds the file, a viewer perhaps; it may let go.
            raise dg.RetryRequested(max_retries=LOCK_RETRIES, seconds_to_wait=LOCK_SECONDS) from error
        self.folders.database.chmod(0o600)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the file open meanwhile: opening it anew for every table takes longer than most tables.

        Where another program has it, nothing is held, and every step tries for itself.
        """
        with ExitStack() as stack:
            with suppress(dg.RetryRequested):
                stack.enter_context(self._connection())
            yield

    def read(self, model: type[Table], year: int, **equal: str) -> pl.DataFrame:
        """Return one year of a model's table in the order written; empty when it was never written.

        `equal` keeps the rows whose column has that value: `kind="plan"`.
        """
        return self.read_each(model, year, [table_of(model)], **equal)[0]

    def read_each(self, model: type[Table], year: int, tables: Sequence[str], **equal: str) -> list[pl.DataFrame]:
        """Return one year of several tables of one model, as `read` does: one model, sixteen departments."""
        condition = " and ".join(f"{column} = ${column}" for column in ("year", *equal))
        with self._connection() as connection:
            return [
                _rows(
                    connection,
                    f"select * exclude (year) from {_qualified(model, table)} where {condition}",
                    model,
                    year=year,
                    **equal,
                )
                for table in tables
            ]

    def years(self, model: type[Table]) -> list[int]:
        """Return the years in which a model's table has rows, in order."""
        with self._connection() as connection:
            try:
                rows = connection.sql(f"select distinct year from {_qualified(model, None)} order by year").fetchall()
            except duckdb.CatalogException:
                # Nothing was ever written to it.
                return []
        return [year for (year,) in rows]

    def replace(
        self,
        model: type[Table],
        frame: pl.DataFrame,
        year: int,
        *,
        table: str | None = None,
        **metadata: dg.MetadataValue | str | int | float,
    ) -> dg.MaterializeResult:
        """Replace one year of a table and its Parquet copy; return what Dagster shows of it.

        `table` names a table other than the model's own (one model, sixteen departments). Rows must
        come in a canonical order: the same rows then give the same bytes.
        """
        name = _qualified(model, table)
        incoming = conform(model, frame).select(pl.lit(year, pl.Int32).alias("year"), pl.all())
        with self._connection() as connection:
            # Before the transaction: DuckDB 2.0 hides rows from other connections that come, 122,880 or more
            # at once, in the transaction that made their table from a query.
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.execute(f"create table if not exists {name} as select * from incoming limit 0")
            _reshape(connection, name, incoming)
            connection.begin()
            connection.execute(f"delete from {name} where year = $year", {"year": year})
            connection.execute(f"insert into {name} by name select * from incoming")
            connection.commit()
        self._export(name, frame=incoming.drop("year"), year=year)
        return dg.MaterializeResult(
            asset_key=dg.AssetKey(name.split(".")),
            metadata={
                "dagster/table_name": name,
                "dagster/partition_row_count": frame.height,
                "sample": sample(model, frame),
                **metadata,
            },
        )

    def _export(self, name: str, *, frame: pl.DataFrame, year: int) -> None:
        folder = self.folders.exports(year)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{name}.parquet"
        aside = target.with_suffix(".part")
        frame.write_parquet(aside, compression="zstd")
        aside.chmod(0o600)
        aside.replace(target)


def sample(model: type[Table], frame: pl.DataFrame) -> dg.TableMetadataValue:
    """Return a frame's first rows as a table Dagster can show, without the sealed columns."""
    return sample_records(frame.select(column.name for column in columns_of(model) if not column.is_sealed))


def sample_records(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """Return a frame's first rows as a table Dagster can show; the caller left sealed columns out."""
    rows = frame.head(SAMPLE_ROWS).iter_rows(named=True)
    records = [dg.TableRecord({name: _cell(value) for name, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in frame.columns]))


def _cell(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _qualified(model: type[Table], table: str | None) -> str:
    return f"{stage_of(model)}.{table or table_of(model)}"


def _reshape(connection: duckdb.DuckDBPyConnection, name: str, incoming: pl.DataFrame) -> None:
    """Give a table that an earlier version made the columns it has now; what other years do not say is null."""
    had = {column: kind for column, kind, *_ in connection.sql(f"describe from {name}").fetchall()}
    has = {column: kind for column, kind, *_ in connection.sql("describe from incoming").fetchall()}
    if had != has:
        kept = ", ".join(
            f'try_cast("{column}" as {kind}) as "{column}"' for column, kind in has.items() if column in had
        )
        connection.execute(
            f"create or replace table {name} as (from incoming limit 0) union all by name select {kept} from {name}"
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, model: type[Table], **values: str | int) -> pl.DataFrame:
    try:
        return fitted(model, connection.sql(query, params=values).pl())
    except duckdb.CatalogException:
        # Nothing was ever written to it.
        return frame_of(model, [])

"""What the departments handed in: one asset per department from one factory, the refusals, the account.

Which file holds which list, what a row means and why one is refused is said in `onevisit/filings/`.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, column_schema, table_asset, year_of
from assets.clock import secret
from assets.files import write_whole
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County, Department
from onevisit.filings.accounts import account, refused_lines
from onevisit.filings.intake import ATTACHMENTS, Document, file_department, is_litter, no_inbox, strays
from onevisit.filings.notice import refusal_workbook
from onevisit.filings.rows import rows_of
from onevisit.filings.sheets import LARGEST_BYTES
from onevisit.filings.tables import Accounting, FiledRows, Refused

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a file's name may hold and nobody sees: commands to a terminal, turned directions, and the lone surrogates of
another encoding than the system's, which no table can hold."""


def filings_assets(county: County) -> list[dg.AssetsDefinition]:
    """Return the assets of the stage: one per department of the county, the refusals and the account."""
    keys = department_keys(county)
    return [*map(_department_asset, county.departments), _refused_asset(keys), _accounting_asset(keys)]


def department_keys(county: County) -> list[dg.AssetKey]:
    """Return the asset keys of the departments' tables."""
    return [dg.AssetKey(["filings", department.key]) for department in county.departments]


def read_filings(warehouse: Warehouse, county: County, year: int, **equal: str) -> list[pl.DataFrame]:
    """Return every department's filed rows of a year, or those whose columns have the values named."""
    return warehouse.read_each(FiledRows, year, [department.key for department in county.departments], **equal)


def read_filed(warehouse: Warehouse, county: County, year: int, kind: str) -> pl.DataFrame:
    """Return the kept rows of one kind over all departments, one column per field (see `rows_of`)."""
    return rows_of(kind, read_filings(warehouse, county, year, kind=kind))


def filed_by_pools(warehouse: Warehouse, county: County, year: int) -> dict[tuple[str, str], pl.DataFrame]:
    """Return the rows of every pool's lists by (pool, department), read as the county's own are."""
    salt = secret(warehouse.folders, county, year)
    return {
        (pool.name, one.name): file_department(
            one, documents_in(warehouse.folders.pools(year) / pool.name, one.name), county, secret=salt
        )
        for pool in county.pools
        for one in county.lent_by(pool)
    }


def _department_asset(department: Department) -> dg.AssetsDefinition:
    @dg.asset(
        key=["filings", department.key],
        group_name="filings",
        partitions_def=YEARS,
        kinds={"duckdb", "polars"},
        owners=[department.owner],
        metadata={"dagster/column_schema": column_schema(FiledRows)},
        description=f"{department.name}报送的名录、清单和计划：每一行都有来处，采用、退回或者作为说明留存。",
    )
    def filed(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
    ) -> dg.MaterializeResult:
        year = year_of(context)
        documents = _documents(warehouse.folders, year, department.name)
        rows = file_department(department, documents, county, secret=secret(warehouse.folders, county, year))
        return warehouse.replace(FiledRows, rows, year, table=department.key, **_counts(rows))

    return filed


def _refused_asset(keys: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    @table_asset(
        Refused,
        deps=list(keys),
        description="退回清单：每个问题一行，写明在哪里、为什么、怎么改；不属于本县任何部门的文件夹也在其中。",
    )
    def refused(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
    ) -> dg.MaterializeResult:
        year = year_of(context)
        entries = entries_of(warehouse.folders, year)
        lines = refused_lines([*read_filings(warehouse, county, year), strays(entries, county)])
        return warehouse.replace(Refused, lines, year)

    return refused


def _accounting_asset(keys: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    @table_asset(
        Accounting,
        deps=list(keys),
        description="报送对账：每个文件、每张工作表读入、采用、退回多少行，读入 = 采用 + 退回。",
    )
    def accounting(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
    ) -> dg.MaterializeResult:
        year = year_of(context)
        entries = entries_of(warehouse.folders, year)
        filed = [*read_filings(warehouse, county, year), strays(entries, county)]
        counted = account(filed)
        notice = warehouse.folders.bureau(year) / "退回清单.xlsx"
        write_whole(notice, refusal_workbook(county.name, year, counted, refused_lines(filed)))
        return warehouse.replace(Accounting, counted, year, notice=dg.MetadataValue.path(notice))

    return accounting


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    return {f"{state}_count": rows.filter(pl.col("state") == state).height for state in ("kept", "refused", "noted")}


def _inbox(folders: Folders, year: int) -> Path:
    inbox = folders.inbox(year)
    if not inbox.is_dir():
        raise no_inbox(year)
    return inbox


def entries_of(folders: Folders, year: int) -> dict[str, bool]:
    """Return what lies in a year's inbox: name -> whether it is a folder. Raises RefusedError (F019)."""
    return {_name(path): path.is_dir() for path in _inbox(folders, year).iterdir()}


def _documents(folders: Folders, year: int, department: str) -> list[Document]:
    return documents_in(_inbox(folders, year), department)


def documents_in(inbox: Path, department: str) -> list[Document]:
    """Return what lies in a department's folder; none when the folder is missing."""
    inbox = inbox.resolve()
    folder = inbox / department
    if not folder.is_dir():
        return []
    if not folder.resolve().is_relative_to(inbox):
        return [Document(department, hindrance="F013")]
    return [_document(path, inbox) for path in sorted(folder.iterdir()) if not _is_passed_over(path)]


def _is_passed_over(path: Path) -> bool:
    # Its reports are read where a row names them.
    return is_litter(path.name) or (path.name == ATTACHMENTS and path.is_dir() and not path.is_symlink())


def _document(path: Path, inbox: Path) -> Document:
    """Open one entry; what must not or cannot be opened says why."""
    name = _name(path)
    try:
        if not path.resolve().is_relative_to(inbox):
            return Document(name, hindrance="F013")
        if path.is_dir():
            return Document(name, hindrance="F015")
        # To read a pipe would wait for ever.
        if not path.is_file():
            return Document(name, hindrance="F010")
        if path.stat().st_size > LARGEST_BYTES:
            return Document(name, hindrance="F011")
        return Document(name, path.read_bytes())
    except (OSError, RuntimeError):
        # A link to itself is a RuntimeError.
        return Document(name, hindrance="F010")


def _name(path: Path) -> str:
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", path.name)

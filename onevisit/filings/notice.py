"""The refusals as a workbook: what each department mends, in the words and places of its own files."""

import re
from collections.abc import Collection

import polars as pl

from onevisit.filings.kinds import KINDS
from onevisit.filings.tables import Accounting, Refused
from onevisit.tables import columns_of
from onevisit.workbooks import Book, Column

_WIDTHS = {"department": 20, "kind": 20, "file": 28, "sheet": 12, "column": 16, "value": 24, "reason": 46, "fix": 50}
_TITLE_OF_KIND = pl.col("kind").replace_strict(
    {kind.key: kind.title for kind in KINDS.values()}, default="不明", return_dtype=pl.String
)
_COUNTS = {"row", "read_count", "kept_count", "refused_count", "noted_count"}
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_RESERVED = ("对账", "全部", "history")
_LONGEST_SHEET_NAME = 26


def refusal_workbook(county: str, year: int, accounting: pl.DataFrame, refused: pl.DataFrame) -> bytes:
    """Return 退回清单: the account of every file, then every refused row with reason and fix, by department."""
    book = Book(f"{county}{year}年度报送退回清单", f"退回 {refused.height:,} 处，改正后重新报送即可")
    accounting, refused = (table.with_columns(_TITLE_OF_KIND) for table in (accounting, refused))
    book.table("对账", _columns(Accounting), accounting.rows())
    book.table("全部", _columns(Refused), refused.rows())
    taken: set[str] = set(_RESERVED)
    for department in refused["department"].unique().sort():
        sheet = _sheet_name(department, taken)
        taken.add(sheet.lower())
        book.table(sheet, _columns(Refused), refused.filter(department=department).rows())
    return book.content()


def _sheet_name(department: str, taken: Collection[str]) -> str:
    """Return a department's name as a sheet may be called; a folder of no department may be called anything."""
    units = _NOT_IN_SHEET_NAMES.sub("_", department or "收件夹").encode("utf-16-le")[: 2 * _LONGEST_SHEET_NAME]
    name = units.decode("utf-16-le", "ignore")
    numbered = (name if number == 1 else f"{name}({number})" for number in range(1, len(taken) + 2))
    return next(one for one in numbered if one.lower() not in taken)


def _columns(model: type[Accounting] | type[Refused]) -> list[Column]:
    return [
        Column(column.title, _WIDTHS.get(column.name, 10), "count" if column.name in _COUNTS else "text")
        for column in columns_of(model)
    ]

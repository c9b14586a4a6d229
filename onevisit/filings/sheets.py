"""Bytes to sheets: a file as the grid of texts a spreadsheet would show, or a clear refusal.

What a file is, its bytes say, not its name; where the two differ the file is refused, because
somebody renamed it. Nothing is guessed: text that is neither UTF-8 nor GB18030 is refused rather
than shown as garbage. What the cells mean is the business of `headers.py` and `values.py`.
"""

import csv
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import Any, cast

import fastexcel
import msoffcrypto  # pyright: ignore[reportMissingTypeStubs]
import msoffcrypto.exceptions  # pyright: ignore[reportMissingTypeStubs]
import polars as pl

from onevisit.errors import RefusedError, problem

LARGEST_BYTES = 200 * 1024 * 1024
"""Larger than any county's list; a small zip that unpacks to more is a bomb."""
LARGEST_ROWS = 1_048_576
"""What a spreadsheet can show."""
LARGEST_CELLS = 30_000_000
"""Rows times columns; two lone cells in opposite corners of a sheet would fill the memory."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What damaged archives make the standard library raise.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
_FORMULA_ERRORS = {
    "NA": "#N/A",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FILLED = r"[^\s\u200b\ufeff]"
# Cells in far rows or columns: the only ones that can make a sheet's grid too large.
_FAR_CELL = re.compile(rb'<(?:\w+:)?c (?:[^>]*? )?r="([A-Z]{3}[0-9]+|[A-Z]+[0-9]{6,})"')

_VALUED_CELL = re.compile(rb'<(?:\w+:)?c (?:[^>]*? )?r="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; line n of `cells` is row n + 1 as a spreadsheet shows it, blank cells are null."""

    name: str
    cells: pl.DataFrame


def read_sheets(name: str, data: bytes) -> list[Sheet]:
    """Return the sheets of a file that hold anything; a CSV is one sheet without a name.

    Raises RefusedError when the file cannot be read as what its name says.
    """
    if not data.strip():
        raise RefusedError([problem("F005", file=name)])
    suffix = PurePath(name).suffix.lower()
    reader = _READERS.get(suffix)
    if reader is None:
        raise RefusedError([problem("F012", file=name, suffix=suffix or name)])
    if len(data) > LARGEST_BYTES:
        raise RefusedError([problem("F011", file=name)])
    filled = [sheet for sheet in reader(name, data) if sheet.cells.height]
    if not filled:
        raise RefusedError([problem("F005", file=name)])
    return filled


def _csv_sheets(name: str, data: bytes) -> list[Sheet]:
    if data.startswith((_ZIP, _OLE)):
        raise RefusedError([problem("F008", file=name)])
    rows = _csv_rows(name, _decoded(name, data))
    width = max(map(len, rows), default=0)
    if len(rows) > LARGEST_ROWS or len(rows) * width > LARGEST_CELLS:
        raise RefusedError([problem("F011", file=name)])
    columns = {str(i): column for i, column in enumerate(zip_longest(*rows, fillvalue=""))}
    return [Sheet("", _trimmed(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))))]


def _decoded(name: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decoded_gb18030(name, data, error.start)
    if "\0" in text:
        raise RefusedError([problem("F006", file=name)])
    return text


def _decoded_gb18030(name: str, data: bytes, broken_at: int) -> str:
    # A UTF-8 file with one broken byte, or lines of both encodings pasted together, would decode
    # here without an error and give garbage; a line of Chinese that is sound UTF-8 tells them.
    if any(_is_utf8_chinese(line) for line in data.split(b"\n")):
        raise RefusedError([problem("F018", file=name, row=data.count(b"\n", 0, broken_at) + 1)])
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise RefusedError([problem("F006", file=name, row=data.count(b"\n", 0, error.start) + 1)]) from error


def _is_utf8_chinese(line: bytes) -> bool:
    try:
        return len(_HAN.findall(line.decode("utf-8"))) >= 2
    except UnicodeDecodeError:
        return False


def _csv_rows(name: str, text: str) -> list[list[str]]:
    # A blank line and a quoted cell of several lines count as one row each, as in a spreadsheet.
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        # `extend` keeps what it read before the error.
        raise RefusedError([problem("F017", file=name, row=len(rows) + 1)]) from error
    return rows


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts most of the first rows into the same number of cells."""

    def cells(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in islice(reader, 20))
        return max((count * (width - 1) for width, count in widths.items() if width), default=0)

    return max(",\t;", key=cells)


def _workbook_sheets(name: str, data: bytes) -> list[Sheet]:
    if data.startswith(_OLE):
        raise RefusedError([problem("F009" if _is_encrypted(data) else "F007", file=name)])
    if not data.startswith(_ZIP):
        raise RefusedError([problem("F007", file=name)])
    _check_zip(name, data)
    try:
        workbook = fastexcel.read_excel(data)
        return [_workbook_sheet(name, workbook, sheet) for sheet in workbook.sheet_names]
    except fastexcel.FastExcelError as error:
        raise RefusedError([problem("F010", file=name)]) from error


def _workbook_sheet(file: str, workbook: fastexcel.ExcelReader, name: str) -> Sheet:
    # fastexcel and Arrow carry no types.
    loaded = cast(Any, workbook).load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if loaded.width * loaded.height > LARGEST_CELLS:
        raise RefusedError([problem("F011", file=file, sheet=name)])
    batch, errors = loaded.to_arrow_with_errors()
    cells = cast(pl.DataFrame, cast(Any, pl).from_arrow(batch))
    cells = cells.rename({old: str(i) for i, old in enumerate(cells.columns)})
    for error in errors.errors if errors else ():
        # A cell whose formula failed would otherwise be read as blank, and its value lost in silence.
        row, column = error.offset_position
        failed = re.search(r"Error\((\w+)\)", error.detail)
        cells[row, column] = _FORMULA_ERRORS.get(failed[1] if failed else "", "#ERROR!")
    return Sheet(name, _trimmed(cells))


def _check_zip(name: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_BYTES:
                raise RefusedError([problem("F011", file=name)])
            # Reads every member through its checksum: a forged size is found out here.
            if archive.testzip() is not None:
                raise RefusedError([problem("F010", file=name)])
            if "xl/workbook.xml" not in archive.namelist():
                raise RefusedError([problem("F007", file=name)])
            sheets = [m for m in archive.namelist() if m.startswith("xl/worksheets/") and m.endswith(".xml")]
            if any(_is_too_wide(archive.read(sheet)) for sheet in sheets):
                raise RefusedError([problem("F011", file=name)])
    except _BROKEN_ZIP as error:
        raise RefusedError([problem("F010", file=name)]) from error


def _is_too_wide(xml: bytes) -> bool:
    """Tell whether a far cell makes the grid of a sheet too large."""
    if not _FAR_CELL.search(xml):
        return False
    # A formatted cell without a value is written `<c r="A9" s="1"/>` and does not count.
    cells = [(_column_number(found[1]), int(found[2])) for found in _VALUED_CELL.finditer(xml)]
    columns, rows = (max((cell[i] for cell in cells), default=0) for i in (0, 1))
    return rows > LARGEST_ROWS or rows * columns > LARGEST_CELLS


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _is_encrypted(data: bytes) -> bool:
    """Tell whether an OLE file is a workbook under a password; other OLE files are old workbooks or damaged."""
    try:
        return bool(cast(Any, msoffcrypto).OfficeFile(io.BytesIO(data)).is_encrypted())
    except (msoffcrypto.exceptions.FileFormatError, OSError, ValueError):
        return False


def _trimmed(cells: pl.DataFrame) -> pl.DataFrame:
    """Make blank cells null and drop blank rows at the end."""
    if not cells.width:
        return cells
    cells = cells.select(pl.when(column.str.contains(_FILLED)).then(column) for column in map(pl.col, cells.columns))
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).arg_true()).to_series()
    return cells.head(int(filled[-1]) + 1) if filled.len() else cells.clear()


_READERS: dict[str, Callable[[str, bytes], list[Sheet]]] = {
    ".csv": _csv_sheets,
    # No older or open formats: a damaged .xls can take all memory while it is being read.
    ".xlsx": _workbook_sheets,
}

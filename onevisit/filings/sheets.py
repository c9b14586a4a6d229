"""Bytes to sheets: a file as the grid of texts a spreadsheet would show, or a clear refusal.

What a file is, its bytes say, not its name; where the two differ the file is refused, because
somebody renamed it. Nothing is guessed: text that is neither UTF-8 nor GB18030 is refused rather
than shown as garbage. What the cells mean is the business of `headers.py` and `values.py`.

A workbook's reader fills a grid as large as the farthest cells ask for and copies every text into it; one
that asks for more than there is ends the whole program, which nobody can catch. So the size is counted first,
by the same bytes the reader then gets.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import Any, cast
from xml.parsers import expat

import fastexcel
import polars as pl

from onevisit.errors import RefusedError, problem

LARGEST_BYTES = 200 * 1024 * 1024
"""Larger than any county's list; a small zip that unpacks to more is a bomb."""
LARGEST_ROWS = 1_048_576
"""What a spreadsheet can show."""
LARGEST_CELLS = 30_000_000
"""Rows times columns; two lone cells in opposite corners of a sheet would fill the memory."""

LARGEST_SHEETS, LARGEST_MEMBERS = 255, 10_000
"""Sheets of a workbook, and files in it; a thousand names for one sheet would read it a thousand times."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the one stream that only a workbook under a password has."""
# What damaged archives make the standard library raise.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
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
# A cell as nearly every program writes it; where one is written otherwise, the XML is taken apart.
_PLAIN_CELL = re.compile(rb'<(?:\w+:)?c r="[A-Z]{1,3}[1-9][0-9]{0,6}"')
_VALUED_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)([0-9]+)"[^>]*(?<!/)>')
# Cells that do not plainly lie in 26 columns of 999,999 rows, and plain ones outside 702 columns of 9,999 rows:
# either box is small enough.
_OUTSIDE_LONG = re.compile(rb'<c(?! r="[A-Z][1-9][0-9]{0,5}")[\s/>]')
_OUTSIDE_WIDE = re.compile(rb'c r="(?:[A-Z]{3}|[A-Z]+[0-9]{5})')
_PLACE = re.compile(r"([A-Z]+)([0-9]{1,18})")
_TEXTS_CLAIMED = re.compile(rb"""uniqueCount\s*=\s*["']\s*([0-9]{1,18})""")
_TEXT_CELL = re.compile(rb"""\st\s*=\s*["']s["']""")
_PLAIN_TEXT_CELL = re.compile(rb' t="s"[^<>]*><v>([0-9]{1,9})</v>')
_CHUNK = 1 << 20


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
    text = _decoded(name, data)
    delimiter = _delimiter(text)
    if text.count(delimiter) > LARGEST_CELLS:
        raise RefusedError([problem("F011", file=name)])
    rows = _csv_rows(name, text, delimiter)
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


def _csv_rows(name: str, text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a CSV, up to one more than a spreadsheet can show."""
    # A blank line and a quoted cell of several lines count as one row each, as in a spreadsheet.
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows.extend(islice(reader, LARGEST_ROWS + 1))
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
        raise RefusedError([problem("F009" if _ENCRYPTED in data else "F007", file=name)])
    if not data.startswith(_ZIP):
        raise RefusedError([problem("F007", file=name)])
    members = _members(name, data)
    try:
        if not _fits(members.values()):
            raise RefusedError([problem("F011", file=name)])
        workbook = fastexcel.read_excel(_repacked(members))
        names = workbook.sheet_names
        if len(set(names)) < len(names):
            raise RefusedError([problem("F010", file=name)])
        if len(names) > LARGEST_SHEETS:
            raise RefusedError([problem("F011", file=name)])
        return [_workbook_sheet(name, workbook, sheet) for sheet in names]
    except (fastexcel.FastExcelError, expat.ExpatError) as error:
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


def _members(name: str, data: bytes) -> dict[str, bytes]:
    """Return the XML files of a workbook, each read to its end and through its checksum."""
    if data.count(b"PK\x01\x02") > LARGEST_MEMBERS:
        raise RefusedError([problem("F011", file=name)])
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_BYTES:
                raise RefusedError([problem("F011", file=name)])
            if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
                raise RefusedError([problem("F010", file=name)])
            read = {member.filename: archive.read(member) for member in members}
    except _BROKEN_ZIP as error:
        raise RefusedError([problem("F010", file=name)]) from error
    if len(read) < len(members):
        raise RefusedError([problem("F010", file=name)])
    if "xl/workbook.xml" not in read:
        raise RefusedError([problem("F007", file=name)])
    return {member: content for member, content in read.items() if member.lower().endswith((".xml", ".rels"))}


def _repacked(members: Mapping[str, bytes]) -> bytes:
    """Return files as an archive that can be read in one way only: a forged one may show two readers two contents."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member), content)
    return target.getvalue()


def _fits(members: Collection[bytes]) -> bool:
    """Tell whether the reader can hold what a workbook's XML asks for: its grids, and its texts in every cell."""
    texts = [xml for xml in members if _tag(b"sst", xml).search(xml)]
    if any(int(claimed) > len(xml) for xml in texts for claimed in _TEXTS_CLAIMED.findall(xml)):
        return False
    grids = [xml for xml in members if _tag(b"c", xml).search(xml)]
    return all(map(_is_near, grids)) and _text_bytes(texts, grids) <= LARGEST_BYTES


def _is_near(xml: bytes) -> bool:
    """Tell whether the farthest cells that hold something leave the grid of a sheet small enough."""
    cell = _tag(b"c", xml)
    if cell is _bare(b"c") and not _OUTSIDE_LONG.search(xml):
        return True
    if len(cell.findall(xml)) != len(_PLAIN_CELL.findall(xml)):
        return _Grid().is_small(xml)
    if not _OUTSIDE_WIDE.search(xml):
        return True
    # A formatted cell without a value is written `<c r="A9" s="1"/>` and does not count.
    cells = [(_column_number(found[1].decode()), int(found[2])) for found in _VALUED_CELL.finditer(xml)]
    columns, rows = (max((cell[i] for cell in cells), default=0) for i in (0, 1))
    return _is_small(columns, rows)


def _is_small(columns: int, rows: int) -> bool:
    return rows <= LARGEST_ROWS and rows * columns <= LARGEST_CELLS


class _Grid:
    """The size of a sheet's grid, counted as its reader counts: what does not say its place follows on."""

    def __init__(self) -> None:
        self._row = self._column = 1
        self._rows = self._columns = 0

    def is_small(self, xml: bytes) -> bool:
        """Read a sheet until its end, or until it is too large. Raises ExpatError where it is no XML."""
        # What a file says of its encoding is passed over: its reader takes tags as they stand.
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        for at in range(0, len(xml), _CHUNK):
            parser.Parse(xml[at : at + _CHUNK], at + _CHUNK >= len(xml))
            if not _is_small(self._columns, self._rows):
                return False
        return True

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        name, place = tag.rpartition(":")[2], attributes.get("r", "")
        if name == "row" and place.isdecimal():
            self._row = int(place) if len(place) <= 18 else LARGEST_ROWS + 1
        elif name == "c" and (found := _PLACE.fullmatch(place.upper())):
            self._column, self._row = _column_number(found[1]), int(found[2])
        elif name in ("v", "is", "f"):
            self._columns, self._rows = max(self._columns, self._column), max(self._rows, self._row)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._column += 1
        elif name == "row":
            self._row, self._column = self._row + 1, 1


def _text_bytes(texts: Collection[bytes], grids: Collection[bytes]) -> int:
    """Return how many bytes the shared texts are once they stand in every cell that names them; more at most."""
    lengths = [len(part) for xml in texts for part in _tag(b"si", xml).split(xml)[1:]]
    longest = max(lengths, default=0)
    # No fewer than there are cells with a shared text, and quicker counted.
    most = longest * sum(xml.count(b's"') + xml.count(b"s'") for xml in grids)
    if most <= LARGEST_BYTES:
        return most
    upper = longest * sum(len(_TEXT_CELL.findall(xml)) for xml in grids)
    if upper <= LARGEST_BYTES:
        return upper
    named = [int(number) for xml in grids for number in _PLAIN_TEXT_CELL.findall(xml)]
    known = [lengths[number] for number in named if number < len(lengths)]
    return sum(known) + upper - longest * len(known)


def _tag(name: bytes, xml: bytes) -> re.Pattern[bytes]:
    """Return the pattern of a tag in an XML: without a prefix, which hardly any program writes, it is quicker found."""
    is_prefixed = re.search(rb":%b[\s/>]" % name, xml)
    return re.compile(rb"<(?:[^\s<>/:]+:)?%b[\s/>]" % name) if is_prefixed else _bare(name)


@cache
def _bare(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"<%b[\s/>]" % name)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


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

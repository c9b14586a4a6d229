"""Filings spoilt in every way people, programs and mischief spoil them; the seed says which.

A mutation takes a filing and returns another. Where the result is still a table whose cells anybody can
tell, it says which (`grids`), so that what was read can be held against it; where bytes were broken, nobody can.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import msoffcrypto.format.ooxml
import openpyxl
import xlsxwriter

Grid = list[list[str]]


@dataclass(frozen=True)
class Filing:
    """A file of a department; `grids` holds its cells by sheet, or None where its bytes were broken."""

    name: str
    data: bytes
    grids: dict[str, Grid] | None


Mutation = Callable[[Random, Filing], Filing]

EVIL = (
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://a.example","x")', "+1+1", "-1", "@SUM(A1)", "\t=1+1", "'=1", "#N/A",
    "#REF!", "\ufffd", "锟斤拷", "\x07", "\x1b[31m红", "\x7f", "\x85", "\u202e反", "\u200b", "\ufeff", "\u3000",
    "🏪" * 3,
    "\U00020bb7野家", "é", "ﬁ", "①", "Ａ１", "a" * 5000, "甲" * 33000, "{}", "{value}", "%s", "_x0041_", "_x0000_",
    "2027-02-30", "0000-00-00", "9999-12-31", "99999", "1900-01-00", "二〇二七年", "2027-13-01", "20270230",
    "2027年2月30日",
    "-5%", "101%", "1e309", "nan", "inf", "百分之〇", "0.0000001%", "5%-3%", "100", "三成", "½", "９５％", "每年1次",
    "1/0",
    "92510923MA6000016T", "92510923MA600001OI", "510923199002301234", "11010519491231002X", "1" * 400, "0", "null",
    "None", "13800138000", "+86 138-0013-8000", "*" * 18, "蓬莱镇" * 50, "../../etc/passwd", "<script>", "]]>", "&amp;",
    "\r\n", "a\nb\n", '"', '""', "'", ",", ";", "\t", "\\", "合计：", "说明", "注：", "共3户", "填表人：", "",
)  # fmt: skip
NAMES = (
    "../{}", "..\\{}", "/{}", "{}\x1b[31m.csv", "{}\n.csv", "{}\x00.csv", "{}\u202e.csv", "🏪{}", "{}🏪.xlsx",
    "{}.CSV", "{}.XLSX ", "{}" + "长" * 4000 + ".csv", "{}.csv.exe", "{}", ".{}", "~${}.xlsx", "{}.xls", "{}.et",
    "{}.zip", "{} .csv", "=1+1{}.csv", "{{}}{}.csv", "{}{{value}}.csv", "副本{}.csv", "{}(1).xlsx",
    "\u3000{}\u3000.csv", "{}.csv\u200b", "%s{}.csv",
)  # fmt: skip
TITLE = re.compile(r"^[^.（(]+")


def filing(name: str, data: bytes) -> Filing:
    """Take a sound file as it is, and tell its cells without the project's own reader."""
    if name.endswith(".csv"):
        text = data.decode("utf-8-sig" if data.startswith(b"\xef") or _is_utf8(data) else "gb18030")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        return Filing(name, data, {"": rows})
    book = openpyxl.load_workbook(io.BytesIO(data))
    grids = {
        sheet.title: [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
    return Filing(name, data, grids)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# Bytes: nobody can tell what is left.


def flipped(rng: Random, one: Filing) -> Filing:
    data = bytearray(one.data)
    for _ in range(rng.choice((1, 1, 1, 8, 100))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return Filing(one.name, bytes(data), None)


def cut(rng: Random, one: Filing) -> Filing:
    first, last = sorted((rng.randrange(len(one.data) + 1), rng.randrange(len(one.data) + 1)))
    kept = rng.choice((one.data[:first], one.data[first:], one.data[:first] + one.data[last:], one.data[first:last]))
    return Filing(one.name, kept, None)


def inserted(rng: Random, one: Filing) -> Filing:
    at = rng.randrange(len(one.data) + 1)
    what = rng.choice(
        (rng.randbytes(rng.randint(1, 50)), b"\0" * 100, b"\xff\xfe", b'"', b"\r", one.data[at : at + 200])
    )
    return Filing(one.name, one.data[:at] + what + one.data[at:], None)


def something_else(rng: Random, one: Filing) -> Filing:
    page = b"<html><table><tr><td>\xe5\x90\x8d</td></tr></table></html>"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    anything = (
        b"", b" \n", b"\xef\xbb\xbf", page, ole + rng.randbytes(3000), b"PK\x03\x04" + rng.randbytes(500),
        b"%PDF-1.7\n",
        rng.randbytes(2000), one.data + one.data, zipped({"a.csv": one.data}),
    )  # fmt: skip
    data = rng.choice(anything)
    return Filing(one.name, data, None)


def misnamed(rng: Random, one: Filing) -> Filing:
    other = one.name.replace(".csv", ".xlsx") if one.name.endswith(".csv") else one.name.replace(".xlsx", ".csv")
    return Filing(other, one.data, None)


def renamed(rng: Random, one: Filing) -> Filing:
    """Give it a name nobody should; its title stays in it."""
    title = TITLE.match(one.name)
    return Filing(rng.choice(NAMES).format(title[0] if title else one.name), one.data, None)


# Tables: rows, headers and values.


def rows_changed(rng: Random, one: Filing) -> Filing:
    def change(grid: Grid) -> Grid:
        at = rng.randrange(len(grid))
        return rng.choice(
            (
                lambda: grid[:at] + grid[at + 1 :],
                lambda: grid[:at] + [grid[at]] * rng.randint(2, 30) + grid[at + 1 :],
                lambda: rng.sample(grid, len(grid)),
                lambda: grid[:1] + rng.sample(grid[1:], len(grid) - 1),
                lambda: grid[:at] + [[]] * rng.randint(1, 40) + grid[at:],
                lambda: [*grid[:at], ["", *grid[at]], *grid[at + 1 :]],
                lambda: [row[: rng.randint(0, len(row))] for row in grid],
                lambda: grid[:at],
                lambda: [[rng.choice(EVIL)]] * rng.randint(1, 25) + grid,
                lambda: grid + grid,
                lambda: [*grid, [rng.choice(EVIL) for _ in grid[0]]],
            )
        )()

    return _of_table(rng, one, change)


def columns_changed(rng: Random, one: Filing) -> Filing:
    def change(grid: Grid) -> Grid:
        width = max(map(len, grid))
        grid = [row + [""] * (width - len(row)) for row in grid]
        at, other = rng.randrange(width), rng.randrange(width)
        order = rng.sample(range(width), width)
        return rng.choice(
            (
                lambda: [row[:at] + row[at + 1 :] for row in grid],
                lambda: [[*row, row[at]] for row in grid],
                lambda: [[row[i] for i in order] for row in grid],
                lambda: [[row[other] if i == at else cell for i, cell in enumerate(row)] for row in grid],
                lambda: [[""] * rng.randint(1, 300) + row for row in grid],
                lambda: [[*row[:at], "", *row[at:]] for row in grid],
            )
        )()

    return _of_table(rng, one, change)


def header_changed(rng: Random, one: Filing) -> Filing:
    def change(grid: Grid) -> Grid:
        number = next((i for i, row in enumerate(grid) if len([cell for cell in row if cell]) > 2), 0)
        header = list(grid[number])
        at = rng.randrange(max(1, len(header)))
        header[at : at + 1] = rng.choice(
            ([""], [rng.choice(EVIL)], [header[-1]], [f"{header[at]}*"], [" ".join(header[at])], [header[at] * 2], [])
        )
        return [*grid[:number], header, *grid[number + 1 :]]

    return _of_table(rng, one, change)


def values_changed(rng: Random, one: Filing) -> Filing:
    def change(grid: Grid) -> Grid:
        grid = [list(row) for row in grid]
        column = rng.randrange(max(map(len, grid)))
        for row in rng.sample(grid, rng.randint(1, len(grid))):
            at = rng.choice((column, rng.randrange(len(row)) if row else 0))
            if at < len(row):
                row[at] = rng.choice((rng.choice(EVIL), row[at] + rng.choice(EVIL), row[at][::-1], ""))
        return grid

    return _of_table(rng, one, change)


def _of_table(rng: Random, one: Filing, change: Callable[[Grid], Grid]) -> Filing:
    grids = {sheet: change(grid) if any(grid) else grid for sheet, grid in (one.grids or {}).items()}
    return written(rng, one.name, grids)


def written(rng: Random, name: str, grids: dict[str, Grid]) -> Filing:
    return as_csv(rng, name, grids) if name.endswith(".csv") else as_workbook(rng, name, grids)


def as_csv(rng: Random, name: str, grids: dict[str, Grid]) -> Filing:
    [grid] = grids.values()
    target = io.StringIO(newline="")
    delimiter, end = rng.choice(",,,\t;"), rng.choice(("\r\n", "\n"))
    csv.writer(target, delimiter=delimiter, lineterminator=end).writerows(grid)
    encoding = rng.choice(("utf-8", "utf-8-sig", "gb18030", "gb18030", "utf-16", "utf-16-le", "big5", "utf-8"))
    data = target.getvalue().encode(encoding, "replace")
    is_told = encoding not in ("utf-16", "utf-16-le", "big5")
    return Filing(name, data, {"": grid} if is_told else None)


def as_workbook(rng: Random, name: str, grids: dict[str, Grid]) -> Filing:
    """Write a workbook with what people do to one: hidden and renamed sheets, merged cells, formulas."""
    target = io.BytesIO()
    grids = {sheet: [list(row) for row in grid] for sheet, grid in grids.items()}
    if rng.random() < 0.3:
        grids = {
            rng.choice(("Sheet1", "说明", "=1+1", "{value}", "🏪", "汇总 (2)", "a&b<c")): grid
            for grid in grids.values()
        }
    if rng.random() < 0.2:
        extra = rng.choice(
            ([], [[""]], [["说明"], ["请如实填写"]], [["甲", "乙", "丙"]] * 3, next(iter(grids.values())))
        )
        grids = {**grids, "附表": [list(row) for row in extra]}
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for title, grid in grids.items():
            sheet = book.add_worksheet(title)
            if rng.random() < 0.1 and len(grids) > 1 and title == "附表":
                sheet.hide()
            if rng.random() < 0.2 and len(grid) > 3 and len(grid[2]) > 2:
                _merge(rng, sheet, grid)
            for r, row in enumerate(grid):
                for c, text in enumerate(row):
                    row[c] = text[:32767]
                    if text:
                        sheet.write_string(r, c, row[c])
            if rng.random() < 0.2 and len(grid) > 2 and grid[-1]:
                value = rng.choice(("", "0", "甲", "#N/A"))
                sheet.write_formula(len(grid) - 1, 0, "=cmd|' /C calc'!A0", value=value)
                grid[-1][0] = value
    return Filing(name, target.getvalue(), grids)


def _merge(rng: Random, sheet: xlsxwriter.worksheet.Worksheet, grid: Grid) -> None:
    first = rng.randrange(len(grid) - 1)
    last, width = min(first + rng.randint(1, 3), len(grid) - 1), rng.randint(1, 2)
    text = grid[first][0] if grid[first] else ""
    sheet.merge_range(first, 0, last, width, "")
    for r in range(first, last + 1):
        grid[r] += [""] * (width + 1 - len(grid[r]))
        for c in range(width + 1):
            grid[r][c] = text if (r, c) == (first, 0) else ""


# The archive a workbook is: its files, and what they claim.


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def members_changed(rng: Random, one: Filing) -> Filing:
    members = members_of(one.data)
    name = rng.choice(sorted(members))
    broken = bytearray(members[name])
    for _ in range(rng.choice((1, 3, 30))):
        broken[rng.randrange(len(broken))] = rng.choice(b'<>/"=&;0a \0\xff')
    at = rng.randrange(len(broken))
    changed = rng.choice(
        (
            {name: bytes(broken)},
            {name: members[name][:at]},
            {name: b""},
            {name: members[rng.choice(sorted(members))]},
            {f"{name}.bak": members[name]},
            {f"../../{name}": members[name]},
            {name.upper(): members[name]},
            {"xl/media/a.xml": bytes(100_000)},
        )
    )
    kept = {other: content for other, content in members.items() if other != name or rng.random() < 0.5}
    return Filing(one.name, zipped({**kept, **changed}), None)


CLAIMS: tuple[tuple[bytes, bytes], ...] = (
    (rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"'),
    (rb'uniqueCount="\d+"', b'uniqueCount="4000000000"'),
    (rb' count="\d+"', b' count="99999999999999999999"'),
    (rb'<row r="\d+"', b'<row r="1048576"'),
    (rb'<row r="\d+"', b'<row r="4000000000"'),
    (rb'<row r="\d+"', b"<row"),
    (rb'<c r="[A-Z]+\d+"', b'<c r="XFD1048576"'),
    (rb'<c r="[A-Z]+\d+"', b"<c r='ZZ99999'"),
    (rb'<c r="[A-Z]+\d+"', b"<c"),
    (rb'<c r="([A-Z]+\d+)"', b'<c  r="A0"'),
    (rb"<v>\d+</v>", b"<v>99999999999</v>"),
    (rb"<v>\d+</v>", b"<v></v>"),
    (rb' t="s"', b' t="zz"'),
    (rb' t="s"', b' t="e"'),
    (rb' s="\d+"', b' s="4294967295"'),
    (rb"UTF-8", b"UTF-16"),
    (rb"UTF-8", b"GB18030"),
    (rb"<t>", b'<t xml:space="preserve">&#x1;'),
    (rb"<sst", b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><sst'),
    (rb"worksheets/sheet1.xml", b"../../../../etc/passwd"),
    (rb"worksheets/sheet1.xml", b"http://a.example/x"),
    (rb"<sheet [^>]*/>", b'<sheet name="a" sheetId="1" r:id="rId1"/>' * 300),
    (rb'state="[a-z]*"', b'state="veryHidden"'),
    (rb'date1904="[a-z]*"', b'date1904="true"'),
    (rb"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
)


def claims_changed(rng: Random, one: Filing) -> Filing:
    """Let the workbook claim what it does not hold: far cells, counts, other files."""
    members = members_of(one.data)
    for pattern, claim in rng.sample(CLAIMS, rng.choice((1, 1, 2))):
        often = rng.choice((1, 1, 0))
        members = {name: re.sub(pattern, lambda _, c=claim: c, xml, count=often) for name, xml in members.items()}
    return Filing(one.name, zipped(members), None)


def locked(rng: Random, one: Filing) -> Filing:
    target = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(one.data)).encrypt("secret", target)
    sealed = replace(one, data=target.getvalue(), grids=None)
    return rng.choice((lambda _, it: it, flipped, cut))(rng, sealed)


ANY: tuple[Mutation, ...] = (flipped, cut, inserted, something_else, misnamed, renamed)
TABLES: tuple[Mutation, ...] = (rows_changed, columns_changed, header_changed, values_changed)
WORKBOOKS: tuple[Mutation, ...] = (members_changed, claims_changed)


def mutated(rng: Random, one: Filing) -> Filing:
    """Return a filing spoilt in one way, or in two."""
    if one.name.endswith(".xlsx") and rng.random() < 0.01:
        return locked(rng, one)
    ways = [ANY, TABLES, TABLES, *([WORKBOOKS, WORKBOOKS] if one.name.endswith(".xlsx") else [])]
    once = rng.choice(rng.choice(ways))(rng, one)
    return rng.choice(TABLES)(rng, once) if once.grids and rng.random() < 0.3 else once

"""Files for the provincial platform's batch import: written by a mapping, read back, and its refusals taken in.

A mapping (`county/platform/*.toml`) says how a file looks; `platform_rows.py` says what is in it. Nothing
is guessed: a value without a code, or a required value that is missing, is named and its file not written.
"""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from onevisit.county import PlatformColumn, PlatformForm
from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.sheets import read_sheets
from onevisit.publish.platform_rows import KINDS, Value
from onevisit.publish.privacy import kinds_in
from onevisit.publish.tables import PlatformFailures
from onevisit.tables import frame_of
from onevisit.workbooks import CREATED
from onevisit.workers import each

REASON = "失败原因"
"""The column the platform adds to the rows it refused."""

LONGEST_CELL = 32_767
"""Characters a cell holds; a spreadsheet cuts off the rest without a word."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: name, content, rows below its header."""

    name: str
    content: bytes
    row_count: int


@dataclass(frozen=True, slots=True)
class _Header:
    """The row, from 1, in which the titles of a mapping stand, and where in it."""

    row: int
    at: Mapping[str, int]


def written(form: PlatformForm, rows: Sequence[Mapping[str, Value]], *, county: str, year: int) -> list[Part]:
    """Return the files of a mapping, split at its row limit; one file without rows when there are none.

    Raises RefusedError: U100 no code for a value, U101 a required value is missing, U102 a cell is too long,
    U103 a column asks for a field the kind does not have.
    """
    texts = rendered(form, rows)
    parts = [texts[at : at + form.max_rows] for at in range(0, max(1, len(texts)), form.max_rows)]
    title = form.title.format(county=county, year=year)
    names = [f"{form.file}.xlsx"] if len(parts) == 1 else [f"{form.file}-{n}.xlsx" for n in range(1, len(parts) + 1)]
    books = each(_workbook, parts, form, title)
    return [Part(name, book, len(part)) for name, book, part in zip(names, books, parts, strict=True)]


def rendered(form: PlatformForm, rows: Sequence[Mapping[str, Value]]) -> list[list[str]]:
    """Return the cells of every row as the platform reads them. Raises RefusedError as `written` does."""
    known = KINDS[form.kind].fields
    problems = [
        problem("U103", file=form.file, column=column.title, field=column.field, known="、".join(sorted(known)))
        for column in form.columns
        if column.field and column.field not in known
    ]
    if problems:
        raise RefusedError(problems)
    texts = [
        [_cell(form, column, row.get(column.field), number, problems) for column in form.columns]
        for number, row in enumerate(rows, start=1)
    ]
    if problems:
        raise RefusedError(problems)
    return texts


def read_back(form: PlatformForm, name: str, data: bytes) -> list[list[str]]:
    """Return the cells below the header of a file written by a mapping, for the columns of the mapping."""
    grid = _grid(name, data, form)
    header = _header(form, grid)
    if header is None:
        raise RefusedError([problem("U104", file=name)])
    return [[row[header.at[column.title]] for column in form.columns] for row in grid[header.row :]]


def failures(
    forms: Iterable[PlatformForm], written_rows: Mapping[str, Sequence[Sequence[str]]], name: str, data: bytes
) -> list[dict[str, object]]:
    """Return the refused rows of a receipt as records of `PlatformFailures`, matched with the rows written.

    `written_rows` are, by the mapping's file, the rows as `read_back` gives them. A row that matches none has
    no record. Raises RefusedError (U104 the receipt is of no mapping, U105 no row has a reason).
    """
    form, grid, header = _form_of(forms, name, data)
    kind = KINDS[form.kind]
    at = {column.field: header.at[column.title] for column in form.columns if column.field}
    ours = {column.field: number for number, column in enumerate(form.columns) if column.field}
    by_key = {tuple(row[ours[key]] for key in kind.keys): row for row in written_rows.get(form.file, ())}
    digest = hashlib.sha256(data).hexdigest()
    found: list[dict[str, object]] = []
    for number, row in enumerate(grid[header.row :], start=header.row + 1):
        reason = row[header.at[REASON]].strip()
        if reason:
            match = by_key.get(tuple(row[at[key]].strip() for key in kind.keys))
            found.append(
                {
                    "kind": kind.title,
                    "record": " ".join(match[ours[key]] for key in kind.record if key in ours) if match else None,
                    "department": match[ours[kind.department]] if match and kind.department in ours else None,
                    "reason": _impersonal(reason, row if form.kind == "inspectors" else [], number),
                    "fix": _fix(kind.title, is_matched=match is not None),
                    "file": name,
                    "row": number,
                    "receipt": digest,
                }
            )
    if not found:
        raise RefusedError([problem("U105", file=name)])
    return found


def log_lines(found: Iterable[Mapping[str, object]]) -> str:
    """Return refused rows as lines of the append-only log."""
    return "".join(f"{json.dumps(one, ensure_ascii=False, sort_keys=True)}\n" for one in found)


def failures_table(log: str) -> pl.DataFrame:
    """Return `PlatformFailures` from the log: of each kind what the receipt read last refused."""
    rows = [json.loads(line) for line in log.splitlines()]
    latest = {row["kind"]: row["receipt"] for row in rows}
    return frame_of(PlatformFailures, [row for row in rows if row["receipt"] == latest[row["kind"]]])


def is_recorded(log: str, data: bytes) -> bool:
    """Tell whether a receipt is in the log already."""
    digest = hashlib.sha256(data).hexdigest()
    return any(json.loads(line)["receipt"] == digest for line in log.splitlines())


def _impersonal(reason: str, cells: Iterable[str], number: int) -> str:
    """Return the platform's words without what they quote of a person's row, and without personal numbers."""
    for cell in cells:
        if len(cell) > 1 and cell != reason:
            reason = reason.replace(cell, "***")
    return f"原因含个人信息，见回执第{number}行" if kinds_in(reason) else reason


def _fix(title: str, *, is_matched: bool) -> str:
    if is_matched:
        return f"请按失败原因更正{title}的来源数据，重新运行后只导入新的{title}文件。"
    return f"这一行与已生成的{title}对不上：请核对是否改过编号或代码，或是否用了旧文件导入。"


def _cell(form: PlatformForm, column: PlatformColumn, value: Value, row: int, problems: list[Problem]) -> str:
    values = value if isinstance(value, list) else [value]
    plain = [_plain(form, one) for one in values if one is not None and one != ""]
    if column.codes:
        codes = form.codes[column.codes]
        if lacking := [one for one in plain if one not in codes]:
            # Once for each value, at the first row that has it.
            told = {(one.column, one.value) for one in problems}
            problems += [
                problem("U100", file=form.file, row=row, column=column.title, value=one, table=column.codes)
                for one in lacking
                if (column.title, one) not in told
            ]
            return ""
        plain = [codes[one] for one in plain]
    text = form.separator.join(plain)
    if column.required and not text:
        problems.append(problem("U101", file=form.file, row=row, column=column.title))
    if len(text) > LONGEST_CELL:
        problems.append(problem("U102", file=form.file, row=row, column=column.title, length=len(text)))
    return text


def _plain(form: PlatformForm, value: str | int | dt.date) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.strftime(form.date_form) if isinstance(value, dt.date) else str(value)


def _workbook(rows: Sequence[Sequence[str]], form: PlatformForm, title: str) -> bytes:
    target = io.BytesIO()
    # A name that begins with "=" is a name, not a formula.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = cast(Any, xlsxwriter.Workbook(target, options))
    book.set_properties({"title": title or form.file, "created": CREATED})
    sheet = book.add_worksheet(form.sheet)
    # As text: a spreadsheet would make numbers of codes and lose their last digits.
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"num_format": "@", "bold": True, "text_wrap": True, "valign": "vcenter"})
    for number, column in enumerate(form.columns):
        sheet.set_column(number, number, column.width, text)
        sheet.write_string(form.header_row - 1, number, column.title, head)
    if title:
        # Not wrapped: it runs on over the columns to its right.
        sheet.write_string(0, 0, title, book.add_format({"num_format": "@", "bold": True}))
    for line, row in enumerate(rows, start=form.header_row):
        for number, cell in enumerate(row):
            if cell:
                sheet.write_string(line, number, cell, text)
    sheet.freeze_panes(form.header_row, 0)
    book.close()
    return target.getvalue()


def _grid(name: str, data: bytes, form: PlatformForm) -> list[list[str]]:
    sheets = {sheet.name: sheet for sheet in read_sheets(name, data)}
    sheet = sheets.get(form.sheet) or next(iter(sheets.values()))
    return [[cell or "" for cell in row] for row in sheet.cells.iter_rows()]


def _header(form: PlatformForm, grid: Sequence[Sequence[str]]) -> _Header | None:
    titles = {column.title for column in form.columns}
    for number, row in enumerate(grid, start=1):
        places = {cell.strip(): at for at, cell in enumerate(row) if cell.strip()}
        if titles <= set(places):
            return _Header(number, places)
    return None


def _form_of(forms: Iterable[PlatformForm], name: str, data: bytes) -> tuple[PlatformForm, list[list[str]], _Header]:
    """Return the mapping whose columns a receipt has, the one with most columns first, its cells and its header."""
    for form in sorted(forms, key=lambda one: -len(one.columns)):
        grid = _grid(name, data, form)
        header = _header(form, grid)
        if header is not None and REASON in header.at:
            return form, grid, header
    raise RefusedError([problem("U104", file=name)])

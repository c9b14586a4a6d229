"""Workbooks officials open: one look, reproducible bytes, and no cell that turns into a formula.

What goes on the sheets is each stage's business.
"""

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

from onevisit.tables import Table, columns_of

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001
"""Fixed: the same sheets give the same bytes on any day."""

LINE_HEIGHT = 16.5
A4 = 9
HEAD_ROW = 2

Cell = str | int | float | bool | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its head, its width in characters, and how its numbers look."""

    title: str
    width: int = 14
    style: str = "text"


def columns_for(model: type[Table], widths: dict[str, int], frame_columns: Sequence[str]) -> list[Column]:
    """Return the columns of a model under their Chinese titles; numbers are styled as numbers."""
    described = {column.name: column for column in columns_of(model)}
    return [
        Column(
            described[name].title,
            widths.get(name, 14),
            {"Int64": "count", "Float64": "decimal", "Date": "date"}.get(described[name].type, "text"),
        )
        for name in frame_columns
    ]


class Book:
    """One workbook being written; every sheet has a title, a note, a frozen head and a filter."""

    def __init__(self, title: str, note: str) -> None:
        self._target = io.BytesIO()
        # A name that begins with "=" is a name, not a formula.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = cast(Any, xlsxwriter.Workbook(self._target, options))
        self._book.set_properties({"title": title, "created": CREATED})
        self.title, self.note = title, note
        base = {"font_name": "微软雅黑", "font_size": 10, "valign": "top"}
        body = {**base, "border": 1, "border_color": "#C9D1DA"}
        head = {**body, "bold": True, "bg_color": "#DCE6EF", "text_wrap": True, "valign": "vcenter"}
        self.formats = {
            "title": self._book.add_format({**base, "font_size": 14, "bold": True}),
            "quiet": self._book.add_format({**base, "font_color": "#55606D"}),
            "plain": self._book.add_format({**base, "text_wrap": True}),
            "head": self._book.add_format(head),
            "text": self._book.add_format({**body, "text_wrap": True}),
            "count": self._book.add_format({**body, "num_format": "#,##0", "align": "right"}),
            "decimal": self._book.add_format({**body, "num_format": "#,##0.0", "align": "right"}),
            "date": self._book.add_format({**body, "num_format": "yyyy-mm-dd", "align": "center"}),
        }

    def sheet(self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """Add a sheet: title and note above, head frozen, filter over all rows, printed A4 across."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, f"{self.title}　{name}", self.formats["title"])
        sheet.write_string(1, 0, f"{self.note}　共{len(rows):,}行", self.formats["quiet"])
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(HEAD_ROW, number, column.title, self.formats["head"])
        for line, row in enumerate(rows, start=HEAD_ROW + 1):
            for number, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._write(sheet, line, number, value, column.style)
            # Not every program makes a row as high as its wrapped text.
            lines = (_lines(value, column.width) for value, column in zip(row, columns, strict=True))
            sheet.set_row(line, LINE_HEIGHT * max(lines, default=1))
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(rows), len(columns) - 1)
        sheet.repeat_rows(HEAD_ROW)
        self._paper(sheet, name)

    def text(self, name: str, paragraphs: Sequence[str], *, width: int = 90) -> None:
        """Add a sheet of paragraphs, one per row: explanations."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, width)
        sheet.write_string(0, 0, f"{self.title}　{name}", self.formats["title"])
        sheet.write_string(1, 0, self.note, self.formats["quiet"])
        for line, paragraph in enumerate(paragraphs, start=HEAD_ROW + 1):
            sheet.write_string(line, 0, paragraph, self.formats["plain"])
            sheet.set_row(line, LINE_HEIGHT * _lines(paragraph, width))
        self._paper(sheet, name)

    def close(self) -> bytes:
        """Finish the workbook and return its bytes."""
        self._book.close()
        return self._target.getvalue()

    def _write(self, sheet: Any, line: int, number: int, value: Cell, style: str) -> None:
        if value is None:
            sheet.write_blank(line, number, None, self.formats[style])
        elif isinstance(value, bool):
            sheet.write_string(line, number, "是" if value else "否", self.formats[style])
        elif isinstance(value, dt.date):
            sheet.write_datetime(line, number, value, self.formats["date"])
        elif isinstance(value, str):
            sheet.write_string(line, number, value, self.formats[style])
        else:
            sheet.write_number(line, number, value, self.formats[style])

    def _paper(self, sheet: Any, name: str) -> None:
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self.note}&C{name}&R第 &P 页，共 &N 页")


def cells(frame: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """Return a frame's rows as cells; a list becomes its parts joined by 、."""
    joined = [
        pl.col(name).list.join("、") if isinstance(dtype, pl.List) else pl.col(name)
        for name, dtype in frame.schema.items()
    ]
    return frame.select(joined).rows()


def _lines(value: Cell, width: int) -> int:
    """Return how many lines a text takes in a column: a Chinese character is two wide."""
    if not isinstance(value, str):
        return 1
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)
    return max(1, -(-wide // max(width - 1, 1)))

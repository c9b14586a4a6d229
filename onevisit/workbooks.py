"""Workbooks as the bureau and the public get them: one look, safe cells, the same bytes on any day."""

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

Cell = str | int | float | dt.date | bool | None
Paper = Literal["A3", "A4"]

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001
"""Fixed: the same tables give the same bytes on any day."""

TALLEST_ROW = 12
"""Lines of text a row grows to; more is cut on screen, never in the cell."""

_PAPERS = {"A3": 8, "A4": 9}
_LINE = 15.0
_BODY = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#C5CDD6"}
_STYLES = {
    "text": {"text_wrap": True},
    "code": {"font_name": "Consolas", "font_size": 9},
    "centre": {"align": "center"},
    "count": {"num_format": "#,##0", "align": "right", "indent": 1},
    "tenth": {"num_format": "#,##0.0", "align": "right", "indent": 1},
    "percent": {"num_format": "0.0%", "align": "right", "indent": 1},
    "points": {"num_format": "0.00", "align": "right", "indent": 1},
    "right": {"align": "right", "indent": 1},
    "date": {"num_format": 'yyyy"年"m"月"d"日"', "align": "center"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its head, its width in Latin characters, and how its values look."""

    title: str
    width: int
    style: str = "text"


class Book:
    """One workbook being written; sheets share the formats."""

    def __init__(self, title: str, subtitle: str) -> None:
        self._target = io.BytesIO()
        # A name that begins with "=" is a name, not a formula; one with "http" no link.
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = cast(Any, xlsxwriter.Workbook(self._target, options))
        self._book.set_properties({"title": title, "created": CREATED})
        self._title, self._subtitle = title, subtitle
        self._formats = {name: self._book.add_format(_BODY | style) for name, style in _STYLES.items()}
        self._formats |= {
            "title": self._book.add_format({"font_name": "黑体", "font_size": 16, "valign": "vcenter"}),
            "quiet": self._book.add_format({"font_name": "宋体", "font_size": 10, "font_color": "#566270"}),
            "head": self._book.add_format(
                _BODY
                | {
                    "font_name": "黑体",
                    "font_color": "#FFFFFF",
                    "bg_color": "#1F4E79",
                    "border_color": "#1F4E79",
                    "align": "center",
                    "text_wrap": True,
                }
            ),
            "part": self._book.add_format(
                {"font_name": "黑体", "font_size": 12, "font_color": "#1F4E79", "valign": "vcenter"}
            ),
            "words": self._book.add_format({"font_name": "宋体", "font_size": 11, "text_wrap": True, "valign": "top"}),
        }

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        note: str = "",
        below: Sequence[str] = (),
        paper: Paper = "A4",
    ) -> None:
        """Add a sheet: title above, head frozen and repeated on every page, a filter over all rows, remarks below."""
        sheet = self._book.add_worksheet(name)
        self._heading(sheet, name, note or f"共 {len(rows):,} 行")
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(2, number, column.title, self._formats["head"])
        sheet.set_row(2, 2 * _LINE)
        for line, row in enumerate(rows, start=3):
            for number, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._write(sheet, line, number, value, column.style)
            # Not every program makes a row as high as its wrapped text.
            sheet.set_row(line, _LINE * min(TALLEST_ROW, max(map(_line_count, row, columns))) + 3)
        for line, remark in enumerate(below, start=4 + len(rows)):
            sheet.write_string(line, 0, remark, self._formats["quiet"])
        sheet.freeze_panes(3, min(2, len(columns)))
        if rows:
            sheet.autofilter(2, 0, 2 + len(rows), len(columns) - 1)
        sheet.repeat_rows(2)
        self._page(sheet, paper)

    def guide(self, name: str, parts: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Add a sheet of words: headings and paragraphs."""
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        whole = Column("", 110)
        sheet.set_column(0, 0, whole.width)
        self._heading(sheet, self._title, "")
        line = 3
        for heading, paragraphs in parts:
            sheet.write_string(line, 0, heading, self._formats["part"])
            sheet.set_row(line, 2 * _LINE)
            for paragraph in paragraphs:
                line += 1
                sheet.write_string(line, 0, paragraph, self._formats["words"])
                sheet.set_row(line, 1.2 * _LINE * _line_count(paragraph, whole))
            line += 1
        self._page(sheet, "A4")

    def content(self) -> bytes:
        """Finish the workbook and return its bytes."""
        self._book.close()
        return self._target.getvalue()

    def _heading(self, sheet: Any, name: str, note: str) -> None:
        sheet.write_string(0, 0, name, self._formats["title"])
        sheet.set_row(0, 28)
        sheet.write_string(1, 0, "　".join(part for part in (self._subtitle, note) if part), self._formats["quiet"])

    def _page(self, sheet: Any, paper: Paper) -> None:
        sheet.set_paper(_PAPERS[paper])
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&9{self._subtitle}&C&9&A&R&9第 &P 页，共 &N 页")

    def _write(self, sheet: Any, line: int, number: int, value: Cell, style: str) -> None:
        chosen = self._formats[style]
        if value is None or value == "":
            sheet.write_blank(line, number, None, chosen)
        elif isinstance(value, bool):
            sheet.write_string(line, number, "是" if value else "否", chosen)
        elif isinstance(value, dt.date):
            sheet.write_datetime(line, number, dt.datetime.combine(value, dt.time()), chosen)
        elif isinstance(value, str):
            sheet.write_string(line, number, value[:32767], chosen)
        else:
            sheet.write_number(line, number, value, chosen)


def _line_count(value: Cell, column: Column) -> int:
    """Return how many lines a text takes in a column; a Chinese character is as wide as two Latin ones."""
    if not isinstance(value, str) or column.style == "code":
        return 1
    widths = [sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in part) for part in value.split("\n")]
    return max(1, sum(max(1, -(-width // (column.width - 1))) for width in widths))

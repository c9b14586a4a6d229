"""Workbooks as the bureau and the public get them: one look, safe cells, the same bytes on any day."""

import datetime as dt
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, zip_longest
from typing import Any, Literal, cast

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from xlsxwriter.utility import xl_rowcol_to_cell  # pyright: ignore[reportMissingTypeStubs]

from onevisit.forms import FACTS, FIRST_ROW, Block, Form, FormColumn, Tone

Cell = str | int | float | dt.date | bool | None
Paper = Literal["A3", "A4"]

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001
"""Fixed: the same tables give the same bytes on any day."""

TALLEST_ROW = 12
"""Lines of text a row grows to; more is cut on screen, never in the cell."""

_PRINTED_WIDTH = 360
"""Latin characters of a form on one sheet of A3; wider ones are printed on several, small print nobody reads."""
_PAPERS = {"A3": 8, "A4": 9}
_LINE = 15.0
_BODY: dict[str, Any] = {
    "font_name": "宋体",
    "font_size": 10,
    "valign": "vcenter",
    "border": 1,
    "border_color": "#C5CDD6",
}
_STYLES: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True},
    "code": {"font_name": "Consolas", "font_size": 9},
    "centre": {"align": "center", "text_wrap": True},
    "count": {"num_format": "#,##0", "align": "right", "indent": 1},
    "tenth": {"num_format": "#,##0.0", "align": "right", "indent": 1},
    "percent": {"num_format": "0.0%", "align": "right", "indent": 1},
    "points": {"num_format": "0.00", "align": "right", "indent": 1},
    "right": {"align": "right", "indent": 1},
    "date": {"num_format": 'yyyy"年"m"月"d"日"', "align": "center"},
}
_HEAD: dict[str, Any] = {
    "font_name": "黑体",
    "font_color": "#FFFFFF",
    "bg_color": "#1F4E79",
    "border_color": "#1F4E79",
    "align": "center",
    "text_wrap": True,
}
_TO_FILL_IN: dict[str, Any] = {"bg_color": "#FFF2CC", "locked": False, "num_format": "@"}
"""Text, or a program makes 0.05 of 5% and a number of a date."""
_TO_FILL_IN_HEAD = {"bg_color": "#9C6500", "border_color": "#9C6500"}
_BANDS: tuple[dict[str, Any], ...] = ({"bg_color": "#F2F2F2"}, {"bg_color": "#E3E9F0"})
"""Grey, because locked; two greys in turn, so that lines of one block are seen as one."""
_TONES: dict[Tone, dict[str, Any]] = {
    "differs": {"bg_color": "#F8CBAD"},
    "wrong": {"bg_color": "#FF7C80"},
    "done": {"bg_color": "#C6E0B4"},
    "strong": {"bold": True},
}
_MAY = {"format_columns": True, "format_rows": True, "autofilter": True}
"""What a locked sheet still lets people do: make room, and filter."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its head, its width in Latin characters, and how its values look."""

    title: str
    width: int
    style: str = "text"


@dataclass(frozen=True, slots=True)
class Part:
    """A small table among others on one sheet."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


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
        self._facts: dict[str, str] = {}
        self._lists: list[tuple[str, ...]] = []
        self._formats = {name: self._book.add_format(_BODY | style) for name, style in _STYLES.items()}
        self._formats |= {
            "title": self._book.add_format({"font_name": "黑体", "font_size": 16, "valign": "vcenter"}),
            "quiet": self._book.add_format({"font_name": "宋体", "font_size": 10, "font_color": "#566270"}),
            "head": self._book.add_format(_BODY | _HEAD),
            "input head": self._book.add_format(_BODY | _HEAD | _TO_FILL_IN_HEAD),
            "part": self._book.add_format(
                {"font_name": "黑体", "font_size": 12, "font_color": "#1F4E79", "valign": "vcenter"}
            ),
            "label": self._book.add_format(_BODY | {"font_name": "黑体", "align": "center", "text_wrap": True}),
            "to sign": self._book.add_format(_BODY | {"text_wrap": True, "valign": "top", "locked": False}),
            "words": self._book.add_format({"font_name": "宋体", "font_size": 11, "text_wrap": True, "valign": "top"}),
            "quiet words": self._book.add_format(
                {"font_name": "宋体", "font_size": 10, "font_color": "#566270", "text_wrap": True, "valign": "top"}
            ),
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

    def stack(self, name: str, words: Sequence[str], parts: Sequence[Part]) -> None:
        """Add a sheet of several small tables, one below the other; `words` stand above them.

        Columns of all tables share their widths: the widest counts. There is one table at least.
        """
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        self._heading(sheet, name, "")
        shared = zip_longest(*([column.width for column in part.columns] for part in parts), fillvalue=0)
        widths = [max(widths) for widths in shared]
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        line = 2
        for text in words:
            line = self._across(sheet, line, text, widths, "words")
        for part in parts:
            line += 1
            sheet.write_string(line, 0, part.title, self._formats["part"])
            sheet.set_row(line, 2 * _LINE)
            line += 1
            for number, column in enumerate(part.columns):
                sheet.write_string(line, number, column.title, self._formats["head"])
            sheet.set_row(line, 2 * _LINE)
            for row in part.rows:
                line += 1
                for number, (column, value) in enumerate(zip(part.columns, row, strict=True)):
                    self._write(sheet, line, number, value, column.style)
                sheet.set_row(line, _LINE * min(TALLEST_ROW, max(map(_line_count, row, part.columns))) + 3)
            line += 1
            if part.note:
                line = self._across(sheet, line, part.note, widths, "quiet words")
        self._page(sheet, "A4")

    def _across(self, sheet: Any, line: int, text: str, widths: Sequence[int], look: str) -> int:
        """Write a text over all columns; return the next line."""
        sheet.merge_range(line, 0, line, len(widths) - 1, "", self._formats[look])
        sheet.write_string(line, 0, text, self._formats[look])
        sheet.set_row(line, 1.2 * _LINE * _line_count(text, Column("", sum(widths))))
        return line + 1

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

    def facts(self, facts: Mapping[str, str]) -> None:
        """Keep what the workbook is on its hidden sheet, for whoever reads it back (`forms.read_facts`)."""
        self._facts |= facts

    def form(self, form: Form, blocks: Sequence[Block], *, note: str = "", paper: Paper = "A3") -> None:
        """Add a sheet to fill in: grey locked cells, yellow cells of input with their lists; no password.

        The first line of the first block is in row `forms.FIRST_ROW`, the others follow without a gap.
        """
        sheet = self._book.add_worksheet(form.name)
        self._heading(sheet, form.name, note)
        for number, column in enumerate(form.columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(FIRST_ROW - 2, number, column.title, self._formats[_head(column)])
        sheet.set_row(FIRST_ROW - 2, 2 * _LINE)
        line = first = FIRST_ROW - 1
        for number, block in enumerate(blocks):
            self._block(sheet, form, block, line, _BANDS[number % 2])
            line += len(block.lines)
        if line > first:
            self._guided(sheet, form, blocks, first, line - 1)
        frozen = form.frozen or len(form.key)
        sheet.freeze_panes(first, frozen)
        sheet.repeat_rows(first - 1)
        sheet.repeat_columns(0, frozen - 1)
        sheet.protect("", _MAY)
        self._page(sheet, paper, wide=-(-sum(column.width for column in form.columns) // _PRINTED_WIDTH))

    def slip(
        self, name: str, heading: str, figures: Sequence[tuple[str, str]], signers: Sequence[tuple[str, str]]
    ) -> None:
        """Add one page to print and sign: figures above, below a box for each who signs and what for."""
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        for number, width in enumerate((26, 70)):
            sheet.set_column(number, number, width)
        self._heading(sheet, heading, "")
        line = 3
        for label, text in figures:
            sheet.write_string(line, 0, label, self._formats["label"])
            sheet.write_string(line, 1, text, self._formats["text"])
            sheet.set_row(line, _LINE * max(1, _line_count(text, Column("", 70))) + 6)
            line += 1
        line += 1
        for label, words in signers:
            sheet.write_string(line, 0, label, self._formats["label"])
            sheet.write_string(line, 1, words, self._formats["to sign"])
            sheet.set_row(line, 6 * _LINE)
            line += 1
        sheet.protect("", _MAY)
        self._page(sheet, "A4")
        sheet.set_portrait()

    def content(self) -> bytes:
        """Finish the workbook and return its bytes."""
        if self._facts or self._lists:
            self._hidden()
        self._book.close()
        return self._target.getvalue()

    def _block(self, sheet: Any, form: Form, block: Block, first: int, band: dict[str, Any]) -> None:
        last = first + len(block.lines) - 1
        for number, column in enumerate(form.columns):
            is_one_cell = column.is_joint and last > first
            for at, texts in enumerate(block.lines[:1] if is_one_cell else block.lines):
                place = (at, column.title)
                chosen = self._toned(column, block.tones.get(place), band)
                if is_one_cell:
                    sheet.merge_range(first, number, last, number, "", chosen)
                self._write_text(sheet, first + at, number, texts.get(column.title, ""), chosen)
                if comment := block.comments.get(place):
                    sheet.write_comment(first + at, number, comment, _comment_box(comment))
        for at, texts in enumerate(block.lines):
            sheet.set_row(first + at, _LINE * min(TALLEST_ROW, _block_line_count(form, block, texts)) + 3)

    def _guided(self, sheet: Any, form: Form, blocks: Sequence[Block], first: int, last: int) -> None:
        """Add what helps while a form is filled in: lists, hints, moving colours, a filter where lines are alone."""
        for number, column in enumerate(form.columns):
            if column.is_input and (column.choices or column.prompt or column.limit):
                for top, bottom, choices in _runs_of_choices(column, blocks):
                    rule = self._validation(column, choices, xl_rowcol_to_cell(first + top, number))
                    sheet.data_validation(first + top, number, first + bottom, number, rule)
        cells = {
            column.title: xl_rowcol_to_cell(first, number, col_abs=True) for number, column in enumerate(form.columns)
        }
        for light in form.highlights:
            number = next(at for at, column in enumerate(form.columns) if column.title == light.title)
            when = {"type": "formula", "criteria": f"={light.when.format_map(cells)}"}
            sheet.conditional_format(first, number, last, number, when | {"format": self._tone(light.tone)})
        if not any(column.is_joint for column in form.columns):
            sheet.autofilter(first - 1, 0, last, len(form.columns) - 1)

    def _validation(self, column: FormColumn, choices: tuple[str, ...], cell: str) -> dict[str, Any]:
        hint = {"input_title": column.title, "input_message": column.prompt} if column.prompt else {}
        if column.limit:
            says = {"error_title": f"{column.title}写法不对", "error_message": column.limit_says}
            return {"validate": "custom", "value": f"={column.limit.format(cell=cell)}"} | says | hint
        if not choices:
            return {"validate": "any"} | hint
        if choices not in self._lists:
            self._lists.append(choices)
        # On the hidden sheet, because a list in the cell itself ends after 255 characters.
        at = 2 + self._lists.index(choices)
        top, bottom = (xl_rowcol_to_cell(row, at, row_abs=True, col_abs=True) for row in (0, len(choices) - 1))
        return {
            "validate": "list",
            "source": f"='{FACTS}'!{top}:{bottom}",
            "error_title": f"{column.title}不在列表中",
            "error_message": f"请从下拉列表中选择：{'、'.join(choices)}。"[:255],
        } | hint

    def _hidden(self) -> None:
        sheet = self._book.add_worksheet(FACTS)
        for row, pair in enumerate(self._facts.items()):
            for number, text in enumerate(pair):
                sheet.write_string(row, number, text)
        for number, choices in enumerate(self._lists, start=2):
            for row, choice in enumerate(choices):
                sheet.write_string(row, number, choice)
        sheet.hide()
        sheet.protect()

    def _toned(self, column: FormColumn, tone: Tone | None, band: dict[str, Any]) -> Any:
        ground = _TO_FILL_IN if column.is_input else band
        name = f"{column.style} {ground} {tone}"
        if name not in self._formats:
            look = _BODY | _STYLES[column.style] | ground | (_TONES[tone] if tone else {})
            self._formats[name] = self._book.add_format(look)
        return self._formats[name]

    def _tone(self, tone: Tone) -> Any:
        if tone not in self._formats:
            self._formats[tone] = self._book.add_format(_TONES[tone])
        return self._formats[tone]

    def _write_text(self, sheet: Any, line: int, number: int, text: str, chosen: Any) -> None:
        if text:
            sheet.write_string(line, number, text[:32767], chosen)
        else:
            sheet.write_blank(line, number, None, chosen)

    def _heading(self, sheet: Any, name: str, note: str) -> None:
        sheet.write_string(0, 0, name, self._formats["title"])
        sheet.set_row(0, 28)
        sheet.write_string(1, 0, "　".join(part for part in (self._subtitle, note) if part), self._formats["quiet"])

    def _page(self, sheet: Any, paper: Paper, *, wide: int = 1) -> None:
        sheet.set_paper(_PAPERS[paper])
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.fit_to_pages(wide, 0)
        sheet.set_footer(f"&L&9{self._subtitle}&R&9&A　第 &P 页，共 &N 页")

    def _write(self, sheet: Any, line: int, number: int, value: Cell, style: str) -> None:
        # What is counted has no tenths, though what is estimated in the same column has.
        is_count = style == "tenth" and isinstance(value, int)
        chosen = self._formats["count" if is_count else style]
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


def _runs_of_choices(column: FormColumn, blocks: Sequence[Block]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return the runs of lines, counted from the form's first, in which a column offers the same."""
    offered = (
        block.choices.get((at, column.title), column.choices) for block in blocks for at in range(len(block.lines))
    )
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for choices, lines in groupby(enumerate(offered), key=lambda line: line[1]):
        numbers = [number for number, _ in lines]
        runs.append((numbers[0], numbers[-1], choices))
    return runs


def _head(column: FormColumn) -> str:
    return "input head" if column.is_input else "head"


def _comment_box(comment: str) -> dict[str, Any]:
    lines = _line_count(comment, Column("", 40))
    return {"width": 300, "height": 24 + 18 * lines, "font_name": "宋体", "font_size": 10, "color": "#FFFFE1"}


def _block_line_count(form: Form, block: Block, texts: Mapping[str, str]) -> int:
    """Return how many lines of text a line of a block shows; what all its lines share is spread over them."""
    alone = [_line_count(texts.get(one.title, ""), one) for one in form.columns if not one.is_joint]
    shared = [_line_count(block.lines[0].get(one.title, ""), one) for one in form.columns if one.is_joint]
    return max(*alone, *(-(-count // len(block.lines)) for count in shared))


def _line_count(value: Cell, column: Column | FormColumn) -> int:
    """Return how many lines a text takes in a column; a Chinese character is as wide as two Latin ones."""
    # Most texts are short: no character is wider than two.
    if not isinstance(value, str) or column.style == "code" or ("\n" not in value and 2 * len(value) < column.width):
        return 1
    widths = [sum(map(_width, part)) for part in value.split("\n")]
    return max(1, sum(max(1, -(-width // (column.width - 1))) for width in widths))


@cache
def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1

"""What every form of the report is made of: chapters of words and grids.

A grid is a table of computed cells. HTML, Word, PDF and Excel show the same chapters, so that a number cannot
be one thing on paper and another in the workbook.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int | None
"""A count is an int, so that a workbook can add it up; everything else is shown as it is."""
Chart = Literal["bars", "steps"]
_FIGURE = re.compile(r"—|\d+(?:\.\d+)?%?|\d+/\d+")
"""As a text: a dash, 87.35, 97.9%, 31 of 36."""
TOTALS = ("全县", "合计")
"""First cells of rows that add up the others."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; `widths` in mm add up to at most the 156 of a page's text."""

    title: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    chart: Chart | None = None
    """A picture beside it: of column `charted` by the first; `steps` where counts are added and taken away."""
    charted: int = 1

    @property
    def is_number(self) -> tuple[bool, ...]:
        """Tell per column whether it holds figures, which stand at the right."""
        return tuple(
            any(isinstance(row[at], int) for row in self.rows) or all(_is_figure(row[at]) for row in self.rows)
            for at in range(len(self.columns))
        )


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its heading without number, what it says, and its grids."""

    title: str
    words: tuple[str, ...]
    grids: tuple[Grid, ...] = ()


def grid(
    title: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[Sequence[Value]],
    *,
    note: str = "",
    chart: Chart | None = None,
    charted: int = 1,
) -> Grid:
    """Make a grid; columns are (title, width in mm)."""
    names, widths = zip(*columns, strict=True)
    return Grid(title, names, widths, tuple(map(tuple, rows)), note, chart if rows else None, charted)


def shown(value: Value) -> str:
    """Return a cell as people read it: 1,234, a dash where there is nothing to say."""
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) else value


def chinese_number(number: int) -> str:
    """Return a number up to 19 as headings are numbered: 一, 十, 十一."""
    tens, ones = divmod(number, 10)
    return "十" * tens + "零一二三四五六七八九"[ones] if ones else "十"


def _is_figure(value: Value) -> bool:
    return value is None or isinstance(value, int) or _FIGURE.fullmatch(value) is not None

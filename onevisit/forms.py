"""Forms: sheets that officials fill in and send back, and how they are read again.

A form is a table whose cells are locked but for a few columns of input. It is described once
(`Form`), written by `workbooks.py`, and read back here, whichever program saved it. Locking stops
slips, not people: whoever reads a form compares every locked cell with what was sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from onevisit.filings.sheets import Sheet

Tone = Literal["differs", "wrong", "done", "strong"]
"""How a cell stands out: it differs from the one it is compared with, must be mended, is filled in, weighs more."""

FACTS = "字典"
"""Hidden sheet of every workbook with forms: what the workbook is, and the lists to choose from."""

FIRST_ROW = 4
"""Row, as a spreadsheet shows it, of a form's first line; title, note and head stand above it."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column of a form. All values are text: no program then changes how a date or a number is written."""

    title: str
    width: int
    """In Latin characters."""
    style: str = "text"
    is_input: bool = False
    is_joint: bool = False
    """Whether the lines of a block share one cell."""
    choices: tuple[str, ...] = ()
    """What may be chosen, in an input column; anything when empty."""
    prompt: str = ""
    """What the program says when an input cell is selected."""
    limit: str = ""
    """Formula an input must satisfy, {cell} for the cell; only where there is nothing to choose from."""
    limit_says: str = ""
    """What the program says when it does not."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A colour that comes and goes while the form is filled in.

    `when` is a formula in which {title} stands for the cell of that column in the same line.
    """

    title: str
    when: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Form:
    """A sheet to fill in: its columns, the columns that name a line, and its moving colours."""

    name: str
    columns: tuple[FormColumn, ...]
    key: tuple[str, ...]
    highlights: tuple[Highlight, ...] = ()
    frozen: int = 0
    """How many columns stay in sight at the left; 0 for as many as the key has."""

    @property
    def locked(self) -> list[str]:
        """Titles of the columns nobody may change, but for the key."""
        return [column.title for column in self.columns if not column.is_input and column.title not in self.key]

    @property
    def inputs(self) -> list[str]:
        """Titles of the columns to fill in."""
        return [column.title for column in self.columns if column.is_input]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a form that belong together and are judged as one; a joint column takes the first line's value."""

    lines: tuple[Mapping[str, str], ...]
    """Title -> text; what is missing is blank."""
    tones: Mapping[tuple[int, str], Tone] = field(default_factory=dict[tuple[int, str], Tone])
    """(line of the block, title) -> how the cell stands out."""
    comments: Mapping[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    """(line of the block, title) -> comment on the cell."""
    choices: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict[tuple[int, str], tuple[str, ...]])
    """(line of the block, title) -> what may be chosen there, where not what the column offers."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a form as it came back: its row as a spreadsheet shows it, and its texts by title."""

    row: int
    texts: Mapping[str, str]


def read_facts(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Return what a workbook says of itself on its hidden sheet; nothing when the sheet is not there."""
    found = next((sheet for sheet in sheets if sheet.name == FACTS), None)
    if found is None or found.cells.width < 2:
        return {}
    return {key: value for key, value in found.cells.select(found.cells.columns[:2]).iter_rows() if key and value}


def read_form(form: Form, sheets: Sequence[Sheet]) -> list[Line] | str:
    """Return the lines of a form that hold anything, or what is missing of it: a sheet, a column."""
    found = next((sheet for sheet in sheets if sheet.name == form.name), None)
    if found is None:
        return f"没有工作表“{form.name}”"
    rows = [[tidy(cell) for cell in row] for row in found.cells.iter_rows()]
    head = next((number for number, row in enumerate(rows) if set(form.key) <= set(row)), None)
    if head is None:
        return f"工作表“{form.name}”没有“{form.key[0]}”这一列"
    titles = rows[head]
    missing = [column.title for column in form.columns if titles.count(column.title) != 1]
    if missing:
        return f"工作表“{form.name}”的“{'、'.join(missing)}”列缺失或者重复"
    places = {column.title: titles.index(column.title) for column in form.columns}
    lines = (
        Line(number, {title: row[place] for title, place in places.items()})
        for number, row in enumerate(rows[head + 1 :], start=head + 2)
    )
    return [line for line in lines if any(line.texts.values())]


def changed_cells(form: Form, line: Line, sent: Mapping[str, str], *, is_first: bool) -> list[str]:
    """Return the titles of the locked cells in a line that do not hold what was sent.

    Blanks and line breaks do not count: programs write them differently. A joint cell is looked at
    in the first line of its block alone.
    """
    compared = (one.title for one in form.columns if one.title in form.locked and (is_first or not one.is_joint))
    return [title for title in compared if _bare(line.texts[title]) != _bare(sent.get(title, ""))]


def tidy(text: str | None) -> str:
    """Return a cell's text without blanks around it."""
    return (text or "").strip()


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)

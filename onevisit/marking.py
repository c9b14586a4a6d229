"""Forms that go back: what was filled in stands in them again, mistakes are red, commented, and listed in front.

Whoever reads a form (`forms.py`) notes its mistakes as faults; here they find their cells.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from onevisit.errors import Problem
from onevisit.forms import FIRST_ROW, Block, Form, Tone
from onevisit.workbooks import Book, Cell, Column

ERRORS = "导入错误"


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a filled workbook: what it is, and which cell of the form it is about."""

    problem: Problem
    """Its place is in the file that came back."""
    form: str
    key: str
    """Of the block, as the form's writer names its blocks."""
    line: int = 0
    """Line of the block."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in, and what is wrong with it."""

    texts: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict[tuple[str, str], Mapping[str, str]])
    """(sheet, key of the block) -> title of an input column -> text."""
    faults: tuple[Fault, ...] = ()


def with_answers(form: Form, blocks: Mapping[str, Block], filled: Filled) -> dict[str, Block]:
    """Return blocks with what was filled in, and the cells of their faults red and commented."""
    comments: dict[str, dict[tuple[int, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for fault in filled.faults:
        if fault.form == form.name:
            said = f"{fault.problem.reason}\n怎么改：{fault.problem.fix}"
            comments[fault.key][fault.line, fault.problem.column].append(said)
    return {
        key: _answered(block, filled.texts.get((form.name, key), {}), comments.get(key, {}))
        for key, block in blocks.items()
    }


def add_errors(
    book: Book, faults: Iterable[Fault], blocks: Mapping[str, Mapping[str, Block]], *, key_title: str, what: str
) -> None:
    """Add the sheet 导入错误, a line a fault; rows are those of the workbook that goes back.

    `what` is what was not recorded, because something of it is wrong.
    """
    rows = _error_rows(faults, blocks)
    columns = (
        Column("工作表", 11),
        Column("行", 14, "centre"),
        Column("列", 12),
        Column(key_title, 15, "code"),
        Column("问题", 64),
        Column("怎么改", 56),
        Column("问题代码", 9, "centre"),
    )
    note = f"共 {len(rows):,} 处，全部{what}都没有记录；改正标红的单元格后重新导入"
    book.table(ERRORS, columns, rows, note=note)


def _answered(block: Block, texts: Mapping[str, str], comments: Mapping[tuple[int, str], Iterable[str]]) -> Block:
    first, *others = block.lines
    wrong = cast(dict[tuple[int, str], Tone], dict.fromkeys(comments, "wrong"))
    return Block(
        lines=({**first, **texts}, *others),
        tones={**block.tones, **wrong},
        comments={place: "\n".join(said) for place, said in comments.items()},
    )


def _error_rows(faults: Iterable[Fault], blocks: Mapping[str, Mapping[str, Block]]) -> list[list[Cell]]:
    rows: dict[tuple[str, str], int] = {}
    for form, of_form in blocks.items():
        at = FIRST_ROW
        for key, block in of_form.items():
            rows[form, key] = at
            at += len(block.lines)
    return [
        [
            fault.form,
            str(rows[fault.form, fault.key] + fault.line)
            if (fault.form, fault.key) in rows
            else f"原表第{fault.problem.row}行",
            fault.problem.column,
            fault.key,
            fault.problem.reason,
            fault.problem.fix,
            fault.problem.code,
        ]
        for fault in faults
    ]

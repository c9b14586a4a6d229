"""Workbooks that come back from departments: what was filled in, and what is wrong with it.

One mistake, and nothing of a workbook is recorded: it is written once more as it goes back, the
cells of its mistakes red and commented, and a sheet in front that lists them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from onevisit.errors import Problem
from onevisit.forms import FIRST_ROW, Block, Form, Tone
from onevisit.workbooks import Cell, Column


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake in a filled workbook: what it is, and which cell of the form it is about."""

    problem: Problem
    """Its place is in the file that came back."""
    form: str
    key: str
    """What the form's block is called: the number of a pair, of a suspicion."""
    line: int = 0
    """Line of the block."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in, and what is wrong with it."""

    texts: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict[tuple[str, str], Mapping[str, str]])
    """(sheet, what the block is called) -> title of an input column -> text."""
    faults: tuple[Fault, ...] = ()


def error_columns(number: str) -> tuple[Column, ...]:
    """Return the columns of 导入错误; `number` is the title of what a block is called."""
    return (
        Column("工作表", 11),
        Column("行", 14, "centre"),
        Column("列", 12),
        Column(number, 15, "code"),
        Column("问题", 64),
        Column("怎么改", 56),
        Column("问题代码", 9, "centre"),
    )


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


def _answered(block: Block, texts: Mapping[str, str], comments: Mapping[tuple[int, str], Iterable[str]]) -> Block:
    first, *others = block.lines
    wrong = cast(dict[tuple[int, str], Tone], dict.fromkeys(comments, "wrong"))
    return Block(
        lines=({**first, **texts}, *others),
        tones={**block.tones, **wrong},
        comments={place: "\n".join(said) for place, said in comments.items()},
    )


def error_rows(faults: Iterable[Fault], blocks: Mapping[str, Mapping[str, Block]]) -> list[list[Cell]]:
    """Return the lines of 导入错误; rows are those of the workbook that goes back."""
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

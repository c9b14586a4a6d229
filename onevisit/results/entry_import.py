"""A filled entry workbook read back: every result in it, or every mistake at once.

All or nothing: one mistake, and nothing of the workbook is recorded. What is in it is judged just as
a filed list of results is, beside everything that is filed already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.codes import hide_numbers
from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.rows import PLACE, fields_of
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.forms import Line, changed_cells, read_facts, read_form
from onevisit.marking import Fault, Filled
from onevisit.results.entry_workbook import (
    ENTRY,
    INPUTS,
    ITEM,
    OBJECT,
    PLAN_ROW,
    RESULTS,
    STATE,
    TASK,
    TITLE,
    Entries,
    entry_blocks,
    line_key,
)
from onevisit.workbooks import Book, Column

_SHOWN = 20
_TITLE_OF: dict[str, str] = {"是否处置完结": STATE}
_FIELDS = {
    "plan_row_id": PLAN_ROW,
    "task_id": TASK,
    "object_id": OBJECT,
    "item_code": ITEM,
    "name": "检查对象",
    "result_types": "检查结果",
    "is_disposed": "是否处置完结",
} | {name: title for name, title in INPUTS.items() if name != "is_disposed"}
"""Field -> header of the list that entered results are filed as."""

Judge = Callable[[pl.DataFrame], pl.DataFrame]
"""Returns the refusals (`results.refused`) of filed rows, were they filed so."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a filled workbook holds: results, or faults; with a fault nothing of it is recorded."""

    department: str
    rows: pl.DataFrame
    """New results as filed rows (see `rows_of`)."""
    filled: Filled


def read_entries(name: str, data: bytes, entries: Entries, refusals_of: Judge) -> Returned:
    """Return what a filled workbook holds.

    Raises RefusedError when the file is no workbook that was sent out for this year: E042, E043, or what
    `read_sheets` refuses.
    """
    sheets = read_sheets(name, data)
    department = _department(name, sheets, entries)
    lines = read_form(ENTRY, sheets)
    if isinstance(lines, str):
        raise RefusedError([problem("E042", file=name, detail=lines)])
    sent = {key: block.lines[0] for key, block in entry_blocks(entries, department).items()}
    fresh = [line for line in lines if _is_filled(line, sent.get(_key(line), {}))]
    faults = [Fault(one, ENTRY.name, _key(line)) for line in fresh for one in _wrong(name, line, sent)]
    rows = _rows(name, department, fresh)
    faults += _judged(rows, fresh, refusals_of)
    texts = {(ENTRY.name, _key(line)): {title: line.texts[title] for title in ENTRY.inputs} for line in fresh}
    ordered = tuple(sorted(faults, key=lambda fault: (fault.problem.row, fault.problem.code)))
    return Returned(department, rows, Filled(texts, ordered))


def filed_workbook(department: str, year: int, rows: pl.DataFrame) -> bytes:
    """Return entered results as the list the department files: 检查结果, read by every run."""
    book = Book(f"{department}{year}年度检查结果", f"{department}　{year}年度　由检查结果录入表导入")
    columns = [Column(title, 16) for title in _FIELDS.values()]
    cells = rows.sort("task_id", "object_id", "plan_row_id", "item_code").select(*_FIELDS).rows()
    book.table("结果", columns, cells)
    return book.content()


def replaced(held: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the results entered so far with new ones in place of those about the same."""
    key = ["task_id", "object_id", "plan_row_id", "item_code"]
    return pl.concat([held.join(new, on=key, how="anti"), new.select(held.columns)])


def _department(name: str, sheets: Sequence[Sheet], entries: Entries) -> str:
    facts = read_facts(sheets)
    if facts.get("表") != TITLE or facts.get("部门") not in entries.departments():
        raise RefusedError([problem("E042", file=name, detail="缺少随表发出的隐藏工作表")])
    if facts.get("年度") != str(entries.year):
        raise RefusedError([problem("E043", file=name, filed=facts.get("年度", ""), year=entries.year)])
    return facts["部门"]


def _key(line: Line) -> str:
    return line_key(*(line.texts[title] for title in ENTRY.key))


def _is_filled(line: Line, sent: Mapping[str, str]) -> bool:
    """Tell whether a line says anything but what was sent."""
    return any(line.texts[title] != sent.get(title, "") for title in ENTRY.inputs if line.texts[title])


def _wrong(file: str, line: Line, sent: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    place: dict[str, Any] = {"file": file, "sheet": ENTRY.name, "row": line.row}
    key = _key(line)
    if key not in sent:
        return [problem("E044", column=ITEM, value=line.texts[ITEM][:_SHOWN], **place)]
    problems = [
        problem("E045", column=title, **place) for title in changed_cells(ENTRY, line, sent[key], is_first=True)
    ]
    if not line.texts[INPUTS["entered_by"]]:
        problems.append(problem("E032", column=INPUTS["entered_by"], **place))
    return problems


def _rows(file: str, department: str, lines: Sequence[Line]) -> pl.DataFrame:
    fields = fields_of("results")
    records = [
        {
            "department": department,
            "file": file,
            "sheet": ENTRY.name,
            "row": line.row,
            **dict.fromkeys(fields),
            **{name: line.texts[title] or None for name, title in _FIELDS.items() if title in line.texts},
            "result_types": "；".join(line.texts[title] for title in RESULTS if line.texts[title]) or None,
            "is_disposed": line.texts[STATE] or None,
        }
        for line in lines
    ]
    text = dict.fromkeys((*PLACE, *fields), pl.String())
    return pl.DataFrame(records, schema={**text, "row": pl.Int64()})


def _judged(rows: pl.DataFrame, lines: Sequence[Line], refusals_of: Judge) -> list[Fault]:
    """Return the faults of rows, in the columns of the form; values stay out where they may be personal."""
    keys = {line.row: _key(line) for line in lines}
    own = refusals_of(rows).join(rows.select(*PLACE), on=PLACE, how="semi")
    faults: list[Fault] = []
    for row in own.iter_rows(named=True):
        column = _TITLE_OF.get(row["column"]) or str(row["column"])
        shown = Problem(
            row["code"], row["reason"], row["fix"], row["reason"], row["fix"],
            file=row["file"], sheet=row["sheet"], row=row["row"], column=column,
            value=hide_numbers(row["value"])[:_SHOWN],
        )  # fmt: skip
        faults.append(Fault(shown, ENTRY.name, keys[row["row"]]))
    return faults

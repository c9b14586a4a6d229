"""A filled recusal workbook read back: every answer in it, or every mistake at once.

All or nothing: one mistake, and no answer of the workbook counts. Every locked cell is compared with
what was sent, because an answer is about the person and the object that were seen.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from onevisit.codes import hide_numbers
from onevisit.errors import RefusedError, problem
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.forms import Line, changed_cells, read_facts, read_form
from onevisit.marking import Fault, Filled
from onevisit.registries.recusal_workbook import ANSWER, ASKED, BY, NUMBER, REASON, TITLE, Asked, blocks_of
from onevisit.registries.suspicions import WORDS, Answer, Word

_WORDS: dict[str, Word] = {text: word for word, text in WORDS.items()}
_DIGEST_LENGTH = 16
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """What a filled workbook holds: new answers, or faults; with a fault nothing of it is recorded."""

    department: str
    answers: tuple[Answer, ...]
    """New ones, in the order of the workbook."""
    recorded_count: int
    """Answers in it that the logs hold already."""
    filled: Filled


def read_recusals(name: str, data: bytes, asked: Asked, *, channels: frozenset[str], by: str = "") -> Returned:
    """Return what a filled workbook holds.

    `channels` are those of all answers in the logs: a row that is in them is not answered again. `by`
    answered where the workbook names nobody.
    Raises RefusedError when the file is no workbook that was sent out for this year: R063 to R065, or
    what `read_sheets` refuses.
    """
    sheets = read_sheets(name, data)
    department = _department(name, sheets, asked)
    lines = read_form(ASKED, sheets)
    if isinstance(lines, str):
        raise RefusedError([problem("R063", file=name, detail=lines)])
    digest = f"workbook {hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]}"
    reader = _Reader(name, asked, digest, by)
    filled = [line for line in lines if line.texts[ANSWER] or line.texts[REASON]]
    fresh = [line for line in filled if reader.channel(line) not in channels and not reader.holds(line)]
    for line in fresh:
        reader.check(line)
    texts = {(ASKED.name, line.texts[NUMBER]): {title: line.texts[title] for title in ASKED.inputs} for line in lines}
    new = () if reader.faults else tuple(reader.answer(line) for line in fresh)
    return Returned(department, new, len(filled) - len(fresh), Filled(texts, tuple(reader.faults)))


class _Reader:
    def __init__(self, file: str, asked: Asked, digest: str, by: str) -> None:
        self.faults: list[Fault] = []
        self._file, self._year, self._digest, self._by = file, asked.year, digest, by
        self._sent = blocks_of(asked)
        rows = asked.suspicions.select("suspicion_id", "person_id", "object_id", "answer", "by", "why").iter_rows()
        self._known = {number: ((person, place), answer, by, why) for number, person, place, answer, by, why in rows}
        self._seen: dict[str, int] = {}

    def channel(self, line: Line) -> str:
        return f"{self._digest} {ASKED.name} row {line.row}"

    def answer(self, line: Line) -> Answer:
        number = line.texts[NUMBER]
        pair, *_ = self._known[number]
        return Answer(number, pair, _WORDS[line.texts[ANSWER]], self._by_of(line), _why(line), self.channel(line))

    def holds(self, line: Line) -> bool:
        """Tell whether the logs end with just what a line says."""
        known = self._known.get(line.texts[NUMBER])
        return known is not None and known[1:] == (_WORDS.get(line.texts[ANSWER]), self._by_of(line), _why(line))

    def check(self, line: Line) -> None:
        """Note what is wrong with a line."""
        number, answer = line.texts[NUMBER], line.texts[ANSWER]
        if number not in self._known:
            self._blame(line, "R069", NUMBER, value=number, year=self._year)
            return
        first = self._seen.setdefault(number, line.row)
        if first != line.row:
            self._blame(line, "R070", NUMBER, value=number, other=first)
        # What was answered since the workbook was sent is told in 原答复: no mistake of whoever fills it in.
        for title in changed_cells(ASKED, line, self._sent[number].lines[0], is_first=True):
            if title != "原答复":
                self._blame(line, "R047", title)
        if not answer:
            self._blame(line, "R071", ANSWER)
        elif answer not in _WORDS:
            self._blame(line, "R066", ANSWER, value=hide_numbers(answer), known="、".join(_WORDS))
        elif _WORDS[answer] == "withdrawn" and self._known[number][1] is None:
            self._blame(line, "R072", ANSWER, value=answer)
        if answer and not line.texts[REASON]:
            self._blame(line, "R067", REASON)
        if not self._by_of(line):
            self._blame(line, "R068", BY)

    def _by_of(self, line: Line) -> str:
        return line.texts[BY] or self._by

    def _blame(self, line: Line, code: str, column: str, *, value: str = "", **details: object) -> None:
        found = problem(
            code, file=self._file, sheet=ASKED.name, row=line.row, column=column, value=value[:_SHOWN], **details
        )
        self.faults.append(Fault(found, ASKED.name, line.texts[NUMBER]))


def _why(line: Line) -> str:
    return hide_numbers(line.texts[REASON])


def _department(name: str, sheets: Sequence[Sheet], asked: Asked) -> str:
    """Return whose workbook it is. Raises RefusedError when it is none of this year's."""
    facts = read_facts(sheets)
    if facts.get("表") != TITLE or not {"年度", "部门"} <= facts.keys():
        raise RefusedError([problem("R063", file=name, detail="缺少随表发出的隐藏工作表")])
    if facts["年度"] != str(asked.year):
        raise RefusedError([problem("R064", file=name, filed=facts["年度"], year=asked.year)])
    if asked.suspicions.is_empty():
        raise RefusedError([problem("R065", file=name, year=asked.year)])
    return facts["部门"]

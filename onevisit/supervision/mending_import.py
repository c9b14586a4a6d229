"""A filled 整改清单 read back: every answer in it, or every mistake at once.

All or nothing: one mistake, and no answer of the workbook counts. Every locked cell is compared with what was
sent, because an answer is about the problem that was seen.
"""

import datetime as dt
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from onevisit.codes import hide_numbers
from onevisit.errors import RefusedError, problem
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.forms import Line, changed_cells, read_facts, read_form
from onevisit.marking import Fault, Filled
from onevisit.supervision.mending import WORDS, Answer, Word
from onevisit.supervision.mending_workbook import (
    ANSWER,
    BY,
    MENDING,
    NUMBER,
    ON,
    TITLE,
    WHY,
    Sent,
    blocks_of,
)
from onevisit.text import parse_date

_WORDS: dict[str, Word] = {word: word for word in WORDS}
_SHOWN = 20
_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Returned:
    """What a filled workbook holds: new answers, or faults; with a fault nothing of it is recorded."""

    sent: Sent
    answers: tuple[Answer, ...]
    """New ones, in the order of the workbook."""
    recorded_count: int
    """Answers in it that the logs end with already."""
    filled: Filled


def read_mending(
    name: str, data: bytes, sent: Mapping[str, Sent], known: Mapping[str, Answer], *, year: int, today: dt.date
) -> Returned:
    """Return what a filled workbook holds; `sent` is by department, `known` by problem id.

    Raises RefusedError when the file is no workbook that was sent out for this year: S050, S051, or what
    `read_sheets` refuses.
    """
    sheets = read_sheets(name, data)
    facts = read_facts(sheets)
    if facts.get("表") != TITLE or not {"年度", "部门", "数据指纹"} <= facts.keys():
        raise RefusedError([problem("S050", file=name, detail="缺少随表发出的隐藏工作表")])
    own = sent.get(facts["部门"])
    if facts["年度"] != str(year) or own is None:
        raise RefusedError([problem("S051", file=name, filed=f"{facts['年度']}年度{facts['部门']}", year=year)])
    # The answers are about the data the workbook was made from, which may be older than the last review.
    own = replace(own, fingerprint=facts["数据指纹"])
    lines = _lines(name, sheets)
    reader = _Reader(name, f"workbook {hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]}", own, today)
    read = [reader.answer(line) for line in lines]
    faults = tuple(reader.faults)
    found = [one for one in read if one]
    fresh = tuple(one for one in found if not _is_recorded(one, known))
    texts = {
        (MENDING.name, line.texts[NUMBER]): {title: line.texts[title] for title in MENDING.inputs} for line in lines
    }
    return Returned(own, () if faults else fresh, len(found) - len(fresh), Filled(texts, faults))


def _lines(name: str, sheets: list[Sheet]) -> list[Line]:
    lines = read_form(MENDING, sheets)
    if isinstance(lines, str):
        raise RefusedError([problem("S050", file=name, detail=lines)])
    return lines


def _is_recorded(answer: Answer, known: Mapping[str, Answer]) -> bool:
    last = known.get(answer.problem_id)
    return last is not None and replace(last, channel=answer.channel) == answer


class _Reader:
    """Reads line by line and notes every mistake."""

    def __init__(self, file: str, digest: str, sent: Sent, today: dt.date) -> None:
        self._file, self._digest, self._sent, self._today = file, digest, sent, today
        self._blocks = blocks_of(sent)
        self._first_row: dict[str, int] = {}
        self.faults: list[Fault] = []

    def answer(self, line: Line) -> Answer | None:
        """Return the answer in a line; None where there is none, or a mistake."""
        # A blank line may be of a problem that was closed since, or told otherwise.
        if not any(line.texts[title] for title in MENDING.inputs):
            return None
        number, before = line.texts[NUMBER], len(self.faults)
        if number not in self._blocks:
            self._blame("S057", line, NUMBER, value=number)
            return None
        if number in self._first_row:
            self._blame("S059", line, NUMBER, value=number, other=self._first_row[number])
            return None
        self._first_row[number] = line.row
        # What stands of a problem may have changed since the workbook was sent.
        sent = {**self._blocks[number].lines[0], "整改状态": line.texts["整改状态"]}
        for title in changed_cells(MENDING, line, sent, is_first=True):
            self._blame("S056", line, title)
        word, mended_on = self._word(line), self._day(line)
        if len(self.faults) > before or word is None or mended_on is None:
            return None
        return Answer(
            problem_id=number,
            department=self._sent.department,
            word=word,
            by=line.texts[BY],
            why=hide_numbers(line.texts[WHY]),
            mended_on=mended_on,
            channel=f"{self._digest} {MENDING.name} row {line.row}",
            fingerprint=self._sent.fingerprint,
        )

    def _word(self, line: Line) -> Word | None:
        said = line.texts[ANSWER]
        if not said:
            self._blame("S058", line, ANSWER)
            return None
        word = _WORDS.get(said)
        if word is None:
            near = difflib.get_close_matches(said, WORDS, n=1, cutoff=0.4)
            hint = f"是不是“{near[0]}”？" if near else ""
            self._blame("S052", line, ANSWER, value=hide_numbers(said), known="、".join(WORDS), hint=hint)
            return None
        if word != WORDS[0] and not line.texts[WHY]:
            self._blame("S053", line, WHY, answer=word)
        if not line.texts[BY]:
            self._blame("S054", line, BY)
        return word

    def _day(self, line: Line) -> dt.date | None:
        if not line.texts[ANSWER]:
            return None
        try:
            day = parse_date(line.texts[ON])
        except ValueError:
            day = None
        if day is None or day > self._today:
            self._blame("S055", line, ON, value=hide_numbers(line.texts[ON]), today=self._today.isoformat())
            return None
        return day

    def _blame(self, code: str, line: Line, column: str, *, value: str = "", **details: object) -> None:
        found = problem(
            code,
            file=self._file,
            sheet=MENDING.name,
            row=line.row,
            column=column,
            value=value[:_SHOWN],
            year=self._sent.year,
            **details,
        )
        self.faults.append(Fault(found, MENDING.name, line.texts[NUMBER]))

"""A filled review workbook read back: every ruling in it, or every mistake at once.

All or nothing: one mistake, and nothing of the workbook is recorded. What is nobody's mistake is left
out and told, and the rest is taken: a question that changed or went since the workbook was made, and
one that somebody else answered since. Every locked cell is compared with what was sent, because a
ruling is about the values that were seen.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from onevisit.codes import hide_numbers
from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.forms import FIRST_ROW, Form, Line, changed_cells, read_facts, read_form
from onevisit.plan.answers import (
    Field,
    answer,
    answer_word,
    check_answer,
    check_merging,
    check_pair,
    is_said_already,
    named_row,
)
from onevisit.plan.questions import Question, pair_question
from onevisit.plan.review_forms import (
    FORMS,
    ITEMS,
    NO_PAIR,
    NUMBER,
    ONE,
    OTHER,
    OTHERS,
    PAIRS,
    WHY,
    Asked,
    AskedLine,
    Seal,
    answer_column_of,
    inputs_digest,
    key_of,
    lasting,
    lines_of,
    pair_line,
    parse_seal,
)
from onevisit.plan.review_workbook import SEAL, TITLE, Fault, Filled, PlanReview
from onevisit.plan.rulings import Ruling, Topic, needs_reason, subject_of
from onevisit.text import fold

_DIGEST_LENGTH = 16
_SHOWN = 20
_FACTS = {"年度", "计划指纹", "决定记录"}


@dataclass(frozen=True, slots=True)
class Returned:
    """What a filled workbook holds: new rulings, or mistakes; with a mistake nothing of it is recorded."""

    rulings: tuple[Ruling, ...]
    """New ones, in the order of the workbook."""
    recorded_count: int
    """Answers in it that the log holds already."""
    filled: Filled


def read_review(name: str, data: bytes, review: PlanReview, *, by: str = "") -> Returned:
    """Return what a filled workbook holds.

    `by` answered where the workbook names nobody. Raises RefusedError when the file is no workbook of
    this year's plan: P120 to P122, or what `read_sheets` refuses.
    """
    if PurePath(name).suffix.lower() != ".xlsx":
        raise RefusedError([problem("P122", file=name)])
    sheets = read_sheets(name, data)
    facts = _facts(name, sheets, review)
    reading = _Reading(name, hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH], review, facts, by=by)
    for form in FORMS:
        if form is OTHERS and not any(sheet.name == form.name for sheet in sheets):
            continue
        lines = read_form(form, sheets)
        if isinstance(lines, str):
            raise RefusedError([problem("P120", file=name, detail=lines)])
        reading.read(form, lines)
    return reading.returned()


def _facts(name: str, sheets: Sequence[Sheet], review: PlanReview) -> dict[str, str]:
    """Return what a workbook says of itself. Raises RefusedError when it is none of this year's."""
    facts = read_facts(sheets)
    if facts.get("表") != TITLE or not facts.keys() >= {"年度", "决定记录"} or not facts["决定记录"].isdigit():
        raise RefusedError([problem("P120", file=name, detail="缺少随表发出的隐藏工作表")])
    if facts["年度"] != str(review.year):
        raise RefusedError([problem("P121", file=name, filed=facts["年度"], year=review.year)])
    return facts


@dataclass(slots=True)
class _Read:
    """A line as it came back."""

    form: Form
    row: int
    texts: Mapping[str, str]
    key: tuple[str, ...]
    faults: list[Fault] = field(default_factory=list[Fault])

    @property
    def place(self) -> str:
        return f"“{self.form.name}”第{self.row}行"

    @property
    def is_filled(self) -> bool:
        return any(self.texts[title] for title in self.form.inputs)

    @property
    def answer_column(self) -> str:
        return answer_column_of(self.form)


@dataclass(frozen=True, slots=True)
class _Said:
    """A new answer, and the line it stands in."""

    read: _Read
    asked: Asked
    ruling: Ruling


class _Reading:
    """One workbook being read."""

    def __init__(self, file: str, digest: str, review: PlanReview, facts: Mapping[str, str], *, by: str) -> None:
        self._file, self._digest, self._tables, self._by = file, digest, review.tables, by
        self._record_count = int(facts["决定记录"])
        self._seals = _seals(facts)
        groups = lines_of(review.tables)
        self._lines = {form: {line.key: line for block in blocks for line in block} for form, blocks in groups.items()}
        rulings = review.tables.rulings.sort("log_year", "seq")
        self._last = {(row["topic"], row["subject"]): row for row in rulings.iter_rows(named=True)}
        self._channels = set(rulings["channel"])
        self._reads: list[_Read] = []
        self._touched: list[_Read] = []
        self._said: list[_Said] = []
        self._recorded_count = 0

    def read(self, form: Form, lines: Sequence[Line]) -> None:
        """Read every line of a form, and miss those that were sent and did not come back."""
        seals = self._seals.get(form.name, {})
        met: set[tuple[str, ...]] = set()
        for line in lines:
            read = _Read(form, line.row, line.texts, key_of(form, line.texts))
            met.add(read.key)
            self._reads.append(read)
            if form is PAIRS:
                self._read_pair(read, seals.get(read.key))
            else:
                self._read_line(read, seals.get(read.key))
        for row, (key, seal) in enumerate(seals.items(), start=FIRST_ROW):
            if key not in met and key in self._lines[form.name] and seal.asked != NO_PAIR:
                missing = _Read(form, row, dict.fromkeys(form.inputs, ""), key)
                self._reads.append(missing)
                self._blame(missing, form.key[0], problem("P124"))

    def returned(self) -> Returned:
        """Return what was read, after holding the answers against each other."""
        said = self._agreed()
        self._check_merging(said)
        faults = tuple(fault for read in self._reads for fault in read.faults)
        left_out = {(fault.form, fault.key) for fault in faults if fault.is_left_out}
        texts = {
            (read.form.name, read.key): {title: read.texts[title] for title in read.form.inputs}
            for read in self._touched
            if (read.form.name, read.key) not in left_out
        }
        filled = Filled(texts, faults)
        rulings = () if filled.mistakes else tuple(one.ruling for one in said)
        return Returned(rulings, self._recorded_count, filled)

    def _read_line(self, read: _Read, seal: Seal | None) -> None:
        if seal is None:
            self._blame(read, read.form.key[0], problem("P125", value=" ｜ ".join(read.key)))
            return
        is_touched = inputs_digest(read.form, read.texts) != seal.inputs
        line = self._lines[read.form.name].get(read.key)
        if line is None:
            if is_touched and read.is_filled:
                self._leave_out(read, read.answer_column, problem("P128"))
            return
        if seal.asked != line.seal.asked:
            if is_touched and any(self._is_new(one) for one in line.asked(read.texts, by=self._by)):
                self._leave_out(read, read.answer_column, problem("P127", changes=_changes(read, line)))
            return
        self._check_locked(read, line, seal)
        if is_touched:
            self._touched.append(read)
            self._take(read, line)

    def _read_pair(self, read: _Read, seal: Seal | None) -> None:
        """Read a line whose question the reviewer raises. Its number says nothing: what counts is the two plan rows."""
        if not read.is_filled or (seal and inputs_digest(read.form, read.texts) == seal.inputs):
            return
        one, other = (named_row(self._tables, fold(read.texts[title])) for title in (ONE, OTHER))
        read.key = self._pair_key(subject_of("pair", one, other))
        self._touched.append(read)
        if seal and seal.asked not in (NO_PAIR, subject_of("pair", one, other)):
            self._blame(read, ONE, problem("P133", sent=seal.asked.replace("|", " 与 ")))
            return
        columns: dict[Field, str] = {"one": ONE, "other": OTHER}
        flaws = check_pair(self._tables, one, other)
        for flaw in flaws:
            self._blame(read, columns[flaw.field], flaw.problem)
        if not flaws:
            self._take(read, pair_line(pair_question(self._tables, one, other), read.texts[NUMBER]))

    def _pair_key(self, subject: str) -> tuple[str, ...]:
        """Return the line a pair stands in by now: its own when it is ruled, else the next free one."""
        lines = self._lines[PAIRS.name]
        own = next((key for key, line in lines.items() if line.seal.asked == subject), None)
        if own:
            return own
        taken = {read.key for read in self._touched if read.form is PAIRS}
        free = (key for key, line in lines.items() if line.seal.asked == NO_PAIR and key not in taken)
        return next(free, (f"{subject.replace('|', ' 与 ')}",))

    def _take(self, read: _Read, line: AskedLine) -> None:
        """Take the answers of a line that somebody wrote in."""
        asked = line.asked(read.texts, by=self._by)
        given = [one for one in asked if one.reply.word]
        blanked = [one for one in asked if not one.reply.word and self._was_shown(one.question)]
        for one in blanked:
            shown = one.question.standing.word if one.question.standing else ""
            self._blame(read, one.columns["answer"], problem("P131", word=shown))
        if not given and not blanked and (read.texts[WHY] or read.texts.get(ITEMS)):
            known = "、".join(asked[0].question.choices)
            self._blame(read, read.answer_column, problem("P110", known=known))
        fresh = [one for one in given if self._is_new(one) and self._channel(read) not in self._channels]
        if not fresh and given and read.texts[WHY] not in ("", line.texts[WHY]):
            fresh = self._with_other_reason(read, given)
        self._recorded_count += len(given) - len(fresh)
        for one in fresh:
            self._rule(read, one)

    def _with_other_reason(self, read: _Read, given: Sequence[Asked]) -> list[Asked]:
        """Return the answers a line gives again, for another reason than before."""
        if self._channel(read) in self._channels:
            return []
        needing = [one for one in given if needs_reason(one.question.topic, one.question.choices[one.reply.word])]
        return needing or list(given[:1])

    def _rule(self, read: _Read, one: Asked) -> None:
        if since := self._answered_since(one):
            word = answer_word(since["topic"], since["answer"])
            said = problem(
                "P129",
                value=one.reply.word,
                by=since["by"],
                at=since["at"][:16].replace("T", " "),
                word=f"{word}：{since['value']}" if since["value"] else word,
                number=since["seq"],
            )
            self._leave_out(read, one.columns["answer"], said)
            return
        flaws: list[tuple[Field, Problem]] = [
            (flaw.field, flaw.problem) for flaw in check_answer(one.question, one.reply)
        ]
        if _keeps_old_reason(one):
            flaws.append(("why", problem("P132", answer=one.reply.word)))
        for name, found in flaws:
            self._blame(read, one.columns[name], found)
        if not flaws:
            ruling = answer(one.question, one.reply, role="reviewer", channel=self._channel(read))
            self._said.append(_Said(read, one, ruling))

    def _agreed(self) -> list[_Said]:
        """Return the answers, one a question; a question answered twice, and differently, is noted in both places."""
        first: dict[tuple[Topic, str], _Said] = {}
        for one in self._said:
            earlier = first.setdefault(one.asked.question.key, one)
            if (earlier.ruling.answer, earlier.ruling.value) != (one.ruling.answer, one.ruling.value):
                for this, that in ((earlier, one), (one, earlier)):
                    other = f"{that.read.place}是“{that.asked.reply.word}”"
                    found = problem("P126", value=this.asked.reply.word, other=other)
                    self._blame(this.read, this.asked.columns["answer"], found)
        return list(first.values())

    def _check_merging(self, said: Sequence[_Said]) -> None:
        """Note rulings that rows go together, or stay apart, which contradict those in effect or those above them."""
        placed = [(one.ruling, f"本表{one.read.place}") for one in said]
        for one, found in zip(said, check_merging(self._tables.rulings, placed), strict=True):
            if found:
                self._blame(one.read, one.asked.columns["answer"], found)

    def _check_locked(self, read: _Read, line: AskedLine, seal: Seal) -> None:
        """Note the locked cells that are not as sent; of a line that looks otherwise by now those that last."""
        changed = changed_cells(read.form, Line(read.row, read.texts), line.texts, is_first=True)
        looked_at = read.form.locked if seal.locked == line.seal.locked else lasting(read.form)
        for title in changed:
            if title in looked_at:
                sent = line.texts.get(title, "").replace("\n", "")
                self._blame(read, title, problem("P123", column=title, sent=sent))

    def _is_new(self, one: Asked) -> bool:
        return bool(one.reply.word) and not is_said_already(one.question, one.reply)

    def _was_shown(self, question: Question) -> bool:
        """Tell whether the workbook, as it was sent, showed the ruling on a question that is in effect now."""
        standing = question.standing
        if standing is None or not question.is_asked:
            return False
        return standing.log_year < self._tables.year or standing.seq <= self._record_count

    def _answered_since(self, one: Asked) -> Mapping[str, Any] | None:
        """Return what somebody else said of a question since the workbook was made."""
        last = self._last.get(one.question.key)
        if last is None or last["log_year"] != self._tables.year or last["seq"] <= self._record_count:
            return None
        return last if last["by"] != one.reply.by else None

    def _channel(self, read: _Read) -> str:
        return f"workbook {self._digest} {read.form.name} row {read.row}"

    def _blame(self, read: _Read, column: str, found: Problem) -> None:
        """Note a mistake in a cell of a line."""
        read.faults.append(Fault(self._placed(read, column, found), read.form.name, read.key))

    def _leave_out(self, read: _Read, column: str, found: Problem) -> None:
        said = "；".join(f"{title} {read.texts[title]}" for title in read.form.inputs if read.texts[title])
        read.faults.append(Fault(self._placed(read, column, found), read.form.name, read.key, said=hide_numbers(said)))

    def _placed(self, read: _Read, column: str, found: Problem) -> Problem:
        return replace(
            found,
            file=self._file,
            sheet=read.form.name,
            row=read.row,
            column=column,
            value=hide_numbers(found.value)[:_SHOWN],
        )


def _seals(facts: Mapping[str, str]) -> dict[str, dict[tuple[str, ...], Seal]]:
    """Return sheet -> key -> seal, in the order in which the lines were sent."""
    seals: dict[str, dict[tuple[str, ...], Seal]] = {}
    for name, text in facts.items():
        mark, *parts = name.split("|")
        if mark == SEAL and len(parts) > 1:
            seals.setdefault(parts[0], {})[tuple(parts[1:])] = parse_seal(text)
    return seals


def _changes(read: _Read, line: AskedLine) -> str:
    """Return in Chinese what of a question changed since it was sent."""
    changed = changed_cells(read.form, Line(read.row, read.texts), line.texts, is_first=True)
    shown = [
        f"“{title}”原来是“{_bare(read.texts[title])}”，现在是“{_bare(line.texts.get(title, ''))}”"
        for title in changed
        if title in lasting(read.form)
    ]
    return "；".join(shown) or "所依据的内容有变动"


def _bare(text: str) -> str:
    return text.replace("\n", "")


def _keeps_old_reason(one: Asked) -> bool:
    """Tell whether an answer changed and its reason did not."""
    standing, chosen = one.question.standing, one.question.choices.get(one.reply.word)
    if standing is None or chosen is None or not needs_reason(one.question.topic, chosen):
        return False
    return chosen != standing.answer and one.reply.why != "" and one.reply.why == standing.why

"""A filled review workbook read back: every judgement in it, or every mistake at once.

All or nothing: one mistake, and no judgement of the workbook counts. Every locked cell is compared
with what was sent, because a judgement is about the values that were seen.
"""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from onevisit.codes import hide_numbers
from onevisit.errors import RefusedError, problem
from onevisit.filings.sheets import Sheet, read_sheets
from onevisit.forms import Block, Form, Line, changed_cells, read_facts, read_form
from onevisit.marking import Fault, Filled
from onevisit.registries.judgements import (
    WORDS,
    Judgement,
    Pair,
    Ruling,
    Rulings,
    described,
    descriptions,
    in_effect,
    pair_of,
)
from onevisit.registries.review_workbook import (
    JUDGE,
    JUDGED,
    JUDGEMENT,
    NUMBER,
    PAIRS,
    REASON,
    SIDE,
    SIDES,
    TITLE,
    Review,
    blocks_of_pairs,
    judged_line,
)

_RULINGS: dict[str, Ruling] = {word: ruling for ruling, word in WORDS.items()}
_DIGEST_LENGTH = 16
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """What a filled workbook holds: new judgements, or faults; with a fault nothing of it is recorded."""

    department: str
    judgements: tuple[Judgement, ...]
    """New ones, in the order of the workbook."""
    recorded_count: int
    """Judgements in it that the logs hold already."""
    filled: Filled


def read_review(name: str, data: bytes, review: Review, *, channels: frozenset[str], by: str = "") -> Returned:
    """Return what a filled workbook holds.

    `channels` are those of all judgements in the logs: a row that is in them is not judged again.
    `by` judged where the workbook names nobody.
    Raises RefusedError when the file is no workbook that was sent out for this year: R041 to R043, or
    what `read_sheets` refuses.
    """
    sheets = read_sheets(name, data)
    department = _department(name, sheets, review)
    digest = f"workbook {hashlib.sha256(data).hexdigest()[:_DIGEST_LENGTH]}"
    known = _Known(review)
    answers = [answer for form in (PAIRS, JUDGED) for answer in _answers(form, sheets, file=name, digest=digest, by=by)]
    fresh = [answer for answer in answers if answer.channel not in channels and not known.holds(answer)]
    recorded_count = len(answers) - len(fresh)
    if any(answer.channel in channels for answer in answers) and not any(answer.ruling for answer in fresh):
        # Read whole before. The registers may have changed since: that is no mistake of this file.
        return Returned(department, (), recorded_count, Filled())
    for answer in fresh:
        _check(answer, known)
    judged = _judged(fresh, known)
    _check_contradictions(judged, known)
    texts = {(one.form.name, one.pair_id): {title: one.text(title) for title in one.form.inputs} for one in answers}
    faults = tuple(fault for answer in fresh for fault in sorted(answer.faults, key=lambda one: one.problem.row))
    new = () if faults else tuple(judgement for _, judgement in judged)
    return Returned(department, new, recorded_count, Filled(texts, faults))


@dataclass(slots=True)
class _Answer:
    """What was filled in for one pair in one place: the lines of the pair that stand together."""

    form: Form
    lines: dict[str, Line]
    """甲 and 乙 -> line; of 已判断 the one line, under the empty text."""
    file: str
    digest: str
    default_by: str
    faults: list[Fault] = field(default_factory=list[Fault])

    @property
    def first(self) -> Line:
        return next(iter(self.lines.values()))

    @property
    def pair_id(self) -> str:
        return self.first.texts[NUMBER]

    @property
    def channel(self) -> str:
        return f"{self.digest} {self.form.name} row {self.first.row}"

    @property
    def place(self) -> str:
        return f"“{self.form.name}”第{self.first.row}行"

    def text(self, title: str) -> str:
        """Return what was filled in; where a joint cell was taken apart, in whichever line it stands."""
        return next((line.texts[title] for line in self.lines.values() if line.texts[title]), "")

    @property
    def ruling(self) -> Ruling | None:
        return _RULINGS.get(self.text(JUDGEMENT))

    @property
    def by(self) -> str:
        return self.text(JUDGE) or self.default_by

    @property
    def why(self) -> str:
        return hide_numbers(self.text(REASON))

    def blame(self, code: str, column: str, *, side: str = "", value: str = "", **details: object) -> None:
        """Note a mistake; it stands in a side's line, or in the first where the cell is of both."""
        row = self.lines.get(side, self.first).row
        found = problem(
            code, file=self.file, sheet=self.form.name, row=row, column=column, value=value[:_SHOWN], **details
        )
        line = list(SIDES).index(side) if side in SIDES else 0
        self.faults.append(Fault(found, self.form.name, self.pair_id, line))


class _Known:
    """What a review knows, looked up by pair number and record."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.sent: dict[str, Block] = blocks_of_pairs(review.pairs)
        frames = (frame.select("pair_id", "left_key", "right_key") for frame in (review.judgements, review.pairs))
        self.pairs = {number: pair_of(left, right) for frame in frames for number, left, right in frame.iter_rows()}
        """Pair number -> record keys, of what is asked this year and of what was ever judged."""
        self.asked = {*self.sent, *review.judgements.filter(log_year=review.year)["pair_id"]}
        """Pairs that were in this year's workbooks: judged and recorded, a pair is asked no more."""

    @cached_property
    def last(self) -> dict[Pair, tuple[str, str, str]]:
        """Pair -> its last judgement: ruling, who, why."""
        held = self.review.judgements.filter("is_in_effect")
        rows = held.select("left_key", "right_key", "judgement", "by", "why").iter_rows()
        return {(left, right): (ruling, by, why) for left, right, ruling, by, why in rows}

    @cached_property
    def shown(self) -> dict[str, list[dict[str, str]]]:
        """Pair number -> every line that 已判断 ever showed of it."""
        sources = {row["record_key"]: row for row in self.review.sources.iter_rows(named=True)}
        lines: dict[str, list[dict[str, str]]] = {}
        for row in self.review.judgements.iter_rows(named=True):
            lines.setdefault(row["pair_id"], []).append(judged_line(row, sources))
        return lines

    @cached_property
    def trusted(self) -> dict[str, str]:
        """Record -> its trusted code."""
        rows = self.review.sources.filter("is_code_trusted").select("record_key", "code").iter_rows()
        return {key: code for key, code in rows if code}

    def holds(self, answer: _Answer) -> bool:
        """Tell whether the logs end with just what an answer says."""
        pair = self.pairs.get(answer.pair_id)
        return pair is not None and self.last.get(pair) == (answer.ruling, answer.by, answer.why)

    def two_codes(self, pair: Pair) -> tuple[str, str] | None:
        """Return the trusted codes of two records when both have one and they differ."""
        left, right = (self.trusted.get(key, "") for key in pair)
        return (left, right) if left and right and left != right else None


def _department(name: str, sheets: Sequence[Sheet], review: Review) -> str:
    """Return whose workbook it is. Raises RefusedError when it is none of this year's."""
    facts = read_facts(sheets)
    if facts.get("表") != TITLE or not {"年度", "部门"} <= facts.keys():
        raise RefusedError([problem("R041", file=name, detail="缺少随表发出的隐藏工作表")])
    if facts["年度"] != str(review.year):
        raise RefusedError([problem("R042", file=name, filed=facts["年度"], year=review.year)])
    if review.pairs.is_empty() and review.judgements.is_empty():
        raise RefusedError([problem("R043", file=name, year=review.year)])
    return facts["部门"]


def _answers(form: Form, sheets: Sequence[Sheet], *, file: str, digest: str, by: str) -> list[_Answer]:
    lines = read_form(form, sheets)
    if isinstance(lines, str):
        raise RefusedError([problem("R041", file=file, detail=lines)])
    answers: list[_Answer] = []
    for line in lines:
        side = line.texts.get(SIDE, "")
        if answers and answers[-1].pair_id == line.texts[NUMBER] and side not in answers[-1].lines:
            answers[-1].lines[side] = line
        else:
            answers.append(_Answer(form, {side: line}, file, digest, by))
    return answers


def _check(answer: _Answer, known: _Known) -> None:
    """Note what is wrong with an answer by itself."""
    if answer.pair_id not in (known.asked if answer.form is PAIRS else known.shown):
        answer.blame("R048", NUMBER, value=answer.pair_id, year=known.review.year)
        return
    _check_locked(answer, known)
    judgement = answer.text(JUDGEMENT)
    if not judgement:
        if answer.why:
            answer.blame("R052", JUDGEMENT)
        return
    if answer.ruling is None:
        near = difflib.get_close_matches(judgement, _RULINGS, n=1, cutoff=0.4)
        hint = f"是不是“{near[0]}”？" if near else ""
        answer.blame("R044", JUDGEMENT, value=hide_numbers(judgement), known="、".join(_RULINGS), hint=hint)
    else:
        _check_grounds(answer, answer.ruling, known)
    if not answer.by:
        answer.blame("R046", JUDGE)


def _check_locked(answer: _Answer, known: _Known) -> None:
    """Note the locked cells that are not as sent. Their value stays out of the message: it may be personal."""
    for side, line in answer.lines.items():
        if answer.form is PAIRS and side not in SIDES:
            answer.blame("R047", SIDE)
            continue
        changed = [changed_cells(answer.form, line, sent, is_first=side != "乙") for sent in _sent(answer, side, known)]
        # 已判断 may have been sent with any judgement that ever held: the one that is nearest counts.
        for title in min(changed, key=len) if changed else ():
            answer.blame("R047", title, side=side)


def _sent(answer: _Answer, side: str, known: _Known) -> Sequence[Mapping[str, str]]:
    if answer.form is JUDGED:
        return known.shown[answer.pair_id]
    block = known.sent.get(answer.pair_id)
    return [block.lines[list(SIDES).index(side)]] if block else []


def _check_grounds(answer: _Answer, ruling: Ruling, known: _Known) -> None:
    """Note what a judgement lacks: something to take back, or its reason."""
    pair = known.pairs[answer.pair_id]
    if ruling == "withdrawn" and known.last.get(pair, ("withdrawn",))[0] == "withdrawn":
        answer.blame("R053", JUDGEMENT, value=WORDS[ruling])
    if ruling == "unsure" or answer.why:
        return
    if ruling == "same" and (codes := known.two_codes(pair)):
        answer.blame("R051", REASON, left=codes[0], right=codes[1])
    else:
        answer.blame("R045", REASON, judgement=WORDS[ruling])


def _judged(answers: Sequence[_Answer], known: _Known) -> list[tuple[_Answer, Judgement]]:
    """Return the judgements, one a pair; a pair that is judged twice, and differently, is noted in both places."""
    first: dict[str, tuple[_Answer, Judgement]] = {}
    for answer in answers:
        if answer.ruling is None or answer.pair_id not in known.pairs:
            continue
        earlier, judgement = first.setdefault(answer.pair_id, (answer, _judgement(answer, answer.ruling, known)))
        if judgement.ruling != answer.ruling:
            for this, that in ((earlier, answer), (answer, earlier)):
                other = f"{that.place}“{that.text(JUDGEMENT)}”"
                this.blame("R049", JUDGEMENT, value=this.text(JUDGEMENT), other=other)
    return list(first.values())


def _judgement(answer: _Answer, ruling: Ruling, known: _Known) -> Judgement:
    pair = known.pairs[answer.pair_id]
    return Judgement(
        pair_id=answer.pair_id,
        pair=pair,
        ruling=ruling,
        by=answer.by,
        why=answer.why,
        channel=answer.channel,
        is_two_codes=ruling == "same" and known.two_codes(pair) is not None,
    )


def _check_contradictions(judged: Sequence[tuple[_Answer, Judgement]], known: _Known) -> None:
    """Note the judgements that cannot stand beside those in effect, or beside those above them."""
    anew = {judgement.pair for _, judgement in judged}
    held = in_effect(known.review.judgements)
    names, rulings = descriptions(held), Rulings()
    for left, right, ruling in held.select("left_key", "right_key", "judgement").iter_rows():
        if (left, right) not in anew and ruling != "unsure":
            rulings.add((left, right), is_same=ruling == "same")
    for answer, one in judged:
        if one.ruling not in ("same", "different"):
            continue
        this, is_same = described(one.pair_id, one.pair, one.ruling, f"本表{answer.place}"), one.ruling == "same"
        if against := rulings.against(one.pair, is_same=is_same):
            others = "；".join(names[pair] for pair in against)
            answer.blame("R050", JUDGEMENT, value=answer.text(JUDGEMENT), this=this, others=others)
        else:
            rulings.add(one.pair, is_same=is_same)
            names[one.pair] = this

"""Answers to what a plan asks (`questions.py`): read, checked, and made into rulings, whichever way they came.

The workbook and the review page both come here, so that one rule holds for both. What is wrong is
told by the field it is in; an answer with anything wrong is no ruling.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

import polars as pl

from onevisit.codes import hide_numbers
from onevisit.decisions import Role
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.caps import over_cap, settled
from onevisit.plan.questions import PlanTables, Question, Wanted, window_text
from onevisit.plan.ratios import parse_ratio
from onevisit.plan.rulings import ANSWERS, TITLES, WITHDRAWN, Answer, Ruling, Topic, needs_reason, parts_of, ruled
from onevisit.plan.windows import parse_window
from onevisit.registries.judgements import Pair, Rulings, pair_of
from onevisit.text import fold, split_list, squeeze

Field = Literal["answer", "value", "why", "by", "one", "other"]
"""What a problem is about: a field of a reply, or one of two plan rows named by the reviewer."""

_TOGETHER = frozenset({"accept", "must"})
_MERGING: tuple[Topic, ...] = ("merge", "pair")

_BARE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody put down, as text: the word of the answer, and the rest."""

    word: str = ""
    value: str = ""
    why: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a reply, and in which field; the problem has no place yet."""

    field: Field
    problem: Problem


def check_answer(question: Question, reply: Reply) -> list[Flaw]:
    """Return everything that is wrong with a reply, in the order of its fields."""
    answer = question.choices.get(reply.word)
    flaws: list[Flaw] = []
    if answer is None:
        flaws.append(Flaw("answer", _unknown(reply.word, question)))
    elif answer == "withdrawn" and question.standing is None:
        flaws.append(Flaw("answer", problem("P104", value=reply.word)))
    else:
        flaws += [Flaw("value", one) for one in _check_value(question.wanted, answer, reply)]
        if needs_reason(question.topic, answer) and not reply.why:
            flaws.append(Flaw("why", problem("P101", answer=reply.word)))
    if not reply.by:
        flaws.append(Flaw("by", problem("P102")))
    return flaws


def answer(question: Question, reply: Reply, *, role: Role, channel: str) -> Ruling:
    """Return the ruling that a reply makes. Raises RefusedError with everything `check_answer` finds."""
    if flaws := check_answer(question, reply):
        raise RefusedError([flaw.problem for flaw in flaws])
    chosen = question.choices[reply.word]
    return Ruling(
        topic=question.topic,
        subject=question.subject,
        answer=chosen,
        by=reply.by,
        role=role,
        why=hide_numbers(reply.why),
        value=question.basis or read_value(question.wanted, chosen, reply.value),
        channel=channel,
    )


def is_said_already(question: Question, reply: Reply) -> bool:
    """Tell whether the ruling in effect gives just this answer, whoever gave it and why."""
    standing, answer = question.standing, question.choices.get(reply.word)
    if standing is None or answer != standing.answer:
        return False
    try:
        return read_value(question.wanted, standing.answer, reply.value) == standing.value
    except RefusedError:
        return False


def read_value(wanted: Wanted | None, answer: Answer, text: str) -> str:
    """Return a value as a ruling holds it, empty where the answer takes none. Raises RefusedError without a place."""
    if wanted is None or answer not in wanted.answers:
        return ""
    if wanted.kind == "ratio":
        return _read_ratio(wanted, text)
    if wanted.kind == "window":
        return window_text(*parse_window(text, wanted.year))
    return _read_items(wanted, text)


def named_row(tables: PlanTables, text: str) -> str:
    """Return the plan row somebody named: as typed where there is such a row, else in capitals."""
    return text if text in tables.submitted["plan_row_id"] else text.upper()


def check_pair(tables: PlanTables, one: str, other: str) -> list[Flaw]:
    """Return what is wrong with two plan rows somebody wants merged, or kept apart."""
    known: Sequence[str] = tables.submitted["plan_row_id"].to_list()
    named: tuple[tuple[Field, str], ...] = (("one", one), ("other", other))
    flaws = [Flaw(side, _unknown_row(row_id, known)) for side, row_id in named if row_id not in known]
    if not flaws and one == other:
        flaws.append(Flaw("other", problem("P106", value=other)))
    return flaws


def check_merging(table: pl.DataFrame, said: Sequence[tuple[Ruling, str]]) -> list[Problem | None]:
    """Return for each new ruling that rows go together, or stay apart, what it contradicts (P130), if anything.

    It is held against the rulings in effect of `table`, which is `Rulings`, those aside that are ruled anew,
    and against the new ones before it. A new one comes with the place it stands in, if it has one.
    """
    anew = {(ruling.topic, ruling.subject) for ruling, _ in said}
    known, names = Rulings(), dict[Pair, str]()
    for row in ruled(table, *_MERGING).iter_rows(named=True):
        if (row["topic"], row["subject"]) not in anew:
            where = f"{row['log_year']}年决定记录第{row['seq']}条"
            _add(known, names, row["topic"], row["subject"], row["answer"], where=where)
    return [_contradicted(known, names, ruling, where) for ruling, where in said]


def answer_word(topic: Topic, answer: str) -> str:
    """Return an answer as officials choose it."""
    words: dict[str, str] = {**ANSWERS[topic], "withdrawn": WITHDRAWN}
    return words[answer]


def _contradicted(known: Rulings, names: dict[Pair, str], ruling: Ruling, where: str) -> Problem | None:
    if ruling.topic not in _MERGING or ruling.answer == "withdrawn":
        return None
    against = _add(known, names, ruling.topic, ruling.subject, ruling.answer, where=where)
    if not against:
        return None
    this = _described(ruling.topic, ruling.subject, ruling.answer, where)
    return problem("P130", value=answer_word(ruling.topic, ruling.answer), this=this, others="；".join(against))


def _add(known: Rulings, names: dict[Pair, str], topic: Topic, subject: str, word: str, *, where: str) -> list[str]:
    """Add a ruling on merging; return the rulings it contradicts, named, and add nothing then."""
    is_same = word in _TOGETHER
    pairs = _pairs(parts_of(topic, subject), is_same=is_same)
    against = [names[one] for pair in pairs for one in known.against(pair, is_same=is_same)]
    if not against:
        for pair in pairs:
            known.add(pair, is_same=is_same)
            names[pair] = _described(topic, subject, word, where)
    return list(dict.fromkeys(against))


def _pairs(sides: Sequence[Sequence[str]], *, is_same: bool) -> Sequence[Pair]:
    """Return the pairs of plan rows that a ruling puts together, or keeps apart."""
    if not is_same:
        return [pair_of(one, other) for one, other in product(*sides)]
    first, *others = [row for side in sides for row in side]
    return [pair_of(first, other) for other in others]


def _described(topic: Topic, subject: str, word: str, where: str) -> str:
    named = f"{TITLES[topic]}（{subject.replace('|', ' 与 ')}）{answer_word(topic, word)}"
    return f"{named}（{where}）" if where else named


def _check_value(wanted: Wanted | None, answer: Answer, reply: Reply) -> Iterable[Problem]:
    if wanted is None or answer not in wanted.answers:
        return [problem("P107", value=reply.value[:_SHOWN], answer=reply.word)] if reply.value else []
    try:
        read_value(wanted, answer, reply.value)
    except RefusedError as refused:
        return refused.problems
    return []


def _read_ratio(wanted: Wanted, text: str) -> str:
    folded = squeeze(text)
    if _BARE.fullmatch(folded) and 0 < Fraction(folded) < 1:
        raise RefusedError([problem("P103", value=folded, percent=f"{float(Fraction(folded) * 100):g}%")])
    ratio, limit = parse_ratio(text, wanted.rules.class_multipliers), wanted.limit
    if limit and limit.is_capped:
        found = over_cap(settled(ratio, limit.counts), limit.counts, limit.item_max_bp, wanted.rules)
        if found:
            raise RefusedError([found])
    return fold(text)


def _read_items(wanted: Wanted, text: str) -> str:
    codes = [code.upper() for code in split_list(text)]
    if not codes:
        raise RefusedError([problem("P108", department=wanted.department)])
    unknown = [_unknown_item(code, wanted) for code in codes if code not in wanted.items]
    if unknown:
        raise RefusedError(unknown)
    return "、".join(sorted(codes))


def _unknown_item(code: str, wanted: Wanted) -> Problem:
    near = difflib.get_close_matches(code, wanted.items, n=1, cutoff=0.75)
    hint = f"是不是“{near[0]}　{wanted.items[near[0]]}”？" if near else ""
    return problem("P105", value=code[:_SHOWN], department=wanted.department, hint=hint)


def _unknown(word: str, question: Question) -> Problem:
    if not word:
        return problem("P110", known="、".join(question.choices))
    near = difflib.get_close_matches(word, question.choices, n=1, cutoff=0.4)
    hint = f"是不是“{near[0]}”？" if near else ""
    return problem("P100", value=hide_numbers(word)[:_SHOWN], known="、".join(question.choices), hint=hint)


def _unknown_row(row_id: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(row_id.upper(), known, n=1, cutoff=0.75)
    return problem("P109", value=row_id[:_SHOWN], hint=f"是不是“{near[0]}”？" if near else "")

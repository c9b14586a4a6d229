"""What people do to the plan, each recorded in the decision log in one append: answer, sign, take back.

The page and the command line come here. What may be answered and signed is said in `onevisit/plan/`;
here is that nobody answers or signs what they did not see.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from onevisit.decisions import Entry
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.answers import Reply, answer, check_merging, check_pair, is_said_already
from onevisit.plan.questions import Question, pair_question
from onevisit.plan.rulings import ANSWERS, Answer, Ruling, Topic, entry_of, parts_of
from onevisit.plan.schemes import word_on
from onevisit.plan.signoff import Signature, approve_entry, withdraw_entry
from pipelines.review.access import Person
from pipelines.review.desk import Desk, View

T = TypeVar("T")

PAGE = "review page"
COMMAND_LINE = "command line"

_SHORT = 12
"""Digits of a fingerprint that people read and compare."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question as it stood when somebody looked at it."""

    topic: Topic
    subject: str
    reply: Reply
    seen: str
    """What `seen_of` returned for the question then."""


def seen_of(question: Question) -> str:
    """Return what an answer rests on: the question's facts and the ruling in effect."""
    standing = question.standing
    return f"{question.digest}:{standing.log_year}-{standing.seq}" if standing else f"{question.digest}:"


def question_of(view: View, topic: Topic, subject: str) -> Question | None:
    """Return a question of the plan, or one a reviewer may raise: whether two plan rows go together."""
    found = view.by_key.get((topic, subject))
    if found or topic != "pair" or subject.count("|") != 1:
        return found
    one, other = (part[0] for part in parts_of("pair", subject))
    return None if check_pair(view.tables, one, other) else pair_question(view.tables, one, other)


def answer_questions(desk: Desk, person: Person, answers: Sequence[Answered], then: Callable[[View], T]) -> T:
    """Record answers, all of them or none; return what `then` makes of the desk after.

    The same answer given twice is recorded once. Raises RefusedError: what `answer` refuses; P095 somebody
    ruled in between, P096 the question changed, P097 it is gone; P130 it contradicts other rulings; C005, P060.
    """

    def make(view: View) -> tuple[list[Entry], Callable[[View], T]]:
        said: list[Ruling] = []
        problems: list[Problem] = []
        for one in answers:
            try:
                said += _ruled(view, person, one)
            except RefusedError as refused:
                problems += refused.problems
        problems += filter(None, check_merging(view.tables.rulings, [(one, "") for one in said]))
        if problems:
            raise RefusedError(problems)
        return [_entry(desk, view, one) for one in said], then

    return desk.record(make)


def speak(desk: Desk, person: Person, task_id: str, *, word: str, why: str, seen: str) -> None:
    """Record what a participant's department says of a joint task's scheme.

    `seen` is what the state of the scheme was named by when it was looked at. Raises RefusedError: P096 it
    changed since, P100 no such answer, what `word_on` refuses, C005, P060.
    """
    answers: dict[str, Answer] = {text: answer for answer, text in ANSWERS["scheme"].items()}

    def make(view: View) -> tuple[list[Entry], Callable[[View], None]]:
        if word not in answers:
            raise RefusedError([problem("P100", value=word[:20], known="、".join(answers), hint="")])
        own = {row["task_id"]: scheme_seen(row) for row in scheme_rows(view, person.department)}
        # Numbers of tasks nobody signed yet may go to other tasks with the next run.
        if own.get(task_id, seen) != seen:
            raise RefusedError([problem("P096")])
        said = word_on(view.words, task_id, person.department, answers[word], by=person.by, why=why, channel=PAGE)
        return [_entry(desk, view, said)], lambda after: None

    desk.record(make)


def scheme_rows(view: View, department: str) -> list[dict[str, Any]]:
    """Return the schemes a department takes part in, with what it said of each; first what waits for it."""
    own = view.words.filter(department=department)
    return own.sort(pl.col("state") != "waiting", "task_id").to_dicts()


def scheme_seen(row: Mapping[str, Any]) -> str:
    """Return what names the state of a scheme: its content and the last word on it."""
    return f"{row['subject']}:{row['record'] or ''}"


def sign(desk: Desk, person: Person, *, seen: str, why: str = "", public_note: str = "", channel: str) -> None:
    """Record a review or an approval, as the person's role is.

    `seen` is the fingerprint the person looked at, or its first digits, twelve or more. Raises
    RefusedError: P094 the plan changed since, what `approve_entry` and the plan's state refuse, C005, P060.
    """

    def make(view: View) -> tuple[list[Entry], Callable[[View], None]]:
        is_same = len(seen) >= _SHORT and view.fingerprint.startswith(seen)
        changed = [] if is_same else [problem("P094", before=seen[:_SHORT], after=view.fingerprint[:_SHORT])]
        signature = signature_of(desk, person, why=why, public_note=public_note, channel=channel)
        entry = approve_entry(
            view.log,
            view.fingerprint,
            signature,
            year=view.year,
            told=view.told,
            blockers=[*changed, *view.blockers],
        )
        return [entry], lambda after: None

    desk.record(make)


def withdraw(desk: Desk, person: Person, *, why: str, channel: str) -> None:
    """Record that a review or an approval is taken back.

    Raises RefusedError: what `withdraw_entry` refuses, C005, P060.
    """

    def make(view: View) -> tuple[list[Entry], Callable[[View], None]]:
        signature = signature_of(desk, person, why=why, channel=channel)
        return [withdraw_entry(view.log, view.fingerprint, signature, year=view.year)], lambda after: None

    desk.record(make)


def _ruled(view: View, person: Person, one: Answered) -> list[Ruling]:
    question = question_of(view, one.topic, one.subject)
    if question is None:
        raise RefusedError([problem("P097")])
    if seen_of(question) != one.seen:
        # Sent twice, by a second click or a reload: the first time is what counts.
        if is_said_already(question, one.reply) and question.standing and question.standing.by == person.by:
            return []
        raise RefusedError([_changed(question, one)])
    return [answer(question, one.reply, role=person.role, channel=PAGE)]


def _entry(desk: Desk, view: View, ruling: Ruling) -> Entry:
    is_demonstration = desk.county.demonstration is not None
    return entry_of(ruling, fingerprint=view.fingerprint, at=desk.now(), is_demonstration=is_demonstration)


def _changed(question: Question, one: Answered) -> Problem:
    standing = question.standing
    if standing is None or one.seen == f"{one.seen.split(':')[0]}:{standing.log_year}-{standing.seq}":
        return problem("P096")
    at = f"{dt.datetime.fromisoformat(standing.at):%m月%d日%H:%M}"
    word = f"{standing.word}：{standing.value}" if standing.value else standing.word
    return problem("P095", by=standing.by, at=at, word=word, number=standing.seq)


def signature_of(desk: Desk, person: Person, *, why: str = "", public_note: str = "", channel: str) -> Signature:
    """Return what a person says in signing. Raises ValueError for one whose role signs nothing."""
    if person.role not in ("reviewer", "approver"):
        raise ValueError(f"{person.role} signs nothing")
    return Signature(
        by=person.by,
        role=person.role,
        at=desk.now(),
        why=why,
        public_note=public_note,
        channel=channel,
        is_demonstration=desk.county.demonstration is not None,
    )

"""What the pages list: questions by topic and department, versions in the log, what rulings changed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.decisions import Decision
from onevisit.plan.questions import Question
from onevisit.plan.rulings import Answer, Topic
from onevisit.plan.signoff import standing
from onevisit.plan.tables import STOPS
from pipelines.review.desk import View

STATES = {"waiting": "待决定", "decided": "已决定", "all": "全部"}
"""How far a question is, as an address says it and as officials read it."""

BATCH: Mapping[Topic, Answer] = {"row": "keep", "merge": "accept"}
"""What may be answered to a page of questions at once: what was filed or proposed, and nothing else."""

_UNCHANGED: frozenset[tuple[Topic, Answer]] = frozenset(
    {("row", "keep"), ("conflict", "keep"), ("merge", "accept"), ("move", "reject"), ("alias", "different")}
)
"""Answers that leave the plan as it was filed, or as merging proposed it."""

NEIGHBOURS_SHOWN = 15
"""The workbook has all of them."""

_DEPARTMENTS = ("发起部门", "涉及部门", "有关部门", "甲部门", "乙部门")
"""Facts of a question that name departments."""


@dataclass(frozen=True, slots=True)
class Card:
    """A question and the changes that may be asked for beside it."""

    question: Question
    beside: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the plan that somebody put a name under."""

    fingerprint: str
    records: list[Decision]
    is_current: bool
    is_signed_off: bool
    cancelled_by: Decision | None

    @property
    def public_note(self) -> str:
        """Return what the public is told of it: what was said when it was signed last."""
        notes = [one.details["public_note"] for one in self.records if "public_note" in one.details]
        return notes[-1] if notes else ""


def anchor_of(question: Question) -> str:
    """Return the place of a question on a page, made of what names it."""
    return "q-" + hashlib.sha256("|".join(question.key).encode()).hexdigest()[:12]


def departments_of(question: Question) -> list[str]:
    """Return the departments a question is about, each once; none when only its ruling is left."""
    named = [name for title in _DEPARTMENTS for name in question.fact(title).split("、") if name]
    return list(dict.fromkeys(named))


def cards(view: View, *, topic: str = "", department: str = "", state: str = "waiting") -> list[Card]:
    """Return the questions that fit, in the plan's order; a changed ratio or window stands beside its row."""
    beside = ("ratio", "window")
    rows = {question.subject for question in view.questions if question.topic == "row" and question.is_asked}
    return [
        Card(question, _beside(view, question))
        for question in view.questions
        if not (question.topic in beside and question.subject in rows)
        and topic in ("", question.topic)
        and (not department or department in departments_of(question))
        and _is_in(question, state)
    ]


def waiting_by_department(view: View) -> list[tuple[str, int]]:
    """Return how many questions wait per department, most first; a question may be of several."""
    waiting = [{"department": name} for one in view.questions if one.waits for name in departments_of(one)]
    counts = pl.DataFrame(waiting, schema={"department": pl.String}).group_by("department").len()
    return counts.sort(["len", "department"], descending=[True, False]).rows()


def changing(questions: Iterable[Question]) -> list[Question]:
    """Return the questions whose ruling changes what was filed or proposed."""
    return [one for one in questions if one.standing and (one.topic, one.standing.answer) not in _UNCHANGED]


def filed(question: Question) -> str:
    """Return what a ruling changed: the ratio or window as filed, or what a conflict is about."""
    window = next((fact for fact in question.facts if fact.title == "检查时段"), None)
    if question.topic in ("window", "move"):
        return (window.before or window.text) if window else ""
    return question.fact("抽查比例（数量）") if question.topic == "ratio" else question.fact("内容")


def prices(view: View) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what merging saves: under the rules as they are first, then with each loosened, in the order of STOPS."""
    order = ["", *STOPS]
    rows = view.tables.rule_prices.sort("setting").to_dicts()
    return [(STOPS.get(row["rule"], "现行规则"), row) for row in sorted(rows, key=lambda row: order.index(row["rule"]))]


def kept_apart(view: View) -> list[dict[str, Any]]:
    """Return the tasks a rule keeps apart, the costliest first."""
    ordered = view.tables.neighbours.sort("visits_saved", "left_rows", "right_rows", descending=[True, False, False])
    return ordered.head(NEIGHBOURS_SHOWN).to_dicts()


def versions(view: View) -> list[Version]:
    """Return every version somebody signed, and the present one; newest first."""
    signed = [record for record in view.log if record.kind in ("approve", "withdraw")]
    fingerprints = dict.fromkeys([*(record.plan_fingerprint for record in signed), view.fingerprint])
    return [
        _version(view, fingerprint, [one for one in signed if one.plan_fingerprint == fingerprint])
        for fingerprint in reversed(fingerprints)
        if fingerprint
    ]


def _version(view: View, fingerprint: str, records: Sequence[Decision]) -> Version:
    stands = standing(view.log, fingerprint)
    return Version(
        fingerprint,
        list(records),
        is_current=fingerprint == view.fingerprint,
        is_signed_off=stands.approval is not None,
        cancelled_by=stands.cancelled_by,
    )


def _beside(view: View, question: Question) -> tuple[Question, ...]:
    if question.topic != "row" or not question.is_asked:
        return ()
    keys: tuple[tuple[Topic, str], ...] = (("ratio", question.subject), ("window", question.subject))
    return tuple(view.by_key[key] for key in keys)


def _is_in(question: Question, state: str) -> bool:
    if state == "all":
        return True
    return question.waits if state == "waiting" else question.standing is not None

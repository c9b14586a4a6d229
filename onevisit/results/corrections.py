"""Corrections: what was asked for, and where each stands; what changes is shown value by value."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import polars as pl

from onevisit.codes import hide_numbers
from onevisit.errors import Problem, RefusedError, problem
from onevisit.publish.privacy import KINDS, kinds_in
from onevisit.results.audit import Asked, CorrectionKind, History, day_of, is_next
from onevisit.results.findings import day_read, disposal_read, types_read
from onevisit.results.tables import Corrections, Findings
from onevisit.results.versions import KEY, SAID, Version, digest_of, is_withdrawn, key_of, version_of
from onevisit.results.vocabulary import DISPOSALS, HARMLESS
from onevisit.tables import columns_of, frame_of
from onevisit.text import fold

KIND_WORDS: dict[CorrectionKind, str] = {"objection": "当事人异议", "error": "录入有误", "withdrawal": "撤回"}
_TITLES = {column.name: column.title for column in columns_of(Findings)}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks to have corrected, beside the values."""

    kind: CorrectionKind
    by: str
    """Who enters it."""
    why: str
    note: str
    """What the public will read."""
    asked_by: str
    """Who asked: the business, or the department itself."""


def corrections_of(history: History) -> pl.DataFrame:
    """Return every correction asked for, in the order of the log."""
    rows = [_row(asked, history) for asked in history.asked.values()]
    return frame_of(Corrections, sorted(rows, key=lambda row: row["seq"]))


def corrected(finding: Mapping[str, Any], history: History, changes: Mapping[str, Any], request: Request) -> Version:
    """Return the version a correction asks for.

    `finding` is the row of `results.findings`, `changes` the values of `SAID` that become others. Raises
    RefusedError with all of: E032 nobody named; E037 not published, so that it is simply filed again; E038
    nothing changes; E039 no reason, public note or asker; E040 a note with personal data; E041 another
    correction waits.
    """
    old = version_of(finding)
    types = changes.get("result_types", old["result_types"])
    # Where nothing was found after all, nothing is left to dispose of.
    is_cleared = types != old["result_types"] and HARMLESS.issuperset(types)
    cleared = {"problem": None, "disposal": DISPOSALS[0]} if is_cleared else {}
    new = {**old, **cleared, **changes, "entered_by": request.by.strip()}
    if request.kind == "withdrawal":
        new |= version_of(new, is_withdrawn=True)
    problems = [
        *([] if request.by.strip() else [problem("E032")]),
        *([] if finding["audit_state"] == "approved" else [problem("E037")]),
        *([] if request.kind == "withdrawal" or _changed(old, new) else [problem("E038")]),
        *_words_problems(request),
        *_waiting_problems(history, old),
    ]
    if problems:
        raise RefusedError(problems)
    return new


def changes_of(
    *,
    today: dt.date,
    types: str | None,
    checked_on: str | None,
    problem_text: str | None,
    disposal: str | None,
) -> dict[str, Any]:
    """Return the values that become others, from words; None leaves one as it is.

    Raises RefusedError with all that is wrong with the words: E005, E006, E008, E010 to E012, E021.
    """
    changes: dict[str, Any] = {}
    wrong: list[Problem | None] = []
    if types is not None:
        changes["result_types"], one = types_read({"result_types": types})
        wrong.append(one)
    if checked_on is not None:
        changes["checked_on"], one = day_read({"checked_on": checked_on}, None, today)
        wrong.append(one)
    if problem_text is not None:
        changes["problem"] = fold(problem_text) or None
    if disposal is not None:
        changes["disposal"], one = disposal_read({"disposal": disposal})
        wrong.append(one)
    if problems := [one for one in wrong if one]:
        raise RefusedError(problems)
    return changes


def change_text(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what a correction changes, in Chinese: each value, old and new."""
    if is_withdrawn(new):
        return "撤回这项结果"
    return "；".join(f"{_TITLES[name]}：{_text(old[name])} → {_text(new[name])}" for name in _changed(old, new))


def _row(asked: Asked, history: History) -> dict[str, Any]:
    chain = history.chains.get(key_of(asked.version), [])
    place = next((number for number, one in enumerate(chain, start=1) if one.digest == asked.digest), None)
    approved = chain[place - 1].record if place else None
    old = next((one.version for one in chain if one.digest == asked.old_digest), asked.version)
    return {
        **{name: asked.version[name] for name in (*KEY, "department")},
        "seq": asked.record.seq,
        "version": place,
        "digest": asked.digest,
        "old_digest": asked.old_digest,
        "kind": asked.kind,
        "changes": change_text(old, asked.version),
        "why": asked.record.why,
        "note": asked.note,
        "asked_by": asked.record.details["asked_by"],
        "asked_on": day_of(asked.record),
        "state": history.state(asked.digest),
        "approved_by": approved.by if approved else None,
        "approved_on": day_of(approved) if approved else None,
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in SAID if name != "entered_by" and old[name] != new[name]]


def _text(value: object) -> str:
    if isinstance(value, list):
        return "、".join(cast(list[str], value)) or "（空）"
    return hide_numbers(str(value)) if value is not None else "（空）"


def _words_problems(request: Request) -> Iterator[Problem]:
    if not all(text.strip() for text in (request.why, request.note, request.asked_by)):
        yield problem("E039")
    for kind in kinds_in(request.note):
        yield problem("E040", kind=kind, kind_en=KINDS[kind])


def _waiting_problems(history: History, old: Version) -> Iterator[Problem]:
    waits = [
        asked
        for asked in history.asked.values()
        if asked.old_digest == digest_of(old)
        and is_next(history, asked)
        and history.state(asked.digest) in ("entered", "checked")
    ]
    if waits:
        yield problem("E041", number=waits[0].record.seq)

"""The audit of results: entered, checked by a second person, returned or approved by a third, published.

Every step is a record in the decision log that names a batch of versions by its fingerprint. What an
approval says stands: a later filing does not change it, only a correction that goes the same way.
Whoever steps, by workbook, command or script, gets the records from `step_entries`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, cast

import polars as pl

from onevisit.decisions import Decision, DecisionKind, Entry
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.signoff import is_same_person
from onevisit.results.findings import REFUSED_ORDER, Judged, refusal
from onevisit.results.tables import Refused
from onevisit.results.versions import (
    FOLLOWS,
    KEY,
    PLACE,
    SAID,
    Key,
    Version,
    batch_text,
    digest_of,
    fingerprint_of,
    is_withdrawn,
    key_of,
    read_version,
    version_of,
    version_text,
)
from onevisit.tables import frame_of

Step = Literal["check", "return", "approve"]
CorrectionKind = Literal["objection", "error", "withdrawal"]

KIND_OF: dict[Step, DecisionKind] = {
    "check": "check_results",
    "return": "return_results",
    "approve": "approve_results",
}
_STEP_OF: dict[str, Step] = {kind: step for step, kind in KIND_OF.items()}
_WORDS: dict[Step, str] = {"check": "审核通过", "return": "审核退回", "approve": "批准公示"}
BATCH = "results"
"""Detail of a record: the fingerprint of the batch it is about."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A version that was approved, and when."""

    version: Version
    digest: str
    record: Decision


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction as asked for."""

    version: Version
    digest: str
    old_digest: str
    kind: CorrectionKind
    note: str
    record: Decision


@dataclass(slots=True)
class History:
    """What the decision log says of versions, by their fingerprints."""

    steps: dict[str, Decision] = field(default_factory=dict[str, Decision])
    """Version -> its last step that counts."""
    checks: dict[str, Decision] = field(default_factory=dict[str, Decision])
    """Version -> the check that counts."""
    chains: dict[Key, list[Approved]] = field(default_factory=dict[Key, list[Approved]])
    """Result -> its approved versions, oldest first."""
    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    """Version -> the correction that asks for it."""

    def state(self, digest: str) -> str:
        """Return where a version stands: entered, checked, returned, approved."""
        last = self.steps.get(digest)
        return (
            {"check": "checked", "return": "returned", "approve": "approved"}[_STEP_OF[last.kind]]
            if last
            else "entered"
        )


def batches_named(log: Iterable[Decision]) -> set[str]:
    """Return the fingerprints of the batches a log names."""
    return {record.details[BATCH] for record in log if record.kind in _STEP_OF}


def history_of(log: Iterable[Decision], batches: Mapping[str, Sequence[Version]]) -> History:
    """Return what a log says of versions; `batches` holds every batch it names, by fingerprint."""
    history = History()
    for record in log:
        if record.kind == "correct_result":
            asked = _asked(record)
            history.asked[asked.digest] = asked
        elif record.kind in _STEP_OF:
            for version in batches[record.details[BATCH]]:
                _step(history, record, version)
    return history


def in_force(judged: Judged, history: History, obligations: pl.DataFrame) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """Return a finding for every result, as the version in force says it, and the refused rows.

    A filed row that says otherwise than what was approved is refused, and what was approved stands.
    """
    owed = set(obligations.select(KEY).iter_rows())
    filed = {key_of(row): row for row in judged.findings.iter_rows(named=True)}
    findings: list[dict[str, Any]] = []
    refused: list[dict[str, object]] = []
    for key in sorted({*filed, *history.chains} & owed):
        row, chain = filed.get(key), history.chains.get(key)
        if chain is None:
            findings.append(_waiting(cast(dict[str, Any], row), history))
            continue
        is_filed = row is not None and row["digest"] in {one.digest for one in chain}
        if row is not None and not is_filed:
            refused.append(refusal(row, problem("E030", column="检查结果", value="；".join(row["result_types"]))))
        findings.append(_published(chain, history, row if is_filed else None))
    return findings, pl.concat([judged.refused, frame_of(Refused, refused)]).sort(REFUSED_ORDER)


def step_entries(
    history: History,
    versions: Sequence[Version],
    step: Step,
    *,
    by: str,
    at: str,
    why: str = "",
    channel: str,
    is_demonstration: bool = False,
) -> list[tuple[Entry, str]]:
    """Return the records of one step by one person, one a department, each with the text of its batch.

    Raises RefusedError with all of: E032 nobody named; E033 who entered it checks or approves it; E034 who
    checked it approves it; E035 not in a state for this step; E036 a return without a reason.
    """
    problems = [*_person_problems(by, step, why), *_state_problems(history, versions, step, by)]
    if problems:
        raise RefusedError(problems)
    mark = "，示例" if is_demonstration else ""
    entries: list[tuple[Entry, str]] = []
    for department, some in groupby(sorted(versions, key=_department), key=_department):
        together = list(some)
        text = batch_text(together)
        entry = Entry(
            at=at,
            kind=KIND_OF[step],
            by=by.strip(),
            role="approver" if step == "approve" else "reviewer",
            what=f"检查结果{_WORDS[step]}：{department}，{len(together)} 项{mark}",
            why=why.strip(),
            channel=channel,
            details={BATCH: fingerprint_of(text), "department": department, "count": str(len(together))},
            is_demonstration=is_demonstration,
        )
        entries.append((entry, text))
    return entries


def correction_entry(
    old: Version,
    new: Version,
    kind: CorrectionKind,
    *,
    by: str,
    at: str,
    why: str,
    note: str,
    asked_by: str,
    channel: str,
    is_demonstration: bool = False,
) -> Entry:
    """Return the record that asks for a correction; it counts when it was checked and approved."""
    mark = "，示例" if is_demonstration else ""
    act = "撤回" if kind == "withdrawal" else "更正"
    return Entry(
        at=at,
        kind="correct_result",
        by=by.strip(),
        role="enterer",
        what=f"提出{act}检查结果：{old['department']} {old['task_id']} {old['object_id']} {old['item_code']}{mark}",
        why=why.strip(),
        channel=channel,
        details={
            "version": version_text(new),
            "old_digest": digest_of(old),
            "kind": kind,
            "note": note.strip(),
            "asked_by": asked_by.strip(),
        },
        is_demonstration=is_demonstration,
    )


def waiting(findings: pl.DataFrame, history: History) -> Iterator[tuple[str, Version]]:
    """Yield state and version of everything that waits for a second or third person: entered or checked."""
    first = findings.filter(pl.col("audit_state").is_in(["entered", "checked"]))
    for row in first.iter_rows(named=True):
        yield row["audit_state"], version_of(row)
    for digest, asked in history.asked.items():
        state = history.state(digest)
        if state in ("entered", "checked") and is_next(history, asked):
            yield state, asked.version


def is_next(history: History, asked: Asked) -> bool:
    """Tell whether a correction is about the version in force."""
    chain = history.chains.get(key_of(asked.version))
    return bool(chain) and chain[-1].digest == asked.old_digest


def _asked(record: Decision) -> Asked:
    details = record.details
    version = read_version(details["version"])
    kind = cast(CorrectionKind, details["kind"])
    return Asked(version, digest_of(version), details["old_digest"], kind, details["note"], record)


def _step(history: History, record: Decision, version: Version) -> None:
    """Let a record count for a version, if it may: a step by the wrong person, or out of turn, is none."""
    digest, step = digest_of(version), _STEP_OF[record.kind]
    if _out_of_turn(history, version, digest, step) or _wrong_person(history, version, digest, step, record.by):
        return
    history.steps[digest] = record
    if step == "check":
        history.checks[digest] = record
    elif step == "approve":
        history.chains.setdefault(key_of(version), []).append(Approved(version, digest, record))


def _out_of_turn(history: History, version: Version, digest: str, step: Step) -> bool:
    state = history.state(digest)
    chain, asked = history.chains.get(key_of(version)), history.asked.get(digest)
    if chain is not None and not (asked and chain[-1].digest == asked.old_digest):
        return True
    return state == "approved" or (step == "approve" and state != "checked") or (step == "check" and state == "checked")


def _wrong_person(history: History, version: Version, digest: str, step: Step, by: str) -> str | None:
    """Return the code of why this person may not take the step: entering, checking and approving need three."""
    asked = history.asked.get(digest)
    enterer = asked.record.by if asked else version["entered_by"]
    if step in ("check", "approve") and enterer and is_same_person(enterer, by):
        return "E033"
    if step == "approve" and digest in history.checks and is_same_person(history.checks[digest].by, by):
        return "E034"
    return None


def _person_problems(by: str, step: Step, why: str) -> Iterator[Problem]:
    if not by.strip():
        yield problem("E032")
    if step == "return" and not why.strip():
        yield problem("E036")


def _state_problems(history: History, versions: Iterable[Version], step: Step, by: str) -> Iterator[Problem]:
    for version in versions:
        digest = digest_of(version)
        place = f"{version['task_id']} {version['object_id']} {version['item_code']}"
        if _out_of_turn(history, version, digest, step):
            yield problem("E035", value=place, state=STATE_WORDS[history.state(digest)])
        elif by.strip() and (code := _wrong_person(history, version, digest, step, by)):
            yield problem(code, value=place)


STATE_WORDS = {
    "entered": "已录入，待审核",
    "checked": "已审核，待批准",
    "returned": "审核退回",
    "approved": "已批准公示",
    "withdrawn": "已撤回",
}
"""States of the audit as officials read them."""


def _department(version: Version) -> str:
    return version["department"]


def _waiting(row: dict[str, Any], history: History) -> dict[str, Any]:
    state = history.state(row["digest"])
    reason = history.steps[row["digest"]].why if state == "returned" else None
    return row | {"audit_state": state, "returned_reason": reason}


def _published(chain: Sequence[Approved], history: History, filed: Mapping[str, Any] | None) -> dict[str, Any]:
    first, last = chain[0], chain[-1]
    live = filed or first.version
    asked = history.asked.get(last.digest) if len(chain) > 1 else None
    return {
        **{name: last.version[name] for name in (*KEY, *SAID)},
        **{name: live[name] for name in (*FOLLOWS, *PLACE)},
        "version": len(chain),
        "digest": last.digest,
        "audit_state": "withdrawn" if is_withdrawn(last.version) else "approved",
        "is_filed": filed is not None,
        "published_on": day_of(first.record),
        "corrected_on": day_of(last.record) if asked else None,
        "correction_note": asked.note if asked else None,
    }


def day_of(record: Decision) -> dt.date:
    """Return the day of a record."""
    return dt.date.fromisoformat(record.at[:10])

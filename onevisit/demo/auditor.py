"""The demonstration's audit: results checked and approved by made-up people, and a few corrected.

Scripted, like the sign-off. Twice a month each department's results are checked and, two working days
later, approved; one in so many goes back, and one in so many is left waiting, so that both show. Of
what is published, one is corrected after an objection, one because of a wrong entry, one is withdrawn,
and one objection is turned down.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.decisions import Decision, Entry, extended
from onevisit.results.audit import CorrectionKind, History, Step, correction_entry, history_of, step_entries
from onevisit.results.corrections import Request, corrected
from onevisit.results.versions import Version, read_batch, version_of
from onevisit.results.vocabulary import CLEAN

CHECKER, APPROVER, ENTERER = "示例审核人", "示例批准人", "示例录入人"
_CHANNEL = "demonstration"
_WHY = "示例县的演示记录，不是真实的审核意见"
_RETURNED, _LEFT = 47, 61
"""Of so many results one goes back, or is left waiting."""
_NOTE = {
    "objection": "当事人提出异议，经核查属实，更正检查结果（示例）。",
    "error": "检查结果录入有误，予以更正（示例）。",
    "withdrawal": "检查对象认定有误，撤回本项结果（示例）。",
}
_SET_RIGHT = "发现问题已责令改正"
_CORRECT_AFTER = 10
"""Working days from the publication of a result to its correction."""

Kept = tuple[list[Entry], dict[str, str]]
"""Records, and the texts of the batches they name."""


@dataclass(slots=True)
class _Script:
    """The log as it grows, in the order of the days."""

    log: list[Decision]
    batches: dict[str, list[Version]]
    entries: list[Entry]
    texts: dict[str, str]

    def add(self, entries: Sequence[tuple[Entry, str]]) -> None:
        for entry, text in entries:
            self.entries.append(entry)
            if text:
                fingerprint = entry.details["results"]
                self.texts[fingerprint] = text
                self.batches[fingerprint] = read_batch(fingerprint, text)
        self.log = extended(self.log, [entry for entry, _ in entries])


def demonstration_audit(
    findings: pl.DataFrame,
    log: Sequence[Decision],
    batches: Mapping[str, list[Version]],
    *,
    days: WorkingDays,
    today: dt.date,
) -> Kept:
    """Return the made-up audit of everything entered that its day has come for, and the corrections once."""
    script = _Script(list(log), dict(batches), [], {})
    entered = findings.filter(pl.col("audit_state") == "entered")
    for day, step, versions in _agenda(entered, days, today):
        history = history_of(script.log, script.batches)
        by = APPROVER if step == "approve" else CHECKER
        script.add(_stepped(history, versions, step, by, day))
    if not any(record.kind == "correct_result" for record in log):
        _correct(script, findings, days, today)
    return script.entries, script.texts


def _stepped(
    history: History, versions: Sequence[Version], step: Step, by: str, day: dt.date
) -> list[tuple[Entry, str]]:
    why = "现场检查记录与录入的结果不一致，请核对后重新报送（示例）" if step == "return" else _WHY
    return step_entries(
        history, versions, step, by=by, at=_moment(day, step), why=why, channel=_CHANNEL, is_demonstration=True
    )


def _agenda(entered: pl.DataFrame, days: WorkingDays, today: dt.date) -> Iterator[tuple[dt.date, Step, list[Version]]]:
    """Yield what is done on which day, in order: day, step, versions."""
    done: defaultdict[tuple[dt.date, int, Step], list[Version]] = defaultdict(list)
    for row in entered.iter_rows(named=True):
        mark = int(row["digest"][:8], 16)
        checked, approved = _audit_days(row["checked_on"], days)
        if mark % _LEFT == 0 or checked > today:
            continue
        version = version_of(row)
        if mark % _RETURNED == 0:
            done[checked, 0, "return"].append(version)
            continue
        done[checked, 1, "check"].append(version)
        if approved <= today:
            done[approved, 2, "approve"].append(version)
    for (day, _, step), versions in sorted(done.items(), key=lambda one: one[0]):
        yield day, step, versions


def _audit_days(checked_on: dt.date, days: WorkingDays) -> tuple[dt.date, dt.date]:
    """Return when a result is checked and approved: after the half of the month in which it came."""
    half = checked_on.replace(day=15) if checked_on.day <= 15 else _month_end(checked_on)
    checked = days.after(half, 2)
    return checked, days.after(checked, 2)


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _correct(script: _Script, findings: pl.DataFrame, days: WorkingDays, today: dt.date) -> None:
    """Ask for the corrections and let them go through the audit; the objection turned down goes back."""
    history = history_of(script.log, script.batches)
    shown = {one.digest: chain[0] for chain in history.chains.values() for one in chain[:1]}
    due = {
        digest: days.after(dt.date.fromisoformat(one.record.at[:10]), _CORRECT_AFTER) for digest, one in shown.items()
    }
    rows = [row for row in findings.iter_rows(named=True) if row["digest"] in due and due[row["digest"]] < today]
    wrong = sorted((row for row in rows if row["result_types"] == [_SET_RIGHT]), key=lambda row: row["digest"])
    clean = sorted((row for row in rows if row["result_types"] == [CLEAN]), key=lambda row: row["digest"])
    acquit = {"result_types": [CLEAN]}
    found = {"result_types": ["未按规定公示应当公示的信息"], "disposal": "责令改正，后续跟踪由日常监管部门负责"}
    asked: list[tuple[dict[str, Any], dict[str, Any], CorrectionKind, Step]] = [
        *((row, acquit, "objection", step) for row, step in zip(wrong, ("approve", "return"), strict=False)),
        *((row, found, "error", "approve") for row in clean[:1]),
        *((row, {}, "withdrawal", "approve") for row in clean[1:2]),
    ]
    for row, changes, kind, last in sorted(asked, key=lambda one: (due[one[0]["digest"]], one[0]["digest"])):
        _asked(script, row | {"audit_state": "approved"}, changes, kind, last, day=due[row["digest"]])


def _asked(
    script: _Script, row: dict[str, Any], changes: dict[str, Any], kind: CorrectionKind, last: Step, *, day: dt.date
) -> None:
    history = history_of(script.log, script.batches)
    asked_by = "当事人（示例）" if kind == "objection" else f"{row['department']}（示例）"
    request = Request(kind, by=ENTERER, why=_WHY, note=_NOTE[kind], asked_by=asked_by)
    new = corrected(row, history, changes, request)
    told = {"by": request.by, "why": request.why, "note": request.note, "asked_by": request.asked_by}
    at = _moment(day, "ask")
    entry = correction_entry(version_of(row), new, kind, at=at, channel=_CHANNEL, is_demonstration=True, **told)
    script.add([(entry, "")])
    passing: list[tuple[Step, str]] = [("check", CHECKER), ("approve", APPROVER)]
    turned_down: list[tuple[Step, str]] = [("return", CHECKER)]
    for step, by in passing if last == "approve" else turned_down:
        script.add(_stepped(history_of(script.log, script.batches), [new], step, by, day))


def _moment(day: dt.date, step: str) -> str:
    hours: Mapping[str, int] = {"ask": 9, "return": 10, "check": 11, "approve": 16}
    return dt.datetime.combine(day, dt.time(hours[step]), ZoneInfo("Asia/Shanghai")).isoformat()

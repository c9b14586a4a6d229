"""Sign-off of the plan: a fingerprint of what is decided, and a log in which every decision is chained.

The log is JSON lines, one record a line, only ever appended; each record carries the hash of the one
before. A plan is signed off when a reviewer and then another person as approver have approved its
fingerprint, and nothing was withdrawn or decided since. A draw asks here, not in a check: a check
does not stop another run.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

import polars as pl

from onevisit.errors import RefusedError, problem
from onevisit.plan.tables import Decisions, Scope, Submitted, TaskItems, Tasks
from onevisit.tables import Table, conform, frame_of, table_of

DecisionKind = Literal["approve", "withdraw", "decide"]
Role = Literal["reviewer", "approver"]

NO_HASH = "0" * 64
"""Hash before the first record."""

_NOT_SIGNED = ("file", "sheet", "row")
"""Where a row was filed is evidence, not part of the plan: renaming a file changes nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision before it is in the log."""

    at: str
    kind: DecisionKind
    by: str
    role: Role
    plan_fingerprint: str
    what: str
    why: str
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Decision(Entry):
    """A decision in the log, chained to the one before."""

    seq: int = 0
    previous_hash: str = NO_HASH
    hash: str = ""


def plan_fingerprint(
    submitted: pl.DataFrame, scope: pl.DataFrame, tasks: pl.DataFrame, task_items: pl.DataFrame
) -> str:
    """Return the SHA-256 (hex) of the plan, whatever the order of its rows.

    Expected numbers are left out: they follow from the rest, and floats have no canonical text.
    """
    digest = hashlib.sha256()
    frames = ((Submitted, submitted), (Scope, scope), (Tasks, tasks), (TaskItems, task_items))
    for model, frame in frames:
        digest.update(f"{table_of(model)}\n{_canonical(model, frame)}".encode())
    return digest.hexdigest()


def parse_log(text: str) -> list[Decision]:
    """Return the records of a log. Raises RefusedError (P060) naming the first record that breaks the chain."""
    log: list[Decision] = []
    *lines, rest = text.split("\n")
    for number, line in enumerate(lines, start=1):
        record = _record(line, number)
        previous = log[-1].hash if log else NO_HASH
        if record.seq != number:
            raise _broken(number, f"序号是 {record.seq}")
        if record.previous_hash != previous:
            raise _broken(number, "上一条摘要对不上")
        if record.hash != _hash(record):
            raise _broken(number, "内容与摘要不符")
        log.append(record)
    if rest:
        raise _broken(len(lines) + 1, "最后一行没有写完")
    return log


def extended(log: Sequence[Decision], entries: Sequence[Entry]) -> list[Decision]:
    """Return a log with entries appended, each chained to the one before."""
    longer = list(log)
    for entry in entries:
        previous = longer[-1].hash if longer else NO_HASH
        unsealed = Decision(**asdict(entry), seq=len(longer) + 1, previous_hash=previous)
        longer.append(replace(unsealed, hash=_hash(unsealed)))
    return longer


def log_text(log: Sequence[Decision]) -> str:
    """Return a log as its file holds it: one record a line."""
    return "".join(_json(asdict(record)) + "\n" for record in log)


def demonstration_entries(log: Sequence[Decision], fingerprint: str, year: int) -> list[Entry]:
    """Return the made-up review and approval of a demonstration: late December, an hour after the other."""
    start = dt.datetime(year - 1, 12, 28, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    latest = max([start, *(dt.datetime.fromisoformat(record.at) for record in log)])
    people: tuple[tuple[Role, str, str], ...] = (
        ("reviewer", "示例审核人", "审核"),
        ("approver", "示例签批人", "签批"),
    )
    return [
        Entry(
            at=(latest + dt.timedelta(hours=hours)).isoformat(),
            kind="approve",
            by=by,
            role=role,
            plan_fingerprint=fingerprint,
            what=f"同意本版{year}年度抽查计划（{act}，示例）",
            why="示例县的演示记录，不是真实签批",
            is_demonstration=True,
        )
        for hours, (role, by, act) in enumerate(people, start=1)
    ]


def current_approval(log: Sequence[Decision], fingerprint: str) -> Decision | None:
    """Return the approver's record that signs off this version now, None when there is none."""
    return _standing(log, fingerprint).approval


def require_sign_off(log_text: str, fingerprint: str) -> Decision:
    """Return the approval of this version of the plan.

    Raises RefusedError: P060 when the log was tampered with, P061 never approved, P062 another
    version approved, P063 cancelled since, P064 reviewed only.
    """
    log = parse_log(log_text)
    standing = _standing(log, fingerprint)
    if standing.approval:
        return standing.approval
    short = fingerprint[:12]
    if standing.cancelled_by:
        raise RefusedError([problem("P063", number=standing.cancelled_by)])
    if standing.reviewers:
        raise RefusedError([problem("P064", reviewer=standing.reviewers[-1])])
    others = [record for record in log if record.kind == "approve" and record.role == "approver"]
    if others and current_approval(log, others[-1].plan_fingerprint):
        raise RefusedError([problem("P062", approved=others[-1].plan_fingerprint[:12], fingerprint=short)])
    raise RefusedError([problem("P061", fingerprint=short)])


def decisions_table(log: Sequence[Decision]) -> pl.DataFrame:
    """Return the log as the table `plan.decisions`."""
    return frame_of(Decisions, [asdict(record) for record in log])


@dataclass(slots=True)
class _Standing:
    """Where one version of the plan stands after the records read so far."""

    reviewers: list[str]
    approval: Decision | None = None
    cancelled_by: int = 0

    def cancel(self, record: Decision) -> None:
        if self.approval or self.reviewers:
            self.cancelled_by = record.seq
        self.approval = None
        self.reviewers = []


def _standing(log: Sequence[Decision], fingerprint: str) -> _Standing:
    standing = _Standing(reviewers=[])
    for record in log:
        is_this = record.plan_fingerprint == fingerprint
        # A decision on a proposal or a withdrawal unsettles every version; so does approving another one.
        if record.kind != "approve" or (record.role == "approver" and not is_this):
            standing.cancel(record)
        elif is_this and record.role == "reviewer":
            standing.reviewers.append(record.by)
            standing.cancelled_by = 0
        elif is_this and any(reviewer != record.by for reviewer in standing.reviewers):
            standing.approval = record
    return standing


def _record(line: str, number: int) -> Decision:
    try:
        values = cast(dict[str, Any], json.loads(line))
        record = Decision(**values)
    except (ValueError, TypeError):
        raise _broken(number, "不是一条记录") from None
    if _json(asdict(record)) != line:
        raise _broken(number, "写法不规范")
    return record


def _hash(record: Decision) -> str:
    content = {name: value for name, value in asdict(record).items() if name != "hash"}
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _broken(number: int, detail: str) -> RefusedError:
    return RefusedError([problem("P060", number=number, detail=detail)])


def _canonical(model: type[Table], frame: pl.DataFrame) -> str:
    frame = conform(model, frame)
    columns = [
        _text(name, dtype) for name, dtype in frame.schema.items() if name not in _NOT_SIGNED and dtype != pl.Float64
    ]
    lines = frame.select(columns)
    return lines.sort(lines.columns, nulls_last=False).write_csv(separator="\t", quote_style="necessary")


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return column.cast(pl.List(pl.String)).list.join("、") if isinstance(dtype, pl.List) else column.cast(pl.String)

"""Sign-off of the plan: a fingerprint of what is decided, and what the decision log says of it.

A plan is signed off when a reviewer and then another person as approver have approved its
fingerprint, and nothing of the plan was withdrawn or decided since. A draw asks here, not in a check:
a check does not stop another run.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

import polars as pl

from onevisit.decisions import Decision, Entry, Role, canonical_json, parse_log
from onevisit.errors import RefusedError, problem
from onevisit.plan.tables import Decisions, Scope, Submitted, TaskItems, Tasks
from onevisit.tables import Table, conform, frame_of, table_of

_NOT_SIGNED = ("file", "sheet", "row")
"""Where a row was filed is evidence, not part of the plan: renaming a file changes nothing."""


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
            channel="demonstration",
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
    return frame_of(Decisions, [{**asdict(record), "details": canonical_json(record.details)} for record in log])


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
        # Neither is about what the plan says: where a judgement changes the registers, the fingerprint changes.
        if record.kind in ("judge", "confirm"):
            continue
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

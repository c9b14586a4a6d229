"""Sign-off of the plan: a fingerprint of what is decided, and what the decision log says of it.

A plan is signed off when a reviewer and then another person as approver have approved its
fingerprint, and nothing of the plan was withdrawn or decided since. A draw asks here, not in a check:
a check does not stop another run. Whoever signs, in a workbook, on the page or in a script, gets the
record to append from `approve_entry` or `withdraw_entry`: one rule for all of them.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from onevisit.decisions import BEFORE_THE_DRAW, Decision, DecisionKind, Entry, canonical_json, extended, parse_log
from onevisit.errors import Problem, RefusedError, problem
from onevisit.plan.tables import Decisions, Scope, Submitted, TaskItems, Tasks
from onevisit.publish.privacy import KINDS, kinds_in
from onevisit.tables import Table, frame_of, polars_schema, table_of
from onevisit.text import fold

SigningRole = Literal["reviewer", "approver"]
"""Who signs: 审核人 first, then another person as 签批人."""

_NOT_SIGNED = ("filed_digest", "file", "sheet", "row")
"""Where and how a row was filed is evidence, not part of the plan: renaming a file changes nothing."""


def plan_fingerprint(
    submitted: pl.DataFrame, scope: pl.DataFrame, tasks: pl.DataFrame, task_items: pl.DataFrame
) -> str:
    """Return the SHA-256 (hex) of the plan, whatever the order of its rows.

    Columns a frame lacks were not there when an earlier version had it signed, and are no part of it.
    Expected numbers are left out: they follow from the rest, and floats have no canonical text.
    """
    digest = hashlib.sha256()
    frames = ((Submitted, submitted), (Scope, scope), (Tasks, tasks), (TaskItems, task_items))
    for model, frame in frames:
        digest.update(f"{table_of(model)}\n{_canonical(model, frame)}".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody says when signing a plan or taking a signature back."""

    by: str
    role: SigningRole
    at: str
    """ISO 8601 with +08:00."""
    why: str = ""
    public_note: str = ""
    """What the public reads of why the plan changed (变更说明); needed from the second version of a year on."""
    channel: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one version of the plan stands: who reviewed it, who approved it, what cancelled that."""

    reviews: tuple[Decision, ...] = ()
    """Reviews that count now, oldest first."""
    approval: Decision | None = None
    cancelled_by: Decision | None = None
    """The record that cancelled the last review or approval, None when it was reviewed again since."""


def approve_entry(
    log: Sequence[Decision],
    fingerprint: str,
    signature: Signature,
    *,
    year: int,
    told: Sequence[str] = (),
    blockers: Iterable[Problem] = (),
) -> Entry:
    """Return a review (role reviewer) or an approval (role approver) of a version, to be appended to the log.

    `told` is what the signer was shown to be impossible or open and signs all the same; it is kept in the
    record. `blockers` are problems that must be settled before anybody signs. Raises RefusedError with all
    of: the blockers; P080 nobody named; P081 an approval before any review; P082 approver and reviewer are
    one person; P083 signed already; P084 no public note from the second version on; P085 a public note
    that holds personal data.
    """
    problems = [*blockers, *_signature_problems(standing(log, fingerprint), signature), *_note_problems(signature)]
    if signature.role == "approver" and not signature.public_note.strip() and _is_later_version(log, fingerprint):
        problems.append(problem("P084"))
    if problems:
        raise RefusedError(problems)
    act = "审核" if signature.role == "reviewer" else "签批"
    note = {"public_note": signature.public_note.strip()} if signature.public_note.strip() else {}
    return _entry(
        signature,
        "approve",
        fingerprint,
        what=f"同意本版{year}年度抽查计划（{act}{'，示例' if signature.is_demonstration else ''}）",
        details=note | ({"told": "\n".join(told)} if told else {}),
    )


def withdraw_entry(log: Sequence[Decision], fingerprint: str, signature: Signature, *, year: int) -> Entry:
    """Return the withdrawal of a review or an approval, to be appended to the log.

    Raises RefusedError: P080 nobody named, P086 no reason, P087 nothing to take back.
    """
    stands = standing(log, fingerprint)
    problems = [
        *([] if signature.by.strip() else [problem("P080")]),
        *([] if signature.why.strip() else [problem("P086")]),
        *([] if stands.reviews else [problem("P087", fingerprint=fingerprint[:12])]),
    ]
    if problems:
        raise RefusedError(problems)
    return _entry(signature, "withdraw", fingerprint, what=f"撤回对本版{year}年度抽查计划的同意", details={})


def demonstration_entries(
    log: Sequence[Decision], fingerprint: str, year: int, *, told: Sequence[str] = ()
) -> list[Entry]:
    """Return the made-up review and approval of a demonstration, an hour after the other."""
    latest = demonstration_moment(log, year)
    people: tuple[tuple[SigningRole, str], ...] = (("reviewer", "示例审核人"), ("approver", "示例签批人"))
    entries: list[Entry] = []
    for hours, (role, by) in enumerate(people, start=1):
        signature = Signature(
            by=by,
            role=role,
            at=(latest + dt.timedelta(hours=hours - 1)).isoformat(),
            why="示例县的演示记录，不是真实签批",
            public_note="审核决定或者报送材料有变动，抽查计划作相应调整（示例）。"
            if _is_later_version(log, fingerprint)
            else "",
            channel="demonstration",
            is_demonstration=True,
        )
        entries.append(approve_entry(extended(log, entries), fingerprint, signature, year=year, told=told))
    return entries


def demonstration_moment(log: Sequence[Decision], year: int) -> dt.datetime:
    """Return when a made-up record is made: in the last days of the year before, an hour after the last record."""
    start = dt.datetime(year - 1, 12, 28, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    return max([start, *(dt.datetime.fromisoformat(record.at) for record in log)]) + dt.timedelta(hours=1)


def current_approval(log: Sequence[Decision], fingerprint: str) -> Decision | None:
    """Return the approver's record that signs off this version now, None when there is none."""
    return standing(log, fingerprint).approval


def standing(log: Sequence[Decision], fingerprint: str) -> Standing:
    """Return where a version of the plan stands after all records of a log."""
    now = Standing()
    for record in log:
        now = _after(now, record, fingerprint)
    return now


def approvals(log: Sequence[Decision]) -> list[Decision]:
    """Return every record that signed a version off when it was written, oldest first; some are cancelled since."""
    tried = [record for record in log if record.kind == "approve" and record.role == "approver"]
    return [record for record in tried if current_approval(log[: record.seq], record.plan_fingerprint) == record]


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two names are one however they are typed: width, case, blanks and marks say nothing."""
    bare = ("".join(c for c in fold(name).casefold() if c.isalnum()) for name in (one, other))
    return next(bare) == next(bare)


def require_sign_off(log_text: str, fingerprint: str) -> Decision:
    """Return the approval of this version of the plan.

    Raises RefusedError: P060 when the log was tampered with, P061 never approved, P062 another
    version approved, P063 cancelled since, P064 reviewed only.
    """
    log = parse_log(log_text)
    now = standing(log, fingerprint)
    if now.approval:
        return now.approval
    short = fingerprint[:12]
    if now.cancelled_by:
        raise RefusedError([problem("P063", number=now.cancelled_by.seq)])
    if now.reviews:
        raise RefusedError([problem("P064", number=now.reviews[-1].seq)])
    others = [record for record in log if record.kind == "approve" and record.role == "approver"]
    if others and current_approval(log, others[-1].plan_fingerprint):
        raise RefusedError([problem("P062", approved=others[-1].plan_fingerprint[:12], fingerprint=short)])
    raise RefusedError([problem("P061", fingerprint=short)])


def stated(log: Sequence[Decision], fingerprint: str) -> str:
    """Return where a version stands, in Chinese: signed by which roles and records, and nobody's name."""
    now = standing(log, fingerprint)
    short = f"计划指纹 {fingerprint[:12]}"
    if now.approval:
        reviews = "、".join(f"第{review.seq}条" for review in now.reviews)
        return (
            f"已签批：审核人（{reviews}）、签批人（第{now.approval.seq}条，{now.approval.at[:10]}，"
            f"记录摘要 {now.approval.hash[:12]}）。{short}"
        )
    if now.cancelled_by:
        return f"签批已被第{now.cancelled_by.seq}条记录撤回或者取代，需重新审核、签批。{short}"
    if now.reviews:
        return f"已审核（第{now.reviews[-1].seq}条），待另一个人签批。{short}"
    return f"还没有审核、签批。{short}"


def decisions_table(log: Sequence[Decision]) -> pl.DataFrame:
    """Return what the log says of registers and plan as the table `plan.decisions`.

    The audit of results and what departments mended come after the plan is drawn, into `results.corrections`
    and `supervision.follow_ups`: the plan's table does not change with them.
    """
    told = [record for record in log if record.kind in BEFORE_THE_DRAW]
    return frame_of(Decisions, [{**asdict(record), "details": canonical_json(record.details)} for record in told])


def _after(now: Standing, record: Decision, fingerprint: str) -> Standing:
    """Return where a version stands after one more record."""
    # The others are not about what the plan says: where a judgement changes the registers, the fingerprint changes.
    if record.kind not in ("approve", "withdraw", "decide"):
        return now
    is_this = record.plan_fingerprint == fingerprint
    # A decision on a proposal or a withdrawal unsettles every version; so does approving another one.
    if record.kind != "approve" or (record.role == "approver" and not is_this):
        return Standing(cancelled_by=record) if now.approval or now.reviews else now
    if is_this and record.role == "reviewer":
        return Standing((*now.reviews, record), now.approval)
    if is_this and not all(is_same_person(review.by, record.by) for review in now.reviews):
        return Standing(now.reviews, record)
    return now


def _signature_problems(stands: Standing, signature: Signature) -> list[Problem]:
    by = signature.by.strip()
    if not by:
        return [problem("P080")]
    if stands.approval:
        return [problem("P083", number=stands.approval.seq)]
    own = [review for review in stands.reviews if is_same_person(review.by, by)]
    if signature.role == "reviewer":
        return [problem("P083", number=own[-1].seq)] if own else []
    if not stands.reviews:
        return [problem("P081")]
    return [problem("P082", reviewer=by)] if len(own) == len(stands.reviews) else []


def _note_problems(signature: Signature) -> list[Problem]:
    """Find what the privacy gate would stop: a record cannot be changed, and no release would get past it."""
    return [problem("P085", kind=kind, kind_en=KINDS[kind]) for kind in kinds_in(signature.public_note)]


def _is_later_version(log: Sequence[Decision], fingerprint: str) -> bool:
    return any(record.plan_fingerprint != fingerprint for record in approvals(log))


def _entry(
    signature: Signature, kind: DecisionKind, fingerprint: str, *, what: str, details: Mapping[str, str]
) -> Entry:
    return Entry(
        at=signature.at,
        kind=kind,
        by=signature.by.strip(),
        role=signature.role,
        plan_fingerprint=fingerprint,
        what=what,
        why=signature.why.strip(),
        channel=signature.channel,
        details=details,
        is_demonstration=signature.is_demonstration,
    )


def _canonical(model: type[Table], frame: pl.DataFrame) -> str:
    frame = frame.select(
        pl.col(name).cast(dtype) for name, dtype in polars_schema(model).items() if name in frame.columns
    )
    columns = [
        _text(name, dtype) for name, dtype in frame.schema.items() if name not in _NOT_SIGNED and dtype != pl.Float64
    ]
    lines = frame.select(columns)
    return lines.sort(lines.columns, nulls_last=False).write_csv(separator="\t", quote_style="necessary")


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return column.cast(pl.List(pl.String)).list.join("、") if isinstance(dtype, pl.List) else column.cast(pl.String)

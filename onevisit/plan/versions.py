"""Versions of a year's plan (动态调整, policy III.5): each signed off, what changed from one to the next, what stays.

A version is a plan that was signed off; signed again without a change it stays the same version. Tasks
keep the numbers they were first signed under, so that a number means one task all year. What was drawn
stays exactly as it was when it was drawn: its rows take no part in merging any more, and what is filed or
ruled on them since is set aside and asked about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import polars as pl

from onevisit.decisions import Decision
from onevisit.errors import problem
from onevisit.plan.row_rulings import row_rulings
from onevisit.plan.rows import Judged
from onevisit.plan.signoff import approvals, current_approval, standing
from onevisit.plan.tables import (
    Conflicts,
    Scope,
    Submitted,
    TaskItems,
    Tasks,
    VersionChanges,
    Versions,
)
from onevisit.tables import Table, columns_of, frame_of

Row = Mapping[str, Any]

FILED_COLUMNS = (
    "department", "task_name", "draw_type", "item_code", "scope_text", "towns", "ratio_text", "credit_requirement",
    "method", "starts_on", "ends_on", "partners", "partner_items", "matching", "is_exclusive", "note",
)  # fmt: skip
"""What a department files or the bureau rules of a row; the rest follows from it and from the registers."""

TASK_COLUMNS = (
    "name", "plan_rows", "lead_department", "departments", "item_codes", "starts_on", "ends_on", "matching",
)  # fmt: skip
"""What a task is, figures left out: they move with the registers."""

CITED = "审核决定第"
"""Stands in every sentence of `Submitted.changes` that tells a ruling."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """The four tables that are signed, as they were."""

    submitted: pl.DataFrame
    scope: pl.DataFrame
    tasks: pl.DataFrame
    task_items: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Version:
    """A plan that was signed off: the number it has in the year, and the record that last signed it."""

    number: int
    fingerprint: str
    approval: Decision


def versions_of(log: Sequence[Decision]) -> list[Version]:
    """Return the versions of a year, oldest first."""
    versions: list[Version] = []
    for approval in approvals(log):
        if versions and versions[-1].fingerprint == approval.plan_fingerprint:
            versions[-1] = Version(versions[-1].number, approval.plan_fingerprint, approval)
        else:
            versions.append(Version(len(versions) + 1, approval.plan_fingerprint, approval))
    return versions


def versions_table(log: Sequence[Decision], plans: Mapping[str, KeptPlan]) -> pl.DataFrame:
    """Return the table `plan.versions`; `plans` are the signed plans that are kept, by fingerprint."""
    return frame_of(Versions, [_version(one, log, plans.get(one.fingerprint)) for one in versions_of(log)])


def _version(one: Version, log: Sequence[Decision], plan: KeptPlan | None) -> dict[str, object]:
    before = standing(log[: one.approval.seq], one.fingerprint)
    return {
        "version": one.number,
        "plan_fingerprint": one.fingerprint,
        "signed_at": one.approval.at,
        "reviewed_by": [review.seq for review in before.reviews],
        "approved_by": one.approval.seq,
        "approval_hash": one.approval.hash,
        "why": one.approval.why,
        "public_note": one.approval.details.get("public_note", ""),
        "is_current": current_approval(log, one.fingerprint) == one.approval,
        "task_count": plan.tasks.height if plan else None,
        "row_count": plan.submitted.height if plan else None,
    }


def version_changes(log: Sequence[Decision], plans: Mapping[str, KeptPlan]) -> pl.DataFrame:
    """Return the table `plan.version_changes`: each version against the one before, where both are kept."""
    kept = [(one.number, plans[one.fingerprint]) for one in versions_of(log) if one.fingerprint in plans]
    rows: list[dict[str, object]] = [
        {"version": number, **change}
        for (_, before), (number, after) in pairwise(kept)
        for change in changes_between(before, after)
    ]
    return frame_of(VersionChanges, rows)


def changes_between(before: KeptPlan, after: KeptPlan) -> Iterator[dict[str, str]]:
    """Yield what changed from one plan to another as rows of `VersionChanges`: tasks, then plan rows."""
    for what, changes in (("task", _task_changes(before, after)), ("row", _row_changes(before, after))):
        yield from ({"what": what, **change} for change in changes)


def _task_changes(before: KeptPlan, after: KeptPlan) -> Iterator[dict[str, str]]:
    titles = titles_of(Tasks, TASK_COLUMNS)
    return differences(before.tasks, after.tasks, key="task_id", titles=titles, label=lambda row: row["name"])


def _row_changes(before: KeptPlan, after: KeptPlan) -> Iterator[dict[str, str]]:
    def label(row: Row) -> str:
        return f"{row['task_name']}（{row['item_name']}）"

    titles = titles_of(Submitted, FILED_COLUMNS)
    return differences(before.submitted, after.submitted, key="plan_row_id", titles=titles, label=label)


def differences(
    before: pl.DataFrame, after: pl.DataFrame, *, key: str, titles: Mapping[str, str], label: Callable[[Row], str]
) -> Iterator[dict[str, str]]:
    """Yield what differs between two tables of one key, a column a row, as people read it.

    `titles` are the columns compared. What is new or gone is one row, said by its label.
    """
    old, new = ({row[key]: row for row in frame.iter_rows(named=True)} for frame in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield {"subject": name, "change": "new", "column": "", "before": "", "after": label(new[name])}
        elif name not in new:
            yield {"subject": name, "change": "gone", "column": "", "before": label(old[name]), "after": ""}
        else:
            for column, title in titles.items():
                was, now = cell_text(old[name][column]), cell_text(new[name][column])
                if was != now:
                    yield {"subject": name, "change": "changed", "column": title, "before": was, "after": now}


def titles_of(model: type[Table], columns: Sequence[str]) -> dict[str, str]:
    """Return columns of a model with their Chinese titles."""
    titles = {column.name: column.title for column in columns_of(model)}
    return {name: titles[name] for name in columns}


def cell_text(value: Any) -> str:
    """Return a cell as people read it."""
    if isinstance(value, list):
        return "、".join(cast(list[str], value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def signed_tasks(log: Sequence[Decision], plans: Mapping[str, KeptPlan]) -> pl.DataFrame:
    """Return version, task_id and plan_rows of every task of the signed plans that are kept, oldest version first."""
    tasks = [
        plans[one.fingerprint].tasks.select(pl.lit(one.number, pl.Int64).alias("version"), "task_id", "plan_rows")
        for one in versions_of(log)
        if one.fingerprint in plans
    ]
    empty = frame_of(Tasks, []).select(pl.lit(0, pl.Int64).alias("version"), "task_id", "plan_rows")
    return pl.concat([empty, *tasks])


def drawn_plan(drawn: Mapping[str, str], plans: Mapping[str, KeptPlan]) -> KeptPlan:
    """Return what was drawn as it was signed: of every task, the rows of the plan it was drawn under.

    `drawn` is task -> fingerprint. Raises KeyError for a fingerprint that is not among the plans.
    """
    parts = [
        _part(plans[mark], [task for task in sorted(drawn) if drawn[task] == mark])
        for mark in sorted({*drawn.values()})
    ]
    empty = KeptPlan(*(frame_of(model, []) for model in (Submitted, Scope, Tasks, TaskItems)))
    whole = [empty, *parts]
    return KeptPlan(
        pl.concat([part.submitted for part in whole]).sort("plan_row_id"),
        pl.concat([part.scope for part in whole]).sort("plan_row_id", "object_id"),
        pl.concat([part.tasks for part in whole]).sort("task_id"),
        pl.concat([part.task_items for part in whole]).sort("task_id", "plan_row_id", "role", "item_code"),
    )


def _part(plan: KeptPlan, task_ids: Sequence[str]) -> KeptPlan:
    tasks = plan.tasks.filter(pl.col("task_id").is_in(task_ids))
    rows = tasks.select(plan_row_id="plan_rows").explode("plan_row_id", empty_as_null=False)
    return KeptPlan(
        plan.submitted.join(rows, on="plan_row_id", how="semi"),
        plan.scope.join(rows, on="plan_row_id", how="semi"),
        tasks,
        plan.task_items.join(tasks, on="task_id", how="semi"),
    )


def undrawn(frame: pl.DataFrame, drawn: KeptPlan) -> pl.DataFrame:
    """Return the rows of a table by plan row whose tasks are still to be drawn."""
    return frame.join(drawn.submitted.select("plan_row_id"), on="plan_row_id", how="anti", maintain_order="left")


def undrawn_tasks(tasks: pl.DataFrame, drawn: KeptPlan) -> pl.DataFrame:
    """Return the tasks that hold no drawn row."""
    rows = drawn.submitted["plan_row_id"].to_list()
    return tasks.filter(pl.col("plan_rows").list.set_intersection(rows).list.len() == 0)


def with_drawn(judged: Judged, drawn: KeptPlan, rulings: pl.DataFrame) -> Judged:
    """Return the plan as judged, with drawn rows as they were drawn.

    What is filed or ruled differently since, or refused, or filed no more, is a conflict of kind
    `drawn_task_changed` (P150), in place of those it had: the row stays, and the bureau says what becomes
    of the change.
    """
    answers = row_rulings(rulings).conflicts
    found = [_told(row, judged) for row in drawn.submitted.iter_rows(named=True)]
    conflicts: list[dict[str, object]] = []
    for row, told in found:
        if not told:
            continue
        one = problem("P150", value="；".join(told))
        ruling = answers.get((row["plan_row_id"], "drawn_task_changed", one.value))
        conflicts.append(
            {
                "plan_row_id": row["plan_row_id"],
                "department": row["department"],
                "kind": "drawn_task_changed",
                "value": one.value,
                "code": one.code,
                "reason": one.reason,
                "fix": one.fix,
                "answer": "keep" if ruling else None,
                "settled_by": ruling.number if ruling else None,
            }
        )
    changed = frame_of(Conflicts, conflicts)
    return Judged(
        submitted=pl.concat([undrawn(judged.submitted, drawn), drawn.submitted]).sort("plan_row_id"),
        refused=undrawn(judged.refused, drawn),
        conflicts=pl.concat([judged.conflicts.join(changed, on="plan_row_id", how="anti"), changed]).sort(
            "plan_row_id", "kind", "value"
        ),
        scope=pl.concat([undrawn(judged.scope, drawn), drawn.scope]).sort("plan_row_id", "object_id"),
    )


def _told(row: Row, judged: Judged) -> tuple[Row, list[str]]:
    """Return a drawn row and what is said of it now that was not said when it was drawn."""
    now = judged.submitted.filter(plan_row_id=row["plan_row_id"])
    if now.is_empty():
        refused = judged.refused.filter(plan_row_id=row["plan_row_id"]).select("code", "reason").iter_rows()
        # Why a row was ruled to go back is between the bureau and the department: people write names in it.
        reasons = dict.fromkeys(f"{why.partition('：')[0]}。" if code == "P006" else why for code, why in refused)
        return row, [f"现在退回：{''.join(reasons)}"] if reasons else ["不再报送"]
    after = now.row(0, named=True)
    changed = [
        f"{title}由“{cell_text(row[column])}”改为“{cell_text(after[column])}”"
        for column, title in titles_of(Submitted, FILED_COLUMNS).items()
        if cell_text(row[column]) != cell_text(after[column])
    ]
    ruled = [told for told in after["changes"] if CITED in told and told not in row["changes"]]
    return row, [*changed, *ruled]


def with_drawn_items(listed: pl.DataFrame, drawn: KeptPlan) -> pl.DataFrame:
    """Return what is checked in every task: as listed, and as it was drawn."""
    return pl.concat([listed, drawn.task_items]).sort("task_id", "plan_row_id", "role", "item_code")


def number_tasks(formed: pl.DataFrame, signed: pl.DataFrame, drawn: KeptPlan) -> pl.DataFrame:
    """Return tasks still to be drawn under the numbers they have all year, in order of number.

    `signed` is what `signed_tasks` returns. A task is the one of the last signed version that shares most
    plan rows with it; what is new gets the numbers after the highest ever signed. Nothing signed yet, the
    tasks keep the numbers they came with.
    """
    if signed.is_empty():
        return formed
    last = signed.filter(pl.col("version") == pl.col("version").max()).join(drawn.tasks, on="task_id", how="anti")
    groups = [frozenset(rows) for rows in formed["plan_rows"]]
    shared = sorted(
        (-len(group.intersection(rows)), task_id, place)
        for task_id, rows in last.select("task_id", "plan_rows").iter_rows()
        for place, group in enumerate(groups)
        if group.intersection(rows)
    )
    number: dict[int, str] = {}
    for _, task_id, place in shared:
        if place not in number and task_id not in number.values():
            number[place] = task_id
    highest = max(int(task_id[1:]) for task_id in signed["task_id"])
    fresh = (place for place in range(len(groups)) if place not in number)
    number |= {place: f"T{highest + count:03d}" for count, place in enumerate(fresh, start=1)}
    numbers = pl.Series("task_id", [number[place] for place in range(len(groups))], dtype=pl.String)
    return formed.with_columns(numbers).sort("task_id")


def differing(now: KeptPlan, drawn: KeptPlan) -> pl.DataFrame:
    """Return the drawn tasks and rows that a plan has differently, not at all, or more of."""
    pairs = (
        ("task_id", now.tasks, drawn.tasks),
        ("task_id", now.task_items, drawn.task_items),
        ("plan_row_id", now.submitted, drawn.submitted),
    )
    found = [
        these.join(others, on=wanted.columns, how="anti", nulls_equal=True).select(subject=key)
        for key, held, wanted in pairs
        for own in [held.join(wanted, on=key, how="semi")]
        for these, others in ((wanted, own), (own, wanted))
    ]
    return pl.concat(found).unique().sort("subject")

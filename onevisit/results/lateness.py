"""Clocks of results: what follows from a finding, and everything that is late by today, with its owner.

All clocks run on working days of the official calendar; a clock that would end on provisional days
does not run yet. What is checked and not published is not done (policy section IV, domain practice 3).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.county import ResultRules
from onevisit.results import vocabulary
from onevisit.results.tables import Disposals, Overdue
from onevisit.results.versions import KEY
from onevisit.tables import conform, frame_of
from onevisit.visits.deadlines import closes_on

NOTHING = vocabulary.DISPOSALS[0]
KIND_WORDS = {
    "not_started": "未按期启动",
    "not_checked": "未按期检查",
    "not_entered": "检查后未录入",
    "not_audited": "录入后未审核",
    "not_published": "未按期公示",
    "disposal_overdue": "处置逾期",
}
"""Kinds of lateness as officials read them."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What lateness is measured by."""

    today: dt.date
    days: WorkingDays
    rules: ResultRules

    def after(self, on: dt.date, count: int) -> dt.date | None:
        """Return the count-th working day after a day; None where the calendar ends before."""
        try:
            return self.days.after(on, count)
        except IndexError:
            return None

    def over(self, due: dt.date) -> int:
        """Return how many working days have gone by since a day that was due."""
        return self.days.between(due + dt.timedelta(days=1), self.today)


def disposals_of(findings: pl.DataFrame, *, today: dt.date) -> pl.DataFrame:
    """Return a row for every finding that names a problem, or a disposal other than none."""
    is_problem = pl.col("result_types").list.eval(~pl.element().is_in(sorted(vocabulary.HARMLESS))).list.any()
    has_disposal = pl.col("disposal").is_not_null() & (pl.col("disposal") != NOTHING)
    followed = findings.filter((is_problem & (pl.col("disposal").is_null())) | has_disposal)
    followed = followed.filter(pl.col("audit_state") != "withdrawn").with_columns(
        state=pl.when("is_disposed").then(pl.lit("finished")).otherwise(pl.lit("open")),
        is_overdue=~pl.col("is_disposed") & (pl.col("dispose_by") < today).fill_null(value=False),
    )
    return conform(Disposals, followed).sort("department", *KEY)


def starts_of(obligations: pl.DataFrame, deadlines: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    """Return when each task must have begun: task_id, lead_department, start_by."""
    due = obligations.join(deadlines.select("visit_id", "task_start_by"), on="visit_id")
    starts = due.group_by("task_id").agg(start_by=pl.col("task_start_by").min())
    return starts.join(tasks.select("task_id", "lead_department"), on="task_id").sort("task_id")


def overdue_of(
    obligations: pl.DataFrame,
    findings: pl.DataFrame,
    disposals: pl.DataFrame,
    starts: pl.DataFrame,
    *,
    owners: Mapping[str, str],
    clocks: Clocks,
) -> pl.DataFrame:
    """Return everything that is late today, one line for each obligation: the first step that is missing.

    `starts` has a row a task: task_id, lead_department, start_by. `owners` is department -> who answers for it.
    """
    rows = [
        *_not_started(findings, starts, clocks),
        *_missing(obligations, findings, clocks),
        *_unpublished(findings, clocks),
        *_undisposed(disposals),
    ]
    made: list[dict[str, object]] = [
        {**row, "owner": owners[row["department"]], "days_over": clocks.over(row["due_on"])} for row in rows
    ]
    table = frame_of(Overdue, made)
    return table.sort("department", "kind", "due_on", "task_id", "object_id", "plan_row_id", "item_code")


def _line(row: Mapping[str, Any], kind: str, due_on: dt.date) -> dict[str, Any]:
    return {**{name: row[name] for name in (*KEY, "department")}, "kind": kind, "due_on": due_on}


def _not_started(findings: pl.DataFrame, starts: pl.DataFrame, clocks: Clocks) -> Iterator[dict[str, Any]]:
    late = starts.filter(pl.col("start_by") < clocks.today).join(findings, on="task_id", how="anti")
    for task_id, lead, start_by in late.select("task_id", "lead_department", "start_by").iter_rows():
        yield {"department": lead, "task_id": task_id, "kind": "not_started", "due_on": start_by}


def _missing(obligations: pl.DataFrame, findings: pl.DataFrame, clocks: Clocks) -> Iterator[dict[str, Any]]:
    """Yield what nobody returned: not entered where others report the visit, else not checked in its window."""
    check = [*KEY, "department"]
    seen = findings.join(obligations.select(*check, "visit_id"), on=check).drop_nulls("visit_id")
    visited = seen.group_by("visit_id").agg(visited_on=pl.col("checked_on").min())
    open_ = obligations.join(findings, on=check, how="anti").join(visited, on="visit_id", how="left")
    after = _memo(clocks.after)
    for row in open_.iter_rows(named=True):
        if row["visited_on"]:
            due, kind = after(row["visited_on"], clocks.rules.enter_within_workdays), "not_entered"
        else:
            closing = clocks.rules.close_before_end_workdays
            due, kind = closes_on(clocks.days, row["starts_on"], row["ends_on"], closing), "not_checked"
        if due and due < clocks.today:
            yield _line(row, kind, due)


def _unpublished(findings: pl.DataFrame, clocks: Clocks) -> Iterator[dict[str, Any]]:
    after = _memo(clocks.after)
    for row in findings.filter(~pl.col("audit_state").is_in(["approved", "withdrawn"])).iter_rows(named=True):
        if row["publish_by"] and row["publish_by"] < clocks.today:
            yield _line(row, "not_published", row["publish_by"])
            continue
        due = after(row["checked_on"], clocks.rules.audit_within_workdays)
        if row["audit_state"] != "checked" and due and due < clocks.today:
            yield _line(row, "not_audited", due)


def _undisposed(disposals: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in disposals.filter("is_overdue").iter_rows(named=True):
        yield _line(row, "disposal_overdue", row["dispose_by"])


def _memo(
    after: Callable[[dt.date, int], dt.date | None],
) -> Callable[[dt.date, int], dt.date | None]:
    known: dict[tuple[dt.date, int], dt.date | None] = {}

    def looked_up(on: dt.date, count: int) -> dt.date | None:
        if (on, count) not in known:
            known[on, count] = after(on, count)
        return known[on, count]

    return looked_up

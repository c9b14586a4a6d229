"""Progress: how far each department is with each task (抽查完成率)."""

import datetime as dt

import polars as pl

from onevisit.results.vocabulary import HARMLESS


def progress_of(obligations: pl.DataFrame, findings: pl.DataFrame, *, today: dt.date) -> pl.DataFrame:
    """Return what is due, checked, done, found and overdue on a day, per task and department.

    Checked but unpublished is not done; what was withdrawn was not checked.
    """
    check = ["object_id", "task_id", "plan_row_id", "item_code"]
    is_problem = pl.col("result_types").list.eval(~pl.element().is_in(sorted(HARMLESS))).list.any()
    found = findings.filter(pl.col("audit_state") != "withdrawn").select(
        *check,
        is_problem=is_problem,
        is_checked=pl.lit(value=True),
        is_done=pl.col("audit_state") == "approved",
    )
    is_done = pl.col("is_done").fill_null(value=False)
    return (
        obligations.join(found, on=check, how="left")
        .group_by("task_id", "department")
        .agg(
            due_count=pl.len(),
            checked_count=pl.col("is_checked").sum(),
            done_count=is_done.sum(),
            problem_count=pl.col("is_problem").sum(),
            overdue_count=(~is_done & (pl.col("ends_on") < today)).sum(),
        )
        .sort("task_id", "department")
    )

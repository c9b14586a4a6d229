"""Promises about results: every filed row is accounted for, and every finding answers an obligation."""

import polars as pl

from checks.rules import rule
from onevisit.filings.tables import Accounting
from onevisit.results.tables import Findings, Progress, Refused
from onevisit.visits.tables import Obligations

_CHECK = ["object_id", "task_id", "plan_row_id", "department", "item_code"]
_LINE = ["department", "file", "sheet"]


@rule(on=Refused, reads=[Accounting, Findings, Refused])
def every_filed_result_is_a_finding_or_refused(
    accounting: pl.DataFrame, findings: pl.DataFrame, refused: pl.DataFrame
) -> pl.DataFrame:
    """Per file and sheet: result rows kept at intake = findings as filed + refused rows."""
    filed = accounting.filter(pl.col("kind") == "results").select(*_LINE, filed="kept_count")
    standing = findings.filter("is_filed")
    judged = pl.concat([standing.select(*_LINE, "row"), refused.select(*_LINE, "row").unique()])
    counted = judged.group_by(_LINE).agg(
        judged=pl.len().cast(pl.Int64), distinct=pl.struct("row").n_unique().cast(pl.Int64)
    )
    both = filed.join(counted, on=_LINE, how="full", coalesce=True).fill_null(0)
    return both.filter((pl.col("filed") != pl.col("judged")) | (pl.col("judged") != pl.col("distinct")))


@rule(on=Findings, reads=[Findings, Obligations])
def every_finding_answers_one_obligation(findings: pl.DataFrame, obligations: pl.DataFrame) -> pl.DataFrame:
    """A finding is about something its department owed, and the only one about it."""
    stray = findings.join(obligations, on=_CHECK, how="anti")
    repeated = findings.filter(pl.struct(_CHECK).is_duplicated())
    return pl.concat([stray, repeated]).unique(maintain_order=True).drop("problem")


@rule(on=Findings, reads=[Findings])
def nothing_found_stands_alone(findings: pl.DataFrame) -> pl.DataFrame:
    """未发现问题 is never one result among others, and no finding is without a result."""
    count = pl.col("result_types").list.len()
    is_mixed = pl.col("result_types").list.contains("未发现问题") & (count > 1)
    return findings.filter(is_mixed | (count == 0)).drop("problem")


@rule(on=Progress, reads=[Progress, Obligations, Findings])
def progress_adds_up(progress: pl.DataFrame, obligations: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Per task: what is due is what is owed, what is checked what was found, what is done what was approved."""
    totals = progress.group_by("task_id").agg(
        due=pl.col("due_count").sum(), checked=pl.col("checked_count").sum(), done=pl.col("done_count").sum()
    )
    owed = obligations.group_by("task_id").agg(owed=pl.len().cast(pl.Int64))
    found = findings.group_by("task_id").agg(
        found=pl.len().cast(pl.Int64), approved=(pl.col("audit_state") == "approved").sum().cast(pl.Int64)
    )
    both = totals.join(owed, on="task_id", how="full", coalesce=True).join(
        found, on="task_id", how="full", coalesce=True
    )
    filled = both.with_columns(pl.col("due", "checked", "done", "owed", "found", "approved").fill_null(0))
    return filled.filter(
        (pl.col("due") != pl.col("owed"))
        | (pl.col("checked") != pl.col("found"))
        | (pl.col("done") != pl.col("approved"))
    )


@rule(on=Progress, reads=[Progress], is_blocking=False)
def no_check_is_overdue(progress: pl.DataFrame) -> pl.DataFrame:
    """Every check whose window has closed has a result."""
    return progress.filter(pl.col("overdue_count") > 0)

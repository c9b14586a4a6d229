"""Promises about results: every filed row is accounted for, and every finding answers an obligation."""

import polars as pl

from checks.rules import rule
from onevisit.filings.tables import Accounting
from onevisit.results.tables import Corrections, Disposals, Findings, Overdue, Progress, Refused
from onevisit.results.vocabulary import HARMLESS, TERMINAL, UNREACHABLE
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


@rule(on=Findings, reads=[Findings, Obligations])
def nobody_reached_is_nothing_checked(findings: pl.DataFrame, obligations: pl.DataFrame) -> pl.DataFrame:
    """At one visit on one day nobody checks what another department says nobody opened for."""
    doors = obligations.filter("is_on_site").select(*_CHECK, "visit_id")
    met = findings.filter(pl.col("audit_state") != "withdrawn").join(doors, on=_CHECK).drop_nulls("visit_id")
    types = pl.col("result_types").list
    seen = types.eval(~pl.element().is_in([UNREACHABLE, *sorted(TERMINAL)])).list.any()
    both = met.with_columns(nobody=types.contains(UNREACHABLE), seen=seen).with_columns(
        clash=pl.col("nobody").any().over("visit_id", "checked_on")
        & pl.col("seen").any().over("visit_id", "checked_on")
    )
    return both.filter("clash").select(*_CHECK, "visit_id", "checked_on")


@rule(on=Findings, reads=[Findings, Corrections])
def every_published_result_has_its_days(findings: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """What is public has the day it became so; from the second version on that of the correction, and its note."""
    public = pl.col("audit_state").is_in(["approved", "withdrawn"])
    approved = corrections.drop_nulls("version").group_by(*_CHECK).agg(last=pl.col("version").max())
    versions = findings.join(approved, on=_CHECK, how="left").with_columns(last=pl.col("last").fill_null(1))
    is_corrected = pl.col("version") > 1
    has_days = pl.col("published_on").is_not_null() == public
    has_note = (pl.col("corrected_on").is_not_null() & pl.col("correction_note").is_not_null()) == is_corrected
    return versions.filter(~has_days | ~has_note | (pl.col("version") != pl.col("last"))).select(*_CHECK, "version")


@rule(on=Disposals, reads=[Disposals, Findings])
def every_problem_has_its_disposal(disposals: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """A problem found is disposed of, or said to need nothing: none is lost between the two tables."""
    is_problem = pl.col("result_types").list.eval(~pl.element().is_in(sorted(HARMLESS))).list.any()
    is_left = (pl.col("audit_state") != "withdrawn") & (pl.col("disposal").fill_null("") != "无需后续处置")
    return findings.filter(is_problem & is_left).join(disposals, on=_CHECK, how="anti").drop("problem")


@rule(on=Overdue, reads=[Overdue, Findings, Obligations])
def what_is_late_is_owed_and_not_done(
    overdue: pl.DataFrame, findings: pl.DataFrame, obligations: pl.DataFrame
) -> pl.DataFrame:
    """Nothing is called late that nobody owes, or that is public but for its disposal."""
    named = overdue.drop_nulls("object_id")
    stray = named.join(obligations, on=_CHECK, how="anti")
    public = findings.filter(pl.col("audit_state").is_in(["approved", "withdrawn"]))
    done = named.filter(pl.col("kind") != "disposal_overdue").join(public, on=_CHECK, how="semi")
    return pl.concat([stray, done])


@rule(on=Progress, reads=[Progress, Obligations, Findings])
def progress_adds_up(progress: pl.DataFrame, obligations: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Per task: what is due is owed, what is checked was found and stands, what is done was approved."""
    totals = progress.group_by("task_id").agg(
        due=pl.col("due_count").sum(), checked=pl.col("checked_count").sum(), done=pl.col("done_count").sum()
    )
    owed = obligations.group_by("task_id").agg(owed=pl.len().cast(pl.Int64))
    found = (
        findings.filter(pl.col("audit_state") != "withdrawn")
        .group_by("task_id")
        .agg(found=pl.len().cast(pl.Int64), approved=(pl.col("audit_state") == "approved").sum().cast(pl.Int64))
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


@rule(on=Overdue, reads=[Overdue], is_blocking=False)
def nothing_is_late(overdue: pl.DataFrame) -> pl.DataFrame:
    """Every step of every check was taken in time."""
    return overdue


@rule(on=Progress, reads=[Progress], is_blocking=False)
def no_check_is_overdue(progress: pl.DataFrame) -> pl.DataFrame:
    """Every check whose window has closed has a result."""
    return progress.filter(pl.col("overdue_count") > 0)

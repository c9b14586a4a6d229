"""Promises about what is made of the results: formulas that add up, warnings that hold, feedback with a source."""

import polars as pl

from checks.rules import rule
from onevisit.plan.tables import Raises
from onevisit.results.tables import (
    Feedback,
    Findings,
    FrequencyWarnings,
    Indicators,
    OtherChecks,
    ProblemRates,
    Progress,
)

_IS_OF_ALL_CHECKS = (pl.col("scope") == "county") & (pl.col("span") == "all") & (pl.col("name") == "检查完成率")


@rule(on=Indicators, reads=[Indicators])
def every_share_lies_between_none_and_all(indicators: pl.DataFrame) -> pl.DataFrame:
    """A rate is its numerator over its denominator and at most 1; only the change since last year may be anything."""
    shares = indicators.filter(pl.col("unit") == "rate", pl.col("name") != "入户次数比上年")
    quotient = pl.col("numerator") / pl.col("denominator")
    is_wrong = (pl.col("numerator") > pl.col("denominator")) | ((pl.col("value") - quotient).abs() > 0.0001)
    return shares.filter(is_wrong | (pl.col("value").is_null() != (pl.col("denominator") == 0)))


@rule(on=Indicators, reads=[Indicators])
def departments_add_up_to_the_county(indicators: pl.DataFrame) -> pl.DataFrame:
    """What is due and done, found and published in the county is what its departments owe, did, found and published."""
    sums = indicators.filter(pl.col("name").is_in(["抽查完成率", "检查完成率", "完结率", "问题检出率"]))
    parts = pl.col("numerator", "denominator").sum()
    county = sums.filter(pl.col("scope") == "county").group_by("name", "span").agg(parts)
    departments = sums.filter(pl.col("scope") == "department").group_by("name", "span").agg(parts)
    both = county.join(departments, on=["name", "span"], how="left", suffix="_of_departments").fill_null(0)
    is_same = pl.all_horizontal(pl.col(one) == pl.col(f"{one}_of_departments") for one in ("numerator", "denominator"))
    return both.filter(~is_same)


@rule(on=Indicators, reads=[Indicators, Progress])
def the_indicators_agree_with_the_progress(indicators: pl.DataFrame, progress: pl.DataFrame) -> pl.DataFrame:
    """检查完成率 of the county counts what `results.progress` counts."""
    done, due = int(progress["checked_count"].sum()), int(progress["due_count"].sum())
    return indicators.filter(_IS_OF_ALL_CHECKS, (pl.col("numerator") != done) | (pl.col("denominator") != due))


@rule(on=ProblemRates, reads=[ProblemRates])
def no_class_and_no_small_count_is_publishable(problem_rates: pl.DataFrame) -> pl.DataFrame:
    """What may be published of the problem rates is of an item, and no part of it is 1 or 2."""
    parts = [pl.col("checked_count"), pl.col("problem_count"), pl.col("checked_count") - pl.col("problem_count")]
    is_small = pl.any_horizontal(part.is_in([1, 2]) for part in parts)
    return problem_rates.filter("is_publishable", is_small | (pl.col("cell_kind") == "class")).drop("cell")


@rule(on=OtherChecks, reads=[OtherChecks])
def a_check_that_does_not_count_says_why(other_checks: pl.DataFrame) -> pl.DataFrame:
    """Counted checks have a business; every other one has a reason."""
    is_sound = pl.when("is_counted").then(pl.col("object_id").is_not_null()).otherwise(pl.col("reason").is_not_null())
    return other_checks.filter(~is_sound)


@rule(on=FrequencyWarnings, reads=[FrequencyWarnings], is_blocking=False)
def no_business_is_visited_again_too_soon(frequency_warnings: pl.DataFrame) -> pl.DataFrame:
    """Nobody is visited at the door twice within the days the county has set."""
    return frequency_warnings


@rule(on=Feedback, reads=[Feedback, Findings])
def every_result_has_its_feedback(feedback: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Every approved result of every business is in the feedback, and nothing in it that nobody approved."""
    findings = findings.filter(pl.col("audit_state") == "approved")
    found = findings.explode("result_types").select("object_id", ground="result_types").unique()
    told = feedback.filter(pl.col("ground") != "处置未完结").select("object_id", "ground")
    stray = feedback.select("object_id", "ground").join(findings.select("object_id"), on="object_id", how="anti")
    return pl.concat([found.join(told, on=["object_id", "ground"], how="anti"), stray])


@rule(on=Raises, reads=[Raises])
def every_raise_says_why(raises: pl.DataFrame) -> pl.DataFrame:
    """Nobody is counted in a riskier class without a reason."""
    return raises.filter(pl.col("reasons").list.len() == 0).select("object_id")

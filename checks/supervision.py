"""Promises of the yearly review: counted twice alike, every shortfall on the problem list, nobody unknown."""

import dagster as dg
import polars as pl

from assets.catalogue import year_of
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.county import County
from onevisit.registries.tables import Changes, Objects
from onevisit.supervision.measures import WHOLE_COUNTY
from onevisit.supervision.tables import Expectations, Problems, Scores
from onevisit.supervision.towns import town_flows, unbalanced


@rule(on=Scores, reads=[Scores])
def no_more_rows_pass_than_were_looked_at(scores: pl.DataFrame) -> pl.DataFrame:
    """No measure has more rows that pass than rows looked at."""
    return scores.filter(pl.col("numerator") > pl.col("denominator"))


@rule(on=Expectations, reads=[Expectations, Scores])
def both_engines_count_alike(expectations: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Great Expectations and the scores find the same number of failing rows, for the same measures."""
    key = ["department", "key"]
    judged = expectations.filter(pl.col("threshold").is_not_null()).select(*key, "unexpected_count")
    counted = scores.select(*key, failing_count=pl.col("denominator") - pl.col("numerator"))
    return judged.join(counted, on=key, how="full", coalesce=True).filter(
        pl.col("unexpected_count").ne_missing(pl.col("failing_count"))
    )


@rule(on=Problems, reads=[Expectations, Problems])
def every_unmet_expectation_is_a_problem(expectations: pl.DataFrame, problems: pl.DataFrame) -> pl.DataFrame:
    """Every unmet expectation is on the problem list."""
    named = problems.filter("is_unmet").select("department", "registry", measure="rule")
    return expectations.filter(~pl.col("is_met")).join(named, on=["department", "registry", "measure"], how="anti")


@dg.asset_check(
    asset=["supervision", "problems"],
    name="every_line_has_a_responsible_department",
    description="Scores, expectations and problems name departments of the county, or the whole county.",
    blocking=True,
)
def every_line_has_a_responsible_department(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """The one check that needs the county's settings besides the tables."""
    year = year_of(context)
    named = {model.__name__: warehouse.read(model, year) for model in (Scores, Expectations, Problems)}
    return verdict(strangers(named, county), is_blocking=True)


@dg.asset_check(
    asset=["supervision", "report"],
    name="every_towns_year_adds_up",
    description="In every town last year's objects, less those that left, and those that came are this year's.",
    blocking=True,
)
def every_towns_year_adds_up(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """It is about what the report tells, which is no table."""
    year = year_of(context)
    now, before = (warehouse.read(Objects, one) for one in (year, year - 1))
    flows = town_flows(now, before, warehouse.read(Changes, year))
    return verdict(unbalanced(flows), is_blocking=True)


def strangers(tables: dict[str, pl.DataFrame], county: County) -> pl.DataFrame:
    """Return the departments named in the tables that the county does not have."""
    known = [WHOLE_COUNTY, *county.department_names]
    named = [frame.select(pl.lit(name).alias("table"), "department").unique() for name, frame in tables.items()]
    return pl.concat(named).filter(~pl.col("department").is_in(known)).sort("table", "department")

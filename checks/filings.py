"""Promises of the filings: every line accounted for, every department heard, lists of a plausible size."""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from assets.catalogue import year_of
from assets.filings import read_filings
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.county import County
from onevisit.filings.intake import REQUIRED_KINDS
from onevisit.filings.tables import Accounting

PLACE = ["department", "kind", "file", "sheet"]


@rule(on=Accounting, reads=[Accounting])
def read_is_kept_plus_refused(accounting: pl.DataFrame) -> pl.DataFrame:
    """In every file and sheet, rows read = rows kept + rows refused."""
    return accounting.filter(pl.col("read_count") != pl.col("kept_count") + pl.col("refused_count"))


@dg.asset_check(asset=["filings", "accounting"], blocking=True)
def every_line_is_accounted_for(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Every line of every file is in the account, kept, refused or noted, and the account holds no other."""
    year = year_of(context)
    broken = unaccounted(read_filings(warehouse, county, year), warehouse.read(Accounting, year), county)
    return verdict(broken, is_blocking=True)


@dg.asset_check(asset=["filings", "accounting"])
def every_department_has_filed(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Every department has handed in the lists it owes, and at least one row of each could be kept."""
    return verdict(unfiled(warehouse.read(Accounting, year_of(context)), county), is_blocking=False)


@dg.asset_check(asset=["filings", "accounting"])
def object_counts_are_as_expected(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Each department's list of objects has a plausible number of rows (expected_objects in its settings)."""
    return verdict(unexpected_counts(warehouse.read(Accounting, year_of(context)), county), is_blocking=False)


def unaccounted(filed: Sequence[pl.DataFrame], accounting: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return files and sheets whose lines are not the ones the account counts."""
    lines = pl.concat(filed).filter(pl.col("file") != "").group_by(PLACE).agg(lines=pl.len().cast(pl.Int64))
    # What lies outside every department's folder is in the account alone.
    counted = accounting.filter(pl.col("department").is_in(county.department_names)).select(
        *PLACE, counted=pl.col("read_count") + pl.col("noted_count")
    )
    return (
        lines.join(counted, on=PLACE, how="full", coalesce=True)
        .filter(~pl.col("lines").eq_missing(pl.col("counted")))
        .sort(PLACE)
    )


def unfiled(accounting: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return each list a department owes of which no row was kept."""
    owed = pl.DataFrame({"department": county.department_names}).join(
        pl.DataFrame({"kind": REQUIRED_KINDS}), how="cross"
    )
    return owed.join(accounting.filter(pl.col("kept_count") > 0), on=["department", "kind"], how="anti")


def unexpected_counts(accounting: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return departments that filed objects, but fewer or more than their settings expect."""
    expected = pl.DataFrame(
        [(one.name, *one.expected_objects) for one in county.departments],
        schema={"department": pl.String, "least": pl.Int64, "most": pl.Int64},
        orient="row",
    )
    kept = accounting.filter(pl.col("kind") == "objects").group_by("department").agg(pl.col("kept_count").sum())
    return (
        kept.join(expected, on="department")
        .filter(~pl.col("kept_count").is_between(pl.col("least"), pl.col("most")))
        .sort("department")
    )

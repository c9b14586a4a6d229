"""Promises about the schedule and borrowing: a legal day or a reason, nobody too many doors, the fewest people lent."""

import dagster as dg
import polars as pl

from assets.catalogue import key_of, keys_of, year_of
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.county import County
from onevisit.plan.tables import Calendar
from onevisit.visits.tables import Borrowing, Deadlines, Pools, Schedule, Shortages, Teams, Visits


@rule(on=Schedule, reads=[Visits, Schedule])
def every_visit_has_a_day_or_a_reason(visits: pl.DataFrame, schedule: pl.DataFrame) -> pl.DataFrame:
    """Every visit is scheduled once, with a day or with the reason why it has none: never both."""
    listed = visits.select("visit_id", is_due=pl.lit(value=True)).join(
        schedule.select("visit_id", "visit_on", "reason"), on="visit_id", how="full", coalesce=True
    )
    is_told = pl.col("visit_on").is_null() != pl.col("reason").is_null()
    return listed.filter(pl.col("is_due").is_null() | ~is_told)


@rule(on=Schedule, reads=[Visits, Deadlines, Calendar, Schedule])
def no_visit_is_scheduled_outside_its_window(
    visits: pl.DataFrame, deadlines: pl.DataFrame, calendar: pl.DataFrame, schedule: pl.DataFrame
) -> pl.DataFrame:
    """Every day is a working day in the visit's window and after its draw."""
    windows = visits.select("visit_id", "starts_on", "ends_on").join(
        deadlines.select("visit_id", "drawn_on"), on="visit_id"
    )
    placed = schedule.drop_nulls("visit_on").select("visit_id", "visit_on").join(windows, on="visit_id", how="left")
    worked = calendar.filter("is_workday").select(visit_on="on", is_worked=pl.lit(value=True))
    is_legal = (
        pl.col("visit_on").is_between("starts_on", "ends_on")
        & (pl.col("visit_on") > pl.col("drawn_on"))
        & pl.col("is_worked")
    )
    return placed.join(worked, on="visit_on", how="left").filter(~is_legal.fill_null(value=False)).sort("visit_id")


@dg.asset_check(asset=key_of(Schedule), additional_deps=keys_of(Teams), blocking=True)
def nobody_is_at_more_doors_a_day_than_they_can(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """On no day is anybody at more doors than the county allows, and so no department beyond its people."""
    year = year_of(context)
    schedule, teams = warehouse.read(Schedule, year), warehouse.read(Teams, year)
    crowded = crowded_days(schedule, teams, visits_per_day=county.visits.visits_per_person_day)
    return verdict(crowded, is_blocking=True)


@dg.asset_check(asset=key_of(Schedule), additional_deps=keys_of(Visits), blocking=True)
def nobody_is_visited_again_too_soon(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Between two visits to one object lie at least the days that the county sets."""
    year = year_of(context)
    hurried = hurried_visits(
        warehouse.read(Schedule, year),
        warehouse.read(Visits, year),
        min_days=county.visits.min_days_between_visits or 0,
    )
    return verdict(hurried, is_blocking=True)


@rule(on=Schedule, reads=[Schedule], is_blocking=False)
def every_visit_has_a_day(schedule: pl.DataFrame) -> pl.DataFrame:
    """Every visit can be made within its window by the people drawn for it."""
    return schedule.filter(pl.col("visit_on").is_null()).select(
        "visit_id", "departments", "first_on", "last_on", "code", "reason"
    )


@rule(on=Schedule, reads=[Schedule], is_blocking=False)
def every_day_that_came_near_was_kept(schedule: pl.DataFrame) -> pl.DataFrame:
    """No visit was moved once its day was near or its papers were printed."""
    return schedule.drop_nulls("moved_from").select("visit_id", "departments", "moved_from", "visit_on", "moved_why")


@rule(on=Schedule, reads=[Schedule], is_blocking=False)
def every_task_is_scheduled_to_start_in_time(schedule: pl.DataFrame) -> pl.DataFrame:
    """Every task has a visit within five working days of its draw (policy IV.1)."""
    late = schedule.explode("late_tasks", empty_as_null=True).drop_nulls("late_tasks")
    return late.group_by("serial", task_id="late_tasks").agg(pl.col("visit_on").min()).sort("serial", "task_id")


@rule(on=Borrowing, reads=[Shortages, Borrowing])
def every_shortage_of_inspectors_has_its_proposal(shortages: pl.DataFrame, borrowing: pl.DataFrame) -> pl.DataFrame:
    """Every department that is short at a visit has one proposal, with a pool or a reason; nobody else has."""
    unit = ["visit_id", "department"]
    due = shortages.filter(pl.col("kind") == "inspectors").select(unit).unique().with_columns(is_due=pl.lit(value=True))
    proposed = (
        borrowing.filter(pl.col("state") == "proposed")
        .group_by(unit)
        .agg(count=pl.len(), told=(pl.col("pool").is_null() != pl.col("reason").is_null()).all())
    )
    both = due.join(proposed, on=unit, how="full", coalesce=True)
    is_right = pl.col("is_due") & (pl.col("count") == 1) & pl.col("told")
    return both.filter(~is_right.fill_null(value=False)).sort(unit)


@rule(on=Borrowing, reads=[Borrowing])
def nobody_is_lent_who_is_not_needed(borrowing: pl.DataFrame) -> pl.DataFrame:
    """No pool lends fewer than the proven least, nor more than a whole team."""
    return borrowing.drop_nulls("pool").filter(~pl.col("lent").is_between("least", "needed"))


@rule(on=Borrowing, reads=[Teams, Borrowing])
def whatever_was_borrowed_is_told(teams: pl.DataFrame, borrowing: pl.DataFrame) -> pl.DataFrame:
    """Every seat that a pool lends stands in the borrowing as drawn, and beside it sits one of the department's own."""
    unit = ["visit_id", "department"]
    lent = teams.group_by(unit).agg(
        pool=pl.col("lender").drop_nulls().first(),
        lent=pl.col("lender").count(),
        own=pl.col("lender").null_count(),
        pools=pl.col("lender").drop_nulls().n_unique(),
    )
    seats = lent.filter(pl.col("lent") > 0)
    told = borrowing.filter(pl.col("state") == "drawn").select(*unit, "pool", lent=pl.col("lent").cast(pl.UInt32))
    untold = seats.join(told, on=[*unit, "pool", "lent"], how="anti").select(unit)
    unseated = told.join(seats, on=[*unit, "pool", "lent"], how="anti").select(unit)
    alone = seats.filter((pl.col("own") == 0) | (pl.col("pools") > 1)).select(unit)
    return pl.concat([untold, unseated, alone]).unique().sort(unit)


@rule(on=Borrowing, reads=[Borrowing], is_blocking=False)
def a_pool_can_fill_every_team(borrowing: pl.DataFrame) -> pl.DataFrame:
    """Every team a department cannot field could be filled by one of the county's pools."""
    return borrowing.filter(pl.col("pool").is_null()).select("visit_id", "department", "least", "code", "reason")


@rule(on=Pools, reads=[Pools], is_blocking=False)
def every_pool_lists_its_people(pools: pl.DataFrame) -> pl.DataFrame:
    """Every pool of the settings has handed in a list for each department, and every row of it can be used."""
    return pools.filter((pl.col("kept_count") == 0) | (pl.col("refused_count") > 0))


def hurried_visits(schedule: pl.DataFrame, visits: pl.DataFrame, *, min_days: int) -> pl.DataFrame:
    """Return the visits that come sooner after another to their object than they may."""
    days = schedule.drop_nulls("visit_on").join(visits.select("visit_id", "object_id"), on="visit_id")
    since = pl.col("visit_on").diff().over("object_id", order_by=["visit_on", "visit_id"]).dt.total_days()
    return (
        days.with_columns(days_since=since)
        .filter(pl.col("days_since") < min_days)
        .select("visit_id", "visit_on", "days_since")
        .sort("visit_id")
    )


def crowded_days(schedule: pl.DataFrame, teams: pl.DataFrame, *, visits_per_day: int) -> pl.DataFrame:
    """Return the departments and days on which somebody is at too many doors, without saying who."""
    seats = schedule.drop_nulls("visit_on").join(teams, on="visit_id")
    doors = seats.group_by("person_id", "visit_on").agg(
        pl.col("department").min(), door_count=pl.col("visit_id").n_unique()
    )
    return (
        doors.filter(pl.col("door_count") > visits_per_day)
        .group_by("department", "visit_on")
        .agg(people=pl.len(), most_doors=pl.col("door_count").max())
        .sort("department", "visit_on")
    )

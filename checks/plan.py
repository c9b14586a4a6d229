"""Promises of the plan: no row lost, none over its cap, only living objects, windows kept, signed off."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from assets.catalogue import year_of
from assets.clock import today
from assets.decisions import read_decision_log
from assets.filings import read_filed
from assets.kept_plans import drawn_part
from assets.plan import fingerprint_of, objects_of, plan_held
from assets.warehouse import Warehouse
from checks.rules import rule, verdict
from onevisit.calendar import undeclared_years
from onevisit.county import CLASSES, County
from onevisit.errors import RefusedError
from onevisit.filings.tables import Accounting
from onevisit.plan.caps import ceilings_bp, class_counts, is_over_cap
from onevisit.plan.due import missing_plans
from onevisit.plan.ratios import Ratio
from onevisit.plan.rulings import parts_of, ruled
from onevisit.plan.signoff import require_sign_off
from onevisit.plan.tables import (
    Calendar,
    Capacity,
    Load,
    Refused,
    Rosters,
    Rulings,
    Schemes,
    Scope,
    Submitted,
    TaskItems,
    Tasks,
)
from onevisit.plan.versions import differing, undrawn, undrawn_tasks
from onevisit.registries.tables import Items, Objects
from onevisit.text import fold

PLACE = ["department", "file", "sheet", "row"]


@dg.asset_check(
    asset=["plan", "refused"],
    additional_deps=[dg.AssetKey(["plan", "submitted"])],
    blocking=True,
)
def no_plan_row_is_lost(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """Every filed plan row either stands or is refused with a reason, never both, never neither; a drawn one stays."""
    year = year_of(context)
    drawn = drawn_part(warehouse.folders, year)
    filed = read_filed(warehouse, county, year, "plan").with_columns(
        pl.col("plan_row_id").map_elements(fold, return_dtype=pl.String)
    )
    broken = lost(
        *(undrawn(frame, drawn) for frame in (filed, *(warehouse.read(m, year) for m in (Submitted, Refused))))
    )
    return verdict(broken, is_blocking=True)


@dg.asset_check(
    asset=["plan", "scope"],
    additional_deps=[dg.AssetKey(["plan", "submitted"]), dg.AssetKey(["plan", "raises"])],
    blocking=True,
)
def no_general_row_is_over_its_cap(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """No general row still to be drawn expects more objects than the caps allow over its scope, counted anew."""
    year = year_of(context)
    broken = over_cap(
        undrawn(warehouse.read(Submitted, year), drawn_part(warehouse.folders, year)),
        scope=warehouse.read(Scope, year),
        objects=objects_of(warehouse, year),
        items=warehouse.read(Items, year),
        county=county,
    )
    return verdict(broken, is_blocking=True)


@dg.asset_check(
    asset=["plan", "scope"],
    additional_deps=[dg.AssetKey(["registries", "objects"])],
    blocking=True,
)
def every_object_in_scope_is_living(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Only living objects on the register can be drawn; what was drawn keeps the scope it was drawn from."""
    year = year_of(context)
    scope = undrawn(warehouse.read(Scope, year), drawn_part(warehouse.folders, year))
    return verdict(not_living(scope, warehouse.read(Objects, year)), is_blocking=True)


@rule(on=Tasks, reads=[Tasks, Submitted])
def every_row_is_in_one_task(tasks: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """Merging neither drops nor repeats a plan row, and brings in no other."""
    placed = tasks.select(plan_row_id="plan_rows").explode("plan_row_id").group_by("plan_row_id").len("task_count")
    return (
        submitted.select("plan_row_id", "department")
        .join(placed, on="plan_row_id", how="full", coalesce=True)
        .filter(pl.col("department").is_null() | (pl.col("task_count").fill_null(0) != 1))
        .sort("plan_row_id")
    )


@rule(on=Tasks, reads=[Tasks, Submitted])
def a_task_keeps_every_row_s_window(tasks: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """A task's window is not empty and lies within the window of each of its rows."""
    return (
        tasks.select("task_id", "starts_on", "ends_on", plan_row_id="plan_rows")
        .explode("plan_row_id")
        .join(submitted.select("plan_row_id", row_starts="starts_on", row_ends="ends_on"), on="plan_row_id")
        .filter(
            (pl.col("starts_on") > pl.col("ends_on"))
            | (pl.col("starts_on") < pl.col("row_starts"))
            | (pl.col("ends_on") > pl.col("row_ends"))
        )
    )


@dg.asset_check(
    asset=["plan", "task_items"],
    additional_deps=[dg.AssetKey(["plan", "tasks"]), dg.AssetKey(["plan", "submitted"])],
    blocking=True,
)
def no_drawn_task_changes(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Every task already drawn, its rows and items are as in the plan it was drawn under."""
    year = year_of(context)
    broken = differing(plan_held(warehouse, year), drawn_part(warehouse.folders, year))
    return verdict(broken, is_blocking=True)


@rule(on=Tasks, reads=[Tasks, Submitted])
def what_stays_alone_is_alone(tasks: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """No surprise or sensitive check, and none that needs no door, shares a task with another row."""
    shared = tasks.filter(pl.col("plan_rows").list.len() > 1).select("task_id", plan_row_id="plan_rows")
    return (
        shared.explode("plan_row_id")
        .join(submitted.select("plan_row_id", "is_exclusive", "is_on_site"), on="plan_row_id")
        .filter(pl.col("is_exclusive") | ~pl.col("is_on_site"))
        .sort("task_id", "plan_row_id")
    )


@dg.asset_check(
    asset=["plan", "tasks"],
    additional_deps=[dg.AssetKey(["plan", "rulings"])],
    blocking=True,
)
def what_was_ruled_apart_is_apart(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """No task still to be drawn holds rows that a ruling in effect says must not share one."""
    year = year_of(context)
    tasks = undrawn_tasks(warehouse.read(Tasks, year), drawn_part(warehouse.folders, year))
    return verdict(joined_against(tasks, warehouse.read(Rulings, year)), is_blocking=True)


@rule(on=TaskItems, reads=[TaskItems, Submitted])
def no_item_is_lost(task_items: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """Every item of every row, partners' included, is checked in the row's task."""
    codes = pl.concat_list("item_code", "partner_items").alias("item_code")
    planned = submitted.select("plan_row_id", codes).explode("item_code")
    return planned.join(task_items, on=["plan_row_id", "item_code"], how="anti").sort("plan_row_id", "item_code")


@rule(on=Rosters, reads=[Accounting, Rosters])
def every_row_of_a_roster_is_told(accounting: pl.DataFrame, rosters: pl.DataFrame) -> pl.DataFrame:
    """Per file: rows of rosters kept at intake = rows here, used or with the reason why not."""
    file = ["department", "file"]
    kept = accounting.filter(pl.col("kind") == "rosters").group_by(file).agg(kept=pl.col("kept_count").sum())
    here = rosters.group_by(file).agg(here=pl.len().cast(pl.Int64))
    both = kept.join(here, on=file, how="full", coalesce=True).with_columns(pl.col("kept", "here").fill_null(0))
    return both.filter(pl.col("kept") != pl.col("here")).sort(file)


@rule(on=Rosters, reads=[Rosters], is_blocking=False)
def every_row_of_a_roster_can_be_used(rosters: pl.DataFrame) -> pl.DataFrame:
    """Every row of a roster names a task of its department and one of its people."""
    return rosters.drop_nulls("code").select("department", "file", "sheet", "row", "code", "reason")


@rule(on=Capacity, reads=[Capacity], is_blocking=False)
def every_window_can_be_kept(capacity: pl.DataFrame) -> pl.DataFrame:
    """No department is asked for more visits in any stretch of days than its people can do."""
    return capacity.filter(pl.col("visits_short") > 0).select(
        "department", "item_code", "starts_on", "ends_on", "needed", "available", "visits_short", "reason", "fix"
    )


@rule(on=Load, reads=[Load], is_blocking=False)
def no_month_is_crowded(load: pl.DataFrame) -> pl.DataFrame:
    """No department needs more of its people in a month than the county's share."""
    return load.filter("is_crowded")


@rule(on=Schemes, reads=[Schemes], is_blocking=False)
def every_scheme_is_confirmed(schemes: pl.DataFrame) -> pl.DataFrame:
    """Every participant of a joint task has confirmed its scheme (policy IV.1)."""
    return schemes.filter(pl.col("state") != "confirmed").drop("subject")


@dg.asset_check(
    asset=["plan", "decisions"],
)
def the_plan_is_signed_off(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """The plan as it stands is reviewed and approved by two people; without it nothing is drawn."""
    year = year_of(context)
    broken = unsigned(read_decision_log(warehouse.folders, year), fingerprint_of(warehouse, year))
    return verdict(broken, is_blocking=False)


@dg.asset_check(
    asset=["plan", "calendar"],
)
def working_days_are_known(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Every day of the plan year is official, or a sample in a demonstration; else no draw and no deadline."""
    year = year_of(context)
    return verdict(unknown_days(warehouse.read(Calendar, year), year), is_blocking=False)


@dg.asset_check(
    asset=["plan", "submitted"],
    additional_deps=[dg.AssetKey(["plan", "refused"])],
)
def every_department_has_its_plan_in_time(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """From the day after the plan is due on, every department has a plan row that stands."""
    year = year_of(context)
    late = late_departments(
        county.department_names,
        warehouse.read(Submitted, year),
        warehouse.read(Refused, year),
        due=county.plan.due_on(year),
        today=today(county),
    )
    return verdict(late, is_blocking=False)


@dg.asset_check(
    asset=["plan", "calendar"],
)
def the_year_is_declared_in_time(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.AssetCheckResult:
    """From 15 December on next year's days are official: enter the notice in calendar.csv, or update the library."""
    days = warehouse.read(Calendar, year_of(context)).select("on", "state")
    years = undeclared_years(days.iter_rows(), today(county))
    return verdict(pl.DataFrame({"year": years}), is_blocking=False)


def late_departments(
    departments: Sequence[str], submitted: pl.DataFrame, refused: pl.DataFrame, *, due: dt.date, today: dt.date
) -> pl.DataFrame:
    """Return the departments without a plan row that stands, once the plan is overdue, and how late they are."""
    late = list(missing_plans(departments, submitted, refused)) if today > due else []
    return pl.DataFrame(
        [(one.department, one.refused_count, (today - due).days) for one in late],
        schema={"department": pl.String, "refused_count": pl.Int64, "days_late": pl.Int64},
        orient="row",
    )


def not_living(scope: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """Return what is in a scope and no living object."""
    return scope.join(objects.filter(pl.col("is_living")), on="object_id", how="anti")


def joined_against(tasks: pl.DataFrame, rulings: pl.DataFrame) -> pl.DataFrame:
    """Return the tasks with rows that rulings in effect tell apart, one line per ruling."""
    apart = ruled(rulings, "merge", "pair").filter(pl.col("answer").is_in(["reject", "must_not"]))
    broken = [
        {"task_id": task_id, "ruling": seq, "subject": subject}
        for task_id, rows in tasks.sort("task_id").select("task_id", "plan_rows").iter_rows()
        for seq, topic, subject in apart.select("seq", "topic", "subject").iter_rows()
        if all(set(side).intersection(rows) for side in parts_of(topic, subject))
    ]
    return pl.DataFrame(broken, schema={"task_id": pl.String, "ruling": pl.Int64, "subject": pl.String})


def lost(filed: pl.DataFrame, submitted: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    """Return filed lines that neither stand nor are refused, or both, and lines nobody filed."""
    judged = pl.concat([submitted.select(PLACE), refused.select(PLACE).unique()])
    counted = judged.group_by(PLACE).len("judged_count")
    return (
        filed.select(*PLACE, "plan_row_id")
        .join(counted, on=PLACE, how="full", coalesce=True)
        .filter(pl.col("plan_row_id").is_null() | (pl.col("judged_count").fill_null(0) != 1))
        .sort(PLACE)
    )


def over_cap(
    submitted: pl.DataFrame, *, scope: pl.DataFrame, objects: pl.DataFrame, items: pl.DataFrame, county: County
) -> pl.DataFrame:
    """Return general rows that expect more than their ceilings allow."""
    classes = objects.select("object_id", "credit_class")
    counts = (
        scope.join(classes, on="object_id")
        .group_by("plan_row_id")
        .agg((pl.col("credit_class") == letter).sum().alias(letter) for letter in CLASSES)
    )
    general = (
        submitted.join(items.filter(pl.col("tier") == "general").select("item_code", "ratio_max_bp"), on="item_code")
        .join(counts, on="plan_row_id")
        .sort("plan_row_id")
    )
    return general.filter([_is_over(row, county) for row in general.iter_rows(named=True)]).select(
        "plan_row_id", "department", "item_code", "ratio_text", "scope_count", "expected_count"
    )


def unsigned(log_text: str, fingerprint: str) -> pl.DataFrame:
    """Return why the plan is not signed off, nothing when it is."""
    try:
        require_sign_off(log_text, fingerprint)
    except RefusedError as error:
        return pl.DataFrame([{"code": one.code, "reason": one.reason, "fix": one.fix} for one in error.problems])
    return pl.DataFrame()


def unknown_days(calendar: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return the days of a year nobody has declared yet, and the year itself when it has no days."""
    days = calendar.filter(pl.col("on").dt.year() == year)
    if days.is_empty():
        return pl.DataFrame({"year": [year]})
    return days.filter(pl.col("state") == "provisional")


def _is_over(row: Mapping[str, Any], county: County) -> bool:
    ratio = Ratio(
        rate_bp=tuple(row["rate_bp"]),
        object_count=row["object_count"],
        class_counts=tuple(row["class_counts"]),
        least=row["least"],
        is_by_class=row["is_by_class"],
    )
    ceilings = ceilings_bp(row["ratio_max_bp"], is_by_class=ratio.is_by_class, rules=county.plan)
    return is_over_cap(ratio, class_counts(row), ceilings)

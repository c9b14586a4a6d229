"""The public lists: each column named, none passed through; each row only once its day has come.

A risk class must not be readable from what is published, so ratios that differ by class are said
in words, and neither strata nor tickets are here (protocol ov1, section 9; policy III.2, III.5).
"""

import datetime as dt

import polars as pl

from onevisit.publish.tables import PublicDrawn, PublicItems, PublicPlan, PublicResults, PublicRounds
from onevisit.tables import conform

BY_CLASS = "按信用风险分类实施差异化抽查"


def public_items(items: pl.DataFrame) -> pl.DataFrame:
    """Return the list of record as published, in order of code."""
    return conform(
        PublicItems,
        items.with_columns(
            tier=pl.col("tier").replace_strict({"key": "重点检查事项", "general": "一般检查事项"}),
            methods=pl.col("methods").list.join("、"),
            content=_joined("content", "；"),
            materials=_joined("materials", "；"),
        ).sort("item_code"),
    )


def public_plan(
    tasks: pl.DataFrame, task_items: pl.DataFrame, submitted: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Return the year's plan, one row per task, in order of task."""
    rows = (
        tasks.select("task_id", "plan_rows")
        .explode("plan_rows")
        .join(submitted, left_on="plan_rows", right_on="plan_row_id")
        .with_columns(
            scope=pl.concat_str(
                pl.col("scope_text"),
                pl.when(pl.col("towns").list.len() > 0).then(pl.format("（{}）", pl.col("towns").list.join("、"))),
                ignore_nulls=True,
            ),
            ratio=pl.when("is_by_class").then(pl.lit(BY_CLASS)).otherwise("ratio_text"),
        )
        .group_by("task_id")
        .agg(
            pl.col("draw_type").unique().sort().str.join("、"),
            pl.col("scope").unique().sort().str.join("；"),
            pl.col("ratio").unique().sort().str.join("；").alias("ratios"),
            pl.col("method").unique().sort().str.join("、").alias("methods"),
        )
    )
    names = (
        task_items.select("task_id", "item_code")
        .unique()
        .join(items.select("item_code", "item_name"), on="item_code")
        .sort("task_id", "item_code")
        .group_by("task_id", maintain_order=True)
        .agg(pl.col("item_name").unique(maintain_order=True).str.join("；").alias("items"))
    )
    partners = pl.col("departments").list.set_difference(pl.concat_list("lead_department")).list.sort()
    return conform(
        PublicPlan,
        tasks.join(rows, on="task_id")
        .join(names, on="task_id")
        .with_columns(
            partners=pl.when(partners.list.len() > 0).then(partners.list.join("、")),
            plan_rows=pl.col("plan_rows").list.join("、"),
        )
        .sort("task_id"),
    )


def public_rounds(rounds: pl.DataFrame, *, today: dt.date) -> pl.DataFrame:
    """Return the draw notices: commitments at once, seed and trail from the day the time lock ends."""
    is_open = pl.col("locked_until") <= today
    return conform(
        PublicRounds,
        rounds.filter(pl.col("draws_on") <= today)
        .with_columns(
            task_ids=pl.col("task_ids").list.join("、"),
            disclosure=pl.col("disclosure").replace_strict({"open": "全程公开", "witnessed": "见证公开"}),
            state=pl.col("state").replace_strict({"drawn": "已抽取", "void": "已作废"}),
            seed=pl.when(is_open).then("seed"),
            trail_head=pl.when(is_open).then("trail_head"),
            drawn_count=pl.when(is_open).then("drawn_count"),
        )
        .sort("serial"),
    )


def public_drawn(
    drawn: pl.DataFrame,
    obligations: pl.DataFrame,
    substitutes: pl.DataFrame,
    tasks: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    today: dt.date,
) -> pl.DataFrame:
    """Return who was drawn for the tasks whose window has opened, one row per task and object.

    An object that dropped out stays listed, without batch and without checks.
    """
    place = ["serial", "task_id", "object_id"]
    opened = tasks.filter(pl.col("starts_on") <= today).select("task_id")
    taken = substitutes.select("serial", "task_id", object_id="new_id").drop_nulls()
    listed = pl.concat([drawn.select(place), taken]).unique()
    checks = obligations.group_by(place).agg(
        pl.col("item_code").unique().sort().str.join("、").alias("items"),
        pl.col("department").unique().sort().str.join("、").alias("departments"),
        pl.col("batch").min(),
    )
    return conform(
        PublicDrawn,
        listed.join(opened, on="task_id", how="semi")
        .join(checks, on=place, how="left")
        .join(taken.unique().with_columns(is_substitute=True), on=place, how="left")
        .with_columns(
            pl.col("items", "departments").fill_null(""),
            pl.col("is_substitute").fill_null(value=False),
            is_lost=pl.col("batch").is_null(),
        )
        .join(objects.select("object_id", "name"), on="object_id")
        .sort("serial", "task_id", "batch", "object_id", nulls_last=True),
    )


def public_results(
    findings: pl.DataFrame, tasks: pl.DataFrame, items: pl.DataFrame, objects: pl.DataFrame, *, today: dt.date
) -> pl.DataFrame:
    """Return the results of checks done by a day, in the columns of the provincial notice."""
    return conform(
        PublicResults,
        findings.filter(pl.col("checked_on") <= today)
        .with_columns(result=pl.col("result_types").list.join("；"))
        .join(tasks.select("task_id", task_name="name"), on="task_id")
        .join(items.select("item_code", "item_name"), on="item_code")
        .join(objects.select("object_id", "name"), on="object_id")
        .sort("task_id", "object_id", "item_code", "department"),
    )


def _joined(column: str, separator: str) -> pl.Expr:
    """Join a list column; an empty list is null."""
    return pl.when(pl.col(column).list.len() > 0).then(pl.col(column).list.join(separator)).alias(column)

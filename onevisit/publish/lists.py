"""The public tables, made by allow-list of columns (一公开).

Nothing is published by leaving columns out of a table: each list names what it takes. Until a task's
window opens nobody learns whom it drew; a risk class, a ticket or a rate per class is never taken
(protocol ov1, section 9).
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from onevisit.plan.versions import differences, titles_of
from onevisit.publish.tables import (
    PublicChanges,
    PublicDrawn,
    PublicItems,
    PublicPlan,
    PublicResults,
    PublicRounds,
    PublicSupervision,
    PublicVersions,
)
from onevisit.tables import conform, frame_of

BY_CLASS = "按信用风险分类实施差异化抽查"
"""What is said of ratios that differ by class: the ratios themselves would give classes away."""

GONE = "（名录中已无此对象）"
"""Name of an object that left the registry after it was drawn: the draw stays as it was."""

_TIERS = {"key": "重点检查事项", "general": "一般检查事项"}
_DISCLOSURES = {"open": "全程公开", "witnessed": "见证公开"}
_CHANGES = {"new": "新增", "gone": "取消", "changed": "调整"}
_NO_CHANGE = ("task_id", "scope_count")
_STATES = {"frozen": "待抽取", "drawn": "已抽取", "void": "已作废"}


def public_items(items: pl.DataFrame) -> pl.DataFrame:
    """Return 抽查事项清单: the list of record with its guides."""
    named = items.with_columns(
        pl.col("tier").replace_strict(_TIERS),
        pl.col("methods").list.join("、"),
        content=_joined_or_null("content"),
        materials=_joined_or_null("materials"),
    )
    return conform(PublicItems, named).sort("item_code")


def public_plan(
    tasks: pl.DataFrame, submitted: pl.DataFrame, task_items: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Return 年度抽查计划: one row per task, as counties publish it."""
    filed = (
        filed_rows(tasks, submitted.with_columns(ratios=public_ratio()))
        .group_by("task_id")
        .agg(texts("draw_type", "、"), texts("scope"), texts("ratios"), texts("method", "、").alias("methods"))
    )
    names = (
        task_items.join(items.select("item_code", "item_name"), on="item_code")
        .sort("task_id", "item_code")
        .group_by("task_id")
        .agg(texts("item_name").alias("items"))
    )
    plan = (
        tasks.join(filed, on="task_id")
        .join(names, on="task_id")
        .with_columns(partners=_null_if_empty(partners()), plan_rows=pl.col("plan_rows").list.join("、"))
    )
    return conform(PublicPlan, plan).sort("task_id")


def public_versions(versions: pl.DataFrame) -> pl.DataFrame:
    """Return 版本记录 from the table `plan.versions`."""
    known = versions.with_columns(
        signed_on=pl.col("signed_at").str.slice(0, 10).str.to_date(),
        public_note=_null_if_empty(pl.col("public_note")),
    )
    return conform(PublicVersions, known).sort("version")


def public_changes(plans: Sequence[tuple[int, pl.DataFrame]]) -> pl.DataFrame:
    """Return 计划变更 from the public plans of the versions, each against the one before.

    抽查基数 moves with the registers and is no change of the plan.
    """
    titles = titles_of(PublicPlan, [name for name in PublicPlan.to_schema().columns if name not in _NO_CHANGE])
    rows: list[dict[str, object]] = [
        {
            "version": version,
            "task_id": one["subject"],
            "task_name": _latest_name(one["subject"], after, before),
            "change": _CHANGES[one["change"]],
            **{name: one[name] or None for name in ("column", "before", "after")},
        }
        for (_, before), (version, after) in pairwise(plans)
        for one in differences(before, after, key="task_id", titles=titles, label=lambda row: row["name"])
    ]
    return frame_of(PublicChanges, rows)


def _latest_name(task_id: str, *plans: pl.DataFrame) -> str:
    return next(name for plan in plans for name in plan.filter(task_id=task_id)["name"])


def filed_rows(tasks: pl.DataFrame, submitted: pl.DataFrame) -> pl.DataFrame:
    """Return the plan rows of every task, in order, with their scope as text: tag, then towns."""
    towns = pl.col("towns").list.join("、")
    scope = pl.when(pl.col("towns").list.len() > 0).then(pl.format("{}（{}）", "scope_text", towns))
    return (
        tasks.select("task_id", plan_row_id="plan_rows")
        .explode("plan_row_id")
        .join(submitted, on="plan_row_id")
        .with_columns(scope=scope.otherwise("scope_text"))
        .sort("task_id", "plan_row_id")
    )


def partners() -> pl.Expr:
    """Return a task's departments without the lead one, joined."""
    others = pl.col("departments").list.set_difference(pl.concat_list("lead_department"))
    return others.list.sort().list.join("、")


def texts(column: str, separator: str = "；") -> pl.Expr:
    """Return the different texts of a group in their order, joined."""
    return pl.col(column).drop_nulls().unique(maintain_order=True).str.join(separator)


def public_ratio() -> pl.Expr:
    """Return the ratio of a plan row as the public reads it: as filed, unless it tells classes apart."""
    tells_classes = pl.col("is_by_class") | pl.col("ratio_in_force").str.contains(r"[A-DＡ-Ｄ]\s*(类|级|等)|信用|风险")
    return pl.when(tells_classes).then(pl.lit(BY_CLASS)).otherwise("ratio_in_force")


def public_rounds(
    rounds: pl.DataFrame, waiting: pl.DataFrame, announced: pl.DataFrame, *, today: dt.date
) -> pl.DataFrame:
    """Return 抽取公告: commitments from the freeze on; seed, head of the trail and count once the time lock ends.

    `waiting` are the rounds that are frozen and not drawn, `announced` what was said of each at its freeze.
    """
    is_unlocked = pl.col("locked_until") <= today
    everyone = pl.concat([rounds.select(waiting.columns), waiting])
    known = everyone.join(announced, on="serial").with_columns(
        pl.col("task_ids").list.join("、"),
        pl.col("disclosure").replace_strict(_DISCLOSURES),
        pl.col("state").replace_strict(_STATES),
        seed=pl.when(is_unlocked).then("seed"),
        trail_head=pl.when(is_unlocked).then("trail_head"),
        drawn_count=pl.when(is_unlocked).then("drawn_count"),
    )
    return conform(PublicRounds, known).sort("serial")


def public_drawn(
    *,
    rounds: pl.DataFrame,
    drawn: pl.DataFrame,
    substitutes: pl.DataFrame,
    obligations: pl.DataFrame,
    tasks: pl.DataFrame,
    task_items: pl.DataFrame,
    objects: pl.DataFrame,
    today: dt.date,
) -> pl.DataFrame:
    """Return 抽取结果: everybody drawn or taken as a substitute, for tasks whose window has opened.

    Those that dropped out stay on the list and are marked: the list is what the draw gave.
    """
    place = ["serial", "task_id", "object_id"]
    opened = tasks.filter(pl.col("starts_on") <= today).select("task_id")
    standing = rounds.filter(pl.col("state") == "drawn").select("serial")
    everyone = pl.concat(
        [
            drawn.select(*place, "plan_row_id", is_substitute=pl.lit(value=False)),
            _taken(substitutes).select(*place, "plan_row_id", is_substitute=pl.lit(value=True)),
        ]
    )
    lost = substitutes.select("serial", "task_id", object_id="lost_id", is_lost=pl.lit(value=True)).unique()
    listed = (
        everyone.join(opened, on="task_id")
        .join(standing, on="serial")
        .join(task_items.select("task_id", "plan_row_id", "item_code", "department"), on=["task_id", "plan_row_id"])
        .sort(*place, "item_code", "department")
        .group_by(place)
        .agg(
            texts("item_code", "、").alias("items"),
            pl.col("department").unique().sort().str.join("、").alias("departments"),
            pl.col("is_substitute").all(),
        )
        .join(obligations.group_by(place).agg(pl.col("batch").min()), on=place, how="left")
        .join(lost, on=place, how="left")
        .join(_named(objects), on="object_id", how="left")
        .with_columns(pl.col("is_lost").fill_null(value=False), pl.col("name").fill_null(GONE))
    )
    return conform(PublicDrawn, listed).sort("task_id", "batch", "object_id", "serial", nulls_last=True)


WITHDRAWN = "已撤回"
"""What is shown in place of a result that was withdrawn."""


def public_results(
    findings: pl.DataFrame, drawn: pl.DataFrame, tasks: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Return 抽查结果公示: what was approved of whoever is on the public list, in standard result types.

    Of a correction both days are shown, and the note written for the public; a withdrawn result stays as such.
    """
    public = findings.filter(pl.col("audit_state").is_in(["approved", "withdrawn"]))
    is_withdrawn = pl.col("audit_state") == "withdrawn"
    listed = drawn.select("task_id", "object_id", "name").unique()
    results = (
        public.join(listed, on=["task_id", "object_id"])
        .join(tasks.select("task_id", task_name="name"), on="task_id")
        .join(items.select("item_code", "item_name"), on="item_code")
        .with_columns(
            result=pl.when(is_withdrawn).then(pl.lit(WITHDRAWN)).otherwise(pl.col("result_types").list.join("；"))
        )
        .sort("task_id", "object_id", "plan_row_id", "department", "item_code", "row")
    )
    return conform(PublicResults, results)


def public_supervision(scores: pl.DataFrame) -> pl.DataFrame:
    """Return 两库督查: counts and shares of the yearly review; whose records they are stays in the bureau."""
    # A share in full length has digits enough to pass for an ID card number.
    rounded = scores.with_columns(pl.col("ratio").round(4))
    return conform(PublicSupervision, rounded).sort("registry", "department", "measure")


def public_doors(obligations: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return object_id, apart and together: doors opened for the plan rows that drew it, one each, and in fact.

    Only for tasks whose list is public, and for what needs a door.
    """
    listed = drawn.filter(~pl.col("is_lost")).select("task_id", "object_id").unique()
    counts = (
        obligations.drop_nulls("visit_id")
        .join(listed, on=["task_id", "object_id"])
        .group_by("object_id")
        .agg(pl.col("plan_row_id").n_unique().alias("apart"), pl.col("visit_id").n_unique().alias("together"))
    )
    return counts.with_columns(apart=pl.max_horizontal("apart", "together")).sort("object_id")


def public_register(objects: pl.DataFrame) -> pl.DataFrame:
    """Return object_id, name and subject_id of whatever may be drawn, for 我的企业; nobody gets it as a list."""
    return objects.filter("is_living").select("object_id", "name", "subject_id").sort("object_id")


def _taken(substitutes: pl.DataFrame) -> pl.DataFrame:
    return substitutes.filter(pl.col("new_id").is_not_null()).rename({"new_id": "object_id"})


def _named(objects: pl.DataFrame) -> pl.DataFrame:
    """Return object_id, name and subject: the name of whoever answers for it."""
    subjects = objects.select(subject_id="object_id", subject="name")
    return objects.join(subjects, on="subject_id", how="left").select("object_id", "name", "subject")


def _joined_or_null(column: str) -> pl.Expr:
    return _null_if_empty(pl.col(column).list.join("；"))


def _null_if_empty(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)

"""What is reported to the provincial platform, kind by kind, as our fields; how a file looks is `platform.py`.

Task notices and results are made of the public tables: nothing goes to the platform, which publishes it,
before its day (protocol ov1, section 9). The two lists (名录导入) are for the platform's own use.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import polars as pl

from onevisit.county import PlatformKind
from onevisit.publish.lists import WITHDRAWN

Value = str | int | bool | dt.date | list[str] | None
"""A field: text, number, 是 or 否, a date, several texts, or nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its fields, which of them tell a row, which the public may know it by, and who mends it."""

    title: str
    fields: frozenset[str]
    keys: tuple[str, ...]
    record: tuple[str, ...]
    """Never personal: these stand in a table people read."""
    department: str


KINDS: Mapping[PlatformKind, Kind] = {
    "task_notices": Kind(
        "任务公告",
        frozenset(
            {"plan_rows", "plan_name", "task_id", "task_name", "draw_type", "items", "scope", "starts_on", "ends_on"}
            | {"departments", "lead_department", "object_count", "objects"}
        ),
        keys=("task_id",),
        record=("task_id",),
        department="departments",
    ),
    "results": Kind(
        "结果公示",
        frozenset(
            {"number", "plan_row_id", "plan_name", "task_id", "task_name", "draw_type", "department", "name"}
            | {"object_id", "checked_on", "results"}
        ),
        keys=("plan_row_id", "task_id", "department", "object_id"),
        record=("task_id", "object_id"),
        department="department",
    ),
    "objects": Kind(
        "检查对象名录",
        frozenset({"tag", "uscc", "name", "is_specialist", "qualifications", "is_expert_needed", "departments"}),
        keys=("uscc", "tag"),
        record=("uscc",),
        department="departments",
    ),
    "inspectors": Kind(
        "执法检查人员名录",
        frozenset(
            {"source_id", "name", "sex", "qualifications", "items", "county", "level", "department", "is_expert"}
            | {"certificate_no", "certificate_valid_to", "state"}
        ),
        keys=("certificate_no",),
        record=("source_id",),
        department="department",
    ),
}


@dataclass(frozen=True, slots=True)
class Reported:
    """The rows of a kind in order, and how many stayed behind because the platform could not tell them."""

    frame: pl.DataFrame
    left_out: int = 0


def task_notices(plan: pl.DataFrame, drawn: pl.DataFrame, *, plan_name: str) -> Reported:
    """Return 任务公告: one row per task whose list is public, from `PublicPlan` and `PublicDrawn`."""
    listed = (
        drawn.filter(~pl.col("is_lost"))
        .unique(["task_id", "object_id"], maintain_order=True)
        .group_by("task_id", maintain_order=True)
        .agg(objects=pl.col("name"), object_count=pl.len())
    )
    notices = plan.join(listed, on="task_id").with_columns(
        pl.col("plan_rows").str.split("、"),
        pl.col("items").str.split("；"),
        pl.col("draw_type").str.split("、"),
        departments=pl.concat_list("lead_department", pl.col("partners").fill_null("").str.split("、")).list.eval(
            pl.element().filter(pl.element() != "")
        ),
        task_name="name",
        plan_name=pl.lit(plan_name),
    )
    return Reported(notices.sort("task_id"))


def result_notices(results: pl.DataFrame, submitted: pl.DataFrame, *, plan_name: str) -> Reported:
    """Return 结果公示 from `PublicResults` and the plan rows: what a department found of an object, all items together.

    The platform has no column for the item, so 未发现问题 of one item stands only where nothing else was found,
    and none for a withdrawal: a withdrawn result is no result there.
    """
    place = ["task_id", "plan_row_id", "department", "object_id"]
    types = (
        results.filter(pl.col("result") != WITHDRAWN)
        .with_columns(results=pl.col("result").str.split("；"))
        .explode("results", empty_as_null=True)
        .group_by(place, maintain_order=True)
        .agg(
            pl.col("task_name", "name").first(),
            pl.col("checked_on").max(),
            pl.col("results").unique(maintain_order=True),
        )
        .with_columns(results=_problems_first("results"))
        .join(submitted.select("plan_row_id", "draw_type"), on="plan_row_id", how="left")
        .sort(place)
    )
    return Reported(types.with_row_index("number", offset=1).with_columns(plan_name=pl.lit(plan_name)))


def _problems_first(column: str) -> pl.Expr:
    found = pl.col(column).list.set_difference(pl.lit(["未发现问题"])).list.sort()
    return pl.when(found.list.len() == 0).then(column).otherwise(found)


def object_rows(objects: pl.DataFrame, items: pl.DataFrame) -> Reported:
    """Return 检查对象名录: one row per living object with a credit code and supervision tag."""
    living = objects.filter("is_living")
    coded = living.filter(pl.col("uscc").is_not_null() & (pl.col("tags").list.len() > 0))
    asked = (
        items.explode("tags", empty_as_null=True)
        .group_by(tag="tags")
        .agg(
            qualifications=pl.col("qualification").filter(pl.col("qualification") != "无").unique().sort(),
            is_expert_needed=pl.col("is_expert_needed").any(),
        )
    )
    rows = (
        coded.explode("tags", empty_as_null=True)
        .rename({"tags": "tag"})
        .join(asked, on="tag", how="left")
        .with_columns(
            pl.col("qualifications").fill_null([]),
            pl.col("is_expert_needed").fill_null(value=False),
            is_specialist=pl.col("qualifications").list.len().fill_null(0) > 0,
        )
        .sort("tag", "object_id")
    )
    return Reported(rows, living.height - coded.height)


def inspector_rows(
    inspectors: pl.DataFrame, sources: pl.DataFrame, filed: pl.DataFrame, items: pl.DataFrame, *, county: str
) -> Reported:
    """Return 执法检查人员名录: one row per inspector with a certificate.

    `filed` are the departments' rows (`FiledRows`) of the kind. Full ID and phone numbers are in none of them.
    """
    said = [json.loads(fields) for fields in filed["fields"]]
    words = filed.select("department", "file", "sheet", "row").with_columns(
        pl.Series("sex", [one.get("sex") for one in said], pl.String),
        pl.Series("level", [one.get("level") for one in said], pl.String),
    )
    first = (
        sources.join(words, on=["department", "file", "sheet", "row"], how="left")
        .sort("person_id", "department", "file", "sheet", "row")
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("department", "source_id", "sex", "level").first())
    )
    is_certified = pl.col("certificate_no").is_not_null() & pl.col("certificate_valid_to").is_not_null()
    names = {code: f"{code}.{name}" for code, name in items.select("item_code", "item_name").iter_rows()}
    people = (
        inspectors.filter(is_certified)
        .join(first, on="person_id", how="left")
        .with_columns(
            items=pl.col("item_codes").list.eval(pl.element().replace(names)),
            qualifications=pl.when(pl.col("qualifications").list.len() == 0)
            .then(pl.lit(["无"]))
            .otherwise("qualifications"),
            county=pl.lit(county),
            is_expert=pl.col("person_kind") == "专家",
            state=pl.when("is_valid").then(pl.lit("有效")).otherwise(pl.lit("失效")),
        )
        .sort("person_id")
    )
    return Reported(people, inspectors.height - people.height)


def records(reported: Reported, kind: PlatformKind) -> list[dict[str, Value]]:
    """Return the rows as records of the kind's fields alone."""
    wanted = [name for name in reported.frame.columns if name in KINDS[kind].fields]
    return cast("list[dict[str, Value]]", reported.frame.select(wanted).to_dicts())

"""Whom a plan row can reach: living objects of the department's own list, by tag and town (policy III.3.1).

A department may only inspect whom it lists itself, under the tags it put there itself; what another
department knows of an object widens nobody's scope.
"""

from dataclasses import dataclass

import polars as pl

from onevisit.registries.object_kinds import THINGS

WHOLE_LIST = "全部市场主体"
"""The scope that means every subject on the department's list, tagged or not; things are reached by tag alone."""

DEMAND_SCHEMA = pl.Schema(
    {"seq": pl.Int64(), "department": pl.String(), "tags": pl.List(pl.String()), "towns": pl.List(pl.String())}
)
"""What a row asks for: number of the row, department, tags (any of them), towns (none = the whole county)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Objects reached (seq, object_id, credit_class) and, per row, how many were left at each step."""

    objects: pl.DataFrame
    steps: pl.DataFrame
    """seq, named_count (on the list under the tags), living_count, scope_count."""


def reach(demands: pl.DataFrame, *, sources: pl.DataFrame, objects: pl.DataFrame) -> Reach:
    """Return whom each demand reaches, and where the rest was left out."""
    named = _named(demands, sources, objects).join(
        objects.select("object_id", "is_living", "town", "credit_class"), on="object_id"
    )
    living = named.filter(pl.col("is_living")).join(demands.select("seq", "towns"), on="seq")
    everywhere = pl.col("towns").list.len() == 0
    in_towns = living.filter(everywhere | pl.col("town").is_in(pl.col("towns")).fill_null(value=False))
    return Reach(
        objects=in_towns.select("seq", "object_id", "credit_class").sort("seq", "object_id"),
        steps=demands.select("seq")
        .join(_counted(named, "named_count"), on="seq", how="left")
        .join(_counted(living, "living_count"), on="seq", how="left")
        .join(_counted(in_towns, "scope_count"), on="seq", how="left")
        .fill_null(0)
        .sort("seq"),
    )


def tags_of(sources: pl.DataFrame) -> dict[str, list[str]]:
    """Return the tags each department puts on its records, sorted."""
    tags = sources.select("department", "tags").explode("tags").drop_nulls().unique().sort("department", "tags")
    return {str(department): group["tags"].to_list() for (department,), group in tags.group_by("department")}


def _named(demands: pl.DataFrame, sources: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    is_whole = pl.col("tags").list.contains(WHOLE_LIST)
    tagged = sources.select("department", "object_id", "tags").explode("tags").unique()
    by_tag = demands.filter(~is_whole).explode("tags").join(tagged, on=["department", "tags"])
    things = objects.filter(pl.col("object_kind").is_in(THINGS))
    subjects = sources.select("department", "object_id").unique().join(things, on="object_id", how="anti")
    whole = demands.filter(is_whole).join(subjects, on="department")
    return pl.concat([by_tag.select("seq", "object_id"), whole.select("seq", "object_id")]).unique()


def _counted(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.group_by("seq").agg(pl.len().cast(pl.Int64).alias(name))

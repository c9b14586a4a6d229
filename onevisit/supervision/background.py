"""What the report tells besides scores and problems: other years, people's judgements, what the plan asks of people."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from onevisit.supervision.records import Registers


@dataclass(frozen=True, slots=True)
class Background:
    """Tables the review reads as they are, and what other years' reviews found."""

    registers: Registers
    interests: pl.DataFrame
    judgements: pl.DataFrame
    changes: pl.DataFrame
    capacity: pl.DataFrame
    experts: pl.DataFrame
    task_items: pl.DataFrame
    objects_before: pl.DataFrame
    """Last year's `Objects`, empty when there were none."""
    scores_by_year: Mapping[int, pl.DataFrame]
    """Year -> `Scores`, this year and earlier ones."""
    fingerprints: Mapping[str, tuple[int, str]]
    """Title of a table read -> its rows and SHA-256."""
    fingerprint: str
    """SHA-256 of all data read."""

    @property
    def merged_count(self) -> int:
        """Return how many filed rows were found to be an object that another row names."""
        return self.registers.object_sources.height - self.registers.objects.height


def recusal_shortages(around: Background, objects: pl.DataFrame, *, pair: int) -> pl.DataFrame:
    """Return the items that people enough can check, but not at every door: department, item_code, object_id.

    At a door named here those who declared an interest must stay away, and fewer than `pair` are left.
    `objects` is the frame of that grain in `records.py`.
    """
    registers = around.registers
    able = (
        registers.inspector_sources.select("department", "person_id", item_code="item_codes")
        .explode("item_code")
        .join(registers.inspectors.filter("is_eligible").select("person_id"), on="person_id")
        .join(registers.items.select("department", "item_code"), on=["department", "item_code"])
        .unique()
    )
    enough = able.group_by("department", "item_code").agg(able=pl.len()).filter(pl.col("able") >= pair)
    declared = around.interests.select("person_id", "object_id").drop_nulls().unique()
    doors = (
        objects.filter("is_living")
        .select("department", "object_id", tag="tags")
        .explode("tag")
        .join(registers.items.select("department", "item_code", tag="tags").explode("tag"), on=["department", "tag"])
        .select("department", "item_code", "object_id")
        .unique()
    )
    return (
        able.join(declared, on="person_id")
        .join(doors, on=["department", "item_code", "object_id"])
        .group_by("department", "item_code", "object_id")
        .agg(away=pl.len())
        .join(enough, on=["department", "item_code"])
        .filter(pl.col("able").cast(pl.Int64) - pl.col("away").cast(pl.Int64) < pair)
        .select("department", "item_code", "object_id")
        .sort("department", "item_code", "object_id")
    )

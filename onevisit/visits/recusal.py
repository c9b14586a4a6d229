"""Recusal (回避): who never visits whom.

Only declared or proven interests count. That an inspector and an operator share a name is a
suspicion for a clerk, in `registries`, and keeps nobody apart.
"""

import polars as pl


def recusals_of(interests: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs kept apart: interests whose person or expert and whose object are both known."""
    is_someone = pl.col("person_id").is_not_null() | pl.col("expert_id").is_not_null()
    return (
        interests.filter(is_someone & pl.col("object_id").is_not_null())
        .select("person_id", "expert_id", "object_id", "relation", source="declared_by")
        .unique()
        .sort("person_id", "expert_id", "object_id", "relation", "source", nulls_last=True)
    )


def avoided_by(recusals: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return the objects that each person or expert, by id, keeps away from."""
    pairs = recusals.group_by(who=pl.coalesce("person_id", "expert_id")).agg("object_id")
    return {str(who): frozenset(objects) for who, objects in pairs.iter_rows()}

"""Recusal (回避): who never visits whom.

Only declared or proven interests count, an inspector's own phone or ID number at an object among them.
That an inspector and an operator share a name keeps nobody apart: in a county it is mostly chance.
"""

from itertools import groupby

import polars as pl

from onevisit.errors import problem


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


def reasons_of(recusals: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return (id of a person or expert, object) -> why the two are kept apart, with the source, in Chinese."""
    rows = (
        recusals.select(pl.coalesce("person_id", "expert_id"), "object_id", "relation", "source")
        .unique()
        .sort(pl.all())
    )
    return {
        pair: problem("V010", grounds="；".join(f"{relation}（{source}）" for *_, relation, source in those)).reason
        for pair, those in groupby(rows.iter_rows(), key=lambda row: (row[0], row[1]))
    }

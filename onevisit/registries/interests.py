"""Interests (利害关系): which person must not visit which object (policy IV.1).

Declared by the person or found by the personnel office, and what the registers themselves show: an
inspector whose phone or ID number stands at an object.
"""

import polars as pl

from onevisit.county import County
from onevisit.registries.cells import stated
from onevisit.registries.finding import find_objects
from onevisit.registries.names import plain
from onevisit.registries.tables import Interests
from onevisit.tables import conform

PLACE = ["department", "file", "sheet", "row"]


def interests(
    declared: pl.DataFrame,
    *,
    inspectors: pl.DataFrame,
    inspector_sources: pl.DataFrame,
    experts: pl.DataFrame,
    objects: pl.DataFrame,
    object_sources: pl.DataFrame,
    county: County,
) -> pl.DataFrame:
    """Return declared and found interests; a person or object nobody knows stays null, for a clerk.

    `inspectors` and `objects` are the filed rows, which alone hold phones and ID numbers.
    """
    people = inspectors.select(*PLACE, "name", "employer", "id_masked", "phone_key").join(
        inspector_sources.select(*PLACE, "person_id", "source_id"), on=PLACE
    )
    places = objects.select(*PLACE, "legal_rep", "phone_key").join(
        object_sources.select(*PLACE, "object_id", "code_kind", "code"), on=PLACE
    )
    both = pl.concat(
        [
            _declared(declared, people, experts, object_sources, county),
            _found(people, places, relation="同一电话", on={"phone_key": "phone_key"}),
            _found(
                people,
                places.filter(pl.col("code_kind") == "id_card"),
                relation="同一证件",
                on={"id_masked": "code", "name": "legal_rep"},
            ),
        ],
        how="diagonal",
    )
    order = ["file", "sheet", "row", "relation", "person_id", "object_id"]
    return conform(Interests, both.sort("department", *order, nulls_last=True))


def _declared(
    declared: pl.DataFrame, people: pl.DataFrame, experts: pl.DataFrame, sources: pl.DataFrame, county: County
) -> pl.DataFrame:
    rows = declared.with_row_index("declaration").with_columns(
        find_objects(declared, sources, county, name="object_name").alias("object_id"),
        number=plain(pl.col("person_source_id")),
        person=plain(pl.col("person_name")),
        works_at=plain(pl.col("employer")),
    )
    inspectors = pl.concat(
        [_known(people, "person_id", "source_id", employer) for employer in ("department", "employer")]
    )
    specialists = _known(experts.with_columns(number_filed="expert_id"), "expert_id", "number_filed", "employer")
    meant = rows.join(_meant(rows, inspectors, "person_id"), on="declaration", how="left").join(
        _meant(rows, specialists, "expert_id"), on="declaration", how="left"
    )
    return meant.with_columns(
        expert_id=pl.when(pl.col("person_id").is_null()).then("expert_id"),
        relation=pl.col("relation").str.strip_chars(),
        declared_by=stated(pl.col("declared_by")).fill_null("本人申报"),
    )


def _known(people: pl.DataFrame, id_column: str, number: str, employer: str) -> pl.DataFrame:
    return people.select(
        id_column, number=plain(pl.col(number)), person=plain(pl.col("name")), works_at=plain(pl.col(employer))
    )


def _meant(rows: pl.DataFrame, known: pl.DataFrame, id_column: str) -> pl.DataFrame:
    """Return the one person each declaration means: by number and name, else by name and employer.

    A number alone is not enough: departments number their people alike, and a slip would recuse a
    stranger and let the right one go.
    """
    found = rows.select("declaration", pl.lit(None, pl.String).alias(id_column))
    for keys in (["number", "person", "works_at"], ["number", "person"], ["person", "works_at"]):
        owners = known.group_by(keys).agg(pl.col(id_column).unique())
        single = owners.filter(pl.col(id_column).list.len() == 1).explode(id_column)
        hits = rows.join(single, on=keys).select("declaration", hit=id_column)
        found = found.join(hits, on="declaration", how="left").select(
            "declaration", pl.coalesce(id_column, "hit").alias(id_column)
        )
    return found


def _found(people: pl.DataFrame, places: pl.DataFrame, *, relation: str, on: dict[str, str]) -> pl.DataFrame:
    """Return the inspectors who share something with an object's own entries, each pair once."""
    hits = people.join(places, left_on=list(on), right_on=list(on.values()))
    pairs = hits.group_by("person_id", "object_id").agg(pl.col("department").min())
    return pairs.with_columns(relation=pl.lit(relation), declared_by=pl.lit("系统比对"))

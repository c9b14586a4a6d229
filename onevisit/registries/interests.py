"""Interests (利害关系): which person must not visit which object (policy IV.1).

Declared by the person or found by the personnel office; a former post that the department files; and
what the registers themselves show: an inspector or expert whose phone or ID number stands at an object.
"""

import datetime as dt

import polars as pl

from onevisit.registries.cells import dated, listed, stated
from onevisit.registries.finding import Findable, find_objects
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
    known: Findable,
    year: int,
) -> pl.DataFrame:
    """Return declared and found interests; a person or object nobody knows stays null, for a clerk.

    `inspectors`, `experts` and `objects` are the filed rows, which alone hold phones and ID numbers. Former
    posts count that ended within the county's number of years before `year`, or on a day nobody filed.
    """
    people = inspectors.select(*PLACE, "name", "employer", "id_masked", "phone_key", "former_employer", "left_on").join(
        inspector_sources.select(*PLACE, "person_id", "source_id"), on=PLACE
    )
    specialists = experts.with_columns(expert_id=pl.col("source_id").str.strip_chars())
    places = objects.select(*PLACE, "legal_rep", "phone_key").join(
        known.sources.select(*PLACE, "object_id", "code_kind", "code"), on=PLACE
    )
    both = pl.concat(
        [
            _declared(declared, people, specialists, known),
            _former(people, known, since=dt.date(year - known.county.visits.former_post_years, 1, 1)),
            *(
                _found(those, those_places, who, relation=relation, on=on)
                for who, those in (("person_id", people), ("expert_id", specialists))
                for relation, those_places, on in (
                    ("同一电话", places, {"phone_key": "phone_key"}),
                    (
                        "同一证件",
                        places.filter(pl.col("code_kind") == "id_card"),
                        {"id_masked": "code", "name": "legal_rep"},
                    ),
                )
            ),
        ],
        how="diagonal",
    )
    order = ["file", "sheet", "row", "relation", "person_id", "expert_id", "object_id"]
    return conform(Interests, both.sort("department", *order, nulls_last=True))


def _declared(declared: pl.DataFrame, people: pl.DataFrame, experts: pl.DataFrame, known: Findable) -> pl.DataFrame:
    rows = declared.with_row_index("declaration").with_columns(
        find_objects(declared, known, name="object_name").alias("object_id"),
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


def _former(people: pl.DataFrame, known: Findable, *, since: dt.date) -> pl.DataFrame:
    """Return the inspectors who worked at an object and left no earlier than `since`, each pair once.

    Most former employers are no objects of the county: such a post keeps nobody from anything.
    """
    posts = (
        people.with_columns(code=listed(pl.col("former_employer")), left=dated(pl.col("left_on")))
        .explode("code", empty_as_null=True)
        .drop_nulls("code")
        .with_columns(object_name="code")
    )
    posts = posts.with_columns(find_objects(posts, known, name="object_name").alias("object_id"))
    recent = posts.drop_nulls("object_id").filter((pl.col("left") >= since).fill_null(value=True))
    pairs = recent.group_by("person_id", "object_id").agg(pl.col("department").min())
    return pairs.with_columns(relation=pl.lit("曾任职"), declared_by=pl.lit("部门报送"))


def _found(people: pl.DataFrame, places: pl.DataFrame, who: str, *, relation: str, on: dict[str, str]) -> pl.DataFrame:
    """Return the people who share something with an object's own entries, each pair once."""
    hits = people.join(places, left_on=list(on), right_on=list(on.values()))
    pairs = hits.group_by(who, "object_id").agg(pl.col("department").min())
    return pairs.with_columns(relation=pl.lit(relation), declared_by=pl.lit("系统比对"))

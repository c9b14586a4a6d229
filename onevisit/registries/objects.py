"""The register of objects (检查对象名录库): one row per object, from the records that belong to it (policy III.3.1).

Who belongs together is decided in `linkage.py`, which value of a field counts in `object_fields.py`, who
follows a closed business in `successors.py`; here they become the register.
"""

from dataclasses import dataclass

import polars as pl

from onevisit.county import County
from onevisit.registries.name_history import old_names
from onevisit.registries.names import plain
from onevisit.registries.object_fields import chosen, object_fields, object_records, subject_fields
from onevisit.registries.object_kinds import object_kind
from onevisit.registries.states import LIVING
from onevisit.registries.subjects import named_subjects
from onevisit.registries.successors import successors
from onevisit.registries.tables import ObjectFields, Objects
from onevisit.tables import conform


@dataclass(frozen=True, slots=True)
class Register:
    """The register of objects: `Objects`, the `ObjectFields` it was chosen from, and `Successors`."""

    objects: pl.DataFrame
    fields: pl.DataFrame
    successors: pl.DataFrame


def register(filed: pl.DataFrame, sources: pl.DataFrame, signals: pl.DataFrame, county: County) -> Register:
    """Return the register from filed objects, their crosswalk and the signals.

    An object may be drawn while it is 存续 and no other took its place.
    """
    records = object_records(filed, sources, county)
    said = object_fields(records, county)
    taken = chosen(said)
    kinds = _kinds(records, taken)
    subjects = subject_fields(records, named_subjects(filed, records, kinds, sources, county), county)
    taken = taken.drop("subject_id").join(
        chosen(subjects).select("object_id", "subject_id"), on="object_id", how="left"
    )
    follows = successors(said, kinds, county)
    for facts in (kinds, _united(records), old_names(said, county), _rated(signals)):
        taken = taken.join(facts, on="object_id", how="left")
    fields = pl.concat([said, subjects]).sort("key", maintain_order=True)
    return Register(_objects(taken, follows), conform(ObjectFields, fields), follows)


def _kinds(records: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Return object_id and object_kind; label and name tell only where no code does."""
    labels = records.select("object_id", "labels").unique("object_id", keep="first", maintain_order=True)
    known = taken.select("object_id", "uscc", "name").join(labels, on="object_id")
    kind = object_kind(pl.col("uscc"), pl.col("labels"), pl.col("name"))
    coded = known.filter(pl.col("uscc").is_not_null())
    bare = known.filter(pl.col("uscc").is_null()).with_columns(plain(pl.col("name")))
    return pl.concat([part.select("object_id", object_kind=kind) for part in (coded, bare)])


def _objects(taken: pl.DataFrame, follows: pl.DataFrame) -> pl.DataFrame:
    is_followed = pl.col("object_id").is_in(follows.get_column("successor_of").implode())
    none = pl.lit([], pl.List(pl.String))
    whole = taken.with_columns(
        pl.col("opened_on").str.to_date("%Y-%m-%d"),
        pl.col("old_names", "tags").fill_null(none),
        is_living=(pl.col("state") == LIVING) & ~is_followed,
        credit_class=pl.col("credit_class").fill_null("N"),
        is_abnormal=pl.col("is_abnormal").fill_null(value=False),
        complaint_count=pl.col("complaint_count").fill_null(0),
    )
    return conform(Objects, whole.sort("object_id"))


def _united(records: pl.DataFrame) -> pl.DataFrame:
    """Return what all records of an object say together: tags, departments, how many, last updated."""
    tags = records.select("object_id", "tags").explode("tags").drop_nulls().unique().sort("object_id", "tags")
    counted = records.group_by("object_id", maintain_order=True).agg(
        departments=pl.col("department").unique().sort(), record_count=pl.len(), updated_on=pl.col("updated_on").max()
    )
    of_object = tags.group_by("object_id", maintain_order=True).agg("tags")
    return counted.join(of_object, on="object_id", how="left")


def _rated(signals: pl.DataFrame) -> pl.DataFrame:
    """Return each object's class, whether it is listed as abnormal, and its complaints, from what counts."""
    counted = signals.filter("is_counted")
    return counted.group_by("object_id").agg(
        credit_class=pl.col("value").filter(pl.col("kind") == "credit").first(),
        is_abnormal=(pl.col("kind") == "abnormal").any(),
        complaint_count=(pl.col("kind") == "complaint").sum(),
    )

"""Dynamic management (动态管理): what changed in the register of objects since the year before.

Two registers are compared, not two lists: a name or an address that is only written in another way is no
change. Which object is which says the id register (`ids.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from onevisit.county import County
from onevisit.registries import reasons
from onevisit.registries.addresses import door
from onevisit.registries.name_history import is_other_name
from onevisit.registries.names import name_key, plain
from onevisit.registries.sounds import sound
from onevisit.registries.tables import Changes
from onevisit.tables import conform, frame_of


@dataclass(frozen=True, slots=True)
class Registered:
    """The register of objects of one year: `Objects`, `ObjectSources` and `ObjectFields`."""

    objects: pl.DataFrame
    sources: pl.DataFrame
    fields: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Years:
    """Two years of one register, and `pairs` (object_id, old_id) of the objects that are in both."""

    now: Registered
    before: Registered
    pairs: pl.DataFrame
    county: County


Unlike = Callable[[pl.DataFrame, County], pl.Series]
"""Tells for rows of `after`, `rival` and `is_registered` which two values are not one written in two ways."""


def changes(now: Registered, before: Registered, ids: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return what is new, gone, merged, split or recoded, and who moved, was renamed or has another state.

    `ids` is this year's `ObjectIds`. Last year's objects - gone - merged + new + split are this year's.
    Where last year has no register nothing can have changed.
    """
    if before.objects.is_empty():
        return frame_of(Changes, [])
    heirs = _heirs(now, before, ids)
    recoded = heirs.filter("is_recoded").select("object_id", "old_id")
    stayed = _both(now.objects, before.objects).select("object_id", old_id="object_id")
    years = _Years(now, before, pl.concat([stayed, recoded]), county)
    fresh = _fresh(years)
    found = {
        "new": fresh.filter(pl.col("old_id").is_null()).select("object_id"),
        "gone": _gone(years, heirs),
        "merged": heirs.filter(~pl.col("is_recoded")).select("object_id", before="old_id", after="object_id"),
        "split": fresh.drop_nulls("old_id").select("object_id", before="old_id", after="object_id"),
        "recoded": recoded.select("object_id", before="old_id", after="object_id"),
        "state": _restated(years),
        "renamed": _altered(years, "name", _is_other_name),
        "moved": _moved(years),
    }
    told = pl.concat([rows.with_columns(change=pl.lit(kind)) for kind, rows in found.items()], how="diagonal")
    listed = pl.concat([year.objects.select("object_id", "departments") for year in (now, before)])
    known = told.join(listed.unique("object_id", keep="first", maintain_order=True), on="object_id")
    return conform(Changes, known.sort("object_id", "change", "before", nulls_last=True))


def _both(objects: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return objects.select("object_id").join(others, on="object_id", how="semi")


def _heirs(now: Registered, before: Registered, ids: pl.DataFrame) -> pl.DataFrame:
    """Return which objects of last year another id took the place of: old_id, object_id, is_recoded.

    An id that is new stands for the one of them with most records: only its code is another now. The
    others are merged.
    """
    left = before.objects.join(now.objects, on="object_id", how="anti").select("record_count", old_id="object_id")
    into = ids.select(old_id="object_id", object_id="merged_into").drop_nulls()
    ended = left.join(into, on="old_id").join(now.objects, on="object_id", how="semi")
    ranked = ended.sort("object_id", "record_count", "old_id", descending=[False, True, False])
    is_known = pl.col("object_id").is_in(before.objects.get_column("object_id").implode())
    return ranked.select("old_id", "object_id", is_recoded=~is_known & pl.col("object_id").is_first_distinct())


def _gone(years: _Years, heirs: pl.DataFrame) -> pl.DataFrame:
    left = years.before.objects.select("object_id").join(years.now.objects, on="object_id", how="anti")
    return left.join(heirs, left_on="object_id", right_on="old_id", how="anti")


def _fresh(years: _Years) -> pl.DataFrame:
    """Return the objects last year did not have, and `old_id`, the one most of their records were in; null for none."""
    fresh = years.now.objects.select("object_id").join(years.pairs, on="object_id", how="anti")
    records = years.now.sources.select("object_id", "record_key").join(fresh, on="object_id", how="semi")
    were_in = records.join(years.before.sources.select("record_key", old_id="object_id"), on="record_key")
    counted = were_in.group_by("object_id", "old_id").agg(records=pl.len())
    most = counted.sort("object_id", "records", "old_id", descending=[False, True, False]).unique(
        "object_id", keep="first", maintain_order=True
    )
    return fresh.join(most.select("object_id", "old_id"), on="object_id", how="left")


def _restated(years: _Years) -> pl.DataFrame:
    after = years.now.objects.select("object_id", after="state")
    before = years.before.objects.select(old_id="object_id", before="state")
    both = years.pairs.join(after, on="object_id").join(before, on="old_id")
    return both.filter(pl.col("before") != pl.col("after")).select("object_id", "before", "after")


def _moved(years: _Years) -> pl.DataFrame:
    """Return who has another address or town, once, by the first of them that tells."""
    found = [
        _altered(years, "address", _is_elsewhere),
        _altered(years, "operating_address", _is_elsewhere),
        _altered(years, "town", _is_other),
    ]
    return pl.concat(found).unique("object_id", keep="first", maintain_order=True)


def _altered(years: _Years, field: str, is_unlike: Unlike) -> pl.DataFrame:
    """Return who has another value of a field: object_id, before, after.

    It may only be another record's turn to be taken, or a slip that was put right. So it counts when it is
    unlike everything that was filed for the object last year.
    """
    after, before = (_taken(year.fields, field) for year in (years.now, years.before))
    told = (
        years.pairs.join(after.rename({"value": "after"}), on="object_id")
        .join(before.rename({"object_id": "old_id", "value": "before"}), on="old_id", suffix="_before")
        .filter(pl.col("after") != pl.col("before"))
        .with_columns(is_registered=pl.col("is_registered") & pl.col("is_registered_before"))
    )
    filed = years.before.fields.filter(pl.col("field") == field).select(old_id="object_id", rival="value").unique()
    compared = told.join(filed, on="old_id")
    alike = compared.filter(~is_unlike(compared, years.county))
    return told.join(alike, on="object_id", how="anti").select("object_id", "before", "after")


def _taken(fields: pl.DataFrame, field: str) -> pl.DataFrame:
    taken = fields.filter("is_chosen", pl.col("field") == field)
    return taken.select("object_id", "value", is_registered=pl.col("why") == reasons.REGISTRAR)


def _is_other(told: pl.DataFrame, _county: County) -> pl.Series:
    return told.select(pl.col("after") != pl.col("rival")).to_series()


def _is_other_name(told: pl.DataFrame, county: County) -> pl.Series:
    """Tell which names are others: by any sound where the registering authority says so, else altogether."""
    is_other = told.get_column("is_registered") | is_other_name(told, county, left="after", right="rival")
    whole = told.select(plain(pl.col("after", "rival")))
    core = told.select(name_key(pl.col(side), county) for side in ("after", "rival"))
    # A place that is misspelt is no place to leave out, so both forms must differ.
    return is_other & _sounds_otherwise(whole) & _sounds_otherwise(core)


def _sounds_otherwise(names: pl.DataFrame) -> pl.Series:
    """Tell which names do not have the same sounds; two that changed places are a slip."""
    after, rival = (sound(names.get_column(side)).str.split("").list.sort() for side in ("after", "rival"))
    return (after != rival).fill_null(value=False)


def _is_elsewhere(told: pl.DataFrame, county: County) -> pl.Series:
    """Tell which addresses mean other doors; one that names no place tells nothing."""
    after, rival = (door(told.get_column(side), county) for side in ("after", "rival"))
    doors = pl.DataFrame(
        {
            "place": sound(after["place"]),
            "rival_place": sound(rival["place"]),
            "number": after["number"],
            "rival_number": rival["number"],
        }
    )
    place, other = pl.col("place"), pl.col("rival_place")
    is_other_place = ~(place.str.contains(other, literal=True) | other.str.contains(place, literal=True))
    is_other_number = (pl.col("number") != pl.col("rival_number")).fill_null(value=False)
    return doors.select(
        (is_other_place | is_other_number & place.is_not_null() & other.is_not_null()).fill_null(value=False)
    ).to_series()

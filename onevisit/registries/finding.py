"""Which object a code and a name mean: for lists that name objects without being registers of them.

Credit classes, complaints and declared interests name a business by code, by name, or by both.
"""

from dataclasses import dataclass

import polars as pl

from onevisit.county import County
from onevisit.registries.cells import with_code_kinds
from onevisit.registries.names import name_key, name_start, town


@dataclass(frozen=True, slots=True)
class Findable:
    """What the objects of a crosswalk are found by, read once for all the lists that name them."""

    sources: pl.DataFrame
    """The crosswalk, `ObjectSources`."""
    coded: pl.DataFrame
    """code_kind, code, object_id: every code of one object alone."""
    named: pl.DataFrame
    """name_key, town, object_id of every record."""
    with_own_code: pl.Series
    """The objects that have a credit code of their own."""
    county: County


def findable(sources: pl.DataFrame, county: County) -> Findable:
    """Return what finds the objects of the crosswalk `ObjectSources`."""
    names = sources.select(pl.col("name").unique()).with_columns(name_key=name_key(pl.col("name"), county))
    own = sources.filter(pl.col("code_kind") == "uscc", pl.col("code") == pl.col("object_id"))
    return Findable(
        sources,
        coded=_single(_coded(sources, own), "code_kind", "code"),
        named=sources.join(names, on="name").select("name_key", "town", "object_id"),
        with_own_code=own.get_column("object_id").unique(),
        county=county,
    )


def find_objects(named: pl.DataFrame, known: Findable, *, name: str = "name") -> pl.Series:
    """Return the object id each row means, null where it is none or not the only one.

    `named` has the columns `code` and `name` (or another that `name` says). The code goes first. The name
    decides where the code names nobody: with the town it begins with, else over the county; a row with a
    credit code of its own then never means an object with another.
    """
    rows = with_code_kinds(named).select("code_kind", "code", name=pl.col(name)).with_row_index("place")
    by_code = _at(rows, rows.join(known.coded, on=["code_kind", "code"]))
    # Where the code tells, no name is read.
    by_name = _by_name(rows.filter(by_code.is_null()), known)
    return rows.select(pl.coalesce(by_code, _at(rows, by_name))).to_series()


def _by_name(rows: pl.DataFrame, known: Findable) -> pl.DataFrame:
    """Return the object that each row's name means: place, object_id."""
    asked = rows.select(
        "place",
        "code_kind",
        name_key=name_key(pl.col("name"), known.county),
        town=town(pl.lit(None, pl.String), name_start(pl.col("name"), known.county), county=known.county),
    )
    named = known.named.join(asked, on="name_key", how="semi")
    in_town = asked.join(_single(named, "name_key", "town"), on=["name_key", "town"])
    in_county = asked.filter(pl.col("town").is_null()).join(_single(named, "name_key"), on="name_key")
    found = pl.concat([one.select("place", "code_kind", "object_id") for one in (in_town, in_county)])
    is_other = (pl.col("code_kind") == "uscc") & pl.col("object_id").is_in(known.with_own_code.implode())
    return found.filter(~is_other)


def _coded(sources: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return code_kind, code and object_id of every code that tells an object.

    A credit code also tells by the organisation code it holds (characters 9 to 17).
    """
    credit = own.select("code_kind", "code", "object_id")
    held = credit.with_columns(code_kind=pl.lit("organisation"), code=pl.col("code").str.slice(8, 9))
    others = sources.filter(pl.col("code_kind").is_in(["organisation", "registration"])).select(credit.columns)
    return pl.concat([credit, held, others])


def _single(sources: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the one object that has the keys, for keys of just one."""
    return sources.select(*keys, "object_id").unique().unique(keys, keep="none")


def _at(rows: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    return rows.select("place").join(found, on="place", how="left", maintain_order="left").get_column("object_id")

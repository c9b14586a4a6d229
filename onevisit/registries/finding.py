"""Which object a code and a name mean: for lists that name objects without being registers of them.

Credit classes, complaints and declared interests name a business by code, by name, or by both.
"""

import polars as pl

from onevisit.county import County
from onevisit.registries.cells import with_code_kinds
from onevisit.registries.names import name_key, name_start, town


def find_objects(named: pl.DataFrame, sources: pl.DataFrame, county: County, *, name: str = "name") -> pl.Series:
    """Return the object id each row means, null where it is none or not the only one.

    `named` has the columns `code` and `name` (or another that `name` says), `sources` is the crosswalk
    `ObjectSources`. The code goes first. The name decides where the code names nobody: with the
    town it begins with, else over the county; a row with a credit code of its own then never means
    an object with another.
    """
    rows = (
        with_code_kinds(named)
        .select(
            "code_kind",
            "code",
            name_key=name_key(pl.col(name), county),
            town=town(pl.lit(None, pl.String), name_start(pl.col(name), county), county=county),
        )
        .with_row_index("place")
    )
    names = sources.select(pl.col("name").unique()).with_columns(name_key=name_key(pl.col("name"), county))
    keyed = sources.join(names, on="name", how="left", maintain_order="left")
    by_code = _only(rows, _coded(keyed), "code_kind", "code")
    in_town = _only(rows, keyed, "name_key", "town")
    in_county = _only(rows.filter(pl.col("town").is_null()), keyed, "name_key")
    found = rows.select(
        "place",
        has_uscc=pl.col("code_kind") == "uscc",
        by_name=pl.coalesce(_at(rows, in_town), _at(rows, in_county)),
        by_code=_at(rows, by_code),
    )
    is_other = pl.col("has_uscc") & pl.col("by_name").is_in(
        _own_codes(sources).get_column("object_id").unique().sort().implode()
    )
    return found.select(pl.coalesce("by_code", pl.when(~is_other).then("by_name"))).to_series()


def _own_codes(sources: pl.DataFrame) -> pl.DataFrame:
    """Return the records whose credit code is their object's own."""
    return sources.filter(pl.col("code_kind") == "uscc", pl.col("code") == pl.col("object_id"))


def _coded(sources: pl.DataFrame) -> pl.DataFrame:
    """Return code_kind, code and object_id of every code that tells an object.

    A credit code also tells by the organisation code it holds (characters 9 to 17).
    """
    own = _own_codes(sources).select("code_kind", "code", "object_id")
    held = own.with_columns(code_kind=pl.lit("organisation"), code=pl.col("code").str.slice(8, 9))
    others = sources.filter(pl.col("code_kind").is_in(["organisation", "registration"])).select(own.columns)
    return pl.concat([own, held, others])


def _only(rows: pl.DataFrame, sources: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the one object that has a row's keys, for rows with just one."""
    objects = sources.group_by(keys).agg(pl.col("object_id").unique())
    single = objects.filter(pl.col("object_id").list.len() == 1).explode("object_id")
    return rows.join(single, on=list(keys)).select("place", "object_id")


def _at(rows: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    return rows.select("place").join(found, on="place", how="left", maintain_order="left").get_column("object_id")

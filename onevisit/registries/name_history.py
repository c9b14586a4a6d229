"""Former names (曾用名): other names that some department still files for an object, mere spellings left out."""

import polars as pl

from onevisit.county import County
from onevisit.registries import reasons
from onevisit.registries.names import name_key
from onevisit.registries.sounds import sound

SLIP = 1
"""One name may lack so many sounds of another and still be a spelling of it: a slip, an abbreviation."""


def is_other_name(names: pl.DataFrame, county: County, *, left: str, right: str) -> pl.Series:
    """Tell for each row whether its two names are two names, not two spellings of one."""
    pairs = names.select(left=left, right=right).with_row_index("pair")
    # As written already most are spellings; only the rest is worth reading closely.
    apart = pairs.filter(_differs(*(pairs.get_column(side) for side in ("left", "right"))))
    spoken = pl.DataFrame({"name": pl.concat([apart.get_column("left"), apart.get_column("right")]).unique().sort()})
    heard = sound(spoken.select(name_key(pl.col("name"), county)).to_series())
    sides = [apart.get_column(side).replace_strict(spoken.get_column("name"), heard) for side in ("left", "right")]
    others = apart.filter(_differs(*sides)).get_column("pair")
    return pairs.select(pl.col("pair").is_in(others.implode())).to_series()


def _differs(left: pl.Series, right: pl.Series) -> pl.Series:
    sides = pl.DataFrame({"left": left, "right": right}).with_columns(pl.all().str.split(""))
    lacks = [pl.col(one).list.set_difference(other).list.len() for one, other in (("left", "right"), ("right", "left"))]
    return sides.select((pl.min_horizontal(lacks) > SLIP).fill_null(value=False)).to_series()


def old_names(fields: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return object_id and old_names, a sorted list, for the objects of `ObjectFields` that have one.

    Of several spellings of one former name the first filed is kept.
    """
    filed = fields.filter(pl.col("field") == "name", pl.col("why") == reasons.OLD_NAME).select("object_id", "value")
    names = filed.unique(maintain_order=True).with_columns(number=pl.int_range(pl.len()).over("object_id"))
    pairs = names.join(names, on="object_id", suffix="_before").filter(pl.col("number") > pl.col("number_before"))
    repeated = pairs.filter(~is_other_name(pairs, county, left="value", right="value_before"))
    kept = names.join(repeated, on=["object_id", "value"], how="anti")
    return kept.group_by("object_id").agg(old_names=pl.col("value").sort())

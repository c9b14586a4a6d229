"""Which business follows which: re-registration (重新登记) and 个转企 are two objects; the closed one is not drawn.

A business follows a closed one when it stands at the same door and has the same operator or the same name, and
was not opened before it. Decided on every value filed (`ObjectFields`): what one department masks, another tells.
"""

import polars as pl

from onevisit.county import County
from onevisit.registries import reasons
from onevisit.registries.addresses import door
from onevisit.registries.names import name_key, plain
from onevisit.registries.states import LIVING
from onevisit.registries.tables import Successors
from onevisit.tables import conform

CLOSED = ("注销", "吊销", "停业")
"""States of a business that another may follow."""
SHOP = "个体工商户"
FIRMS = ("企业", "农民专业合作社")
"""What a shop becomes in 个转企."""
_START = 3
"""Characters of a name that say whether another may be the same."""
_PAIR = ["object_id", "successor_of"]


def successors(fields: pl.DataFrame, kinds: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the businesses that follow a closed one, each with one it follows and each followed by one.

    `fields` is `ObjectFields`, `kinds` has object_id and object_kind. Only a business with a code of its own
    follows: one without may be a record of the closed one that found no way to it. Where several could be
    followed the one that has most in common counts, then the one opened last.
    """
    known = _businesses(fields, kinds)
    closed = known.filter(pl.col("closed_as").is_not_null())
    persons, names = _persons(fields, known), _names(fields, known, closed, county)
    alike = pl.concat([_sharing(closed, values) for values in (persons, names)]).unique()
    pairs = _in_order(alike, known, closed)
    doors = _doors(fields, pairs, county)
    pairs = pairs.with_columns(
        has_same_person=_share(pairs, persons, "value"),
        has_same_name=_share(pairs, names, "value"),
        has_same_phone=_share(pairs, _phones(fields, pairs), "value"),
        has_same_door=_share(pairs, doors, "place", "number"),
        has_same_place=_share(pairs, doors, "place", open_number=True),
    )
    follows = pairs.filter(_is_at_one_place() & (_is_upgrade() | _is_renewal()))
    return conform(Successors, _one_each(follows).with_columns(relation=_relation(), reason=_reason()).sort(_PAIR))


def _businesses(fields: pl.DataFrame, kinds: pl.DataFrame) -> pl.DataFrame:
    """Return the businesses with kind, town, code, date and the state they are closed in, null for living ones.

    Where the registering authority says nothing of the state, closed for one department is closed.
    """
    taken = fields.filter("is_chosen", pl.col("field").is_in(["uscc", "town", "opened_on", "state"]))
    stated = taken.pivot("field", index="object_id", values="value", maintain_order=True)
    is_told = pl.col("why") == reasons.REGISTRAR
    states = (
        fields.filter(pl.col("field") == "state")
        .group_by("object_id")
        .agg(is_registered=is_told.any(), closed_as=pl.col("value").filter(pl.col("value").is_in(CLOSED)).first())
    )
    empty = [pl.lit(None, pl.String).alias(name) for name in ("uscc", "town", "opened_on", "state")]
    told = stated.with_columns(one for one in empty if one.meta.output_name() not in stated.columns)
    businesses = kinds.filter(pl.col("object_kind").is_in([SHOP, *FIRMS])).join(told, on="object_id")
    return businesses.join(states, on="object_id").select(
        "object_id",
        "object_kind",
        "town",
        "uscc",
        opened_on=pl.col("opened_on").str.to_date("%Y-%m-%d"),
        closed_as=pl.when(pl.col("state").is_in(CLOSED))
        .then("state")
        .when(pl.col("state") == LIVING, ~pl.col("is_registered"))
        .then("closed_as"),
    )


def _persons(fields: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    told = _unmasked(_filed(fields, known, "legal_rep")).with_columns(plain(pl.col("value")))
    return told.filter(pl.col("value").str.len_chars() >= 2).unique()


def _names(fields: pl.DataFrame, known: pl.DataFrame, closed: pl.DataFrame, county: County) -> pl.DataFrame:
    """Return the names, as they are compared, of closed businesses and of those that may have the same.

    Few are closed: what does not hold the beginning of such a name need not be read closely.
    """
    filed = _filed(fields, known, "name").unique()
    gone = filed.join(closed, on="object_id", how="semi").with_columns(name_key(pl.col("value"), county))
    starts = gone.get_column("value").str.head(_START).drop_nulls().unique().sort()
    holding = filed.filter(pl.col("value").str.contains_any(starts.implode()))
    return pl.concat([gone, holding.with_columns(name_key(pl.col("value"), county))]).drop_nulls().unique()


def _phones(fields: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    told = _unmasked(_filed(fields, _paired(pairs), "phone"))
    return told.with_columns(pl.col("value").str.replace_all(r"\D", "")).unique()


def _doors(fields: pl.DataFrame, pairs: pl.DataFrame, county: County) -> pl.DataFrame:
    filed = _filed(fields, _paired(pairs), "address").unique()
    read = door(filed.get_column("value"), county)
    return pl.concat([filed.select("object_id"), read.select("place", "number")], how="horizontal").drop_nulls("place")


def _paired(pairs: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([pairs.select("object_id"), pairs.select(object_id="successor_of")]).unique()


def _filed(fields: pl.DataFrame, known: pl.DataFrame, field: str) -> pl.DataFrame:
    return fields.filter(pl.col("field") == field).select("object_id", "value").join(known, on="object_id", how="semi")


def _unmasked(filed: pl.DataFrame) -> pl.DataFrame:
    return filed.filter(~pl.col("value").str.contains("*", literal=True))


def _sharing(closed: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Return every closed business with every other that shares a value with it."""
    gone = values.join(closed, on="object_id", how="semi").rename({"object_id": "successor_of"})
    pairs = gone.join(values, on="value").select(_PAIR)
    return pairs.filter(pl.col("object_id") != pl.col("successor_of")).unique()


def _in_order(pairs: pl.DataFrame, known: pl.DataFrame, closed: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs in one town whose first may have come after the other."""
    before = closed.select(pl.exclude("object_id").name.suffix("_before"), successor_of="object_id")
    both = pairs.join(known.filter(pl.col("uscc").is_not_null()), on="object_id").join(before, on="successor_of")
    is_later = pl.col("opened_on") > pl.col("opened_on_before")
    # Of two closed ones only the dates can tell which came first.
    in_order = pl.when(pl.col("closed_as").is_null()).then(is_later.fill_null(value=True)).otherwise(is_later)
    in_one_town = (pl.col("town") == pl.col("town_before")).fill_null(value=True)
    return both.filter(in_order.fill_null(value=False), in_one_town).sort(_PAIR)


def _share(pairs: pl.DataFrame, values: pl.DataFrame, *keys: str, open_number: bool = False) -> pl.Series:
    """Tell for each pair whether the two have values in common; with `open_number` where one says no number."""
    hits = pairs.select(_PAIR).join(values, on="object_id")
    hits = hits.join(values, left_on=["successor_of", *keys], right_on=["object_id", *keys], suffix="_before")
    if open_number:
        hits = hits.filter(pl.any_horizontal(pl.col("number", "number_before").is_null()))
    shared = hits.select(_PAIR).unique().with_columns(has=pl.lit(value=True))
    found = pairs.select(_PAIR).join(shared, on=_PAIR, how="left", maintain_order="left")
    return found.get_column("has").fill_null(value=False)


def _is_at_one_place() -> pl.Expr:
    """Tell whether two stand at one door; where one of them names none in the road or village, by more in common."""
    is_near = pl.col("has_same_place") & pl.col("has_same_person")
    return pl.col("has_same_door") | (is_near & (pl.col("has_same_name") | pl.col("has_same_phone")))


def _is_upgrade() -> pl.Expr:
    is_firm = pl.col("object_kind").is_in(FIRMS) & (pl.col("object_kind_before") == SHOP)
    return is_firm & pl.col("has_same_person")


def _is_renewal() -> pl.Expr:
    """Tell whether one of the same kind follows: a shop by operator or name, a firm by name.

    An owner may have two firms at one address, which are no successors of each other.
    """
    is_same_kind = pl.col("object_kind") == pl.col("object_kind_before")
    is_one_shop = (pl.col("object_kind") == SHOP) & pl.col("has_same_person")
    return pl.col("has_same_name") | (is_same_kind & is_one_shop)


def _one_each(follows: pl.DataFrame) -> pl.DataFrame:
    """Return the best pairs: every business follows one at most and is followed by one at most."""
    likeness = pl.sum_horizontal("has_same_door", "has_same_person", "has_same_name", "has_same_phone")
    ranked = follows.with_columns(likeness=likeness).sort(
        "likeness", "opened_on_before", *_PAIR, descending=[True, True, False, False], nulls_last=True
    )
    by_follower = ranked.unique("object_id", keep="first", maintain_order=True)
    return by_follower.unique("successor_of", keep="first", maintain_order=True)


def _relation() -> pl.Expr:
    upgraded = pl.lit("individual_to_enterprise")
    return pl.when(_is_upgrade()).then(upgraded).otherwise(pl.lit("re-registration"))


def _reason() -> pl.Expr:
    """Say what two have in common; never who the person is."""
    shared = pl.concat_str(
        [
            pl.when("has_same_door").then(pl.lit("同一门牌")).otherwise(pl.lit("同一地点")),
            pl.when("has_same_person").then(pl.lit("同一负责人")),
            pl.when("has_same_name").then(pl.lit("名称相同")),
            pl.when("has_same_phone").then(pl.lit("联系电话相同")),
        ],
        separator="，",
        ignore_nulls=True,
    )
    opened = pl.format("，后者{}成立", pl.col("opened_on").dt.strftime("%Y-%m-%d")).fill_null("")
    kind = pl.when(_is_upgrade()).then(pl.lit("个体工商户转为企业：")).otherwise(pl.lit("重新登记："))
    return pl.concat_str([kind, shared, pl.lit("；前者已"), pl.col("closed_as_before"), opened])

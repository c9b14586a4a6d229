"""Which pairs of records are worth comparing: those that share one of many keys, each key capped.

Sixty thousand records make two thousand million pairs; half a million are looked at. A value that
more records share than its cap says tells nobody apart (an agent's phone, 无名 shops): it pairs
nothing, and finer keys still do.
"""

import polars as pl

_SOUND = pl.col("name_sound")
_LONG_ENOUGH = 5
_PHONE = pl.when(~pl.col("phone").str.contains("*", literal=True)).then("phone")
_PERSON = pl.when(~pl.col("is_masked"), pl.col("person_sound").str.len_chars() >= 2).then("person_sound")

KEYS: tuple[tuple[tuple[str | pl.Expr, ...], int], ...] = (
    (("name_sound",), 60),
    (("name_sound", "town"), 200),
    ((_SOUND.str.slice(0, 2), "town", "form"), 40),
    ((_SOUND.str.slice(-4), "town"), 40),
    ((_SOUND.str.slice(0, 3), "form"), 30),
    ((pl.when(_SOUND.str.len_chars() >= _LONG_ENOUGH).then(_SOUND.str.slice(-_LONG_ENOUGH)),), 30),
    ((_PHONE,), 25),
    (("phone_ends",), 40),
    ((_PERSON, "town"), 40),
    ((_PERSON, "place_sound"), 40),
    ((_PERSON, "opened_on"), 30),
    ((_PERSON, _SOUND.str.slice(0, 1)), 30),
    (("place_sound", "number", "town"), 30),
    (("opened_on", "place_sound"), 30),
    (("opened_on", "town"), 20),
)
"""Keys of all records, each with the most records a value may have."""

_CODE_PARTS = (((8, 5), 30), ((12, 5), 30), ((0, 15), 20))
"""Pieces of a credit code: one wrong character leaves one of them whole."""


def compared_pairs(records: pl.DataFrame) -> pl.DataFrame:
    """Return every pair to compare, once and sorted: `left` < `right` record numbers, how it was found.

    `is_candidate` tells a pair that keys other than the code found, `is_mate` one of the same `link_code`.
    """
    found = [_paired(records, keys, cap) for keys, cap in KEYS]
    mistyped = [_mistyped(records, pl.col("code").str.slice(*piece), cap) for piece, cap in _CODE_PARTS]
    # One number a pair: half the work of two columns.
    number = pl.col("left") * records.height + pl.col("right")
    candidates = pl.concat([*found, *mistyped]).select(number).to_series().unique()
    mates = code_mates(records).select(number).to_series()
    pairs = pl.concat([candidates, mates]).unique().sort()
    return pl.DataFrame(
        {
            "left": pairs // max(records.height, 1),
            "right": pairs % max(records.height, 1),
            "is_candidate": pairs.is_in(candidates.implode()),
            "is_mate": pairs.is_in(mates.implode()),
        }
    )


def code_mates(records: pl.DataFrame, *, cap: int = 200) -> pl.DataFrame:
    """Return the pairs of records with one `link_code`: `left` < `right`, sorted.

    Where more records than the cap have a code, each is paired with one of them, the registering
    authority's if it has one: that they are many must not look as if they disagreed.
    """
    few = _paired(records, ("link_code",), cap)
    coded = records.select("record", "link_code", "is_registrar").drop_nulls("link_code")
    many = coded.filter(pl.len().over("link_code") > cap).sort("link_code", ~pl.col("is_registrar"), "record")
    hubs = many.with_columns(hub=pl.col("record").first().over("link_code")).filter(pl.col("record") != pl.col("hub"))
    starred = hubs.select(left=pl.min_horizontal("record", "hub"), right=pl.max_horizontal("record", "hub"))
    return pl.concat([few, starred]).sort("left", "right")


def _paired(records: pl.DataFrame, keys: tuple[str | pl.Expr, ...], cap: int) -> pl.DataFrame:
    by = [f"key{number}" for number in range(len(keys))]
    exprs = [pl.col(key) if isinstance(key, str) else key for key in keys]
    keyed = records.select("record", **dict(zip(by, exprs, strict=True))).drop_nulls()
    blocks = keyed.filter(pl.len().over(by).is_between(2, cap))
    pairs = blocks.join(blocks, on=by, suffix="_right")
    return pairs.filter(pl.col("record") < pl.col("record_right")).select(left="record", right="record_right")


def _mistyped(records: pl.DataFrame, piece: pl.Expr, cap: int) -> pl.DataFrame:
    """Pair a code that fails its check digit with the codes that share a piece with it."""
    long = records.filter(pl.col("code").str.len_chars() == 18, pl.col("code_kind").is_in(["uscc", "broken"]))
    keyed = long.select("record", "code_kind", piece=piece).filter(pl.len().over("piece") <= cap)
    broken = keyed.filter(pl.col("code_kind") == "broken")
    pairs = broken.join(keyed, on="piece", suffix="_right").filter(pl.col("record") != pl.col("record_right"))
    return pairs.select(
        left=pl.min_horizontal("record", "record_right"), right=pl.max_horizontal("record", "record_right")
    )

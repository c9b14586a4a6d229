"""Which pairs of records are worth comparing: those that share one of many keys, each key capped.

Sixty thousand records make two thousand million pairs; half a million are looked at. A value that
more records share than its cap says tells nobody apart (an agent's phone, 无名 shops): it pairs
nothing, and finer keys still do.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from onevisit.registries.texts import Texts, Whole

_SOUND, _PERSON, _PHONE = pl.col("name_sound"), pl.col("person_sound"), pl.col("phone")

PARTS: Mapping[str, pl.Expr] = {
    "first": _SOUND.str.slice(0, 1),
    "first_two": _SOUND.str.slice(0, 2),
    "first_three": _SOUND.str.slice(0, 3),
    "last_four": _SOUND.str.slice(-4),
    "last_five": pl.when(_SOUND.str.len_chars() >= 5).then(_SOUND.str.slice(-5)),
    "whole_person": pl.when(~_PERSON.str.contains("*", literal=True), _PERSON.str.len_chars() >= 2).then(_PERSON),
    "whole_phone": pl.when(~_PHONE.str.contains("*", literal=True)).then(_PHONE),
}
"""What keys use of a column, by name; each looks at one column only."""

KEYS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("name_sound",), 60),
    (("name_sound", "town"), 200),
    (("first_two", "town", "form"), 40),
    (("last_four", "town"), 40),
    (("first_three", "form"), 30),
    (("last_five",), 30),
    (("whole_phone",), 25),
    (("phone_ends",), 40),
    (("whole_person", "town"), 40),
    (("whole_person", "place_sound"), 40),
    (("whole_person", "opened_on"), 30),
    (("whole_person", "first"), 30),
    (("place_sound", "number", "town"), 30),
    (("opened_on", "place_sound"), 30),
    (("opened_on", "town"), 20),
)
"""Keys of all records, of columns and `PARTS`, each with the most records a value may have."""

_CODE_PIECES = (((8, 5), 30), ((12, 5), 30), ((0, 15), 20))
"""Pieces of a credit code: one wrong character leaves one of them whole."""
_MATES = 200
"""Where more records than this have a code, not each is paired with each."""


def compared_pairs(records: pl.DataFrame, columns: Mapping[str, Texts]) -> pl.DataFrame:
    """Return every pair to compare, once and sorted: `left` < `right` record numbers, how it was found.

    `is_candidate` tells a pair that keys other than the code found, `is_mate` one of the same `link_code`.
    `columns` has the texts of the records.
    """
    parts = {**columns, **{name: _part(columns, part) for name, part in PARTS.items()}}
    found = [_paired(_key([parts[part] for part in key]), cap) for key, cap in KEYS]
    mistyped = [_mistyped(records, columns["long_code"], piece, cap) for piece, cap in _CODE_PIECES]
    mates = _code_mates(records, columns["link_code"])
    # The last bit says how a pair was found, so that one sort brings both ways together.
    ways = np.concatenate([*(pairs << 1 for pairs in (*found, *mistyped)), mates << 1 | 1])
    ways.sort()
    first = _starts(ways >> 1)
    last = np.append(first[1:], len(ways))[: len(first)] - 1
    left, right = _sides(ways[first] >> 1, records.height)
    return pl.DataFrame(
        {"left": left, "right": right, "is_candidate": ways[first] & 1 == 0, "is_mate": ways[last] & 1 == 1}
    )


def _part(columns: Mapping[str, Texts], part: pl.Expr) -> Texts:
    """Return what a part makes of each value of its column."""
    [name] = set(part.meta.root_names())
    whole = columns[name]
    return whole.changed(whole.values.to_frame(name).select(part).to_series())


def _key(parts: Sequence[Texts]) -> Whole:
    """Return for each record the number of its values of the parts together, -1 where it lacks one."""
    key = parts[0].number.astype(np.int64)
    is_known = parts[0].is_known
    for part in parts[1:]:
        key = key * len(part.values) + part.number
        is_known &= part.is_known
    return np.where(is_known, key, -1)


def _paired(key: Whole, cap: int) -> Whole:
    """Return the pairs of records that share a key with no more than the cap, in no order."""
    order = np.argsort(key)
    order = order[np.searchsorted(key, 0, sorter=order) :]
    size = np.diff(_starts(key[order]), append=len(order))
    record, size = order[np.repeat(size <= cap, size)], size[size <= cap]
    # In a block each is paired with those that stand behind it.
    place = np.arange(len(record))
    behind = np.repeat(np.cumsum(size), size) - place - 1
    paired_before = np.cumsum(behind) - behind
    one = np.repeat(record, behind)
    other = record[np.arange(len(one)) - np.repeat(paired_before - place - 1, behind)]
    return _pairs(one, other, len(key))


def _mistyped(records: pl.DataFrame, code: Texts, piece: tuple[int, int], cap: int) -> Whole:
    """Return pairs of a code that fails its check digit and one that shares a piece with it."""
    is_broken = (records.get_column("code_kind") == "broken").to_numpy()
    is_long = code.values.str.len_chars() == 18
    pieces = code.changed(code.values.str.slice(*piece).set(~is_long, None))
    has_broken = np.zeros(len(pieces.values) + 1, bool)
    has_broken[pieces.number[is_broken & pieces.is_known]] = True
    pairs = _paired(np.where(has_broken[pieces.number], pieces.number, -1), cap)
    left, right = _sides(pairs, records.height)
    return pairs[is_broken[left] | is_broken[right]]


def _code_mates(records: pl.DataFrame, code: Texts) -> Whole:
    """Return the pairs of records with one `link_code`, in no order.

    Where more records than `_MATES` have a code, each is paired with one of them, the registering
    authority's if it has one: that they are many must not look as if they disagreed.
    """
    few = _paired(_key([code]), _MATES)
    many = np.flatnonzero(code.bearers > _MATES)
    is_registrar = records.get_column("is_registrar").to_numpy()
    order = many[np.lexsort((many, ~is_registrar[many], code.number[many]))]
    first = _starts(code.number[order])
    hub = np.repeat(order[first], np.diff(first, append=len(order)))
    is_other = order != hub
    return np.append(few, _pairs(order[is_other], hub[is_other], records.height))


def _pairs(one: Whole, other: Whole, height: int) -> Whole:
    """Return pairs of records as one number each, left * height + right: half the work of two columns."""
    return np.minimum(one, other) * height + np.maximum(one, other)


def _sides(pairs: Whole, height: int) -> tuple[Whole, Whole]:
    """Return left and right of pairs that are one number each."""
    left = pairs // max(height, 1)
    return left, pairs - left * height


def _starts(sorted_values: NDArray[Any]) -> Whole:
    """Return the places where another value begins."""
    return np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1])[: len(sorted_values)])

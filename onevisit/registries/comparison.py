"""How alike two records are: a small whole number for each thing compared, and what it means.

Level 0 says that nothing can be said, since one side is empty. Names, persons and places are compared
character by character and by sound; string distances are worked out once per distinct pair of texts.
Half a million pairs show thirty thousand patterns of levels: what follows from levels is worked out
once per pattern.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel

from onevisit.registries.texts import DIFFERENT, SAME, Flags, Small, Texts, Whole, numbered

MEANINGS: Mapping[str, Mapping[int, str]] = {
    "name": {
        1: "名称相同",
        2: "名称同音",
        3: "名称差一个字",
        4: "名称差两个字",
        5: "一个名称是另一个的简写",
        6: "名称多半相同",
        7: "名称有几个字相同",
        8: "名称不同",
    },
    "namesakes": {1: "这个名称有两三位负责人", 2: "这个名称有多位负责人", 3: "这个名称十分常见"},
    "head": {1: "字号开头相同", 2: "字号开头不同"},
    "tail": {1: "名称结尾（行业）相同", 2: "名称结尾（行业）不同"},
    "unit": {1: "是同一个分支机构", 2: "是不同的分支机构", 3: "一方是分支机构，另一方不是"},
    "form": {1: "组织形式不同"},
    "person": {
        1: "负责人相同",
        2: "负责人同音",
        3: "负责人差一个字",
        4: "负责人不同",
        5: "负责人打码后相符",
        6: "负责人相同，但县内同名的多",
    },
    "phone": {
        1: "电话相同",
        2: "电话打码后相符",
        3: "电话差一位",
        4: "电话不同",
        5: "电话相同，但多家共用",
    },
    "door": {
        1: "门牌号到户相同",
        2: "门牌号相同",
        3: "门牌号相同，一方没有写到户",
        4: "门牌号相同，户号不同",
        5: "路（市场）相同，一方没有门牌号",
        6: "路（市场）相同，门牌号不同",
        7: "地址不同",
        8: "村、组相同",
        9: "村相同，组不同",
        10: "村相同，一方没有写组",
    },
    "town": {1: "镇（街道）相同", 2: "镇（街道）不同"},
    "name_town": {1: "名称里的镇（街道）相同", 2: "名称里的镇（街道）不同"},
    "opened": {1: "成立日期相同", 2: "成立日期相差不到一个月", 3: "成立日期相差不到一年", 4: "成立日期相差一年以上"},
    "closed": {1: "一方已注销、吊销或停业", 2: "双方都已注销、吊销或停业"},
    "same_list": {1: "在同一个部门的名录里"},
    "code": {1: "代码只差一两位", 2: "代码不同", 3: "注册号不同"},
    "name_and_opened": {1: "名称不同，成立日期却相同", 2: "名称和成立日期都不同"},
    "name_and_person": {1: "名称不同，负责人却相同", 2: "名称相符，负责人却不同"},
    "name_and_door": {1: "名称不同，门牌却相同", 2: "名称相符，门牌却不同"},
}
"""Everything compared, in the order people read it, and what each level means."""

_MANY = 12
"""More records than this with one person's name or one phone: it tells less."""
_COLUMNS = (
    *("name_key", "name_sound", "unit", "form", "person", "person_sound", "phone", "phone_ends"),
    *("place_sound", "number", "part", "town", "name_town", "opened_on", "department", "link_code", "long_code"),
)
_WIDE = 2**20
"""Numbers of patterns below this are counted through sooner than they are sorted."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of pairs: every pattern of them once, and which one each pair shows."""

    patterns: Mapping[str, Small]
    """Per thing compared, its level in every pattern."""
    shown: Whole
    """The pattern of every pair."""

    def __getitem__(self, name: str) -> Small:
        """Return the level of every pair."""
        return self.patterns[name][self.shown]

    def at(self, place: int) -> dict[str, int]:
        """Return the levels of the pair at a place."""
        return {name: int(level[self.shown[place]]) for name, level in self.patterns.items()}


def columns_of(records: pl.DataFrame) -> Mapping[str, Texts]:
    """Return what pairs are found and compared by, by number; `records` is the answer of `prepare` in `linkage.py`."""
    return numbered(records.select(_COLUMNS))


def compare(records: pl.DataFrame, columns: Mapping[str, Texts], left: Whole, right: Whole) -> Levels:
    """Return the levels of pairs of record numbers; `columns` are those of the records (see `columns_of`)."""
    closed = records.get_column("is_closed").to_numpy().astype(np.int8)
    seen = {
        **_names(columns, left, right),
        "person": _people(records, columns, left, right),
        "phone": _phones(columns, left, right),
        "door": _doors(records, columns, left, right),
        "town": columns["town"].agreement(left, right),
        "name_town": columns["name_town"].agreement(left, right),
        "opened": _opened(records, left, right),
        "closed": closed[left] + closed[right],
        "same_list": (columns["department"].agreement(left, right) == SAME).astype(np.int8),
        "code": _codes(records, columns, left, right),
    }
    shown, example = _patterns(seen)
    patterns = {name: level[example] for name, level in seen.items()}
    together = _together(*(patterns[name] for name in ("name", "person", "door", "opened")))
    return Levels({**patterns, **together}, shown)


def _patterns(levels: Mapping[str, Small]) -> tuple[Whole, Whole]:
    """Return the number of the pattern that each pair shows, in order of levels, and for each a pair that shows it."""
    count = len(levels["name"])
    number, width = np.zeros(count, np.int64), 1
    for name, level in levels.items():
        most = max(MEANINGS[name]) + 1
        if width * most > _WIDE:
            number, width = _closed_up(number, width)
        number *= most
        number += level
        width *= most
    number, width = _closed_up(number, width)
    example = np.zeros(width, np.int64)
    example[number] = np.arange(count)
    return number, example


def _closed_up(number: Whole, width: int) -> tuple[Whole, int]:
    """Return numbers below the width without gaps between them, in the same order, and how many there are."""
    occurs = np.zeros(width, bool)
    occurs[number] = True
    rank = np.cumsum(occurs) - 1
    return rank[number], int(np.count_nonzero(occurs))


def _names(columns: Mapping[str, Texts], left: Whole, right: Whole) -> dict[str, Small]:
    sound, unit = columns["name_sound"], columns["unit"]
    head = sound.changed(sound.values.str.slice(0, 2))
    tail = sound.changed(sound.values.str.slice(-2))
    heard = sound.agreement(left, right)
    name = (heard == SAME) * np.int8(2)
    apart = np.flatnonzero(heard == DIFFERENT)
    name[apart] = sound.measured(left[apart], right[apart], _name_level)
    name[columns["name_key"].agreement(left, right) == SAME] = 1
    is_same = (name == 1) | (name == 2)
    is_branch = unit.is_known.astype(np.int8)
    is_one_branch = is_branch[left] != is_branch[right]
    return {
        "name": name,
        "namesakes": _namesakes(sound, columns["person_sound"])[left] * is_same,
        "head": head.agreement(left, right),
        "tail": tail.agreement(left, right),
        "unit": unit.agreement(left, right) + is_one_branch * np.int8(3),
        "form": (columns["form"].agreement(left, right) == DIFFERENT).astype(np.int8),
    }


def _namesakes(name: Texts, person: Texts) -> Small:
    """Return for each record how many people run something of its name: one shop known to six departments is none."""
    is_whole = ~person.values.str.contains("*", literal=True).to_numpy()
    named = name.is_known & person.is_known & np.append(is_whole, False)[person.number]
    both = np.unique(name.number[named].astype(np.int64) * len(person.values) + person.number[named])
    people = np.bincount(both // max(len(person.values), 1), minlength=len(name.values) + 1)[name.number]
    return np.digitize(people, (2, 4, 9)).astype(np.int8)


def _name_level(first: list[str], second: list[str]) -> Small:
    swaps = _edits(first, second)
    gaps = process.cpdist(first, second, scorer=Indel.distance, dtype=np.int32)
    lengths = [np.fromiter(map(len, side), np.int32, len(side)) for side in (first, second)]
    shorter, longer = np.minimum(*lengths), np.maximum(*lengths)
    alike = 1 - swaps / longer
    return _first_true(
        {
            3: (swaps == 1) & (shorter >= 3),
            4: (swaps == 2) & (shorter >= 5),
            5: (gaps == longer - shorter) & (shorter >= 2),
            6: alike >= 0.5,
            7: alike >= 0.3,
        },
        8,
    )


def _people(records: pl.DataFrame, columns: Mapping[str, Texts], left: Whole, right: Whole) -> Small:
    person, sound = columns["person"], columns["person_sound"]
    surname = person.changed(person.values.str.slice(0, 1))
    is_masked = records.get_column("is_masked").to_numpy()
    many = sound.bearers > _MANY
    heard = sound.agreement(left, right)
    level = (heard == SAME) * np.int8(2)
    apart = np.flatnonzero(heard == DIFFERENT)
    level[apart] = _edit_level(sound, left[apart], right[apart])
    same = person.agreement(left, right) == SAME
    level[same] = np.where(many, np.int8(6), np.int8(1))[left[same]]
    hidden = np.flatnonzero((heard > 0) & (is_masked[left] | is_masked[right]))
    level[hidden] = np.where(surname.agreement(left[hidden], right[hidden]) == SAME, 5, 4)
    return level


def _phones(columns: Mapping[str, Texts], left: Whole, right: Whole) -> Small:
    phone, ends = columns["phone"], columns["phone_ends"]
    is_masked = np.append(phone.values.str.contains("*", literal=True).to_numpy(), False)[phone.number]
    many = phone.bearers > _MANY
    agreement = phone.agreement(left, right)
    level = np.where(many, np.int8(5), np.int8(1))[left] * (agreement == SAME)
    apart = np.flatnonzero(agreement == DIFFERENT)
    level[apart] = _edit_level(phone, left[apart], right[apart])
    hidden = np.flatnonzero((agreement > 0) & (is_masked[left] | is_masked[right]))
    level[hidden] = np.where(ends.agreement(left[hidden], right[hidden]) == SAME, 2, 4)
    return level


def _doors(records: pl.DataFrame, columns: Mapping[str, Texts], left: Whole, right: Whole) -> Small:
    place, part = columns["place_sound"], columns["part"]
    ends = pl.col("place").str.ends_with
    is_village = records.select((ends("村") | ends("社区")).fill_null(False)).to_series().to_numpy()
    there = place.agreement(left, right)
    number = columns["number"].agreement(left, right)
    flat = part.agreement(left, right)
    village = (there == SAME) & is_village[left]
    return _first_true(
        {
            0: there == 0,
            7: there == DIFFERENT,
            8: village & (number == SAME),
            9: village & (number == DIFFERENT),
            10: village,
            5: number == 0,
            6: number == DIFFERENT,
            1: flat == SAME,
            4: flat == DIFFERENT,
            2: ~(part.is_known[left] | part.is_known[right]),
        },
        3,
    )


def _opened(records: pl.DataFrame, left: Whole, right: Whole) -> Small:
    never = -(10**6)
    day = records.select(pl.col("opened_on").dt.epoch("d").fill_null(never).cast(pl.Int32)).to_series().to_numpy()
    one, other = day[left], day[right]
    apart = np.abs(one - other)
    return _first_true({0: np.minimum(one, other) == never, 1: apart == 0, 2: apart <= 31, 3: apart <= 366}, 4)


def _codes(records: pl.DataFrame, columns: Mapping[str, Texts], left: Whole, right: Whole) -> Small:
    """Compare codes that do not link by themselves: mistyped ones, and sure ones of other kinds that differ."""
    kinds = records.get_column("code_kind")
    is_credit, is_registration, is_broken = ((kinds == kind).to_numpy() for kind in ("uscc", "registration", "broken"))
    link, code = columns["link_code"], columns["long_code"]
    level = np.zeros(len(left), np.int8)
    # Two credit codes that differ are no matter of degree: they are kept apart whatever else agrees.
    other = np.flatnonzero((link.agreement(left, right) == DIFFERENT) & ~(is_credit[left] & is_credit[right]))
    registrations = is_registration.astype(np.int8)[left[other]] + is_registration[right[other]]
    level[other] = np.array([2, 0, 3], np.int8)[registrations]
    unsure = np.flatnonzero((code.agreement(left, right) > 0) & (is_broken[left] | is_broken[right]))
    level[unsure] = code.measured(left[unsure], right[unsure], _is_near)
    return level


def _is_near(first: list[str], second: list[str]) -> Small:
    edits = _edits(first, second, most=2)
    # A spreadsheet keeps fifteen digits and makes the rest zeros.
    rounded = [
        a[:15] == b[:15] and (a.endswith("000") or b.endswith("000")) for a, b in zip(first, second, strict=True)
    ]
    return ((edits <= 2) | np.array(rounded, dtype=bool)).astype(np.int8)


def _edit_level(column: Texts, left: Whole, right: Whole) -> Small:
    """Return the level of persons and phones that are not the same: 3 one edit apart, else 4."""
    level = np.full(len(left), 4, np.int8)
    kinds = column.characters
    # One edit brings at most one kind of character and takes away one.
    near = np.flatnonzero(np.bitwise_count(kinds[left] ^ kinds[right]) <= 2)
    level[near] = column.measured(left[near], right[near], _edited_level)
    return level


def _edited_level(first: list[str], second: list[str]) -> Small:
    return np.where(_edits(first, second, most=1) <= 1, np.int8(3), np.int8(4))


def _edits(first: list[str], second: list[str], *, most: int | None = None) -> NDArray[np.int32]:
    """Return the edits between the texts of each pair; more than `most` are not counted out."""
    return process.cpdist(first, second, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)


def _together(name: Small, person: Small, door: Small, opened: Small) -> dict[str, Small]:
    """Return what two fields say together beyond what each says alone: renamed firms, successors, namesakes."""
    other, known = name >= 6, name > 0
    alike = known & ~other
    same_person, same_door = np.isin(person, (1, 2, 6)), np.isin(door, (1, 2, 3, 8))
    other_door = np.isin(door, (6, 7, 9))
    return {
        "name_and_opened": _first_true({1: other & (opened == 1), 2: other & (opened >= 3)}, 0),
        "name_and_person": _first_true({1: other & same_person, 2: alike & (person == 4)}, 0),
        "name_and_door": _first_true({1: other & same_door, 2: alike & other_door}, 0),
    }


def _first_true(levels: Mapping[int, Flags], otherwise: int) -> Small:
    """Return the first level whose condition holds."""
    return np.select(list(levels.values()), [np.int8(level) for level in levels], np.int8(otherwise))

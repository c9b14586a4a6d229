"""How alike two records are: a small whole number for each thing compared, and what it means.

Level 0 says that nothing can be said, since one side is empty. Names, persons and places are compared
character by character and by sound; string distances are worked out once per distinct pair of texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Levels = dict[str, NDArray[np.int8]]
"""Per thing compared, the level of every pair."""

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


@dataclass(frozen=True, slots=True)
class Texts:
    """A text column by number: every distinct text once, and each record's number, -1 for none."""

    values: pl.Series
    number: Whole

    def same(self, left: Whole, right: Whole) -> Flags:
        """Tell which pairs have the same text."""
        return (self.number[left] >= 0) & (self.number[left] == self.number[right])

    def both(self, left: Whole, right: Whole) -> Flags:
        """Tell which pairs have a text on both sides."""
        return (self.number[left] >= 0) & (self.number[right] >= 0)

    def neither(self, left: Whole, right: Whole) -> Flags:
        """Tell which pairs have no text on either side."""
        return (self.number[left] < 0) & (self.number[right] < 0)

    def measured(self, left: Whole, right: Whole, measure: Callable[[list[str], list[str]], Whole]) -> Whole:
        """Return a measure of each pair, worked out once for each distinct pair of texts."""
        if not len(left):
            return np.zeros(0, np.int64)
        low, high = np.minimum(self.number[left], self.number[right]), np.maximum(self.number[left], self.number[right])
        distinct, place = np.unique(low * (len(self.values) + 1) + high, return_inverse=True)
        first, second = np.divmod(distinct, len(self.values) + 1)
        return measure(self.values.gather(first).to_list(), self.values.gather(second).to_list())[place]


def texts(column: pl.Series) -> Texts:
    """Return a column of texts by number."""
    values = column.drop_nulls().unique(maintain_order=True)
    number = column.cast(pl.Enum(values)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return Texts(values, number)


def compare(records: pl.DataFrame, left: Whole, right: Whole) -> Levels:
    """Return the levels of pairs of record numbers; `records` is the answer of `prepare` in `linkage.py`."""
    names = _names(records, left, right)
    people = _people(records, left, right)
    doors = _doors(records, left, right)
    opened = _opened(records, left, right)
    closed = records.get_column("is_closed").to_numpy()
    name_town = texts(records.get_column("name_town"))
    town, department = texts(records.get_column("town")), texts(records.get_column("department"))
    levels: dict[str, NDArray[Any]] = {
        **names,
        "person": people,
        "phone": _phones(records, left, right),
        "door": doors,
        "town": np.where(town.same(left, right), 1, np.where(town.both(left, right), 2, 0)),
        "name_town": np.where(name_town.same(left, right), 1, np.where(name_town.both(left, right), 2, 0)),
        "opened": opened,
        "closed": closed[left].astype(np.int8) + closed[right],
        "same_list": department.same(left, right),
        "code": _codes(records, left, right),
        **_together(names["name"], people, doors, opened),
    }
    return {name: levels[name].astype(np.int8) for name in MEANINGS}


def _names(records: pl.DataFrame, left: Whole, right: Whole) -> dict[str, Whole]:
    key, sound = texts(records.get_column("name_key")), texts(records.get_column("name_sound"))
    head = texts(records.select(pl.col("name_sound").str.slice(0, 2)).to_series())
    tail = texts(records.select(pl.col("name_sound").str.slice(-2)).to_series())
    unit, form = texts(records.get_column("unit")), texts(records.get_column("form"))
    heard = sound.same(left, right)
    name = heard * 2
    apart = sound.both(left, right) & ~heard
    name[apart] = sound.measured(left[apart], right[apart], _name_level)
    name[key.same(left, right)] = 1
    # How many people run something of that name: one shop known to six departments is no namesake.
    people = records.select(
        pl.col("person_sound").filter(~pl.col("is_masked")).drop_nulls().n_unique().over("name_sound")
    )
    bearers = people.to_series().to_numpy()[left]
    is_same = (name == 1) | (name == 2)
    return {
        "name": name,
        "namesakes": np.select([~is_same, bearers > 8, bearers > 3, bearers > 1], [0, 3, 2, 1], 0),
        "head": np.where(head.same(left, right), 1, np.where(head.both(left, right), 2, 0)),
        "tail": np.where(tail.same(left, right), 1, np.where(tail.both(left, right), 2, 0)),
        "unit": np.select([unit.neither(left, right), unit.same(left, right), unit.both(left, right)], [0, 1, 2], 3),
        "form": np.where(form.both(left, right) & ~form.same(left, right), 1, 0),
    }


def _name_level(first: list[str], second: list[str]) -> Whole:
    swaps = process.cpdist(first, second, scorer=OSA.distance, dtype=np.int32)
    gaps = process.cpdist(first, second, scorer=Indel.distance, dtype=np.int32)
    lengths = [pl.Series(texts, dtype=pl.String).str.len_chars().cast(pl.Int64).to_numpy() for texts in (first, second)]
    shorter, longer = np.minimum(*lengths), np.maximum(*lengths)
    alike = 1 - swaps / longer
    return np.select(
        [
            (swaps == 1) & (shorter >= 3),
            (swaps == 2) & (shorter >= 5),
            (gaps == longer - shorter) & (shorter >= 2),
            alike >= 0.5,
            alike >= 0.3,
        ],
        [3, 4, 5, 6, 7],
        8,
    )


def _people(records: pl.DataFrame, left: Whole, right: Whole) -> Whole:
    person, sound = texts(records.get_column("person")), texts(records.get_column("person_sound"))
    surname = texts(records.select(pl.col("person").str.slice(0, 1)).to_series())
    masked = records.get_column("is_masked").to_numpy()
    many = records.select(pl.len().over("person_sound") > _MANY).to_series().to_numpy()
    both, heard, same = sound.both(left, right), sound.same(left, right), person.same(left, right)
    level = heard * 2
    apart = both & ~heard
    level[apart] = sound.measured(left[apart], right[apart], _edit_level)
    level[same] = np.where(many[left[same]], 6, 1)
    hidden = both & (masked[left] | masked[right])
    level[hidden] = np.where(surname.same(left, right)[hidden], 5, 4)
    return level


def _phones(records: pl.DataFrame, left: Whole, right: Whole) -> Whole:
    phone, ends = texts(records.get_column("phone")), texts(records.get_column("phone_ends"))
    masked = records.select(pl.col("phone").str.contains("*", literal=True).fill_null(False)).to_series().to_numpy()
    many = records.select(pl.len().over("phone") > _MANY).to_series().to_numpy()
    both, same = phone.both(left, right), phone.same(left, right)
    level = np.zeros(len(left), np.int64)
    apart = both & ~same
    level[apart] = phone.measured(left[apart], right[apart], _edit_level)
    level[same] = np.where(many[left[same]], 5, 1)
    hidden = both & (masked[left] | masked[right])
    level[hidden] = np.where(ends.same(left, right)[hidden], 2, 4)
    return level


def _doors(records: pl.DataFrame, left: Whole, right: Whole) -> Whole:
    place, number = texts(records.get_column("place_sound")), texts(records.get_column("number"))
    part = texts(records.get_column("part"))
    village = records.select(pl.col("place").str.contains("(?:村|社区)$").fill_null(False)).to_series().to_numpy()[left]
    there, same = place.same(left, right), number.same(left, right)
    known = number.both(left, right)
    return np.select(
        [
            ~place.both(left, right),
            ~there,
            there & village & same,
            there & village & known,
            there & village,
            there & ~known,
            there & ~same,
            part.same(left, right),
            part.both(left, right),
            part.neither(left, right),
        ],
        [0, 7, 8, 9, 10, 5, 6, 1, 4, 2],
        3,
    )


def _opened(records: pl.DataFrame, left: Whole, right: Whole) -> Whole:
    never = -(10**6)
    day = records.select(pl.col("opened_on").dt.epoch("d").fill_null(never)).to_series().to_numpy().astype(np.int64)
    apart = np.abs(day[left] - day[right])
    unknown = (day[left] == never) | (day[right] == never)
    return np.select([unknown, apart == 0, apart <= 31, apart <= 366], [0, 1, 2, 3], 4)


def _codes(records: pl.DataFrame, left: Whole, right: Whole) -> Whole:
    """Compare codes that do not link by themselves: mistyped ones, and sure ones of other kinds that differ."""
    kinds = records.get_column("code_kind")
    is_credit, is_registration, is_broken = ((kinds == kind).to_numpy() for kind in ("uscc", "registration", "broken"))
    link, code = texts(records.get_column("link_code")), texts(records.get_column("long_code"))
    level = np.zeros(len(left), np.int64)
    is_other = link.both(left, right) & ~link.same(left, right)
    # Two credit codes that differ are no matter of degree: they are kept apart whatever else agrees.
    credit = is_credit[left] & is_credit[right]
    level[is_other & ~(is_registration[left] | is_registration[right]) & ~credit] = 2
    level[is_other & is_registration[left] & is_registration[right]] = 3
    unsure = code.both(left, right) & (is_broken[left] | is_broken[right])
    near = code.measured(left[unsure], right[unsure], _is_near)
    level[unsure] = np.where(near > 0, 1, 0)
    return level


def _is_near(first: list[str], second: list[str]) -> Whole:
    edits = _edits(first, second)
    # A spreadsheet keeps fifteen digits and makes the rest zeros.
    rounded = [
        a[:15] == b[:15] and (a.endswith("000") or b.endswith("000")) for a, b in zip(first, second, strict=True)
    ]
    return ((edits <= 2) | np.array(rounded, dtype=bool)).astype(np.int64)


def _edit_level(first: list[str], second: list[str]) -> Whole:
    """Return the level of persons and phones that are not the same: 3 one edit apart, else 4."""
    return np.where(_edits(first, second) <= 1, 3, 4)


def _edits(first: list[str], second: list[str]) -> NDArray[np.int32]:
    return process.cpdist(first, second, scorer=OSA.distance, dtype=np.int32)


def _together(name: Whole, person: Whole, door: Whole, opened: Whole) -> dict[str, Whole]:
    """Return what two fields say together beyond what each says alone: renamed firms, successors, namesakes."""
    other, known = name >= 6, name > 0
    same_door = np.isin(door, (1, 2, 3, 8))
    other_door = np.isin(door, (6, 7, 9))
    return {
        "name_and_opened": np.select([other & (opened == 1), other & (opened >= 3)], [1, 2], 0),
        "name_and_person": np.select([other & np.isin(person, (1, 2, 6)), known & ~other & (person == 4)], [1, 2], 0),
        "name_and_door": np.select([other & same_door, known & ~other & other_door], [1, 2], 0),
    }

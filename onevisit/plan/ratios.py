"""How many are drawn: the ratio of a plan row, as sixteen departments write it.

Ratios are whole basis points (10 000 = all). How a text is read:
- 20%, 3‰, 百分之五: a rate; 不低于10% is the rate 10 %: the least that is promised is what is drawn.
- 132户: a count; 不少于10户 is the count 10, and also the least.
- 10%（20户）: the rate; the number beside it is the department's estimate on the day it filed.
- 10%，不少于5户: the rate, but at least 5.
- with 按信用风险分类 beside it a single rate or count is spread over the classes: see `spread.py`.
- A类5%、B类10%、C类20%、D类50%: by credit class. Objects without a class take class A's ratio times
  the multiplier of N, unless the list names 未分类: nobody is treated as risky for want of a class.

A range, an upper limit or a bare number does not say how many to draw and is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from onevisit.county import CLASSES, CreditClass
from onevisit.errors import RefusedError, problem
from onevisit.text import squeeze


@dataclass(frozen=True, slots=True)
class Ratio:
    """A row's ratio: rates of the classes A B C D N in basis points, or a number of objects."""

    rate_bp: tuple[int, ...] = ()
    object_count: int | None = None
    class_counts: tuple[int, ...] = ()
    """The number of objects by class, where it was marked 按信用风险分类; its sum is `object_count`."""
    least: int = 0
    is_by_class: bool = False
    is_minimum: bool = False
    """不低于 with a rate: what the rate gives on the whole scope, rounded up, is the least number."""


_LEAST = r"(?:不低于|不少于|不小于|至少|最少|≥|>=)"
_MOST = r"(?:不超过|不高于|不多于|不大于|至多|最多|≤|<=)"
_UNIT = r"[户家个所处批件项]次?"
_NUMERAL = "[一二两三四五六七八九]"
_TENS = f"{_NUMERAL}?十{_NUMERAL}?"
# As it is spoken: 二五 may be 25 or a slip, and is refused.
_CHINESE_NUMBER = (
    rf"(?:{_NUMERAL}?百(?:[零〇]{_NUMERAL}|{_TENS})?|{_TENS}|[零〇]|{_NUMERAL})(?:点[零〇一二三四五六七八九]{{1,9}})?"
)
# No more digits than a number can have that anybody means.
_RATE = rf"(?:[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?[%‰]|(?:百分之|千分之){_CHINESE_NUMBER}|百分之百|全部|全覆盖)"
_COUNT = rf"[0-9]{{1,9}}{_UNIT}"
_FLAT_RATE = re.compile(
    rf"(?P<floor>{_LEAST})?(?P<rate>{_RATE})(?P<up>以上)?(?:\((?:约|共|计)?{_COUNT}\))?(?:[,、;]?(?:且|并)?{_LEAST}(?P<least>{_COUNT}))?"
)
_FLAT_COUNT = re.compile(rf"(?P<least>{_LEAST})?(?P<count>{_COUNT})(?P<up>以上)?(?:\({_RATE}\))?")
_RANGE = re.compile(rf"[0-9.]+[%‰]?(?:{_UNIT})?(?:-|—+|–|~|至|到)[0-9.]+(?:[%‰]|{_UNIT})")
_CLASS_PART = re.compile(
    rf"(?P<classes>[A-D](?:[、,/和及]?[A-D])*|N|未分类|未评级)[类级]?(?:企业|主体)?:?(?P<rate>{_RATE})"
)
_LISTED = re.compile(
    rf"(?:全年|一般)?(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))?(?:总数的)?(?P<rate>{_RATE})(?:/年)?(?:\({_COUNT}\))?"
)
_TIMES = {"每周": 52, "每月": 12, "每季": 4, "每半年": 2}
_YEARLY = re.compile(r"(?:每年|全年)(?:检查|抽查)?([0-9]{1,9})次|([0-9]{1,9})次/年")
_DIGITS = {**{digit: value for value, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}


def parse_ratio(text: str | None, multipliers: Mapping[CreditClass, int]) -> Ratio:
    """Return the ratio a cell holds; `multipliers` are percent of class A's ratio (only N's is used).

    Raises RefusedError (P010-P017), without a place.
    """
    folded = squeeze(text).upper()
    if not folded:
        raise _refused("P010", "")
    if re.match(r"[A-D][类级、,/:和及0-9]|未分类|未评级|N类", folded):
        return _by_class(folded, multipliers)
    if match := _FLAT_RATE.fullmatch(folded):
        least = _count(match["least"], folded) if match["least"] else 0
        rates = (_drawn_bp(match["rate"], folded),) * len(CLASSES)
        return Ratio(rate_bp=rates, least=least, is_minimum=bool(match["floor"] or match["up"]))
    if match := _FLAT_COUNT.fullmatch(folded):
        count = _count(match["count"], folded)
        return Ratio(object_count=count, least=count if match["least"] or match["up"] else 0)
    raise _refused(_why_unreadable(folded), folded)


def ratio_words(ratio: Ratio) -> str:
    """Return a ratio as a department would write it; 不少于 is left out."""
    if ratio.class_counts:
        return _class_words([f"{count}户" for count in ratio.class_counts])
    if ratio.object_count:
        return f"{ratio.object_count}户"
    words = [f"{rate / 100:g}%" for rate in ratio.rate_bp]
    return _class_words(words) if ratio.is_by_class else words[0]


def listed_bounds(text: str | None) -> tuple[int | None, int | None]:
    """Return the least and the highest rate that 抽查比例及频次 of the item list asks for, where it can be read.

    A bare rate is both. The rate is the first part of the text and must be about everybody: 高校30%、中小学50%
    or 市局不少于30% cannot be held against a county's plan row.
    """
    match = _LISTED.fullmatch(re.split("[;,]", squeeze(text))[0])
    if not match:
        return None, None
    try:
        rate = _basis_points(match["rate"], text or "")
    except RefusedError:
        return None, None
    return (None if match["most"] else rate), (None if match["least"] else rate)


def asked_frequency(text: str | None) -> int | None:
    """Return how many times a year a text says that is checked: 每季度一次 is 4; None when it does not say."""
    folded = squeeze(text)
    found = [times for word, times in _TIMES.items() if word in folded]
    found += [int(one or other) for one, other in _YEARLY.findall(folded)]
    return max(found, default=None)


def _class_words(words: list[str]) -> str:
    return "、".join(
        f"{'未分类' if letter == 'N' else f'{letter}类'}{word}" for letter, word in zip(CLASSES, words, strict=True)
    )


def _by_class(text: str, multipliers: Mapping[CreditClass, int]) -> Ratio:
    rates: dict[str, int] = {}
    rest = text
    while rest:
        match = _CLASS_PART.match(rest)
        if not match:
            raise _refused("P014" if _RANGE.search(rest) else "P017", text, detail=f"“{rest}”看不懂。")
        for letter in _letters(match["classes"]):
            if letter in rates:
                raise _refused("P017", text, detail=f"{letter}类写了两次。")
            rates[letter] = _basis_points(match["rate"], text)
        rest = rest[match.end() :].lstrip("、,;")
    missing = [letter for letter in "ABCD" if letter not in rates]
    if missing:
        raise _refused("P017", text, detail=f"缺 {'、'.join(missing)} 类。")
    if not any(rates.values()):
        raise _refused("P016", text, part=text)
    rates.setdefault("N", rates["A"] * multipliers["N"] // 100)
    return Ratio(rate_bp=tuple(min(rates[letter], 10000) for letter in CLASSES), is_by_class=True)


def _letters(classes: str) -> list[str]:
    return ["N"] if classes in {"N", "未分类", "未评级"} else re.findall(r"[A-D]", classes)


def _drawn_bp(rate: str, text: str) -> int:
    points = _basis_points(rate, text)
    if points == 0:
        raise _refused("P016", text, part=rate)
    return points


def _basis_points(rate: str, text: str) -> int:
    points = _fraction(rate) * 10000
    if points.denominator != 1:
        raise _refused("P015", text, part=rate)
    if points > 10000:
        raise _refused("P016", text, part=rate)
    return int(points)


def _fraction(rate: str) -> Fraction:
    if rate in {"全部", "全覆盖"}:
        return Fraction(1)
    if rate[-1] in "%‰":
        return Fraction(rate[:-1]) / (100 if rate[-1] == "%" else 1000)
    return _chinese_number(rate[3:]) / (100 if rate.startswith("百") else 1000)


def _chinese_number(text: str) -> Fraction:
    """Return a number up to 999 written in Chinese characters: 十二点五 is 12.5."""
    whole, _, decimals = text.partition("点")
    total, digit = 0, 0
    for character in whole:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    fraction = "".join(str(_DIGITS[character]) for character in decimals)
    return Fraction(f"{total + digit}.{fraction or 0}")


def _count(count: str, text: str) -> int:
    number = int(re.sub(r"\D", "", count))
    if number < 1:
        raise _refused("P016", text, part=count)
    return number


def _why_unreadable(text: str) -> str:
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text):
        return "P012"
    if re.match(_MOST, text):
        return "P013"
    return "P014" if _RANGE.search(text) else "P011"


def _refused(code: str, value: str, *, part: str = "", detail: str = "") -> RefusedError:
    return RefusedError([problem(code, value=value, part=part, detail=detail)])

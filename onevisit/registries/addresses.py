"""The door an address means: road and number, village and group, market and stall.

Polars expressions over whole columns. Which town it lies in is said in `names.py`.
"""

import re

import polars as pl

from onevisit.county import County
from onevisit.registries.names import place_pattern, plain

_DIGITS = {digit: str(number) for number, digit in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
_HANDED = "零〇一二三四五六七八九十百两"
# Chinese numerals count as a number only beside a word that numbers things: 三百零五号, 十二组, not 第一街, 统一社区.
_NUMERAL = re.compile(
    rf"[{_HANDED}]+(?=号|组|社(?!区)|楼|层|栋|幢|单元|摊|门面|附|-|$)|(?<=[路街道附号巷段-])[{_HANDED}]+(?=号|附|-|$)"
)
_STREET = r"大道|路|街|巷|广场|工业园|园区|小区"
_MARKET = r"市场|商城|建材城|机电城|家具城|服装城|商贸城"


def door(address: pl.Series, county: County) -> pl.DataFrame:
    """Return for each address `place`, `number` and `part`, null where it does not say.

    `place` is the road, market or village with its zone; `number` the house, group or stall; `part`
    what tells doors of one number apart (附6, 3栋). 四川省大英县蓬莱镇下街63号2幢1单元 is 下街, 63, 2.
    """
    filed = pl.DataFrame({"address": address})
    read = filed.unique().with_columns(text=_bare(plain(pl.col("address")), county))
    read = read.with_columns(text=_with_digits(read.get_column("text")))
    parsed = _behind_places(read).select(
        "address",
        "place",
        number=pl.when("is_glued").then(pl.col("first").str.head(-1)).otherwise("first"),
        part=pl.when("is_village").then(None).when("is_glued").then(pl.col("first").str.slice(-1)).otherwise("second"),
    )
    return filed.join(parsed, on="address", how="left", maintain_order="left").drop("address")


def _behind_places(read: pl.DataFrame) -> pl.DataFrame:
    """Return plain addresses with place, is_village and the numbers behind the place: first, second, is_glued."""
    text, behind = pl.col("text"), pl.col("behind")
    # 新村路 is a road.
    is_road = text.str.strip_prefix(pl.col("named")).str.contains("^(?:路|街|巷|大道|小区)")
    # Column by column: an expression that is named twice is computed twice.
    return (
        read.with_columns(named=text.str.extract(r"^(\p{Han}{1,6}?(?:村|社区))"))
        .with_columns(village=pl.when(~is_road).then("named"))
        .with_columns(
            is_village=pl.col("village").is_not_null(),
            place=pl.coalesce(
                "village",
                text.str.extract(rf"^(\p{{Han}}{{1,10}}?(?:{_STREET}))"),
                # A stall's number counts within its zone of the market: 江南农贸市场B区1楼, 21.
                text.str.extract(rf"^(\p{{Han}}{{0,10}}?(?:{_MARKET})(?:[A-Z]区)?(?:负?\d楼)?)"),
                text.str.extract(r"^(\p{Han}{2,12})\d"),
            ),
        )
        .with_columns(behind=text.str.strip_prefix(pl.col("place")))
        .with_columns(
            first=behind.str.extract(r"(\d+)"),
            second=behind.str.extract(r"\d+\D+(\d+)"),
            # 183号1楼 loses its 号 and becomes 1831楼: no house has so many floors.
            is_glued=~pl.col("is_village") & behind.str.contains(r"^\d{2,}(?:楼|层|栋|幢)"),
        )
    )


def _bare(text: pl.Expr, county: County) -> pl.Expr:
    """Return a plain address without the places around it and without remarks in brackets."""
    closed = text.str.replace_all(r"\([^)]*\)?", "").str.replace_all("县城", "", literal=True)
    return closed.str.replace(f"^(?:{place_pattern(county)})+", "").str.replace_all("#", "号", literal=True)


def _with_digits(text: pl.Series) -> pl.Series:
    """Return texts with the Chinese numerals that number things in digits: 三百零五号 is 305号."""
    spelt = text.filter(text.str.contains(f"[{_HANDED}]")).unique()
    read = pl.Series([_NUMERAL.sub(lambda found: _value(found.group()), one) for one in spelt], dtype=pl.String)
    return text.replace(spelt, read)


def _value(numeral: str) -> str:
    if not any(c in "十百" for c in numeral):
        return "".join(_DIGITS[c] for c in numeral).lstrip("0") or "0"
    total, digit = 0, 0
    for c in numeral:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = int(_DIGITS[c])
    return str(total + digit)

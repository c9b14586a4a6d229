"""Names and towns of objects, brought to one form for comparing; what is shown stays as filed.

Polars expressions over whole columns. Who belongs with whom is decided in `linkage.py`.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

from onevisit.county import County
from onevisit.registries.cells import HAN, read_where

# Remarks that clerks put behind a name, and what a shop sign has but a certificate has not.
_REMARKS = r"\((?:个体工商户|个体户|个体|个人独资企业|个人独资|已注销|注销|已吊销|吊销|停业|新|旧|原名|原|曾用名)\)"
_PUNCTUATION = r"[^\p{Han}0-9A-Z]"
_LEGAL_FORMS = r"(?:股份有限责任公司|有限责任公司|股份有限公司|有限公司|\((?:特殊普通合伙|普通合伙|有限合伙)\))"
_ORDINAL = r"第?[一二三四五六七八九十0-9]+号?"
_UNITS = (
    r"(?:公司|合伙\))([^公]*(?:店|部|厂|站|处|所))$",
    r".公司(.+公司)$",
    r"(?:学校|小学|中学|医院|卫生院)(.*(?:幼儿园|分校|教学点|门诊部|分院))$",
    rf"({_ORDINAL}(?:分公司|分店|分厂|分部|分理处|办事处|门市部))$",
    r"([^县镇乡街道]{2,4}(?:分公司|分店|分厂|分部|分理处|办事处|门市部))$",
    rf"({_ORDINAL}(?:店|连锁店|门店|超市))$",
)
"""How a name says which part of a firm it is, the first that fits: 大英一店, 蓬莱分公司, 附属幼儿园."""
_FORMS = (
    ("village committee", ("村委会", "村民委员会", "居委会", "居民委员会", "社区委员会")),
    ("village collective", ("经济合作", "经济联合")),
    ("cooperative", ("合作社", "专合社", "合作联社")),
    ("clinic", ("卫生站", "卫生室", "卫生院", "医院", "诊所")),
    ("kindergarten", ("幼儿园",)),
    ("school", ("小学", "中学", "学校")),
    ("company", ("公司", "合伙", "集团")),
    ("site", ("工程", "项目", "工地", "标段", "供水", "污水")),
)
"""What a name says its bearer is, the first that fits: a village's committee, collective and clinic share the rest."""
_SAME_WORDS = {
    "村民委员会": "村委会",
    "居民委员会": "居委会",
    "卫生站": "卫生室",
    "农民专业合作社": "合作社",
    "专业合作社": "合作社",
    "专合社": "合作社",
}


@cache
def traditional_characters() -> dict[str, str]:
    """Return the table traditional -> simplified character (`traditional.toml`)."""
    groups = tomllib.loads((files("onevisit.registries") / "traditional.toml").read_text("utf-8"))
    return {pair[0]: pair[1] for group in groups.values() for pair in str(group).split()}


def plain(text: pl.Expr) -> pl.Expr:
    """Return a text half width, upper case, simplified, without any blank; null when nothing is left."""
    return read_where(text, _odd(), _plain)


@cache
def _odd() -> str:
    """Return a pattern of what is not plain as filed: other than Chinese and ASCII, a-z, blanks, nothing at all."""
    return rf"[^[{HAN}!-`{{-~]--[{''.join(traditional_characters())}]]|^$"


def _plain(text: pl.Expr) -> pl.Expr:
    table = traditional_characters()
    folded = text.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\x{200b}\x{feff}]", "")
    return _or_null(folded.str.replace_many(list(table), list(table.values())))


def read_names(names: pl.Series, county: County) -> pl.DataFrame:
    """Return what each name says, read once: name, name_town, name_key, unit and form."""
    read = pl.DataFrame({"name": names.unique()}).with_columns(plain=plain(pl.col("name")))
    return read.select(
        "name",
        name_town=town(pl.lit(None, pl.String), _start(pl.col("plain"), county), county=county),
        name_key=_key(pl.col("plain"), county),
        unit=unit(pl.col("plain")),
        form=form(pl.col("plain")),
    )


def name_key(name: pl.Expr, county: County) -> pl.Expr:
    """Return what two spellings of one name share.

    Left out are widths, blanks, punctuation and remarks, the places a name begins with (四川省遂宁市
    大英县蓬莱镇) and the legal form, which departments abbreviate. A name that is nothing but places
    keeps them. Two objects may share a key: it counts only together with the town.
    """
    return _key(plain(name), county)


def _key(name: pl.Expr, county: County) -> pl.Expr:
    whole = name.str.replace_all(_REMARKS, "")
    bare = whole.str.replace_all(_LEGAL_FORMS, "").str.replace_all(_PUNCTUATION, "")
    words = bare.str.replace_many(list(_SAME_WORDS), list(_SAME_WORDS.values()))
    return _or_null(without_start(words, f"(?:{place_pattern(county)})+"))


def unit(name: pl.Expr) -> pl.Expr:
    """Return which part of a firm or school a plain name means, null where it means a whole: 一店, 蓬莱分公司."""
    bare = name.str.replace_all(_REMARKS, "")
    found = pl.coalesce(*(bare.str.extract(pattern) for pattern in _UNITS)).str.strip_prefix("第")
    # 运输公司有限责任公司 says its form twice and is no part of anything.
    return _or_null(found.str.replace(f"^{_LEGAL_FORMS}$", ""))


def form(name: pl.Expr) -> pl.Expr:
    """Return what a plain name says its bearer is: company, cooperative, village committee; else shop."""
    found = [pl.when(name.str.contains_any(list(words))).then(pl.lit(kind)) for kind, words in _FORMS]
    return pl.coalesce(*found, pl.when(name.is_not_null()).then(pl.lit("shop")))


def town(filed: pl.Expr, *texts: pl.Expr, county: County) -> pl.Expr:
    """Return the county's town: from the town column, else the first one named in the texts, in their order."""
    spellings = {name: name for name in county.towns} | county.town_aliases
    pattern = f"({_alternatives(spellings)})"
    found = [plain(text).str.extract(pattern) for text in texts]
    return pl.coalesce(plain(filed), *found).replace_strict(
        list(spellings), list(spellings.values()), default=None, return_dtype=pl.String
    )


def name_start(name: pl.Expr, county: County) -> pl.Expr:
    """Return the part of a name that may say its town: the places it begins with."""
    return _start(plain(name), county)


def _start(name: pl.Expr, county: County) -> pl.Expr:
    return name.str.extract(f"^((?:{place_pattern(county)})+)")


def said_address(address: pl.Expr, county: County) -> pl.Expr:
    """Return an address with its blanks closed up; null where it says nothing beyond the county (无, 大英县)."""
    regions = _alternatives([name for name in _places(county) if name not in county.towns])
    rest = plain(address).str.replace(f"^(?:{regions})+", "")
    return pl.when(rest.str.len_chars() >= 2).then(address.str.replace_all(r"\s", ""))


def shown_name(name: pl.Expr) -> pl.Expr:
    """Return a name as it is shown: as filed, but without blanks and asterisks and with Chinese brackets."""
    return read_where(name, rf"[^{HAN}（）!-'+-~]", _shown)


def _shown(name: pl.Expr) -> pl.Expr:
    bare = name.str.normalize("NFKC").str.replace_all(r"[\s\x{200b}\x{feff}*]", "")
    return pl.coalesce(_or_null(bare.str.replace_many(["(", ")"], ["（", "）"])), name)


def place_pattern(county: County) -> str:
    """Return a pattern of the places a name or an address begins with, the longest first."""
    return _alternatives(_places(county))


def _places(county: County) -> list[str]:
    regions = [*county.regions, county.name]
    return [*regions, *(name[:-1] for name in regions), *county.towns, *county.town_aliases]


def _alternatives(words: list[str] | dict[str, str]) -> str:
    """Return a pattern of words, longest first, so that 大英县 is not read as 大英 and a rest."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def without_start(text: pl.Expr, start: str) -> pl.Expr:
    """Return a text without its beginning, given as a pattern; whole where hardly anything would be left."""

    def without(texts: pl.Series) -> pl.Series:
        left = texts.str.replace(f"^{start}", "")
        return left.zip_with(left.str.len_chars() >= 2, texts)

    return text.map_batches(without, return_dtype=pl.String, is_elementwise=True)


def _or_null(text: pl.Expr) -> pl.Expr:
    # Not by `when`: an expression that is named twice is computed twice.
    return text.replace("", None)

import polars as pl
import pytest

from onevisit.county import County
from onevisit.registries.names import (
    form,
    name_key,
    name_start,
    plain,
    said_address,
    shown_name,
    town,
    traditional_characters,
    unit,
)


def one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@pytest.mark.parametrize(
    "spelling",
    [
        "大英县蓬莱镇云诚超市",
        "云诚超市",
        "四川省遂宁市大英县云诚超市（个体工商户）",
        "大英 云诚 超市*",
        "大英縣雲誠超市",
        "遂宁市大英县蓬来镇云诚超市(已注销)",
    ],
)
def test_spellings_of_one_name_share_a_key(county: County, spelling: str):
    assert one(name_key(pl.lit(spelling), county)) == "云诚超市"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("四川锦科隆科技有限责任公司", "锦科隆科技"),
        ("凤翔楼柠檬养殖农民专业合作社", "凤翔楼柠檬养殖合作社"),
        ("蓬莱镇石明村村民委员会", "石明村村委会"),
    ],
)
def test_legal_forms_do_not_keep_names_apart(county: County, left: str, right: str):
    assert one(name_key(pl.lit(left), county)) == one(name_key(pl.lit(right), county))


@pytest.mark.parametrize(
    ("left", "right"),
    [("大英县永顺超市", "大英县永顺茶楼"), ("天海盐化有限公司", "天海盐化有限公司蓬莱分公司"), ("一店", "二店")],
)
def test_other_words_keep_names_apart(county: County, left: str, right: str):
    assert one(name_key(pl.lit(left), county)) != one(name_key(pl.lit(right), county))


def test_a_name_of_places_alone_keeps_them(county: County):
    assert one(name_key(pl.lit("大英县"), county)) == "大英县"


@pytest.mark.parametrize("nothing", [None, "", "**", "（）"])
def test_a_name_without_words_has_no_key(county: County, nothing: str | None):
    assert one(name_key(pl.lit(nothing, pl.String), county)) is None


@pytest.mark.parametrize(
    ("filed", "address", "name", "expected"),
    [
        ("蓬来镇", "大英县玉峰镇下街1号", "超市", "蓬莱镇"),
        (None, "四川省遂寧市大英縣金元鎮育才路147", "超市", "金元镇"),
        (None, "大英县河边乡三组", "超市", "河边镇"),
        (None, "蜀西路60号", "大英县玉峰镇便民加工坊", "玉峰镇"),
        (None, "成都市武侯区", "四川某公司回马镇分公司", None),
        (None, None, "超市", None),
    ],
)
def test_a_town_comes_from_column_then_address_then_name(
    county: County, filed: str | None, address: str | None, name: str, expected: str | None
):
    said = town(pl.lit(filed, pl.String), pl.lit(address, pl.String), name_start(pl.lit(name), county), county=county)
    assert one(said) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("四川天海盐化有限公司蓬莱分公司", "蓬莱分公司"),
        ("四川天海盐化有限公司一店", "一店"),
        ("四川天海盐化有限公司大英门市部", "大英门市部"),
        ("大英县天天超市第二分店", "二分店"),
        ("大英县天天超市连锁二店", "二店"),
        ("大英县蓬莱镇第二小学附属幼儿园", "附属幼儿园"),
        ("四川天海盐化有限公司", None),
        ("大英县顺达运输公司有限责任公司", None),
        ("大英县云诚超市", None),
        ("大英县公司街超市", None),
    ],
)
def test_a_name_says_which_part_of_a_firm_it_means(name: str, expected: str | None):
    assert one(unit(plain(pl.lit(name)))) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("玉峰镇白沟村民委员会", "village committee"),
        ("玉峰镇白沟村股份经济合作社", "village collective"),
        ("大英县柠檬种植专业合作社", "cooperative"),
        ("玉峰镇白沟村卫生站", "clinic"),
        ("第二小学附属幼儿园", "kindergarten"),
        ("第二小学", "school"),
        ("四川天海盐化有限公司", "company"),
        ("蓬莱镇光川住宅小区一期工程", "site"),
        ("云诚超市", "shop"),
    ],
)
def test_a_name_says_what_its_bearer_is(name: str, expected: str):
    assert one(form(plain(pl.lit(name)))) == expected


@pytest.mark.parametrize("nothing", ["无", "大英县", "四川省遂宁市大英县", "/", None])
def test_an_address_that_names_only_the_county_says_nothing(county: County, nothing: str | None):
    assert one(said_address(pl.lit(nothing, pl.String), county)) is None


def test_an_address_is_shown_without_blanks(county: County):
    assert one(said_address(pl.lit("四川省 遂宁市 大英县 下街1号"), county)) == "四川省遂宁市大英县下街1号"


def test_a_name_is_shown_with_chinese_brackets_and_without_asterisks():
    assert one(shown_name(pl.lit("大英 云诚超市(个体)*"))) == "大英云诚超市（个体）"
    assert one(shown_name(pl.lit("*"))) == "*"


def test_every_traditional_character_is_folded_once_and_for_all():
    table = traditional_characters()
    assert len(table) > 1000
    assert not set(table) & set(table.values())
    assert all(len(character) == len(simple) == 1 for character, simple in table.items())
    assert one(plain(pl.lit("臺灣麵館，ＡＢＣ"))) == "台湾面馆,ABC"

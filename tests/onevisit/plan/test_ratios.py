"""Ratios as departments really write them, each with what it must mean."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.errors import RefusedError
from onevisit.plan.ratios import Ratio, parse_ratio

MULTIPLIERS = {"A": 100, "B": 150, "C": 250, "D": 400, "N": 100}

RATES = {
    "1%": 100, "2%": 200, "2‰": 20, "3%": 300, "3‰": 30, "5%": 500, "5‰": 50, "8%": 800, "10%": 1000, "10‰": 100,
    "15%": 1500, "20%": 2000, "25%": 2500, "30%": 3000, "30‰": 300, "50%": 5000, "60%": 6000, "100%": 10000,
    "不低于3%": 300, "不低于5%": 500, "不低于8%": 800, "不低于10%": 1000, "不低于25%": 2500, "不低于50%": 5000,
    "2.5%": 250, "２０％": 2000, " 20 % ": 2000, "≥5%": 500, "5%以上": 500, "百分之五": 500, "千分之三": 30,
    "百分之十二点五": 1250, "百分之二十": 2000, "百分之百": 10000, "全部": 10000, "全覆盖": 10000,
    "10%(20户)": 1000, "10%（约20户）": 1000,
}  # fmt: skip
COUNTS = {
    "3户": 3, "4户": 4, "7户": 7, "8户": 8, "10户": 10, "12户": 12, "15户": 15, "16户": 16, "132户": 132, "144户": 144,
    "10家": 10, "５个": 5, "20户(10%)": 20,
}  # fmt: skip
LEAST_COUNTS = {
    "不少于2户": 2, "不少于4户": 4, "不少于5户": 5, "不少于9户": 9, "不少于10户": 10, "不少于13户": 13,
    "不少于16户": 16, "至少3家": 3, "10户以上": 10,
}  # fmt: skip
BY_CLASS = {
    "A类2%、B类3%、C类5%、D类8%": (200, 300, 500, 800),
    "A类5‰、B类1%、C类2%、D类5%": (50, 100, 200, 500),
    "A类3%、B类6%、C类12%、D类30%": (300, 600, 1200, 3000),
    "A类5%、B类10%、C类20%、D类50%": (500, 1000, 2000, 5000),
    "A类8%、B类16%、C类32%、D类80%": (800, 1600, 3200, 8000),
    "A类1%、B类1.5%、C类2.5%、D类4%": (100, 150, 250, 400),
    "A类10%、B类15%、C类25%、D类40%": (1000, 1500, 2500, 4000),
    "A类20%、B类40%、C类80%、D类100%": (2000, 4000, 8000, 10000),
    "A类3%、B类4.5%、C类7.5%、D类12%": (300, 450, 750, 1200),
    "A类5‰、B类7.5‰、C类1.25%、D类2%": (50, 75, 125, 200),
    "A类15%、B类22.5%、C类37.5%、D类60%": (1500, 2250, 3750, 6000),
    "D类100%、C类75%、B类45%、A类30%": (3000, 4500, 7500, 10000),
    "Ａ类5%，Ｂ类10%；Ｃ类20%，Ｄ类50%": (500, 1000, 2000, 5000),
    "a级:5%;b级:10%;c级:20%;d级:50%": (500, 1000, 2000, 5000),
    "A、B类5%，C类10%，D类20%": (500, 500, 1000, 2000),
    "A类0%、B类10%、C类20%、D类50%": (0, 1000, 2000, 5000),
}
REFUSED = {
    None: "P010", "": "P010", "  ": "P010",
    "随机": "P011", "适量": "P011", "百分之": "P011", "约10%": "P011", "10%/年": "P011",
    "20": "P012", "0.2": "P012",
    "不超过5%": "P013", "至多10户": "P013",
    "60-70家": "P014", "5%-10%": "P014", "5%～10%": "P014", "3‰至5‰": "P014", "A类5-10%、B类1%、C类1%、D类1%": "P014",
    "0.125‰": "P015", "1.255%": "P015", "A类0.125‰、B类1%、C类2%、D类3%": "P015",
    "0%": "P016", "0户": "P016", "150%": "P016", "A类5%、B类10%、C类20%、D类120%": "P016",
    "A类0%、B类0%、C类0%、D类0%": "P016",
    "A类5%、B类10%、C类20%": "P017", "A类5%、A类6%、B类10%、C类20%、D类3%": "P017",
    "A类5户、B类5户、C类5户、D类5户": "P017", "A类5%、B类10%、C类20%、D类50%、E类1%": "P017",
}  # fmt: skip


@pytest.mark.parametrize(("text", "points"), RATES.items())
def test_a_rate_is_read(text: str, points: int):
    read = parse_ratio(text, MULTIPLIERS)
    assert (read.rate_bp, read.object_count, read.least, read.is_by_class) == ((points,) * 5, None, 0, False)


@pytest.mark.parametrize("text", ["不低于15%", "不少于15%", "15%以上", "≥15%"])
def test_a_rate_that_is_a_minimum_is_known_as_one(text: str):
    assert parse_ratio(text, MULTIPLIERS).is_minimum
    assert not parse_ratio("15%", MULTIPLIERS).is_minimum


@pytest.mark.parametrize(("text", "count"), COUNTS.items())
def test_a_count_is_read(text: str, count: int):
    assert parse_ratio(text, MULTIPLIERS) == Ratio(object_count=count)


@pytest.mark.parametrize(("text", "count"), LEAST_COUNTS.items())
def test_a_least_count_is_the_count(text: str, count: int):
    assert parse_ratio(text, MULTIPLIERS) == Ratio(object_count=count, least=count)


def test_a_rate_may_carry_a_least_count():
    assert parse_ratio("10%，不少于5户", MULTIPLIERS) == Ratio(rate_bp=(1000,) * 5, least=5)


@pytest.mark.parametrize(("text", "points"), BY_CLASS.items())
def test_ratios_by_class_are_read_and_the_unclassified_take_class_a_s(text: str, points: tuple[int, ...]):
    assert parse_ratio(text, MULTIPLIERS) == Ratio(rate_bp=(*points, points[0]), is_by_class=True)


def test_the_multiplier_of_n_moves_the_unclassified():
    ratio = parse_ratio("A类5%、B类10%、C类20%、D类50%", {**MULTIPLIERS, "N": 150})
    assert ratio.rate_bp[4] == 750


def test_the_unclassified_may_have_a_ratio_of_their_own():
    ratio = parse_ratio("A类5%、B类10%、C类20%、D类50%、未分类8%", MULTIPLIERS)
    assert ratio.rate_bp == (500, 1000, 2000, 5000, 800)


@pytest.mark.parametrize(("text", "code"), REFUSED.items())
def test_what_does_not_say_how_many_is_refused(text: str | None, code: str):
    with pytest.raises(RefusedError) as refusal:
        parse_ratio(text, MULTIPLIERS)
    assert [one.code for one in refusal.value.problems] == [code]


@given(st.integers(1, 10_000))
def test_every_whole_basis_point_is_read_exactly(points: int):
    percent = f"{points // 100}.{points % 100:02d}%"
    permille = f"{points // 10}.{points % 10}‰"
    assert parse_ratio(percent, MULTIPLIERS).rate_bp == parse_ratio(permille, MULTIPLIERS).rate_bp == (points,) * 5


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_reason(text: str):
    try:
        ratio = parse_ratio(text, MULTIPLIERS)
    except RefusedError as refusal:
        assert refusal.problems[0].reason
    else:
        assert bool(ratio.rate_bp) != bool(ratio.object_count)
        assert all(0 <= Fraction(points, 10_000) <= 1 for points in ratio.rate_bp)


@pytest.mark.parametrize("text", ["百分之二五", "百分之九九", "百分之十十", "千分之十百", "百分之一百五"])
def test_numerals_that_nobody_speaks_so_are_refused_never_read_by_their_last(text: str):
    with pytest.raises(RefusedError):
        parse_ratio(text, MULTIPLIERS)

"""One ratio over the classes: the total stays, better credit is never drawn more, ceilings cut and are told."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onevisit.county import CLASSES, PlanRules
from onevisit.plan.caps import ALL_BP, ceilings_bp, expected_bp
from onevisit.plan.ratios import Ratio
from onevisit.plan.spread import spread, spread_rates

RULES = PlanRules(
    general_cap_bp=1000,
    class_multipliers={"A": 100, "B": 150, "C": 250, "D": 400, "N": 100},
    class_caps_bp={"C": 6000, "D": 10000},
)
MULTIPLIERS = RULES.class_multipliers
FREE = [ALL_BP] * 5
COUNTS = st.lists(st.integers(0, 4000), min_size=5, max_size=5).filter(any)
RISING = st.lists(st.integers(50, 1000), min_size=4, max_size=4).map(sorted)


def test_a_ratio_is_spread_in_proportion_to_the_multipliers():
    # 100 A, 100 D: 10 % of 200 is 20; A gets 4, D 16.
    assert spread_rates(1000, [100, 0, 0, 100, 0], MULTIPLIERS) == (400, 600, 1000, 1600, 400)


@given(base=st.integers(1, 10_000), counts=COUNTS, rising=RISING)
def test_the_total_stays_within_rounding_and_the_classes_keep_their_order(base, counts, rising):
    multipliers = dict(zip(CLASSES, [*rising, rising[0]], strict=True))
    rates = spread_rates(base, counts, multipliers)
    # Classes of one multiplier move together, each by less than a basis point.
    assert max(rates) <= ALL_BP
    together = [sum(n for n, letter in zip(counts, CLASSES, strict=True) if multipliers[letter] == m) for m in rising]
    drift = abs(sum(n * rate for n, rate in zip(counts, rates, strict=True)) - base * sum(counts))
    assert drift <= max(together) / 2
    assert list(rates[:4]) == sorted(rates[:4])
    assert rates[0] == rates[4]


@given(base=st.integers(1, 10_000), counts=COUNTS, limit=st.sampled_from([300, 1000, 2000, 10_000]))
def test_no_class_passes_its_ceiling_and_what_that_costs_is_told(base, counts, limit):
    ceilings = ceilings_bp(limit, is_by_class=True, rules=RULES)
    made = spread(Ratio((base,) * 5), counts, multipliers=MULTIPLIERS, ceilings=ceilings)
    assert all(rate <= ceiling for rate, ceiling in zip(made.ratio.rate_bp, ceilings, strict=True))
    assert made.ratio.is_by_class
    free = spread_rates(base, counts, MULTIPLIERS)
    assert len(made.told) == (2 if free != made.ratio.rate_bp else 1)


def test_a_key_item_is_spread_without_a_cut():
    made = spread(Ratio((5000,) * 5), [50, 0, 0, 50, 0], multipliers=MULTIPLIERS, ceilings=FREE)
    assert made.ratio.rate_bp == (2000, 3000, 5000, 8000, 2000)


def test_what_a_class_that_is_all_drawn_cannot_give_goes_to_the_others():
    # 90 of 100 are asked for: all 50 of class D, so 40 of class A's 50.
    assert spread_rates(9000, [50, 0, 0, 50, 0], MULTIPLIERS) == (8000, 10_000, 10_000, 10_000, 8000)
    assert spread_rates(10_000, [50, 3, 0, 50, 1], MULTIPLIERS) == (10_000,) * 5


def test_what_the_ceiling_of_a_general_item_cuts_is_told():
    made = spread(Ratio((1000,) * 5), [50, 0, 0, 50, 0], multipliers=MULTIPLIERS, ceilings=[300, 450, 750, 1600, 300])
    assert made.ratio.rate_bp == (300, 450, 750, 1600, 300)
    assert made.told[1].endswith("，预计少抽0.5户")


def test_a_number_goes_to_the_classes_by_largest_remainder():
    made = spread(Ratio(object_count=10), [60, 20, 10, 10, 0], multipliers=MULTIPLIERS, ceilings=FREE)
    # Weights 60, 30, 25, 40 of 155: 3.87, 1.94, 1.61, 2.58.
    assert made.ratio.class_counts == (4, 2, 2, 2, 0)
    assert made.told == ["抽查数量“10户”按信用风险分类分到各类：A类4户、B类2户、C类2户、D类2户、未分类0户"]


@given(total=st.integers(1, 300), counts=st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any))
def test_a_number_is_allotted_whole_and_no_class_gets_more_than_it_has(total, counts):
    made = spread(Ratio(object_count=total, least=total), counts, multipliers=MULTIPLIERS, ceilings=FREE).ratio
    assert sum(made.class_counts) == made.object_count == min(total, sum(counts))
    assert all(asked <= size for asked, size in zip(made.class_counts, counts, strict=True))
    assert expected_bp(made, counts) == min(total, sum(counts)) * ALL_BP


@given(total=st.integers(1, 100), counts=st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any))
def test_what_the_ceilings_keep_from_a_number_is_told(total, counts):
    ceilings = ceilings_bp(1000, is_by_class=True, rules=RULES)
    made = spread(Ratio(object_count=total), counts, multipliers=MULTIPLIERS, ceilings=ceilings)
    assert sum(made.ratio.class_counts) == made.ratio.object_count
    assert (len(made.told) == 2) == (made.ratio.object_count < total)


@given(base=st.integers(1, 1000), counts=COUNTS)
def test_the_least_number_of_a_row_holds_after_spreading(base, counts):
    least = -(-base * sum(counts) // ALL_BP)
    assume(least)
    ceilings = ceilings_bp(1000, is_by_class=True, rules=RULES)
    ratio = Ratio((base,) * 5, least=least, is_minimum=True)
    made = spread(ratio, counts, multipliers=MULTIPLIERS, ceilings=ceilings).ratio
    assert made.least == least
    assert expected_bp(made, counts) >= least * ALL_BP


@pytest.mark.parametrize("counts", [[0, 0, 0, 7, 0], [5, 0, 0, 0, 0]])
def test_a_scope_of_one_class_keeps_the_ratio_filed(counts):
    index = next(place for place, count in enumerate(counts) if count)
    assert spread_rates(1000, counts, MULTIPLIERS)[index] == 1000

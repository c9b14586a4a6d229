"""Caps on general items, computed by hand."""

import pytest

from onevisit.county import PlanRules
from onevisit.plan.caps import ceilings_bp, class_counts, expected_bp, is_over_cap
from onevisit.plan.ratios import Ratio

RULES = PlanRules(
    general_cap_bp=1000,
    class_multipliers={"A": 100, "B": 150, "C": 250, "D": 400, "N": 100},
    class_caps_bp={"C": 6000, "D": 10000},
)
HUNDRED = class_counts({"A": 100})


def test_without_a_limit_of_its_own_an_item_has_the_county_s_cap():
    assert ceilings_bp(None, is_by_class=False, rules=RULES) == [1000] * 5
    assert ceilings_bp(300, is_by_class=False, rules=RULES) == [300] * 5


def test_risky_classes_go_further_only_when_the_row_applies_the_classes():
    assert ceilings_bp(2000, is_by_class=True, rules=RULES) == [2000, 3000, 6000, 10000, 2000]
    assert ceilings_bp(4000, is_by_class=True, rules=RULES) == [4000, 6000, 10000, 10000, 4000]
    assert ceilings_bp(8000, is_by_class=True, rules=RULES) == [8000, 10000, 10000, 10000, 8000]


def test_a_rate_at_the_cap_stands_and_one_basis_point_more_does_not():
    ceilings = ceilings_bp(None, is_by_class=False, rules=RULES)
    assert not is_over_cap(Ratio((1000,) * 5), HUNDRED, ceilings)
    assert is_over_cap(Ratio((1001,) * 5), HUNDRED, ceilings)


def test_each_class_is_held_to_its_own_ceiling():
    ceilings = ceilings_bp(1000, is_by_class=True, rules=RULES)
    ratio = Ratio((500, 2000, 2000, 5000, 500), is_by_class=True)
    # B is 5 points above its ceiling; the room that A leaves is none for B.
    assert is_over_cap(ratio, class_counts({"A": 100, "B": 1}), ceilings)
    assert not is_over_cap(ratio, class_counts({"A": 100, "D": 100}), ceilings)


@pytest.mark.parametrize(("count", "is_over"), [(1, False), (10, False), (11, True), (100, True), (500, True)])
def test_a_count_is_compared_with_the_cap_rounded_up(count: int, is_over: bool):
    ceilings = ceilings_bp(None, is_by_class=False, rules=RULES)
    assert is_over_cap(Ratio(object_count=count), class_counts({"A": 60, "N": 40}), ceilings) is is_over


def test_one_object_may_be_checked_however_small_the_scope():
    ceilings = ceilings_bp(None, is_by_class=False, rules=RULES)
    assert not is_over_cap(Ratio(object_count=1), class_counts({"A": 3}), ceilings)
    assert is_over_cap(Ratio(object_count=2), class_counts({"A": 3}), ceilings)


def test_a_least_number_is_bound_by_the_cap_too():
    ceilings = ceilings_bp(None, is_by_class=False, rules=RULES)
    assert not is_over_cap(Ratio((500,) * 5, least=10), HUNDRED, ceilings)
    assert is_over_cap(Ratio((500,) * 5, least=11), HUNDRED, ceilings)


def test_the_expected_number_never_exceeds_the_scope():
    assert expected_bp(Ratio(object_count=500), HUNDRED) == 100 * 10_000
    assert expected_bp(Ratio((250,) * 5, least=4), HUNDRED) == 4 * 10_000
    assert expected_bp(Ratio((250,) * 5), HUNDRED) == 25_000

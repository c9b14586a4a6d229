"""Bounds: no plan beats them, by brute force over all partitions; and what each rule costs."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.exact import fewest_doors
from onevisit.county import County, PlanRules
from onevisit.plan.bound import bounds_of, heaviest_apart, price_rules
from onevisit.plan.merge import Plan, plan_of, propose_merges
from onevisit.workers import hired
from tests.onevisit.plan import samples
from tests.onevisit.plan.test_merge import as_frames, plans


@pytest.fixture(scope="module")
def plan_from(make_submitted, county: County):
    """Make a plan of drawn rows over forty shops of every class."""
    objects = samples.objects("ABCDN" * 8)

    def make(drawn, *ruled, rules: PlanRules | None = None) -> Plan:
        rows, scope = as_frames(drawn, make_submitted)
        return plan_of(
            rows,
            scope=scope,
            objects=objects,
            rules=rules or PlanRules(),
            days=county.working_days(2027),
            rulings=samples.rulings(*ruled),
        )

    return make


def on_site(plan: Plan) -> int:
    """Doors of the rows that need none: the oracle counts them, the bounds do not."""
    return sum(plan.doors([number]) for number in set(range(plan.rows.height)).difference(plan.on_site))


@settings(max_examples=60, deadline=None)
@given(drawn=plans)
def test_no_plan_beats_either_bound_and_the_closer_one_is_closer(drawn, plan_from):
    plan = plan_from(drawn)
    bounds = bounds_of(plan.ruled_groups(), plan)
    fewest = fewest_doors(plan.rows, plan.cells, plan.rules, plan.days) - on_site(plan)
    assert bounds.windows <= bounds.pairs <= fewest <= bounds.apart


@given(
    weights=st.lists(st.integers(1, 50), min_size=1, max_size=9),
    seed=st.integers(0, 1000),
    share=st.sampled_from([0.2, 0.5, 0.8]),
)
def test_the_heaviest_that_are_pairwise_apart_are_found_exactly(weights, seed, share):
    weights = sorted(weights, reverse=True)
    count = len(weights)
    random = np.random.default_rng(seed)
    apart = np.triu(random.random((count, count)) < share, 1)
    apart |= apart.T
    bits = [sum(1 << other for other in range(count) if apart[member, other]) for member in range(count)]
    best = max(
        sum(weights[member] for member in some)
        for size in range(1, count + 1)
        for some in combinations(range(count), size)
        if all(apart[one, other] for one, other in combinations(some, 2))
    )
    assert heaviest_apart(bits, weights) == best


def two(**second):
    first = {"from": 0, "size": 20, "rate": 1000, "by_class": False, "starts": 60, "length": 60, "department": "甲",
             "is_on_site": True, "is_exclusive": False}  # fmt: skip
    return [first, {**first, **second}]


def test_rows_that_stay_alone_count_fully_and_rows_without_a_door_not_at_all(plan_from):
    alone = plan_from(two(is_exclusive=True))
    assert bounds_of(alone.ruled_groups(), alone).windows == alone.doors([0]) + alone.doors([1])
    papers = plan_from(two(is_on_site=False))
    assert bounds_of(papers.ruled_groups(), papers).apart == papers.doors([0])


def test_a_ruling_moves_the_bound_both_ways(plan_from):
    def pairs(plan: Plan) -> int:
        return bounds_of(plan.ruled_groups(), plan).pairs

    little = two(**{"from": 15})
    doors = pairs(plan_from(little))
    assert pairs(plan_from(little, ("pair", "P0|P1", "must"))) < doors
    assert pairs(plan_from(two())) < pairs(plan_from(two(), ("pair", "P0|P1", "must_not"))) == doors


def test_the_price_of_a_rule_is_what_merging_saves_without_it(plan_from):
    plan = plan_from(two(**{"from": 15}))
    assert propose_merges(plan).is_empty()
    prices = {row["setting"]: row for row in price_rules(plan).iter_rows(named=True)}
    assert prices["现行规则"]["visits_saved"] == 0
    assert (prices["对象至少重合25%"]["rule"], prices["对象至少重合25%"]["visits_saved"]) == ("OVERLAP", 0.5)
    assert prices["不限事项数"]["visits_saved"] == 0
    assert "不计审核决定" not in prices
    assert "对象至少重合50%" not in prices


def test_the_price_of_rulings_is_told_when_there_are_any(plan_from):
    prices = price_rules(plan_from(two(), ("pair", "P0|P1", "must_not")))
    unruled = prices.filter(pl.col("rule") == "RULED_APART").row(0, named=True)
    assert unruled["visits_saved"] == unruled["most_saved"] == 2.0
    assert prices["visits_saved"][0] == 0


def test_prices_are_the_same_whoever_works_them_out(plan_from):
    plan = plan_from(two())
    alone = price_rules(plan)
    with hired():
        assert price_rules(plan).equals(alone)

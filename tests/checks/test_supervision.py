"""Each promise of the review is broken by the smallest change and kept without it."""

import polars as pl
import pytest

from checks.supervision import (
    both_engines_count_alike,
    every_unmet_expectation_is_a_problem,
    no_more_rows_pass_than_were_looked_at,
    strangers,
)
from onevisit.supervision.measures import WHOLE_COUNTY
from onevisit.supervision.tables import Expectations, Problems, Scores
from onevisit.tables import frame_of
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.samples import HEALTH


def scores(**changed: object) -> pl.DataFrame:
    row = {
        "department": HEALTH,
        "registry": "objects",
        "key": "objects.phone",
        "measure": "联系电话填报",
        "numerator": 3,
        "denominator": 4,
        "ratio": 0.75,
    }
    return frame_of(Scores, [row | changed])


def expectations(**changed: object) -> pl.DataFrame:
    row = {
        "suite": f"检查对象名录 {HEALTH}",
        "department": HEALTH,
        "registry": "objects",
        "key": "objects.phone",
        "measure": "联系电话填报",
        "expectation": "expect_column_values_to_not_be_null",
        "column": "phone",
        "meaning": "联系电话不为空，不低于85%",
        "threshold": 0.85,
        "observed": 0.75,
        "unexpected_count": 1,
        "is_met": False,
    }
    return frame_of(Expectations, [row | changed])


def problems(**changed: object) -> pl.DataFrame:
    row = {
        "problem_id": "S-0123456789",
        "department": HEALTH,
        "registry": "objects",
        "rule": "联系电话填报",
        "file": None,
        "sheet": None,
        "row": None,
        "record": None,
        "row_count": 1,
        "is_unmet": True,
        "detail": "未达标。",
        "fix": "请补填。",
    }
    return frame_of(Problems, [row | changed])


def test_more_rows_that_pass_than_rows_are_noticed():
    assert no_more_rows_pass_than_were_looked_at.judge(scores()).is_empty()
    assert no_more_rows_pass_than_were_looked_at.judge(scores(numerator=5)).height == 1


@pytest.mark.parametrize(
    ("expected", "scored"),
    [
        (expectations(unexpected_count=2), scores()),
        (expectations(), scores(numerator=4)),
        (expectations(key="objects.address"), scores()),
        (expectations().clear(), scores()),
        (expectations(), scores().clear()),
    ],
)
def test_two_counts_that_differ_are_noticed(expected, scored):
    assert both_engines_count_alike.judge(expectations(), scores()).is_empty()
    assert not both_engines_count_alike.judge(expected, scored).is_empty()


def test_the_size_of_a_list_has_no_score():
    size = expectations(key="objects.rows", threshold=None, observed=None, unexpected_count=7)
    assert both_engines_count_alike.judge(size, scores().clear()).is_empty()


@pytest.mark.parametrize("changed", [{"rule": "地址填报"}, {"department": WHOLE_COUNTY}, {"is_unmet": False}])
def test_an_unmet_expectation_without_its_problem_is_noticed(changed):
    assert every_unmet_expectation_is_a_problem.judge(expectations(), problems()).is_empty()
    assert every_unmet_expectation_is_a_problem.judge(expectations(), problems(**changed)).height == 1
    assert every_unmet_expectation_is_a_problem.judge(expectations(is_met=True), problems(**changed)).is_empty()


def test_a_department_the_county_does_not_have_is_noticed():
    county = samples.county()
    known = {"Scores": scores(), "Problems": problems(department=WHOLE_COUNTY)}
    assert strangers(known, county).is_empty()
    assert strangers({**known, "Expectations": expectations(department="某局")}, county).rows() == [
        ("Expectations", "某局")
    ]

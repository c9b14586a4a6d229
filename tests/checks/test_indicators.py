"""The promises about what is made of the results, each on a frame that keeps it and one that breaks it."""

from typing import Any

import polars as pl
import pytest

from checks import indicators as promises
from onevisit.plan.tables import Raises
from onevisit.results.tables import Indicators, ProblemRates, Progress
from onevisit.tables import frame_of
from tests.onevisit.results.made import feedback, findings, others, warnings
from tests.onevisit.visits.samples import HEALTH


def indicators(*some: dict[str, Any]) -> pl.DataFrame:
    one = {
        "scope": "county", "span": "all", "name": "检查完成率", "formula": "已检查数÷应检查数", "unit": "rate",
        "numerator": 1, "denominator": 2, "value": 0.5,
    }  # fmt: skip
    return frame_of(Indicators, [{**one, **change} for change in some])


@pytest.mark.parametrize("wrong", [{"numerator": 3, "value": 1.5}, {"value": 0.6}, {"value": None}])
def test_a_share_that_is_not_its_parts_is_found(wrong: dict[str, Any]):
    judge = promises.every_share_lies_between_none_and_all.judge
    none = {"numerator": 0, "denominator": 0, "value": None}
    more = {"name": "入户次数比上年", "numerator": 9, "denominator": 3, "value": 2.0}
    assert judge(indicators({}, none, more)).is_empty()
    assert judge(indicators({}, wrong)).height == 1


def test_departments_that_do_not_add_up_are_found():
    judge = promises.departments_add_up_to_the_county.judge
    own = {"scope": "department", "department": HEALTH}
    assert judge(indicators({}, own)).is_empty()
    assert judge(indicators({}, own, {**own, "department": "别的"})).height == 1
    assert judge(indicators({})).height == 1


def test_indicators_that_count_otherwise_than_the_progress_are_found():
    judge = promises.the_indicators_agree_with_the_progress.judge
    counts = {"due_count": 2, "checked_count": 1, "done_count": 0, "problem_count": 0, "overdue_count": 0}
    progress = frame_of(Progress, [{"task_id": "T001", "department": HEALTH, **counts}])
    assert judge(indicators({}), progress).is_empty()
    assert judge(indicators({"numerator": 2}), progress).height == 1


def test_a_class_or_a_small_count_that_may_be_published_is_found():
    judge = promises.no_class_and_no_small_count_is_publishable.judge
    one = {
        "cell_kind": "item",
        "cell": "A",
        "checked_count": 9,
        "problem_count": 3,
        "rate": 0.3333,
        "is_publishable": True,
    }

    def rates(**change: Any) -> pl.DataFrame:
        return frame_of(ProblemRates, [{**one, **change}])

    assert judge(rates()).is_empty()
    assert judge(rates(problem_count=2, is_publishable=False)).is_empty()
    for wrong in ({"cell_kind": "class"}, {"problem_count": 2}, {"problem_count": 8}):
        assert judge(rates(**wrong)).height == 1


def test_a_check_that_counts_for_nobody_or_is_left_out_without_a_reason_is_found():
    judge = promises.a_check_that_does_not_count_says_why.judge
    assert judge(others({}, {"is_counted": False, "reason": "因故检查"})).is_empty()
    assert judge(others({"object_id": None}, {"is_counted": False})).height == 2


def test_every_warning_shows():
    judge = promises.no_business_is_visited_again_too_soon.judge
    assert judge(warnings()).is_empty()
    assert judge(warnings({})).height == 1


def test_a_result_without_feedback_and_feedback_without_a_result_are_found():
    judge = promises.every_result_has_its_feedback.judge
    found = findings({"result_types": ["发现问题待后续处理"]})
    assert judge(feedback({}, {"ground": "处置未完结"}), found).is_empty()
    assert judge(feedback(), found).height == 1
    assert judge(feedback({}, {"object_id": "DY-9"}), found).height == 1


def test_a_raise_without_a_reason_is_found():
    judge = promises.every_raise_says_why.judge
    one = {"object_id": "DY-1", "credit_class": "A", "risk_class": "B", "reasons": ["投诉举报多"]}
    assert judge(frame_of(Raises, [one])).is_empty()
    assert judge(frame_of(Raises, [{**one, "reasons": []}])).height == 1

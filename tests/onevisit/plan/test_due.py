"""Who is late with the plan, and by how much."""

import datetime as dt

import pytest

from onevisit.county import PlanRules
from onevisit.plan.due import Missing, days_text, missing_plans
from onevisit.plan.tables import Refused, Submitted
from onevisit.tables import frame_of

DUE = dt.date(2026, 12, 31)


def test_no_row_and_only_refused_rows_are_told_apart():
    submitted = frame_of(Submitted, [{"plan_row_id": "A1", "department": "甲"}])
    place = {"file": "计划.xlsx", "sheet": "计划"}
    refused = frame_of(
        Refused,
        [
            {"department": "甲", "row": 5, **place},
            {"department": "乙", "row": 4, "code": "P010", **place},
            {"department": "乙", "row": 4, "code": "P020", **place},
            {"department": "乙", "row": 5, "code": "P010", **place},
        ],
    )
    assert list(missing_plans(["甲", "乙", "丙"], submitted, refused)) == [Missing("乙", 2), Missing("丙", 0)]


def test_the_days_are_told_before_on_and_after_the_day():
    assert days_text(DUE, dt.date(2026, 12, 30)) == (
        "应于2026-12-31前完成，还有1天",
        "due on 2026-12-31, 1 days left",
    )
    assert days_text(DUE, DUE)[0].endswith("还有0天")
    assert days_text(DUE, dt.date(2027, 1, 3))[0].endswith("已逾期3天")


def test_the_plan_is_due_in_the_year_before_on_a_day_every_year_has():
    assert PlanRules().due_on(2027) == DUE
    assert PlanRules(due="11-30").due_on(2028) == dt.date(2027, 11, 30)
    for wrong in ("02-29", "13-01", "1-1", "年底"):
        with pytest.raises(ValueError, match="due"):
            PlanRules(due=wrong)

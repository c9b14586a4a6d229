"""Tasks after merging: numbers, names, leaders, and everything that is checked in each."""

import datetime as dt

import polars as pl
import pytest

from onevisit.county import County
from onevisit.plan.tables import Scope
from onevisit.plan.tasks import form_tasks, list_task_items
from onevisit.tables import frame_of
from tests.onevisit.plan import samples

CULTURE, MARKET = "县文化广电旅游局", "县市场监管局"


@pytest.fixture(scope="module")
def plan(make_submitted, county: County):
    """Two inn rows that merge, a surprise check that stays alone, papers that need no door."""
    rows = make_submitted(
        {"plan_row_id": "GA-1", "partners": [MARKET], "partner_items": ["SCJG-025"], "expected_count": 2.0},
        {
            "plan_row_id": "WL-1", "department": CULTURE, "item_code": "WL-001", "item_name": "娱乐场所检查",
            "rate_bp": [3000] * 5, "starts_on": dt.date(2027, 5, 1), "expected_count": 6.0, "matching": "分散",
        },
        {"plan_row_id": "GA-2", "is_exclusive": True, "starts_on": dt.date(2027, 3, 1), "task_name": "突击检查"},
        {"plan_row_id": "GA-3", "is_on_site": False, "starts_on": dt.date(2027, 3, 1)},
    )  # fmt: skip
    scope = frame_of(
        Scope,
        [{"plan_row_id": row, "object_id": f"O-{n:03d}"} for row in rows["plan_row_id"] for n in range(20)],
    )
    objects = samples.objects()
    steps = samples.merged(rows, scope=scope, objects=objects, rules=county.plan, days=county.working_days(2027))
    return rows, form_tasks(rows, scope=scope, objects=objects, proposals=steps)


def test_tasks_are_numbered_by_first_day_then_by_first_row(plan):
    _, tasks = plan
    assert tasks.select("task_id", "plan_rows").rows() == [
        ("T001", ["GA-2"]),
        ("T002", ["GA-3"]),
        ("T003", ["GA-1", "WL-1"]),
    ]


def test_a_joint_task_is_led_by_who_draws_most_and_keeps_the_common_window(plan):
    _, tasks = plan
    joint = tasks.row(2, named=True)
    assert (joint["lead_department"], joint["matching"]) == (CULTURE, "分散")
    assert joint["departments"] == sorted(["县公安局", CULTURE, MARKET])
    assert joint["item_codes"] == ["GA-002", "SCJG-025", "WL-001"]
    assert (joint["starts_on"], joint["ends_on"]) == (dt.date(2027, 5, 1), dt.date(2027, 6, 30))
    assert (joint["scope_count"], joint["expected_visits"], joint["visits_apart"]) == (20, 6.0, 8.0)
    assert (joint["is_joint"], joint["is_on_site"]) == (True, True)


def test_names_are_what_an_official_would_write(plan):
    _, tasks = plan
    assert tasks["name"].to_list()[0] == "突击检查（对旅馆业特种行业的检查）"
    assert tasks["name"].to_list()[2] == "旅馆部门联合抽查（5月至6月）"


def test_a_lone_row_needs_the_door_only_when_it_is_checked_on_site(plan):
    _, tasks = plan
    assert tasks.select("is_on_site", "is_joint").rows()[1] == (False, False)


def test_every_item_stands_with_the_row_it_rides_on(plan):
    rows, tasks = plan
    listed = list_task_items(tasks, submitted=rows, items=samples.items())
    assert listed.filter(pl.col("task_id") == "T003").rows() == [
        ("T003", "GA-1", "县公安局", "GA-002", "initiator", True),
        ("T003", "GA-1", MARKET, "SCJG-025", "partner", True),
        ("T003", "WL-1", CULTURE, "WL-001", "initiator", True),
    ]
    assert listed.filter(pl.col("task_id") == "T002")["is_on_site"].to_list() == [False]

"""Each promise of the plan is kept by a good frame and broken by a bad one."""

import datetime as dt

import polars as pl
import pytest

from checks.plan import (
    a_task_keeps_every_row_s_window,
    every_row_is_in_one_task,
    every_window_can_be_kept,
    joined_against,
    late_departments,
    lost,
    no_item_is_lost,
    no_month_is_crowded,
    not_living,
    over_cap,
    unknown_days,
    unsigned,
    what_stays_alone_is_alone,
)
from onevisit.county import County
from onevisit.decisions import extended, log_text
from onevisit.plan.days import calendar_table
from onevisit.plan.rows import Judged, judge_plan
from onevisit.plan.signoff import demonstration_entries
from onevisit.plan.tables import Capacity, Load
from onevisit.plan.tasks import form_tasks, list_task_items
from onevisit.tables import frame_of
from tests.onevisit.plan import samples

YEAR = 2027
ROWS = (
    {"partners": samples.MARKET, "partner_items": "SCJG-025"},
    {"plan_row_id": "GA-2027-02", "ratio_text": "60%"},
    {"plan_row_id": "GA-2027-03", "window_text": "2027年05月01日至2027年08月31日"},
)
FILED = samples.filed(*ROWS)


@pytest.fixture(scope="module")
def judged(county: County) -> Judged:
    objects = samples.objects()
    return judge_plan(
        FILED,
        items=samples.items(),
        objects=objects,
        sources=samples.sources(objects),
        own_limits={},
        rulings=samples.rulings(),
        county=county,
        year=YEAR,
    )


@pytest.fixture(scope="module")
def tasks(judged: Judged, county: County) -> pl.DataFrame:
    objects = samples.objects()
    steps = samples.merged(
        judged.submitted, scope=judged.scope, objects=objects, rules=county.plan, days=county.working_days(YEAR)
    )
    return form_tasks(judged.submitted, scope=judged.scope, objects=objects, proposals=steps)


def test_a_row_judged_twice_or_never_or_out_of_thin_air_is_found(judged: Judged):
    assert lost(FILED, judged.submitted, judged.refused).is_empty()
    assert lost(FILED, judged.submitted.head(1), judged.refused)["row"].to_list() == [6]
    assert lost(FILED, judged.submitted, judged.refused.clear())["row"].to_list() == [5]
    twice = judged.refused.with_columns(row=pl.lit(4, pl.Int64))
    assert lost(FILED, judged.submitted, twice)["row"].to_list() == [4, 5]
    assert lost(FILED.head(2), judged.submitted, judged.refused)["row"].to_list() == [6]


def test_a_row_over_its_cap_is_found_anew(judged: Judged, county: County):
    registries = {"scope": judged.scope, "objects": samples.objects(), "items": samples.items(), "county": county}
    assert over_cap(judged.submitted, **registries).is_empty()
    raised = judged.submitted.with_columns(rate_bp=pl.Series([[1000] * 5, [1001] * 5]))
    assert over_cap(raised, **registries)["plan_row_id"].to_list() == ["GA-2027-03"]
    assert over_cap(raised.with_columns(item_code=pl.lit("GA-011")), **registries).is_empty()


def test_an_object_that_is_closed_or_unknown_is_found_in_a_scope(judged: Judged):
    objects = samples.objects()
    assert not_living(judged.scope, objects).is_empty()
    closed = objects.with_columns(is_living=pl.col("object_id") != "O-003")
    assert not_living(judged.scope, closed)["object_id"].to_list() == ["O-003"] * 2
    assert not_living(judged.scope, objects.tail(19)).height == 2


def test_a_row_in_no_task_or_two_or_never_submitted_is_found(judged: Judged, tasks: pl.DataFrame):
    assert every_row_is_in_one_task.judge(tasks, judged.submitted).is_empty()
    assert every_row_is_in_one_task.judge(tasks.clear(), judged.submitted).height == 2
    assert every_row_is_in_one_task.judge(pl.concat([tasks, tasks]), judged.submitted).height == 2
    assert every_row_is_in_one_task.judge(tasks, judged.submitted.head(1))["plan_row_id"].to_list() == ["GA-2027-03"]


@pytest.mark.parametrize(
    ("column", "on"),
    [
        ("starts_on", dt.date(2027, 4, 30)),
        ("ends_on", dt.date(2027, 7, 1)),
        ("ends_on", dt.date(2027, 4, 1)),
    ],
)
def test_a_task_outside_a_row_s_window_is_found(judged: Judged, tasks: pl.DataFrame, column: str, on: dt.date):
    assert tasks.select("starts_on", "ends_on").rows() == [(dt.date(2027, 5, 1), dt.date(2027, 6, 30))]
    assert a_task_keeps_every_row_s_window.judge(tasks, judged.submitted).is_empty()
    moved = tasks.with_columns(pl.lit(on).alias(column))
    assert not a_task_keeps_every_row_s_window.judge(moved, judged.submitted).is_empty()


def test_a_lost_item_is_found_also_a_partner_s(judged: Judged, tasks: pl.DataFrame):
    listed = list_task_items(tasks, submitted=judged.submitted, items=samples.items())
    assert no_item_is_lost.judge(listed, judged.submitted).is_empty()
    without = listed.filter(pl.col("role") == "initiator")
    assert no_item_is_lost.judge(without, judged.submitted)["item_code"].to_list() == ["SCJG-025"]


def test_a_plan_nobody_signed_is_found():
    log = log_text(extended([], demonstration_entries([], "a" * 64, YEAR)))
    assert unsigned(log, "a" * 64).is_empty()
    assert unsigned(log, "b" * 64)["code"].to_list() == ["P062"]


def test_days_nobody_has_declared_are_found(county: County):
    assert unknown_days(calendar_table(county.working_days(YEAR)), YEAR).is_empty()
    real = county.model_copy(update={"demonstration": None, "calendar_csv": "date,is_workday,state,note\n"})
    assert unknown_days(calendar_table(real.working_days(YEAR)), YEAR).height == 365
    assert unknown_days(calendar_table(real.working_days(YEAR)), 2031).height == 1


@pytest.mark.parametrize(("today", "late"), [("2026-12-31", []), ("2027-01-02", [(samples.MARKET, 0, 2)])])
def test_a_department_without_a_plan_is_late_from_the_day_after_it_is_due(judged: Judged, today: str, late: list):
    departments = [samples.POLICE, samples.MARKET]
    due = dt.date(2026, 12, 31)
    found = late_departments(departments, judged.submitted, judged.refused, due=due, today=dt.date.fromisoformat(today))
    assert found.rows() == late


def test_a_window_nobody_can_keep_and_a_crowded_month_are_found():
    capacity = frame_of(Capacity, [{"department": samples.POLICE, "visits_short": short} for short in (0, 3)])
    assert every_window_can_be_kept.judge(capacity)["visits_short"].to_list() == [3]
    load = frame_of(Load, [{"department": samples.POLICE, "month": m, "is_crowded": m == 5} for m in (4, 5)])
    assert no_month_is_crowded.judge(load)["month"].to_list() == [5]


def test_a_surprise_check_in_a_joint_task_is_named(tasks: pl.DataFrame, judged: Judged):
    assert what_stays_alone_is_alone.judge(tasks, judged.submitted).is_empty()
    alone = judged.submitted.with_columns(is_exclusive=pl.col("plan_row_id") == "GA-2027-03")
    assert what_stays_alone_is_alone.judge(tasks, alone)["plan_row_id"].to_list() == ["GA-2027-03"]
    papers = judged.submitted.with_columns(is_on_site=pl.lit(value=False))
    assert what_stays_alone_is_alone.judge(tasks, papers).height == 2


def test_rows_together_against_a_ruling_are_named(tasks: pl.DataFrame):
    apart = samples.rulings(("merge", "GA-2027-01、GA-2027-02|GA-2027-03", "reject"))
    assert joined_against(tasks, apart)["ruling"].to_list() == [1]
    together = samples.rulings(("pair", "GA-2027-01|GA-2027-03", "must"), ("pair", "GA-2027-01|GA-2027-09", "must_not"))
    assert joined_against(tasks, together).is_empty()

"""What people ruled on merging: kept before anything else is merged, or told with the reason."""

from collections.abc import Callable

import polars as pl
import pytest

from onevisit.county import County, PlanRules
from onevisit.plan.merge import list_unkept_rulings, plan_of, propose_merges
from onevisit.plan.tables import Rulings, Scope, UnkeptRulings
from onevisit.tables import frame_of
from tests.onevisit.plan import samples

SPRING = {"starts_on": samples.day(60), "ends_on": samples.day(150)}
AUTUMN = {"starts_on": samples.day(240), "ends_on": samples.day(300)}


@pytest.fixture
def merge(make_submitted, county: County) -> Callable[..., tuple[pl.DataFrame, pl.DataFrame]]:
    """Merge rows P1, P2 … over the same hundred shops under rulings (topic, subject, answer)."""

    def run(*changes: dict[str, object], ruled=(), rules: PlanRules | None = None, reach=None, drawn=()):
        rows = make_submitted(
            *(
                {"plan_row_id": f"P{n}", "item_code": f"GA-00{n}", "rate_bp": [1000] * 5, **SPRING, **change}
                for n, change in enumerate(changes, start=1)
            )
        )
        numbers = reach or {row: range(100) for row in rows["plan_row_id"]}
        scope = [{"plan_row_id": row, "object_id": f"O-{n:03d}"} for row, some in numbers.items() for n in some]
        plan = plan_of(
            rows,
            scope=frame_of(Scope, scope),
            objects=samples.objects("A" * 100),
            rules=rules or county.plan,
            days=county.working_days(2027),
            rulings=samples.rulings(*ruled),
            drawn=drawn,
        )
        return propose_merges(plan), list_unkept_rulings(plan)

    return run


def sides(steps: pl.DataFrame) -> list[tuple[list[str], list[str]]]:
    return steps.select("left_rows", "right_rows").rows()


def test_a_rejected_merge_keeps_every_row_of_one_side_from_every_row_of_the_other(merge):
    steps, unkept = merge({}, {}, {}, ruled=[("merge", "P1、P2|P3", "reject")])
    assert sides(steps) == [(["P1"], ["P2"])]
    assert steps["lost"].to_list() == [[]]
    assert unkept.is_empty()


def test_rows_that_must_not_share_a_task_cost_what_the_step_says(merge):
    [step] = merge({}, {}, {}, ruled=[("pair", "P1|P3", "must_not")])[0].iter_rows(named=True)
    assert (step["left_rows"], step["right_rows"]) == (["P1"], ["P2"])
    assert step["lost"] == ["P3（审核决定不得合并，少减10.0户次）"]


def test_what_must_go_together_is_joined_first_and_the_step_says_who_decided(merge):
    strange = {"P1": range(10), "P2": range(50, 100), "P3": range(50, 100)}
    steps, unkept = merge({}, {}, {}, ruled=[("pair", "P1|P3", "must")], reach=strange)
    [step] = steps.iter_rows(named=True)
    assert (step["left_rows"], step["right_rows"], step["ruling"]) == (["P1"], ["P3"], 1)
    assert (step["common_objects"], step["visits_saved"], step["reason_codes"]) == (
        0,
        0.0,
        ["RULED", "SAME_DEPARTMENT"],
    )
    assert step["reason"].startswith("按审核决定第1号合并，同一部门")
    assert step["lost"] == ["P2（对象重合不足，少减5.0户次）"]
    assert unkept.is_empty()


def test_what_was_ruled_together_merges_further_as_one(merge):
    steps, _ = merge({}, {"rate_bp": [500] * 5}, {"rate_bp": [2000] * 5}, {}, ruled=[("pair", "P1|P2", "must")])
    assert sides(steps) == [(["P1"], ["P2"]), (["P1", "P2"], ["P3"]), (["P1", "P2", "P3"], ["P4"])]


def test_a_ruling_overrides_caps_and_the_least_common_days_but_not_an_empty_window(merge):
    tight = PlanRules(merge_max_items=1, merge_max_departments=1, merge_min_common_workdays=10)
    late = {"department": "县市场监管局", "starts_on": samples.day(145), "ends_on": samples.day(200)}
    must = [("pair", "P1|P2", "must")]
    assert sides(merge({}, late, ruled=must, rules=tight)[0]) == [(["P1"], ["P2"])]
    steps, unkept = merge({}, AUTUMN, ruled=must, rules=tight)
    assert steps.is_empty()
    assert unkept.select("seq", "rules", "code").rows() == [(1, ["WINDOW"], "P070")]
    assert "P1与P2：共同时段不足" in unkept["reason"][0]


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [({"is_exclusive": True}, {}, "EXCLUSIVE"), ({}, {"is_on_site": False}, "OFF_SITE")],
)
def test_nobody_can_rule_an_exclusive_or_an_off_site_row_into_a_task(merge, first, second, rule):
    steps, unkept = merge(first, second, ruled=[("merge", "P1|P2", "accept")])
    assert steps.is_empty()
    assert unkept["rules"].to_list() == [[rule]]


def test_of_two_rulings_that_contradict_each_other_the_one_to_stay_apart_holds(merge):
    ruled = [("pair", "P1|P2", "must"), ("pair", "P2|P3", "must"), ("pair", "P1|P3", "must_not")]
    steps, unkept = merge({}, {}, {}, ruled=ruled)
    assert sides(steps) == [(["P1"], ["P2"])]
    assert unkept.select("seq", "rules").rows() == [(2, ["RULED_APART"])]


def test_an_accepted_merge_joins_both_sides_whole_or_not_at_all(merge):
    steps, unkept = merge({}, {"item_code": "GA-009"}, AUTUMN, ruled=[("merge", "P1、P2|P3", "accept")])
    assert steps["ruling"].to_list() == [None]
    assert unkept.height == 1


def test_a_row_that_no_longer_stands_is_named_and_the_others_go_together(merge):
    steps, unkept = merge({}, {}, ruled=[("merge", "P1、P9|P2", "accept")])
    assert steps["ruling"].to_list() == [1]
    assert unkept["reason"].to_list() == [
        "审核决定第1号没有照办：合并建议（P1、P9|P2）同意合并，但P9不在采用的计划之内。"
    ]


def test_items_said_to_be_the_same_count_as_one(merge):
    one = PlanRules(merge_max_items=1)
    same = [("alias", "GA-001|GA-002", "same")]
    assert merge({}, {}, rules=one)[0].is_empty()
    assert merge({}, {}, rules=one, ruled=same)[0]["reason_codes"].to_list() == [
        ["EQUIVALENT", "SAME_DEPARTMENT", "SAME_OBJECTS"]
    ]


def test_items_are_the_same_over_a_third_unless_somebody_told_them_apart(merge):
    chain = [("alias", "GA-001|GA-002", "same"), ("alias", "GA-002|GA-003", "same")]
    one = PlanRules(merge_max_items=1)
    assert merge({}, {}, {}, rules=one, ruled=chain)[0].height == 2
    steps, unkept = merge({}, {}, {}, rules=one, ruled=[*chain, ("alias", "GA-001|GA-003", "different")])
    assert steps.height == 1
    assert unkept.select("seq", "topic").rows() == [(2, "alias")]


def test_without_rulings_nothing_is_unkept(merge):
    assert merge({}, AUTUMN)[1].equals(frame_of(UnkeptRulings, []))
    assert samples.rulings().equals(frame_of(Rulings, []))


def test_what_is_drawn_is_found_again_with_all_the_rest_while_nothing_changes(merge):
    rows = ({}, {}, AUTUMN, AUTUMN)
    before, _ = merge(*rows)
    after, unkept = merge(*rows, drawn=[["P1", "P2"]])
    assert sides(before) == [(["P1"], ["P2"]), (["P3"], ["P4"])]
    assert after.equals(before)
    assert unkept.is_empty()


def test_nothing_joins_a_task_that_is_drawn(merge):
    assert sides(merge({}, {}, {}, drawn=[["P1"]])[0]) == [(["P2"], ["P3"])]
    assert sides(merge({}, {}, {}, drawn=[["P1", "P3"]])[0]) == [(["P1"], ["P3"])]


def test_a_ruling_that_would_change_a_drawn_task_is_told_and_changes_nothing(merge):
    said = [("pair", "P1|P2", "must_not"), ("merge", "P2|P3", "accept"), ("merge", "P1|P2、P4", "reject")]
    steps, unkept = merge({}, {}, {}, {}, ruled=said, drawn=[["P1", "P2"]])
    assert sides(steps) == [(["P1"], ["P2"]), (["P3"], ["P4"])]
    assert unkept["seq"].to_list() == [1, 2, 3]
    assert all("已经抽取，不再变动" in reason for reason in unkept["reason"])


def test_a_ruling_that_a_drawn_task_keeps_is_no_remark(merge):
    said = [("merge", "P1|P2", "accept"), ("pair", "P1|P3", "must_not")]
    steps, unkept = merge({}, {}, {}, ruled=said, drawn=[["P1", "P2"]])
    assert sides(steps) == [(["P1"], ["P2"])]
    assert unkept.is_empty()


def test_a_ruling_that_was_not_kept_keeps_its_reason_after_the_draw(merge):
    rows, said = [{}, {}, AUTUMN], [("merge", "P1、P2|P3", "accept")]
    before = merge(*rows, ruled=said)
    after = merge(*rows, ruled=said, drawn=[["P1", "P2"]])
    assert "共同时段不足" in before[1]["reason"].item()
    assert [one.equals(other) for one, other in zip(before, after, strict=True)] == [True, True]

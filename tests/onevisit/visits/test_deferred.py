"""Frequency caps: nothing owed is lost, nobody is over a cap, and what is deferred is what can best wait."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.visits.deferred import CHECK, Caps, exempt_rows, over_caps, within_caps
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, ONE, POLICE, SHOP, TWO, day

ITEMS = samples.items(
    {"item_code": "WJ-001"},
    {"item_code": "WJ-002", "tier": "key"},
    {"item_code": "WJ-003", "frequency_max": 1},
    {"item_code": "GA-001", "department": POLICE},
)


def caps(*exempt: str, health: int = 1, police: int = 2) -> Caps:
    items = ITEMS.select("item_code", "tier", "frequency_max")
    return Caps({HEALTH: health, POLICE: police}, items, exempt)


def owed(*rows: dict[str, object]) -> pl.DataFrame:
    return samples.obligations(*rows).drop("visit_id")


def formed(limits: Caps, *rows: dict[str, object]):
    return within_caps(owed(*rows), samples.submitted(), limits, max_items=8)


EARLY = {"starts_on": day("03-05"), "ends_on": day("03-31"), "plan_row_id": "R1", "task_id": "T001"}
LATE = {"starts_on": day("05-01"), "ends_on": day("06-30"), "plan_row_id": "R2", "task_id": "T002"}


def deferred_rows(result) -> list[str]:
    return result.deferred["plan_row_id"].to_list()


def test_what_has_most_time_left_is_deferred():
    result = formed(caps(), EARLY, LATE)
    assert deferred_rows(result) == ["R2"]
    assert result.kept["visit_id"].to_list() == ["01-DY-0001-01"]


def test_a_general_check_is_deferred_before_a_key_one_whatever_its_time():
    result = formed(caps(), EARLY, {**LATE, "item_code": "WJ-002"})
    assert deferred_rows(result) == ["R1"]
    [told] = result.deferred.iter_rows(named=True)
    assert (told["cap_kind"], told["cap"]) == ("department", 1)
    assert told["reason"] == "县卫生健康局本年度对这一对象的上门检查已达1次的上限，这项一般检查事项暂缓，不安排上门。"


def test_key_checks_are_capped_too():
    assert deferred_rows(formed(caps(), {**EARLY, "item_code": "WJ-002"}, {**LATE, "item_code": "WJ-002"})) == ["R2"]


def test_one_visit_for_many_checks_counts_once():
    same = {**EARLY, "plan_row_id": "R2", "task_id": "T002", "item_code": "WJ-002"}
    assert formed(caps(), EARLY, same).deferred.is_empty()


def test_other_departments_and_other_objects_have_their_own_count():
    police = {**LATE, "department": POLICE, "item_code": "GA-001"}
    assert formed(caps(), EARLY, police, {**LATE, "object_id": INN}).deferred.is_empty()


def test_a_check_with_a_cause_is_neither_counted_nor_deferred():
    assert formed(caps("R2"), EARLY, LATE).deferred.is_empty()
    assert formed(caps("R1"), EARLY, LATE).deferred.is_empty()


def test_a_visit_of_an_earlier_round_stays_and_counts():
    later = {**EARLY, "serial": TWO, "task_id": "T009", "plan_row_id": "R9", "item_code": "WJ-002"}
    result = formed(caps(), LATE, later)
    # Even against a key check that would have come first: the round before is fixed.
    assert deferred_rows(result) == ["R9"]
    assert result.kept["serial"].to_list() == [ONE]


def test_papers_open_no_door_and_do_not_count():
    assert formed(caps(), EARLY, {**LATE, "is_on_site": False}).deferred.is_empty()


def test_an_item_is_checked_no_more_often_than_its_list_says_door_or_not():
    first, second = {**EARLY, "item_code": "WJ-003"}, {**LATE, "item_code": "WJ-003", "is_on_site": False}
    result = formed(caps(health=5), first, second)
    assert result.deferred.select("plan_row_id", "cap_kind", "cap").rows() == [("R2", "item", 1)]


def test_two_rows_of_one_visit_check_an_item_once():
    same = {**EARLY, "plan_row_id": "R2", "item_code": "WJ-003"}
    assert formed(caps(), {**EARLY, "item_code": "WJ-003"}, same).deferred.is_empty()


@pytest.mark.parametrize(
    ("change", "is_exempt"),
    [
        ({}, False),
        ({"note": "双随机"}, False),
        ({"note": "上级交办的专项检查"}, True),
        ({"task_name": "整改复查"}, True),
        ({"task_name": "投诉举报核查"}, True),
    ],
)
def test_a_cause_is_read_from_the_task_name_or_the_note(change, is_exempt):
    words = ["投诉举报", "案件线索", "上级交办", "复查"]
    assert exempt_rows(samples.submitted(change), words) == (["R1"] if is_exempt else [])


def test_nothing_owed_gives_empty_tables():
    result = formed(caps())
    assert (result.kept.height, result.deferred.height) == (0, 0)
    assert "visit_id" in result.kept.columns


MONTHS = [("03-05", "03-31"), ("03-20", "04-30"), ("04-10", "06-30"), ("08-01", "09-30")]
ROW = st.tuples(
    st.sampled_from([ONE, TWO]),
    st.sampled_from([SHOP, INN]),
    st.sampled_from(MONTHS),
    st.sampled_from([(HEALTH, "WJ-001"), (HEALTH, "WJ-002"), (HEALTH, "WJ-003"), (POLICE, "GA-001")]),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=10), limit=st.integers(1, 2), exempt=st.sampled_from([(), ("R1",), ("R2", "R3")]))
def test_nothing_is_lost_nobody_is_over_a_cap_and_causes_stay(rows, limit, exempt):
    checks = owed(
        *(
            {
                "serial": serial,
                "object_id": object_id,
                "starts_on": day(first),
                "ends_on": day(last),
                "department": department,
                "item_code": item,
                "is_on_site": is_on_site,
                "plan_row_id": f"R{number}",
                "task_id": f"T{number:03d}",
            }
            for number, (serial, object_id, (first, last), (department, item), is_on_site) in enumerate(rows)
        )
    )
    limits = caps(*exempt, health=limit, police=1)
    result = within_caps(checks, samples.submitted(), limits, max_items=3)
    told = pl.concat([result.kept.select(CHECK), result.deferred.select(CHECK)])
    assert told.sort(CHECK).equals(checks.select(CHECK).sort(CHECK))
    assert over_caps(result.kept, limits).is_empty()
    assert not set(result.deferred["plan_row_id"]) & set(exempt)
    first = checks.filter(pl.col("serial") == ONE)
    alone = within_caps(first, samples.submitted(), limits, max_items=3)
    assert result.kept.filter(pl.col("serial") == ONE).equals(alone.kept)

import polars as pl
import pytest

from onevisit.plan.scope import WHOLE_LIST
from onevisit.supervision.records import records
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.samples import DUE, HEALTH, POLICE, TODAY, case


def frames(objects=None, inspectors=None, **more):
    one = case(objects or {POLICE: [{}]}, inspectors or {POLICE: [{}, {}]}, **more)
    return records(one.registers, today=TODAY, due=DUE)


@pytest.mark.parametrize(
    ("phone", "shape"),
    [
        ("13912345678", "1**********"),
        (" 0825-6888618 ", "0***-*******"),
        ("１３９ 1234 5678", "1**********"),
        ("", None),
    ],
)
def test_of_a_phone_only_its_shape_is_kept(phone, shape):
    assert frames({POLICE: [{"phone": phone}]})["objects"]["phone"].to_list() == [shape]


@pytest.mark.parametrize("grain", ["objects", "subjects", "register", "inspectors", "items", "plan"])
def test_no_frame_holds_anything_personal(grain):
    told = records(samples.dirty().registers, today=TODAY, due=DUE)[grain].write_json()
    assert not [value for value in samples.PERSONAL if value in told]


def test_rows_of_one_object_count_up_within_a_department_and_not_across():
    same = {"s_object_id": samples.code(1)}
    found = frames({POLICE: [same, {}, same], HEALTH: [same]})["objects"].sort("department", "row")
    assert found.filter(pl.col("department") == POLICE)["repeat"].to_list() == [1, 1, 2]
    assert found.filter(pl.col("department") == HEALTH)["repeat"].to_list() == [1]
    assert found.filter(pl.col("repeat") == 2)["twin"].to_list() == ["检查对象名录.csv第2行"]


def test_an_item_for_everybody_reaches_untagged_objects_and_only_living_ones_are_asked():
    found = frames(
        {POLICE: [{"s_tags": []}, {"o_is_living": False, "o_state": "注销"}]},
        items=[{"department": POLICE, "item_code": "GA-002", "tags": [WHOLE_LIST]}],
    )
    assert found["objects"]["item_count"].to_list() == [1, None]
    assert found["items"].select("record", "object_count").rows() == [("GA-001", 0), ("GA-002", 1)]


def test_an_object_whose_place_a_successor_took_has_left_in_every_count():
    found = frames({POLICE: [{}, {"o_is_living": False, "o_state": "存续"}, {"o_is_living": False, "o_state": "注销"}]})
    assert sorted(found["register"]["state"]) == ["存续", "已接续", "注销"]


def test_a_product_is_not_asked_for_what_only_a_subject_has():
    found = frames(
        {POLICE: [{}, {"o_object_kind": "产品", "s_tags": []}]},
        items=[{"department": POLICE, "item_code": "GA-002", "tags": [WHOLE_LIST]}],
    )
    assert found["subjects"]["row"].to_list() == [2]
    assert found["objects"]["item_count"].to_list() == [2, 0]


def test_an_items_objects_are_looked_for_on_its_own_departments_list():
    found = frames({POLICE: [{"s_tags": ["网吧"]}], HEALTH: [{}]})["items"]
    assert dict(found.select("record", "object_count").rows()) == {"GA-001": 0, "WJ-001": 1}


def test_a_team_comes_from_the_items_own_department():
    helper = {"person_id": "P-X", "item_codes": ["WJ-001"]}
    found = frames({POLICE: [{}], HEALTH: [{}]}, {POLICE: [helper, {}], HEALTH: [{}, {"is_eligible": False}]})["items"]
    assert dict(found.select("record", "eligible_count").rows()) == {"GA-001": 1, "WJ-001": 1}


def test_a_person_listed_twice_for_an_item_counts_once():
    found = frames(inspectors={POLICE: [{"person_id": "P-1"}, {"person_id": "P-1"}]})["items"]
    assert found["eligible_count"].to_list() == [1]


def test_only_officers_are_asked_for_a_certificate():
    daily = {"person_kind": "日常监管人员", "certificate_no": None, "certificate_valid_to": None, "is_eligible": False}
    found = frames(inspectors={POLICE: [daily, {}]})["inspectors"]
    assert found["certificate"].to_list() == [None, "已填报"]
    assert found["eligible"].to_list() == [None, "是"]


def test_a_plan_row_refused_for_two_reasons_is_one_row():
    refused = {
        "plan_row_id": "GA-9",
        "department": POLICE,
        "file": samples.PLAN_FILE,
        "sheet": "计划",
        "row": 9,
        "column": "",
        "value": "",
        "code": "P012",
        "reason": "甲",
        "fix": "乙",
    }
    found = frames(plan_refused=[refused, {**refused, "code": "P013"}])["plan"]
    assert found.select("record", "standing").rows() == [("GA-2027-001", "通过"), ("GA-9", "退回")]

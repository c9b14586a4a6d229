import datetime as dt

import polars as pl
import pytest

import checks.registries as promises
from onevisit.filings.tables import Accounting
from onevisit.registries.tables import (
    Changes,
    Inspectors,
    InspectorSources,
    Interests,
    ItemDrift,
    Items,
    ObjectFields,
    Objects,
    ObjectSources,
    Signals,
    Successors,
)
from onevisit.tables import Table, columns_of, conform, polars_schema
from tests.onevisit.registries.samples import MARKET, uscc


def frame(model: type[Table], *rows: dict[str, object]) -> pl.DataFrame:
    """Return a frame of a model; columns a test is not about are null or empty."""
    schema = polars_schema(model)
    filled = [{column.name: row.get(column.name) for column in columns_of(model)} for row in rows]
    return conform(model, pl.DataFrame(filled, schema=schema))


PLACE = {"department": MARKET, "file": "a.csv", "sheet": ""}


def accounting(kind: str, kept: int) -> pl.DataFrame:
    return frame(Accounting, {**PLACE, "kind": kind, "read_count": kept, "kept_count": kept})


@pytest.mark.parametrize(
    ("model", "kind", "check"),
    [
        (ObjectSources, "objects", promises.every_kept_object_row_belongs_to_one_object),
        (InspectorSources, "inspectors", promises.every_kept_inspector_row_belongs_to_one_person),
    ],
)
def test_a_row_that_is_lost_or_doubled_is_found(model, kind, check):
    rows = [{**PLACE, "row": 2}, {**PLACE, "row": 3}]
    assert check.judge(accounting(kind, 2), frame(model, *rows)).is_empty()
    assert check.judge(accounting(kind, 3), frame(model, *rows)).height == 1
    assert check.judge(accounting(kind, 2), frame(model, rows[0], rows[0])).height == 1
    assert check.judge(accounting(kind, 0), frame(model, rows[0])).height == 1
    assert check.judge(accounting("plan", 5), frame(model)).is_empty()


def test_two_trusted_codes_in_one_object_or_one_in_two_are_found():
    def filed(object_id: str, code: str, *, is_trusted: bool) -> dict[str, object]:
        return {"object_id": object_id, "code_kind": "uscc", "code": code, "is_code_trusted": is_trusted}

    check = promises.no_two_trusted_codes_are_one_object.judge
    own, other = filed(uscc(1), uscc(1), is_trusted=True), filed(uscc(1), uscc(2), is_trusted=True)
    assert check(frame(ObjectSources, own, other))["code"].to_list() == [uscc(1), uscc(2)]
    torn = filed("DY-0123456789", uscc(1), is_trusted=True)
    assert check(frame(ObjectSources, own, torn)).height == 2
    doubted = filed(uscc(1), uscc(2), is_trusted=False)
    assert check(frame(ObjectSources, own, own, doubted)).is_empty()


def test_an_object_without_its_records_is_found():
    check = promises.every_object_is_made_of_its_records.judge
    sources = frame(ObjectSources, {"object_id": "DY-1"}, {"object_id": "DY-1"})
    assert check(frame(Objects, {"object_id": "DY-1", "record_count": 2}), sources).is_empty()
    assert check(frame(Objects, {"object_id": "DY-1", "record_count": 1}), sources).height == 1
    assert check(frame(Objects), sources).height == 1
    assert check(frame(Objects, {"object_id": "DY-2", "record_count": 1}), frame(ObjectSources)).height == 1


@pytest.mark.parametrize(
    ("object_id", "code", "is_sound"),
    [
        (uscc(1), uscc(1), True),
        ("DY-0123456789", None, True),
        (uscc(1), None, True),
        (uscc(1), uscc(2), False),
        ("92510923MA6000010X", "92510923MA6000010X", False),
        ("DY-0123456789", uscc(1), False),
        ("0123456789", None, False),
    ],
)
def test_an_id_the_draw_cannot_use_is_found(object_id, code, is_sound):
    broken = promises.every_object_id_can_be_drawn.judge(frame(Objects, {"object_id": object_id, "uscc": code}))
    assert broken.is_empty() is is_sound


NAME = {
    "object_id": "DY-1",
    "field": "name",
    "value": "云诚超市",
    "is_chosen": True,
    "why": "登记机关所填",
    **PLACE,
    "row": 2,
}


def test_a_field_with_two_values_taken_is_found():
    check = promises.one_value_of_a_field_is_taken.judge
    lost = {**NAME, "row": 3, "is_chosen": False}
    assert check(frame(ObjectFields, NAME, lost, {**NAME, "field": "town"}, {**NAME, "object_id": "DY-2"})).is_empty()
    assert check(frame(ObjectFields, NAME, {**NAME, "row": 3})).height == 2


def test_a_value_that_was_not_taken_or_is_not_in_the_register_is_found():
    check = promises.the_register_says_what_was_taken.judge
    day = {**NAME, "field": "opened_on", "value": "2020-01-02"}
    known = {"object_id": "DY-1", "name": "云诚超市", "opened_on": dt.date(2020, 1, 2)}
    assert check(frame(Objects, known), frame(ObjectFields, NAME, day)).is_empty()
    assert check(frame(Objects, known), frame(ObjectFields, NAME)).rows() == [("DY-1", "opened_on")]
    assert check(frame(Objects, {**known, "opened_on": None}), frame(ObjectFields, NAME, day)).height == 1
    assert check(frame(Objects, {**known, "name": "别的名称"}), frame(ObjectFields, NAME, day)).height == 1


def test_somebody_who_is_followed_and_still_drawn_is_found():
    check = promises.who_is_followed_is_known_and_not_drawn.judge
    link = {"object_id": "DY-2", "successor_of": "DY-1"}
    old, new = {"object_id": "DY-1", "is_living": False}, {"object_id": "DY-2", "is_living": True}
    assert check(frame(Successors, link), frame(Objects, old, new)).is_empty()
    assert check(frame(Successors, link), frame(Objects, {**old, "is_living": True}, new)).height == 1
    assert check(frame(Successors, link), frame(Objects, old)).height == 1
    assert check(frame(Successors, link), frame(Objects, new)).height == 1


@pytest.mark.parametrize(
    ("links", "count"),
    [
        (["BA", "CB", "DC"], 0),
        (["AA"], 1),
        (["BA", "AB"], 2),
        (["BA", "CB", "AC", "DC"], 4),
        (["CA", "CB"], 2),
        (["BA", "CA"], 2),
    ],
)
def test_a_circle_or_a_fork_among_successors_is_found(links, count):
    rows = [{"object_id": link[0], "successor_of": link[1]} for link in links]
    assert promises.nobody_follows_twice_or_in_a_circle.judge(frame(Successors, *rows)).height == count


def test_who_answers_must_be_a_subject_of_the_register():
    check = promises.whoever_answers_is_a_subject_of_the_register.judge
    firm = {"object_id": uscc(1), "object_kind": "企业"}
    project = {"object_id": "DY-1", "object_kind": "项目", "subject_id": uscc(1)}
    assert check(frame(Objects, firm, project)).is_empty()
    assert check(frame(Objects, project)).height == 1
    assert check(frame(Objects, {**firm, "subject_id": uscc(1)})).height == 1
    assert check(frame(Objects, {"object_id": uscc(1), "object_kind": "产品"}, project)).height == 1


def test_a_thing_nobody_answers_for_is_found_with_the_reason():
    check = promises.somebody_answers_for_every_thing.judge
    project = {"object_id": "DY-1", "object_kind": "项目", "name": "下街工程"}
    why = "名录库中没有这个主体，或者不止一个"
    named = {**NAME, "field": "subject_id", "is_chosen": False, "why": why}
    assert check(frame(Objects, {**project, "subject_id": uscc(1)}), frame(ObjectFields)).is_empty()
    assert check(frame(Objects, {**project, "object_kind": "场所"}), frame(ObjectFields)).is_empty()
    assert check(frame(Objects, project), frame(ObjectFields, named)).select("row", "reason").rows() == [(2, why)]
    [reason] = check(frame(Objects, project), frame(ObjectFields, NAME))["reason"]
    assert reason.startswith("没有填报责任主体")


def test_a_change_that_is_missing_or_too_many_is_found():
    check = promises.changes_lead_from_last_year_to_this.judge
    before = frame(Objects, *({"object_id": one} for one in ("A", "B", "C", "D")))
    now = frame(Objects, *({"object_id": one} for one in ("A", "E", "F", "G")))
    told = [
        {"object_id": "B", "change": "gone"},
        {"object_id": "A", "change": "merged", "before": "C", "after": "A"},
        {"object_id": "E", "change": "recoded", "before": "D", "after": "E"},
        {"object_id": "F", "change": "new"},
        {"object_id": "G", "change": "split", "before": "A", "after": "G"},
        {"object_id": "A", "change": "renamed", "before": "甲", "after": "乙"},
    ]
    assert check(frame(Changes, *told), now, before).is_empty()
    for number in range(5):
        assert check(frame(Changes, *told[:number], *told[number + 1 :]), now, before).height > 0
    assert check(frame(Changes, *told, {"object_id": "A", "change": "new"}), now, before)["object_id"].to_list() == [
        "A"
    ]


def test_in_a_first_year_any_change_is_one_too_many():
    check = promises.changes_lead_from_last_year_to_this.judge
    nobody, now = frame(Objects), frame(Objects, {"object_id": "A"})
    assert check(frame(Changes), now, nobody).is_empty()
    assert check(frame(Changes, {"object_id": "A", "change": "new"}), now, nobody).height == 1


def test_an_item_no_row_grants_is_found():
    check = promises.every_person_is_made_of_their_rows.judge
    sources = frame(
        InspectorSources, {"person_id": "P-0001", "item_codes": ["A-1"]}, {"person_id": "P-0001", "item_codes": ["B-1"]}
    )
    assert check(frame(Inspectors, {"person_id": "P-0001", "item_codes": ["A-1", "B-1"]}), sources).is_empty()
    assert check(frame(Inspectors, {"person_id": "P-0001", "item_codes": ["A-1", "C-1"]}), sources).height == 1
    assert check(frame(Inspectors), sources).height == 1


def test_one_id_number_under_two_people_is_found_and_not_shown():
    check = promises.no_id_number_is_two_people.judge
    assert check(frame(Inspectors, {"person_id": "P-0001"}, {"person_id": "P-0002"})).is_empty()
    broken = check(
        frame(Inspectors, {"person_id": "P-0001", "person_key": "k"}, {"person_id": "P-0002", "person_key": "k"})
    )
    assert broken.columns == ["person_id"]
    assert broken.height == 2


def test_an_item_off_the_list_in_a_scope_is_found():
    people = frame(Inspectors, {"person_id": "P-0001", "item_codes": ["SCJG-001", "SCJG-777"]}, {"person_id": "P-0002"})
    broken = promises.inspectors_check_items_of_the_list.judge(people, frame(Items, {"item_code": "SCJG-001"}))
    assert broken.rows() == [("P-0001", "SCJG-777")]


def test_a_signal_that_is_lost_is_found():
    check = promises.every_kept_signal_is_on_the_register.judge
    assert check(accounting("complaints", 1), frame(Signals, PLACE)).is_empty()
    assert check(accounting("credit", 2), frame(Signals, PLACE)).height == 1


def test_two_counted_classes_of_one_object_are_found():
    check = promises.an_object_has_one_credit_class.judge
    one = {"object_id": uscc(1), "kind": "credit", "is_counted": True}
    assert check(frame(Signals, one, {**one, "is_counted": False}, {**one, "kind": "complaint"})).is_empty()
    assert check(frame(Signals, one, one)).height == 2
    assert check(frame(Signals, {**one, "object_id": None})).height == 1


def test_what_names_nobody_known_waits_for_a_clerk():
    known = {"person_id": "P-0001", "object_id": uscc(1), "file": "a.csv"}
    check = promises.interests_name_known_people_and_objects.judge
    assert check(frame(Interests, known, {**known, "person_id": None, "expert_id": "1"})).is_empty()
    assert check(frame(Interests, {**known, "person_id": None}, {**known, "object_id": None})).height == 2
    signals = frame(Signals, {"object_id": uscc(1)}, {"object_id": None})
    assert promises.signals_name_known_objects.judge(signals).height == 1


def test_a_declaration_that_is_lost_is_found_and_what_the_data_show_is_not_counted():
    check = promises.every_declared_interest_is_kept.judge
    found = {"department": MARKET, "relation": "同一电话"}
    assert check(accounting("interests", 1), frame(Interests, PLACE, found)).is_empty()
    assert check(accounting("interests", 2), frame(Interests, PLACE, found)).height == 1


def test_every_difference_of_a_filed_list_warns():
    drift = frame(ItemDrift, {"department": MARKET, "item_code": "SCJG-001", "problem": "tier"})
    assert promises.filed_lists_agree_with_the_record.judge(drift).height == 1

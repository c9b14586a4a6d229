import polars as pl
import pytest

import checks.registries as promises
from onevisit.filings.tables import Accounting
from onevisit.registries.tables import (
    Inspectors,
    InspectorSources,
    Interests,
    ItemDrift,
    Items,
    Objects,
    ObjectSources,
    Signals,
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


def test_a_code_swallowed_by_another_object_is_found():
    sources = frame(
        ObjectSources,
        {"object_id": uscc(1), "code_kind": "uscc", "code": uscc(1)},
        {"object_id": uscc(1), "code_kind": "uscc", "code": uscc(2)},
        {"object_id": uscc(1), "code_kind": "none", "code": ""},
    )
    check = promises.no_two_trusted_codes_are_one_object.judge
    one = {"object_id": uscc(1), "uscc": uscc(1)}
    assert check(frame(Objects, one), sources)["code"].to_list() == [uscc(2)]
    assert check(frame(Objects, one, {"object_id": uscc(2), "uscc": uscc(2)}), sources).is_empty()


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
        (uscc(1), None, False),
        (uscc(1), uscc(2), False),
        ("92510923MA6000010X", "92510923MA6000010X", False),
        ("DY-0123456789", uscc(1), False),
        ("0123456789", None, False),
    ],
)
def test_an_id_the_draw_cannot_use_is_found(object_id, code, is_sound):
    broken = promises.every_object_id_can_be_drawn.judge(frame(Objects, {"object_id": object_id, "uscc": code}))
    assert broken.is_empty() is is_sound


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

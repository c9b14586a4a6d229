import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.errors import RefusedError
from onevisit.registries.inspectors import inspector_sources, inspectors
from onevisit.registries.tables import Inspectors, InspectorSources
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, filed

LI = {"name": "李明", "person_key": "k1", "certificate_no": "23510923000001", "phone_key": "p1"}


def people(*rows: dict[str, str | None]):
    frame = filed("inspectors", *rows)
    sources = inspector_sources(frame)
    InspectorSources.validate(sources, lazy=True)
    table = inspectors(frame, sources, year=2027, retirement_age=60)
    Inspectors.validate(table, lazy=True)
    return sources, table


@pytest.mark.parametrize(
    ("other", "matched_by"),
    [
        ({"name": "李鸣", "person_key": "k1"}, "id"),
        ({"name": "李 明", "certificate_no": "川5109-23000001"}, "certificate"),
        ({"name": "李明", "certificate_no": "235109 23000001"}, "certificate"),
        ({"name": "李明", "certificate_no": None, "phone_key": "p1"}, "phone"),
    ],
)
def test_two_rows_of_one_person_are_brought_together(other, matched_by):
    sources, table = people(LI, {"department": TAX, **other})
    assert table.height == 1
    assert sources["matched_by"].to_list() == [matched_by] * 2
    assert table["departments"].to_list() == [[MARKET, TAX]]


def test_a_masked_id_number_and_the_name_are_one_person():
    seen = {"name": "李明", "certificate_no": None, "id_masked": "510923********681X"}
    assert people({**seen, "person_key": "k1"}, {**seen, "department": TAX})[1].height == 1


def test_a_fully_masked_id_number_tells_nothing():
    hidden = {"name": "李明", "certificate_no": None, "id_masked": "********"}
    assert people(hidden, {**hidden, "department": TAX})[1].height == 2


@pytest.mark.parametrize(
    "other",
    [
        {"person_key": "k2"},
        {"name": "王强", "person_key": None},
        {"person_key": None, "certificate_no": "23510923000009", "phone_key": "p9", "department": TAX},
    ],
)
def test_other_people_stay_apart(other):
    assert people(LI, {**LI, **other})[1].height == 2


def test_the_same_name_in_one_department_is_one_person():
    assert people(LI, {"name": "李明", "certificate_no": None})[0]["matched_by"].to_list() == ["name_department"] * 2


def test_scope_and_qualifications_are_the_union_without_the_word_for_none():
    _, table = people(
        {**LI, "item_codes": "SCJG-002，SCJG-001", "qualifications": "无"},
        {**LI, "department": TAX, "item_codes": "tax-001", "qualifications": "药品检查员、食品检查员"},
    )
    assert table["item_codes"].to_list() == [["SCJG-001", "SCJG-002", "TAX-001"]]
    assert table["qualifications"].to_list() == [["药品检查员", "食品检查员"]]


def test_a_person_has_the_certificate_that_is_valid_longest():
    _, table = people(
        {**LI, "certificate_valid_to": "2026-01-01"},
        {**LI, "certificate_no": "23510923000002", "certificate_valid_to": "2030-01-01"},
        {**LI, "certificate_no": None, "certificate_valid_to": "2035-01-01"},
    )
    assert table["certificate_no"].to_list() == ["23510923000002"]
    assert table["is_eligible"].to_list() == [True]


@pytest.mark.parametrize(
    ("change", "is_eligible"),
    [
        ({}, True),
        ({"status": "失效"}, False),
        ({"person_kind": "日常监管人员"}, False),
        ({"person_kind": None}, False),
        ({"person_kind": "专家"}, False),
        ({"person_kind": "行政执法类公务员"}, True),
        ({"certificate_no": None}, False),
        ({"certificate_valid_to": "2026-12-31"}, False),
        ({"certificate_valid_to": "2027-01-01"}, True),
        ({"certificate_valid_to": None}, False),
        ({"unavailability": "长期病假"}, False),
        ({"unavailability": "无"}, True),
        ({"birth_year": "1968"}, True),
        ({"birth_year": "1967"}, False),
    ],
)
def test_who_may_go_out_in_the_year(change, is_eligible):
    assert people({**LI, **change})[1]["is_eligible"].to_list() == [is_eligible]


def test_one_list_that_says_no_is_enough():
    assert people(LI, {**LI, "department": TAX, "status": "失效"})[1]["is_eligible"].to_list() == [False]
    assert people(LI, {**LI, "department": TAX, "unavailability": "借调"})[1]["unavailability"].to_list() == ["借调"]


def test_who_is_an_officer_in_one_list_is_an_officer():
    assert people({**LI, "person_kind": "日常监管人员"}, {**LI, "department": TAX})[1]["is_eligible"].to_list() == [
        True
    ]


def test_an_unknown_kind_of_person_is_refused_with_its_place():
    with pytest.raises(RefusedError) as refused:
        people(LI, {"name": "王强", "person_kind": "协管员"})
    [one] = refused.value.problems
    assert (one.code, one.file, one.row, one.value) == ("R001", f"{MARKET}/inspectors.csv", 3, "协管员")
    assert "王强" not in str(refused.value)


ROW = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH]),
        "name": st.sampled_from(["李明", "王强"]),
        "person_key": st.sampled_from([None, "k1", "k2"]),
        "certificate_no": st.sampled_from([None, "23510923000001", "川5109-23000001", "23510923000002"]),
        "phone_key": st.sampled_from([None, "p1"]),
        "source_id": st.sampled_from([None, "1", "2"]),
        "item_codes": st.sampled_from(["SCJG-001", "SCJG-002,SCJG-001"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=8), st.integers(0, 10**6))
def test_people_do_not_depend_on_the_order_of_rows_and_id_numbers_stay_apart(rows, seed):
    frame = filed("inspectors", *rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    sources = inspector_sources(frame)
    table = inspectors(frame, sources, year=2027, retirement_age=60)
    assert sources.equals(inspector_sources(shuffled))
    assert table.equals(inspectors(shuffled, sources, year=2027, retirement_age=60))
    assert sources.height == frame.height
    by_row = sources.join(frame.select("department", "file", "row", "person_key"), on=["department", "file", "row"])
    keyed = by_row.drop_nulls("person_key").unique(["person_id", "person_key"])
    assert not keyed["person_id"].is_duplicated().any()
    assert not keyed["person_key"].is_duplicated().any()

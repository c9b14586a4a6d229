import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.errors import RefusedError
from onevisit.registries.ids import ID_COLUMNS, RECORD_COLUMNS
from onevisit.registries.inspectors import inspector_sources, inspectors
from onevisit.registries.tables import Inspectors, InspectorSources
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, filed, people_of

LI = {"name": "李明", "person_key": "k1", "certificate_no": "23510923000001", "phone_key": "p1"}
NOTHING = (pl.DataFrame(schema=ID_COLUMNS), pl.DataFrame(schema=RECORD_COLUMNS))


@pytest.fixture
def people(county):
    """Return the crosswalk and the register of a first year."""

    def of(*rows: dict[str, str | None]) -> tuple[pl.DataFrame, pl.DataFrame]:
        frame = filed("inspectors", *rows)
        sources = people_of(frame, county)
        InspectorSources.validate(sources, lazy=True)
        table = inspectors(frame, sources, year=2027, retirement_age=60)
        Inspectors.validate(table, lazy=True)
        return sources, table

    return of


def test_rows_of_one_person_are_brought_together_whoever_files_them(people):
    sources, table = people(LI, {**LI, "name": "李 明", "person_key": None, "department": TAX})
    assert sources.select("person_id", "matched_by").rows() == [("P-0001", "certificate")] * 2
    assert table["departments"].to_list() == [[MARKET, TAX]]


def test_a_person_keeps_the_id_when_digests_and_certificate_are_others_next_year(county):
    first = filed("inspectors", {**LI, "source_id": "7"}, {"name": "王强", "source_id": "8", "department": TAX})
    _, known = inspector_sources(first, county, *NOTHING, year=2027)
    salted = {"name": "李明", "person_key": "other", "phone_key": "other", "certificate_no": "23510923000002"}
    second = filed("inspectors", {"name": "赵云", "source_id": "1"}, {**salted, "source_id": "7"})
    sources, now = inspector_sources(second, county, known.ids, known.records, year=2028)
    assert dict(sources.select("source_id", "person_id").iter_rows()) == {"7": "P-0001", "1": "P-0003"}
    assert now.ids.select("id", "first_year", "last_year", "state").rows() == [
        ("P-0001", 2027, 2028, "active"),
        ("P-0002", 2027, 2027, "gone"),
        ("P-0003", 2028, 2028, "active"),
    ]


def test_scope_and_qualifications_are_the_union_without_the_word_for_none(people):
    _, table = people(
        {**LI, "item_codes": "SCJG-002，SCJG-001", "qualifications": "无"},
        {**LI, "department": TAX, "item_codes": "tax-001", "qualifications": "药品检查员、食品检查员"},
    )
    assert table["item_codes"].to_list() == [["SCJG-001", "SCJG-002", "TAX-001"]]
    assert table["qualifications"].to_list() == [["药品检查员", "食品检查员"]]


def test_a_person_has_the_certificate_that_is_valid_longest(people):
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
def test_who_may_go_out_in_the_year(people, change, is_eligible):
    assert people({**LI, **change})[1]["is_eligible"].to_list() == [is_eligible]


def test_one_list_that_says_no_is_enough(people):
    assert people(LI, {**LI, "department": TAX, "status": "失效"})[1]["is_eligible"].to_list() == [False]
    assert people(LI, {**LI, "department": TAX, "unavailability": "借调"})[1]["unavailability"].to_list() == ["借调"]


def test_who_is_an_officer_in_one_list_is_an_officer(people):
    assert people({**LI, "person_kind": "日常监管人员"}, {**LI, "department": TAX})[1]["is_eligible"].to_list() == [
        True
    ]


def test_an_unknown_kind_of_person_is_refused_with_its_place(people):
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
def test_people_do_not_depend_on_the_order_of_rows_and_id_numbers_stay_apart(county, rows, seed):
    frame = filed("inspectors", *rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    sources = people_of(frame, county)
    table = inspectors(frame, sources, year=2027, retirement_age=60)
    assert sources.equals(people_of(shuffled, county))
    assert table.equals(inspectors(shuffled, sources, year=2027, retirement_age=60))
    assert sources.height == frame.height
    by_row = sources.join(frame.select("department", "file", "row", "person_key"), on=["department", "file", "row"])
    keyed = by_row.drop_nulls("person_key").unique(["person_id", "person_key"])
    assert not keyed["person_id"].is_duplicated().any()
    assert not keyed["person_key"].is_duplicated().any()

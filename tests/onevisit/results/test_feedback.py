"""Feedback: what was found this year says what happens next year, and where it comes from."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.county import PlanRules
from onevisit.registries.tables import ObjectIds
from onevisit.results.feedback import effect_text, feedback_of, under_new_ids
from onevisit.results.tables import RESULT_TYPES, UNFINISHED, Feedback
from onevisit.tables import frame_of
from tests.onevisit.results.made import feedback, findings
from tests.onevisit.visits.samples import INN, POLICE, SHOP, day

EFFECTS = PlanRules().feedback


def told(*rows: dict[str, object]) -> list[tuple[str, str, str]]:
    found = feedback_of(findings(*rows), EFFECTS, year=2027)
    Feedback.validate(found)
    return found.select("object_id", "ground", "effect").rows()


@pytest.mark.parametrize(
    ("result", "effect"),
    [
        ("未发现问题", "="),
        ("发现问题已责令改正", "="),
        ("发现问题待后续处理", "+1"),
        ("通过登记的住所（经营场所）无法联系", "C"),
        ("不配合检查情节严重", "D"),
        ("注销", "="),
    ],
)
def test_a_result_does_what_the_county_says(result: str, effect: str):
    assert told({"result_types": [result]}) == [(SHOP, result, effect)]


def test_a_disposal_that_goes_on_is_a_ground_of_its_own():
    assert told({"result_types": ["发现问题已责令改正"], "is_disposed": False}) == [
        (SHOP, "发现问题已责令改正", "="),
        (SHOP, UNFINISHED, "+1"),
    ]
    assert told({"is_disposed": False}) == [(SHOP, "未发现问题", "=")]


def test_an_explanation_names_the_year_who_found_it_in_which_task_and_what_follows():
    one = {"result_types": ["发现问题待后续处理"]}
    again = {**one, "department": POLICE, "item_code": "GA-001", "task_id": "T002", "checked_on": day("05-01")}
    [row] = feedback_of(findings(one, again), EFFECTS, year=2027).iter_rows(named=True)
    assert row["explanation"] == "2027年度县公安局、县卫生健康局检查（T001、T002）：发现问题待后续处理，提高一类"
    assert (row["checked_on"], row["finding_count"]) == (day("05-01"), 2)
    assert effect_text("C") == "至少按C类"


def test_a_business_that_was_merged_is_meant_by_its_new_id():
    ids = frame_of(
        ObjectIds,
        [
            {"object_id": SHOP, "first_year": 2027, "last_year": 2027, "state": "merged", "merged_into": INN},
            {"object_id": INN, "first_year": 2027, "last_year": 2028, "state": "active", "merged_into": None},
        ],
    )
    assert under_new_ids(feedback({}, {"object_id": INN}), ids)["object_id"].to_list() == [INN, INN]


@given(
    st.lists(
        st.tuples(st.sampled_from([SHOP, INN]), st.sampled_from(RESULT_TYPES), st.booleans()), min_size=1, max_size=6
    ),
    st.randoms(),
)
def test_every_result_is_told_whatever_the_order(results, random):
    rows = [{"object_id": one, "result_types": [kind], "is_disposed": done} for one, kind, done in results]
    found = feedback_of(findings(*rows), EFFECTS, year=2027)
    assert {(one, kind) for one, kind, _ in results} <= set(found.select("object_id", "ground").iter_rows())
    random.shuffle(rows)
    assert pl.DataFrame.equals(feedback_of(findings(*rows), EFFECTS, year=2027), found)


@pytest.mark.parametrize("state", ["entered", "checked", "returned", "withdrawn"])
def test_what_nobody_approved_or_what_was_withdrawn_is_held_against_nobody(state):
    found = findings({"result_types": ["发现问题待后续处理"], "audit_state": state})
    assert feedback_of(found, EFFECTS, year=2027).is_empty()

"""Findings: a filed row either answers an obligation or goes back with a reason."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.filings.rows import fields_of
from onevisit.results.findings import Judged, judge
from onevisit.results.progress import progress_of
from onevisit.results.tables import Findings, Progress, Refused
from onevisit.tables import conform
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, POLICE, SHOP, day

TODAY = day("06-01")
OWED = samples.obligations(
    {},
    {"department": POLICE, "item_code": "GA-001", "role": "partner"},
    {"object_id": INN, "ends_on": day("12-31")},
)


def filed(*rows: dict[str, Any]) -> pl.DataFrame:
    place: dict[str, Any] = {"department": HEALTH, "file": "检查结果.csv", "sheet": ""}
    values = {
        "plan_row_id": "R1",
        "task_id": "T001",
        "object_id": SHOP,
        "item_code": "WJ-001",
        "checked_on": "2027-03-15",
        "result_types": "未发现问题",
    }
    fields = dict.fromkeys(fields_of("results"))
    records = [{**place, "row": number, **fields, **values, **row} for number, row in enumerate(rows, start=2)]
    text = dict.fromkeys((*place, *fields), pl.String)
    return pl.DataFrame(records, schema={**text, "row": pl.Int64})


def judged(*rows: dict[str, Any]) -> Judged:
    return judge(filed(*rows), OWED, today=TODAY, publish_by=lambda on: on + dt.timedelta(days=28))


def test_a_result_that_answers_an_obligation_stands():
    found = judged({"problem": "无", "disposal": "无需后续处置"})
    Findings.validate(found.findings)
    assert found.refused.is_empty()
    finding = found.findings.row(0, named=True)
    assert (finding["object_id"], finding["checked_on"], finding["result_types"]) == (
        SHOP,
        day("03-15"),
        ["未发现问题"],
    )
    assert finding["is_disposed"]
    assert finding["publish_by"] == day("04-12")


@pytest.mark.parametrize(
    ("row", "code", "word"),
    [
        ({"object_id": "DY-0009"}, "E001", "递补"),
        ({"plan_row_id": "R7"}, "E002", "R1"),
        ({"department": POLICE}, "E003", HEALTH),
        ({"item_code": "WJ-009"}, "E004", "WJ-001"),
        ({"checked_on": ""}, "E005", "日期"),
        ({"checked_on": "2027-02-30"}, "E005", "日期"),
        ({"checked_on": "2027-06-02"}, "E006", "2027-06-01"),
        ({"checked_on": "2027-03-04"}, "E007", "2027-03-05"),
        ({"result_types": "合格"}, "E008", "合格"),
        ({"result_types": ""}, "E010", "检查结果"),
        ({"result_types": "未发现问题、注销"}, "E011", "未发现问题"),
        ({"disposal": "罚款"}, "E012", "责令改正"),
        ({"is_disposed": "大概"}, "E013", "是"),
    ],
)
def test_a_wrong_row_goes_back_with_its_reason_and_place(row: dict[str, Any], code: str, word: str):
    found = judged(row)
    Refused.validate(found.refused)
    assert found.findings.is_empty()
    refusal = found.refused.row(0, named=True)
    assert (found.refused.height, refusal["code"], refusal["row"]) == (1, code, 2)
    assert word in refusal["reason"] + refusal["fix"]


def test_all_that_is_wrong_with_a_row_is_said_at_once():
    found = judged({"object_id": "DY-0009", "checked_on": "", "result_types": "合格"})
    assert found.refused["code"].to_list() == ["E001", "E005", "E008"]


def test_the_second_result_of_a_check_goes_back_with_the_place_of_the_first():
    found = judged({}, {"result_types": "注销"})
    assert found.findings["row"].to_list() == [2]
    assert found.refused.select("code", "row").rows() == [("E009", 3)]
    assert "检查结果.csv 第2行" in found.refused["reason"][0]


def test_a_sound_result_stands_though_an_unsound_one_came_before():
    found = judged({"checked_on": ""}, {})
    assert found.findings["row"].to_list() == [3]
    assert found.refused["code"].to_list() == ["E005"]


def test_the_first_and_the_last_possible_day_are_good():
    assert judged({"checked_on": "2027-03-05"}).findings.height == 1
    assert judged({"checked_on": "2027年6月1日"}).findings.height == 1


def test_codes_in_full_width_or_small_letters_are_understood():
    assert judged({"object_id": "ｄｙ-0001", "item_code": "wj-001 "}).findings.height == 1


@pytest.mark.parametrize(
    ("types", "state", "expected"),
    [
        ("发现问题待后续处理", None, False),
        ("发现问题待后续处理", "是", True),
        ("注销", None, True),
    ],
)
def test_a_problem_is_open_until_somebody_says_otherwise(types: str, state: str | None, expected: bool):
    assert judged({"result_types": types, "is_disposed": state}).findings["is_disposed"].to_list() == [expected]


def test_no_rows_give_empty_tables():
    found = judged()
    assert (found.findings.height, found.refused.height) == (0, 0)
    Findings.validate(found.findings)


rows = st.fixed_dictionaries(
    {
        "object_id": st.sampled_from([SHOP, INN, "DY-0009"]),
        "department": st.sampled_from([HEALTH, POLICE]),
        "item_code": st.sampled_from(["WJ-001", "GA-001"]),
        "checked_on": st.sampled_from(["2027-03-15", "2027-01-01", "?"]),
    }
)


@given(st.lists(rows, max_size=8), st.randoms(use_true_random=False))
def test_every_row_is_a_finding_or_refused_in_whatever_order_it_comes(some: list[dict[str, Any]], random):
    frame = filed(*some)
    shuffled = list(range(len(some)))
    random.shuffle(shuffled)
    one, other = (
        judge(each, OWED, today=TODAY, publish_by=lambda on: on) for each in (frame, frame[shuffled] if some else frame)
    )
    assert one.findings.equals(other.findings)
    assert one.refused.equals(other.refused)
    sound, back = set(one.findings["row"]), set(one.refused["row"])
    assert sound | back == set(frame["row"])
    assert not sound & back


def test_progress_counts_what_is_due_done_found_and_overdue():
    found = judged({"result_types": "发现问题已责令改正"}).findings
    approved = found.with_columns(audit_state=pl.lit("approved"))
    table = conform(Progress, progress_of(OWED, approved, today=TODAY))
    assert table.rows() == [("T001", POLICE, 1, 0, 0, 0, 1), ("T001", HEALTH, 2, 1, 1, 1, 0)]


def test_what_is_checked_and_not_published_is_not_done():
    found = judged({"result_types": "发现问题已责令改正"}).findings
    table = conform(Progress, progress_of(OWED, found, today=TODAY))
    assert table.rows() == [("T001", POLICE, 1, 0, 0, 0, 1), ("T001", HEALTH, 2, 1, 0, 1, 1)]


@pytest.mark.parametrize("harmless", ["未发现问题", "注销", "未发现开展本次抽查涉及的经营活动"])
def test_a_harmless_result_is_no_problem_found(harmless: str):
    found = judged({"result_types": harmless}).findings
    assert progress_of(OWED, found, today=TODAY)["problem_count"].sum() == 0


def test_the_last_day_of_a_window_is_not_overdue():
    nothing = judged().findings
    assert progress_of(OWED, nothing, today=day("05-31"))["overdue_count"].sum() == 0
    assert progress_of(OWED, nothing, today=day("06-01"))["overdue_count"].sum() == 2

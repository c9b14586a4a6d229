"""The audit: two more persons, in turn, or nothing counts; whatever stands in the log."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.decisions import Entry, extended
from onevisit.errors import RefusedError
from onevisit.plan.signoff import current_approval, demonstration_entries
from onevisit.results.audit import KIND_OF, Step, history_of, in_force, step_entries
from onevisit.results.findings import Judged
from onevisit.results.tables import Findings, Refused
from onevisit.results.versions import (
    FOLLOWS,
    PLACE,
    SAID,
    batch_text,
    digest_of,
    fingerprint_of,
    read_batch,
    version_of,
)
from onevisit.tables import frame_of
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, SHOP, day

AT = "2027-03-20T09:00:00+08:00"
OWED = samples.obligations({})


def row(**change: Any) -> dict[str, Any]:
    one = {
        **dict.fromkeys((*SAID, *FOLLOWS)),
        "object_id": SHOP,
        "task_id": "T001",
        "plan_row_id": "R1",
        "item_code": "WJ-001",
        "department": HEALTH,
        "checked_on": day("03-15"),
        "result_types": ["未发现问题"],
        "inspectors": [],
        "is_disposed": True,
        "entered_by": "甲",
        **dict(zip(PLACE, ("检查结果.csv", "", 2), strict=True)),
        "version": 1,
        "audit_state": "entered",
        "is_filed": True,
        **change,
    }
    return one | {"digest": digest_of(one)}


def stepped(*steps: tuple[Step, str], of: dict[str, Any] | None = None):
    """Return the history after steps were written into the log, allowed or not."""
    text = batch_text([version_of(of or row())])
    fingerprint = fingerprint_of(text)
    entries = [Entry(AT, KIND_OF[step], by, "reviewer", "", "", details={"results": fingerprint}) for step, by in steps]
    return history_of(extended([], entries), {fingerprint: read_batch(fingerprint, text)})


def standing(history: Any, *filed: dict[str, Any]) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    return in_force(Judged(frame_of(Findings, list(filed)), frame_of(Refused, [])), history, OWED)


def test_a_batch_reads_back_as_it_was():
    version = version_of(row(dispose_by=day("04-01")))
    text = batch_text([version])
    assert read_batch(fingerprint_of(text), text) == [version]
    with pytest.raises(RefusedError, match="E031"):
        read_batch(fingerprint_of(text), text.replace("未发现问题", "注销"))


def test_where_a_row_was_filed_and_how_far_its_disposal_is_change_no_version():
    assert row(file="另一份.csv", is_disposed=False, disposed_on=day("04-01"))["digest"] == row()["digest"]
    assert row(result_types=["注销"])["digest"] != row()["digest"]


steps = st.lists(st.tuples(st.sampled_from(["check", "return", "approve"]), st.sampled_from("甲乙丙")), max_size=7)


@given(steps)
def test_nothing_is_approved_without_three_persons_in_turn(taken: list[tuple[Step, str]]):
    history = stepped(*taken)
    [finding], _ = standing(history, row())
    checked = [by for step, by in taken if step == "check" and by != "甲"]
    if finding["audit_state"] == "approved":
        [chain] = history.chains.values()
        assert len({"甲", history.checks[row()["digest"]].by, chain[0].record.by}) == 3
        assert checked
    assert history.state(row()["digest"]) == finding["audit_state"]


@given(steps, st.sampled_from(["check", "return", "approve"]), st.sampled_from("甲乙丙"))
def test_a_step_is_refused_just_where_it_would_not_count(taken: list[tuple[Step, str]], step: Step, by: str):
    history = stepped(*taken)
    before = dict(history.steps)
    try:
        step_entries(history, [version_of(row())], step, by=by, at=AT, why="看过", channel="test")
    except RefusedError:
        assert stepped(*taken, (step, by)).steps == before
    else:
        assert stepped(*taken, (step, by)).steps != before


def test_who_entered_a_result_does_not_approve_it_either():
    with pytest.raises(RefusedError, match="E033"):
        step_entries(stepped(("check", "乙")), [version_of(row())], "approve", by="甲", at=AT, channel="test")


def test_what_is_filed_after_the_approval_goes_back_and_what_was_approved_stands():
    history = stepped(("check", "乙"), ("approve", "丙"))
    [finding], refused = standing(history, row(result_types=["注销"]))
    assert (finding["result_types"], finding["is_filed"]) == (["未发现问题"], False)
    assert refused["code"].to_list() == ["E030"]


def test_the_disposal_goes_on_after_the_approval():
    history = stepped(("check", "乙"), ("approve", "丙"), of=row(is_disposed=False))
    [finding], refused = standing(history, row(is_disposed=True, disposed_on=day("04-01")))
    assert (finding["is_disposed"], finding["disposed_on"], refused.height) == (True, day("04-01"), 0)


def test_a_returned_result_says_why_until_it_is_filed_anew():
    text = batch_text([version_of(row())])
    entry = Entry(AT, "return_results", "乙", "reviewer", "", "与记录不符", details={"results": fingerprint_of(text)})
    history = history_of(extended([], [entry]), {fingerprint_of(text): read_batch(fingerprint_of(text), text)})
    [back], _ = standing(history, row())
    assert (back["audit_state"], back["returned_reason"]) == ("returned", "与记录不符")
    [anew], _ = standing(history, row(result_types=["注销"]))
    assert anew["audit_state"] == "entered"


def test_a_result_nobody_owes_any_more_is_not_shown():
    history = stepped(("check", "乙"), ("approve", "丙"))
    found, _ = in_force(Judged(frame_of(Findings, []), frame_of(Refused, [])), history, OWED.clear())
    assert found == []


def test_records_of_results_leave_the_plans_sign_off_alone():
    log = extended([], demonstration_entries([], "f" * 64, 2027))
    entry = Entry(AT, "approve_results", "丙", "approver", "", "", details={"results": "0" * 64})
    assert current_approval(extended(log, [entry]), "f" * 64) == log[-1]

"""The promises about results, each on a frame that keeps it and one that breaks it."""

from typing import Any

import polars as pl

from checks import results as promises
from onevisit.filings.tables import Accounting
from onevisit.results.tables import Corrections, Disposals, Findings, Overdue, Progress, Refused
from onevisit.tables import frame_of
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, SHOP, day

PLACE = {"department": HEALTH, "file": "检查结果.csv", "sheet": ""}
OWED = samples.obligations({})


def findings(*some: dict[str, Any]) -> pl.DataFrame:
    one = {
        **PLACE,
        "object_id": SHOP,
        "task_id": "T001",
        "plan_row_id": "R1",
        "item_code": "WJ-001",
        "checked_on": day("03-15"),
        "result_types": ["未发现问题"],
        "is_disposed": True,
        "row": 2,
        "audit_state": "approved",
        "is_filed": True,
        "version": 1,
        "published_on": day("03-20"),
    }
    return frame_of(Findings, [{**one, **change} for change in some])


def refused(*some: dict[str, Any]) -> pl.DataFrame:
    one = {**PLACE, "column": "检查结果", "value": "", "code": "E010", "reason": "空", "fix": "填", "row": 3}
    return frame_of(Refused, [{**one, **change} for change in some])


def kept(count: int) -> pl.DataFrame:
    counts = {"read_count": count, "kept_count": count, "refused_count": 0, "noted_count": 0}
    return frame_of(Accounting, [{**PLACE, "kind": "results", **counts}])


def progress(**change: Any) -> pl.DataFrame:
    counts = {"due_count": 1, "checked_count": 1, "done_count": 1, "problem_count": 0, "overdue_count": 0}
    return frame_of(Progress, [{"task_id": "T001", "department": HEALTH, **counts, **change}])


def test_a_filed_row_that_is_neither_or_both_is_found():
    judge = promises.every_filed_result_is_a_finding_or_refused.judge
    assert judge(kept(2), findings({}), refused({}, {"code": "E005"})).is_empty()
    assert judge(kept(3), findings({}), refused({})).height == 1
    assert judge(kept(2), findings({}), refused({"row": 2})).height == 1
    assert judge(kept(0).head(0), findings({}), refused()).height == 1


def test_a_finding_about_nothing_owed_or_a_second_one_is_found():
    judge = promises.every_finding_answers_one_obligation.judge
    assert judge(findings({}), OWED).is_empty()
    assert judge(findings({"item_code": "WJ-002"}), OWED).height == 1
    assert judge(findings({}, {"row": 3}), OWED).height == 2


def test_nothing_found_beside_something_found_is_found():
    judge = promises.nothing_found_stands_alone.judge
    assert judge(findings({}, {"result_types": ["注销", "迁出"]})).is_empty()
    assert judge(findings({"result_types": ["未发现问题", "注销"]}, {"result_types": []})).height == 2


def test_what_is_found_never_shows_the_problem_as_filed():
    broken = promises.nothing_found_stands_alone.judge(findings({"result_types": [], "problem": "内部情况"}))
    assert "problem" not in broken.columns


def test_progress_that_does_not_add_up_is_found():
    judge = promises.progress_adds_up.judge
    assert judge(progress(), OWED, findings({})).is_empty()
    assert judge(progress(due_count=2), OWED, findings({})).height == 1
    assert judge(progress(done_count=0), OWED, findings({})).height == 1
    assert judge(progress().head(0), OWED, findings()).height == 1


def test_an_overdue_check_is_found():
    assert promises.no_check_is_overdue.judge(progress()).is_empty()
    assert promises.no_check_is_overdue.judge(progress(overdue_count=1)).height == 1


CHECK = {"object_id": SHOP, "task_id": "T001", "plan_row_id": "R1", "department": HEALTH, "item_code": "WJ-001"}
NOBODY = ["通过登记的住所（经营场所）无法联系"]


def test_what_was_checked_where_nobody_opened_is_found():
    judge = promises.nobody_reached_is_nothing_checked.judge
    owed = samples.obligations({"visit_id": "01-DY-0001-01"}, {"visit_id": "01-DY-0001-01", "item_code": "WJ-002"})
    other = {"item_code": "WJ-002"}
    assert judge(findings({"result_types": NOBODY}, {**other, "result_types": [*NOBODY, "迁出"]}), owed).is_empty()
    assert judge(findings({"result_types": NOBODY}, {**other, "checked_on": day("03-16")}), owed).is_empty()
    assert judge(findings({"result_types": NOBODY}, other), owed).height == 2


def correction(version: int | None) -> pl.DataFrame:
    return frame_of(Corrections, [{**CHECK, "version": version}])


def test_a_public_result_without_its_days_is_found():
    judge = promises.every_published_result_has_its_days.judge
    none = correction(None)
    second = {"version": 2, "corrected_on": day("04-01"), "correction_note": "更正"}
    assert judge(findings({}), none).is_empty()
    assert judge(findings(second), correction(2)).is_empty()
    for wrong in ({"published_on": None}, {"audit_state": "checked"}, {"version": 2}, second):
        assert judge(findings(wrong), none).height == 1
    assert judge(findings(second | {"correction_note": None}), correction(2)).height == 1
    assert judge(findings({}), correction(2)).height == 1


def test_a_problem_without_its_disposal_is_found():
    judge = promises.every_problem_has_its_disposal.judge
    wrong = findings({"result_types": ["发现问题待后续处理"]})
    none = frame_of(Disposals, [])
    assert judge(none, findings({})).is_empty()
    assert judge(none, wrong).height == 1
    assert judge(frame_of(Disposals, [CHECK]), wrong).is_empty()
    assert judge(none, wrong.with_columns(disposal=pl.lit("无需后续处置"))).is_empty()


def late(**change: Any) -> pl.DataFrame:
    return frame_of(Overdue, [{**CHECK, "kind": "not_published", "due_on": day("04-01"), "days_over": 3, **change}])


def test_lateness_of_what_is_done_or_not_owed_is_found():
    judge = promises.what_is_late_is_owed_and_not_done.judge
    waiting = findings({"audit_state": "checked", "published_on": None})
    assert judge(late(), waiting, OWED).is_empty()
    assert judge(late(), findings({}), OWED).height == 1
    assert judge(late(kind="disposal_overdue"), findings({}), OWED).is_empty()
    assert judge(late(item_code="WJ-009"), waiting, OWED).height == 1
    assert judge(late(object_id=None, kind="not_started"), waiting, OWED).is_empty()


def test_anything_late_is_told():
    assert promises.nothing_is_late.judge(late()).height == 1
    assert promises.nothing_is_late.judge(late().head(0)).is_empty()

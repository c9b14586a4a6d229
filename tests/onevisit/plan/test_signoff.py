"""Sign-off: who may, what cancels it, and what does not."""

import polars as pl
import pytest

from onevisit.decisions import Entry, extended, log_text
from onevisit.errors import RefusedError
from onevisit.plan.signoff import (
    current_approval,
    decisions_table,
    demonstration_entries,
    plan_fingerprint,
    require_sign_off,
)
from onevisit.plan.tables import Decisions, Scope, TaskItems, Tasks
from onevisit.tables import frame_of

THIS, OTHER = "a" * 64, "b" * 64


def entry(kind="approve", role="reviewer", by="张三", fingerprint=THIS, at="2026-12-28T10:00:00+08:00") -> Entry:
    return Entry(at=at, kind=kind, by=by, role=role, plan_fingerprint=fingerprint, what="同意", why="已核对")


REVIEW = entry()
APPROVAL = entry(role="approver", by="李四")


def refusal(entries: list[Entry], fingerprint: str = THIS) -> str:
    with pytest.raises(RefusedError) as refused:
        require_sign_off(log_text(extended([], entries)), fingerprint)
    return refused.value.problems[0].code


def test_a_plan_is_signed_off_by_a_reviewer_and_then_another_person():
    log = extended([], [REVIEW, APPROVAL])
    assert require_sign_off(log_text(log), THIS) == log[1]
    assert current_approval(log, OTHER) is None


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "P061"),
        ([REVIEW], "P064"),
        ([APPROVAL], "P061"),
        ([APPROVAL, REVIEW], "P064"),
        ([REVIEW, entry(role="approver", by="张三")], "P064"),
        ([entry(fingerprint=OTHER), APPROVAL], "P061"),
        ([entry(fingerprint=OTHER), entry(role="approver", by="李四", fingerprint=OTHER)], "P062"),
        ([REVIEW, APPROVAL, entry(kind="withdraw", role="approver", by="李四")], "P063"),
        ([REVIEW, APPROVAL, entry(kind="decide")], "P063"),
        ([REVIEW, APPROVAL, entry(kind="decide", fingerprint=OTHER)], "P063"),
        ([REVIEW, APPROVAL, entry(role="approver", by="王五", fingerprint=OTHER)], "P063"),
        ([REVIEW, entry(kind="withdraw"), APPROVAL], "P063"),
        ([REVIEW, APPROVAL, entry(kind="withdraw"), entry(by="王五")], "P064"),
    ],
)
def test_nothing_less_or_later_counts_as_a_sign_off(entries: list[Entry], code: str):
    assert refusal(entries) == code


def test_a_withdrawn_plan_can_be_signed_off_again():
    log = extended([], [REVIEW, APPROVAL, entry(kind="withdraw"), REVIEW, APPROVAL])
    assert current_approval(log, THIS) == log[4]


def test_a_judgement_on_records_leaves_the_sign_off_as_it_stands():
    judgement = entry(kind="judge", role="judge", by="王五", fingerprint="")
    log = extended([], [REVIEW, judgement, APPROVAL, judgement])
    assert current_approval(log, THIS) == log[2]
    assert refusal([judgement]) == "P061"


def test_the_demonstration_marks_itself_and_runs_forward_in_time():
    log = extended([], demonstration_entries([], THIS, 2027))
    again = extended(log, demonstration_entries(log, OTHER, 2027))
    assert all(record.is_demonstration and "示例" in record.by for record in again)
    assert [record.at for record in again] == sorted({record.at for record in again})
    assert again[0].at.startswith("2026-12-28")
    assert current_approval(again, OTHER) == again[3]
    assert current_approval(again, THIS) is None


def test_the_log_as_a_table_keeps_its_contract():
    table = decisions_table(extended([], [REVIEW, APPROVAL]))
    Decisions.validate(table)
    assert table.select("seq", "details").rows() == [(1, "{}"), (2, "{}")]


@pytest.fixture(scope="module")
def plan(make_submitted):
    rows = make_submitted({"plan_row_id": "P1"}, {"plan_row_id": "P2", "towns": ["蓬莱镇", "隆盛镇"]})
    scope = frame_of(Scope, [{"plan_row_id": p, "object_id": o} for p in ("P1", "P2") for o in ("O-1", "O-2")])
    return rows, scope, frame_of(Tasks, []), frame_of(TaskItems, [])


def test_the_fingerprint_ignores_order_expectations_and_the_file_s_name(plan):
    rows, scope, tasks, items = plan
    moved = rows.with_columns(file=pl.lit("别名.xlsx"), row=pl.lit(99), expected_count=pl.lit(1.5))
    assert plan_fingerprint(moved.reverse(), scope.reverse(), tasks, items) == plan_fingerprint(*plan)


def test_the_fingerprint_sees_every_change_of_substance(plan):
    rows, scope, tasks, items = plan
    changed = [
        plan_fingerprint(rows.with_columns(rate_bp=pl.Series([[1000] * 5, [999] * 5])), scope, tasks, items),
        plan_fingerprint(rows.with_columns(towns=pl.Series([["蓬莱镇"], ["隆盛镇"]])), scope, tasks, items),
        plan_fingerprint(rows.with_columns(note=pl.lit("")), scope, tasks, items),
        plan_fingerprint(rows, scope.head(3), tasks, items),
        plan_fingerprint(rows.head(1), scope, tasks, items),
    ]
    assert len({plan_fingerprint(*plan), *changed}) == 6

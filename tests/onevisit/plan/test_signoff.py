"""Sign-off: who may, what cancels it, and that nobody can change the log unseen."""

import json

import polars as pl
import pytest

from onevisit.errors import RefusedError
from onevisit.plan.signoff import (
    Entry,
    current_approval,
    decisions_table,
    demonstration_entries,
    extended,
    log_text,
    parse_log,
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


def test_a_log_reads_back_as_it_was_written_and_grows_at_its_end_only():
    log = extended([], [REVIEW, APPROVAL])
    longer = extended(log, [entry(kind="withdraw")])
    assert parse_log(log_text(log)) == log
    assert log_text(longer).startswith(log_text(log))
    assert [record.seq for record in longer] == [1, 2, 3]
    assert longer[0].previous_hash == "0" * 64


def broken(text: str) -> str:
    with pytest.raises(RefusedError) as refused:
        parse_log(text)
    [one] = refused.value.problems
    assert one.code == "P060"
    return one.reason


def test_a_changed_record_is_found_with_its_number():
    lines = log_text(extended([], [REVIEW, APPROVAL, REVIEW])).splitlines(keepends=True)
    forged = json.dumps(
        {**json.loads(lines[1]), "by": "王五"}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert "第2条" in broken(lines[0] + forged + "\n" + lines[2])


def test_a_removed_swapped_inserted_or_cut_record_is_found():
    lines = log_text(extended([], [REVIEW, APPROVAL, REVIEW])).splitlines(keepends=True)
    assert "第2条" in broken(lines[0] + lines[2])
    assert "第1条" in broken(lines[1] + lines[0])
    assert "第2条" in broken(lines[0] + lines[0] + lines[1])
    assert "第3条" in broken("".join(lines)[:-5])
    assert "第1条" in broken("签批\n")
    assert "第1条" in broken("{}\n")


def test_a_rewritten_log_that_chains_by_itself_still_has_other_hashes():
    one, other = extended([], [REVIEW, APPROVAL]), extended([], [entry(by="王五"), APPROVAL])
    assert one[1].hash != other[1].hash


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
    assert table["seq"].to_list() == [1, 2]


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

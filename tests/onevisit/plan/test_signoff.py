"""Sign-off: who may, what cancels it, and what does not."""

import polars as pl
import pytest

from onevisit.decisions import Entry, extended, log_text
from onevisit.errors import RefusedError, problem
from onevisit.plan.signoff import (
    Signature,
    approvals,
    approve_entry,
    current_approval,
    decisions_table,
    demonstration_entries,
    plan_fingerprint,
    require_sign_off,
    standing,
    withdraw_entry,
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
        ([REVIEW, entry(role="approver", by="张 三")], "P064"),
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


def test_why_nothing_is_drawn_names_a_record_and_nobody():
    with pytest.raises(RefusedError) as refused:
        require_sign_off(log_text(extended([], [REVIEW])), THIS)
    [one] = refused.value.problems
    assert "第1条" in one.text("zh") and "record 1" in one.text("en")
    assert "张三" not in one.text("zh") + one.text("en")


def test_a_withdrawn_plan_can_be_signed_off_again():
    log = extended([], [REVIEW, APPROVAL, entry(kind="withdraw"), REVIEW, APPROVAL])
    assert current_approval(log, THIS) == log[4]


def test_a_judgement_on_records_leaves_the_sign_off_as_it_stands():
    judgement = entry(kind="judge", role="judge", by="王五", fingerprint="")
    log = extended([], [REVIEW, judgement, APPROVAL, judgement])
    assert current_approval(log, THIS) == log[2]
    assert refusal([judgement]) == "P061"


def sign(log, role, by, fingerprint=THIS, **more):
    more = {"at": "2026-12-28T10:00:00+08:00", "why": "已核对", "channel": "review page", **more}
    return extended(log, [approve_entry(log, fingerprint, Signature(by=by, role=role, **more), year=2027)])


def signed(log=(), fingerprint=THIS, note=""):
    return sign(sign(list(log), "reviewer", "张三", fingerprint), "approver", "李四", fingerprint, public_note=note)


def codes(call, *args, **more) -> list[str]:
    with pytest.raises(RefusedError) as refused:
        call(*args, **more)
    return [one.code for one in refused.value.problems]


def test_a_reviewer_signs_and_then_another_person_approves():
    log = signed()
    assert [(one.role, one.by, one.what) for one in log] == [
        ("reviewer", "张三", "同意本版2027年度抽查计划（审核）"),
        ("approver", "李四", "同意本版2027年度抽查计划（签批）"),
    ]
    stands = standing(log, THIS)
    assert (stands.reviews, stands.approval, stands.cancelled_by) == ((log[0],), log[1], None)


@pytest.mark.parametrize(
    ("before", "role", "by", "code"),
    [
        ([], "reviewer", " ", "P080"),
        ([], "approver", "李四", "P081"),
        ([REVIEW], "approver", "张三", "P082"),
        ([REVIEW], "approver", " 张三 ", "P082"),
        ([REVIEW], "approver", "张 三", "P082"),
        ([REVIEW], "approver", "张\u2060三", "P082"),
        ([entry(by="买买提·Ali")], "approver", "买买提．ａｌｉ", "P082"),
        ([REVIEW], "reviewer", "张　三", "P083"),
        ([REVIEW], "reviewer", "张三", "P083"),
        ([REVIEW, APPROVAL], "approver", "王五", "P083"),
        ([REVIEW, APPROVAL], "reviewer", "王五", "P083"),
        ([REVIEW, APPROVAL, entry(kind="decide")], "approver", "李四", "P081"),
    ],
)
def test_nobody_signs_alone_or_twice_or_without_a_name(before, role, by, code):
    assert codes(sign, extended([], before), role, by) == [code]


def test_two_reviewers_may_approve_for_each_other():
    log = sign(sign([], "reviewer", "张三"), "reviewer", "李四")
    assert current_approval(sign(log, "approver", "张三"), THIS)


def test_from_the_second_version_on_the_public_is_told_why():
    log = sign(signed(), "reviewer", "张三", OTHER)
    assert codes(sign, log, "approver", "李四", OTHER, public_note=" ") == ["P084"]
    later = sign(log, "approver", "李四", OTHER, public_note="新增两项抽查。")
    assert later[-1].details == {"public_note": "新增两项抽查。"}
    assert approvals(later) == [later[1], later[3]]


def test_a_first_version_withdrawn_and_signed_again_is_still_the_first():
    log = signed()
    gone = Signature(by="李四", role="approver", at="2026-12-29T10:00:00+08:00", why="有误")
    log = extended(log, [withdraw_entry(log, THIS, gone, year=2027)])
    assert standing(log, THIS).cancelled_by == log[2]
    assert approvals(signed(log)) == [log[1], signed(log)[4]]


def test_a_public_note_holds_nothing_personal():
    log = sign([], "reviewer", "张三")
    assert codes(sign, log, "approver", "李四", public_note="请致电13900000001") == ["P085"]


def test_what_the_signer_was_told_and_what_blocks_are_kept_or_refused():
    signature = Signature(by="张三", role="reviewer", at="2026-12-28T10:00:00+08:00")
    told = approve_entry([], THIS, signature, year=2027, told=["县公安局人手不足", "县教育体育局人手不足"])
    assert told.details == {"told": "县公安局人手不足\n县教育体育局人手不足"}
    assert codes(approve_entry, [], THIS, signature, year=2027, blockers=[problem("P020", year=2027)]) == ["P020"]


def test_what_was_never_signed_cannot_be_withdrawn():
    gone = Signature(by="", role="approver", at="2026-12-29T10:00:00+08:00")
    assert codes(withdraw_entry, [], THIS, gone, year=2027) == ["P080", "P086", "P087"]


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

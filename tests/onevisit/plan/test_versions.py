"""Versions: numbers last all year, what was drawn stays, and every change is told."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.decisions import Decision, Entry, extended
from onevisit.errors import problem
from onevisit.plan.rows import Judged
from onevisit.plan.signoff import Signature, approve_entry, stated, withdraw_entry
from onevisit.plan.tables import (
    Conflicts,
    Refused,
    Scope,
    TaskItems,
    Tasks,
    VersionChanges,
    Versions,
)
from onevisit.plan.versions import (
    KeptPlan,
    differing,
    drawn_plan,
    number_tasks,
    signed_tasks,
    undrawn,
    undrawn_tasks,
    version_changes,
    versions_of,
    versions_table,
    with_drawn,
    with_drawn_items,
)
from onevisit.tables import frame_of
from tests.onevisit.plan import samples

FIRST, SECOND = "a" * 64, "b" * 64
AT = "2026-12-28T10:00:00+08:00"


def signed(log: list[Decision], fingerprint: str, note: str = "") -> list[Decision]:
    for role, by in (("reviewer", "张三"), ("approver", "李四")):
        signature = Signature(by=by, role=role, at=AT, why="已核对", public_note=note)
        log = extended(log, [approve_entry(log, fingerprint, signature, year=2027)])
    return log


def tasks(*groups: tuple[str, str]) -> pl.DataFrame:
    """Tasks by number: their rows, a letter each."""
    rows = [
        {"task_id": task_id, "name": task_id, "plan_rows": sorted(rows), "departments": [], "item_codes": []}
        for task_id, rows in groups
    ]
    return frame_of(Tasks, rows)


@pytest.fixture(scope="module")
def plan(make_submitted):
    """A plan of rows, each its own task unless told otherwise."""

    def make(*groups: tuple[str, str], **columns: object) -> KeptPlan:
        rows = sorted(row for _, letters in groups for row in letters)
        submitted = make_submitted(*({"plan_row_id": row, **columns} for row in rows))
        scope = frame_of(Scope, [{"plan_row_id": row, "object_id": "O-000"} for row in rows])
        items = [{"task_id": t, "plan_row_id": row, "item_code": "GA-002"} for t, letters in groups for row in letters]
        return KeptPlan(submitted, scope, tasks(*groups), frame_of(TaskItems, items))

    return make


def test_a_plan_signed_again_without_a_change_is_the_same_version():
    log = signed([], FIRST)
    gone = Signature(by="李四", role="approver", at=AT, why="有误")
    log = signed(extended(log, [withdraw_entry(log, FIRST, gone, year=2027)]), FIRST)
    assert [(one.number, one.approval.seq) for one in versions_of(log)] == [(1, 5)]
    log = signed(signed(log, SECOND, "新增一项。"), FIRST, "恢复原计划。")
    assert [(one.number, one.fingerprint) for one in versions_of(log)] == [(1, FIRST), (2, SECOND), (3, FIRST)]


def test_the_record_of_versions_says_when_by_which_records_and_what_the_public_reads(plan):
    log = signed(signed([], FIRST), SECOND, "新增一项。")
    table = versions_table(log, {SECOND: plan(("T001", "A"), ("T002", "BC"))})
    Versions.validate(table)
    columns = ["version", "reviewed_by", "approved_by", "public_note", "is_current", "task_count", "row_count"]
    assert table.select(columns).rows() == [
        (1, [1], 2, "", False, None, None),
        (2, [3], 4, "新增一项。", True, 2, 3),
    ]
    cancelled = extended(log, [Entry(at=AT, kind="decide", by="王五", role="reviewer", what="退回", why="有误")])
    assert not versions_table(cancelled, {})["is_current"].any()


def test_where_a_plan_stands_names_roles_and_records_and_nobody():
    log = signed([], FIRST)
    assert stated(log, FIRST).startswith("已签批：审核人（第1条）、签批人（第2条，2026-12-28，记录摘要 ")
    assert stated(log[:1], FIRST).startswith("已审核（第1条），待另一个人签批")
    assert stated(log, SECOND).startswith("还没有审核、签批")
    taken = extended(log, [withdraw_entry(log, FIRST, Signature("李四", "approver", AT, "有误"), year=2027)])
    assert stated(taken, FIRST).startswith("签批已被第3条记录撤回或者取代")
    assert not any(name in stated(log, FIRST) for name in ("张三", "李四"))


def test_every_change_between_versions_is_told_as_from_and_to(plan):
    before = plan(("T001", "A"), ("T002", "B"))
    after = plan(("T001", "A"), ("T003", "C"), ends_on=dt.date(2027, 7, 31))
    log = signed(signed([], FIRST), SECOND, "调整时段。")
    table = version_changes(log, {FIRST: before, SECOND: after})
    VersionChanges.validate(table)
    assert table.select("version", "what", "subject", "change", "column", "before", "after").rows() == [
        (2, "task", "T002", "gone", "", "T002", ""),
        (2, "task", "T003", "new", "", "", "T003"),
        (2, "row", "A", "changed", "结束日期", "2027-06-30", "2027-07-31"),
        (2, "row", "B", "gone", "", "对旅馆业特种行业的检查（对旅馆业特种行业的检查）", ""),
        (2, "row", "C", "new", "", "", "对旅馆业特种行业的检查（对旅馆业特种行业的检查）"),
    ]
    assert version_changes(log, {SECOND: after}).is_empty()


def judged(plan: KeptPlan, **frames: pl.DataFrame) -> Judged:
    nothing = {"refused": frame_of(Refused, []), "conflicts": frame_of(Conflicts, [])}
    return Judged(**{"submitted": plan.submitted, "scope": plan.scope, **nothing, **frames})


def test_a_drawn_row_stays_and_what_is_filed_otherwise_is_asked_about(plan):
    drawn = drawn_plan({"T001": FIRST}, {FIRST: plan(("T001", "A"), ("T002", "B"))})
    assert drawn.submitted["plan_row_id"].to_list() == ["A"]
    moved = judged(plan(("T001", "AB"), ends_on=dt.date(2027, 7, 31), changes=["配合部门“甲”不参加（审核决定第7号）"]))
    made = with_drawn(moved, drawn, samples.rulings())
    assert dict(made.submitted.select("plan_row_id", "ends_on").iter_rows()) == {
        "A": dt.date(2027, 6, 30),
        "B": dt.date(2027, 7, 31),
    }
    [asked] = Conflicts.validate(made.conflicts).iter_rows(named=True)
    assert asked["value"] == "结束日期由“2027-06-30”改为“2027-07-31”；配合部门“甲”不参加（审核决定第7号）"
    assert (asked["plan_row_id"], asked["kind"], asked["answer"]) == ("A", "drawn_task_changed", None)
    ruled = with_drawn(moved, drawn, samples.rulings(("conflict", f"A|drawn_task_changed|{asked['value']}", "keep")))
    assert ruled.conflicts.select("answer", "settled_by").rows() == [("keep", 1)]


def test_a_drawn_row_refused_or_filed_no_more_stays_and_is_told(plan):
    drawn = drawn_plan({"T001": FIRST}, {FIRST: plan(("T001", "AB"), ("T002", "C"))})
    refused = frame_of(
        Refused, [{"plan_row_id": "A", "reason": "范围为空。"}, {"plan_row_id": "D", "reason": "超过上限。"}]
    )
    made = with_drawn(judged(plan(("T002", "C")), refused=refused), drawn, samples.rulings())
    assert made.submitted["plan_row_id"].to_list() == ["A", "B", "C"]
    assert made.scope["plan_row_id"].to_list() == ["A", "B", "C"]
    assert made.refused["plan_row_id"].to_list() == ["D"]
    assert made.conflicts["value"].to_list() == ["现在退回：范围为空。", "不再报送"]


def test_why_a_drawn_row_is_sent_back_is_not_repeated(plan):
    drawn = drawn_plan({"T001": FIRST}, {FIRST: plan(("T001", "A"))})
    reason = problem("P006", cited="审核决定第3号", why="请与张三：商量").reason
    refused = frame_of(Refused, [{"plan_row_id": "A", "code": "P006", "reason": reason}])
    made = with_drawn(judged(plan(), refused=refused), drawn, samples.rulings())
    assert made.conflicts["value"].to_list() == ["现在退回：县市场监管局审核后退回（审核决定第3号）。"]


def test_what_was_to_settle_about_a_drawn_row_stays_while_nothing_changes(plan):
    asked = frame_of(Conflicts, [{"plan_row_id": "A", "kind": "partner_outside", "value": "县委宣传部"}])
    now, drawn = plan(("T001", "A")), drawn_plan({"T001": FIRST}, {FIRST: plan(("T001", "A"))})
    made = with_drawn(replace(judged(now), conflicts=asked), drawn, samples.rulings())
    assert made.conflicts["kind"].to_list() == ["partner_outside"]
    changed = replace(now, submitted=now.submitted.with_columns(note=pl.lit("改了")))
    again = with_drawn(replace(judged(changed), conflicts=asked), drawn, samples.rulings())
    assert again.conflicts["kind"].to_list() == ["drawn_task_changed"]


def test_nothing_drawn_changes_nothing(plan):
    drawn = drawn_plan({}, {})
    now = judged(plan(("T001", "A")))
    made = with_drawn(now, drawn, samples.rulings())
    assert made.submitted.equals(now.submitted)
    assert made.conflicts.is_empty()


def test_a_drawn_task_that_is_changed_is_found(plan):
    whole = plan(("T001", "AB"), ("T002", "C"))
    drawn = drawn_plan({"T001": FIRST}, {FIRST: whole})
    assert differing(whole, drawn).is_empty()
    without = KeptPlan(whole.submitted, whole.scope, whole.tasks.tail(1), whole.task_items)
    assert differing(without, drawn)["subject"].to_list() == ["T001"]
    later = whole.submitted.with_columns(ends_on=pl.lit(dt.date(2027, 7, 1)))
    moved = KeptPlan(later, whole.scope, whole.tasks, whole.task_items)
    assert differing(moved, drawn)["subject"].to_list() == ["A", "B"]
    unchecked = KeptPlan(whole.submitted, whole.scope, whole.tasks, whole.task_items.head(1))
    assert differing(unchecked, drawn)["subject"].to_list() == ["T001"]


def test_what_is_added_to_a_drawn_task_is_found(plan):
    drawn = drawn_plan({"T001": FIRST}, {FIRST: plan(("T001", "A"), ("T002", "B"))})
    now = plan(("T001", "A"), ("T002", "B"))
    more = pl.concat([now.task_items, now.task_items.with_columns(item_code=pl.lit("WL-001"))])
    assert differing(replace(now, task_items=more), drawn)["subject"].to_list() == ["T001"]
    assert differing(now, drawn).is_empty()


def test_items_of_drawn_tasks_stay_beside_those_listed_anew(plan):
    whole = plan(("T001", "A"), ("T002", "B"))
    drawn = drawn_plan({"T001": FIRST}, {FIRST: whole})
    assert with_drawn_items(whole.task_items.tail(1), drawn).equals(whole.task_items)
    assert undrawn(whole.submitted, drawn)["plan_row_id"].to_list() == ["B"]
    assert undrawn(whole.scope, drawn)["plan_row_id"].to_list() == ["B"]
    assert undrawn_tasks(tasks(("T007", "A"), ("T008", "B")), drawn)["task_id"].to_list() == ["T008"]


def known(*groups: tuple[str, str], version: int = 1) -> pl.DataFrame:
    rows = [{"version": version, "task_id": task_id, "plan_rows": sorted(rows)} for task_id, rows in groups]
    return pl.DataFrame(rows, schema=signed_tasks([], {}).schema)


def drawn_tasks(*groups: tuple[str, str]) -> KeptPlan:
    return replace(drawn_plan({}, {}), tasks=tasks(*groups))


def numbers(formed: pl.DataFrame) -> dict[str, str]:
    return {task_id: "".join(rows) for task_id, rows in formed.select("task_id", "plan_rows").iter_rows()}


def test_before_the_first_sign_off_tasks_are_numbered_as_they_come():
    formed = tasks(("T001", "AB"), ("T002", "C"))
    assert number_tasks(formed, known(), drawn_tasks()).equals(formed)


def test_a_task_keeps_its_number_and_a_new_one_goes_behind_the_highest():
    formed = tasks(("T001", "X"), ("T002", "CD"), ("T003", "AB"))
    signed = known(("T001", "AB"), ("T002", "C"), ("T003", "E"), ("T007", "F"))
    made = number_tasks(formed, signed, drawn_tasks(("T007", "F")))
    assert numbers(made) == {"T001": "AB", "T002": "CD", "T008": "X"}


def test_the_number_of_a_drawn_task_is_nobody_else_s():
    made = number_tasks(tasks(("T001", "B")), known(("T001", "AB")), drawn_tasks(("T001", "AB")))
    assert numbers(made) == {"T002": "B"}


def test_numbers_of_earlier_versions_are_not_given_again():
    both = pl.concat([known(("T001", "A"), ("T002", "B")), known(("T001", "A"), version=2)])
    assert numbers(number_tasks(tasks(("T001", "A"), ("T002", "C")), both, drawn_tasks())) == {"T001": "A", "T003": "C"}


def test_what_is_signed_and_kept_is_known_by_number(plan):
    log = signed(signed([], FIRST), SECOND, "新增一项。")
    plans = {FIRST: plan(("T001", "A")), SECOND: plan(("T001", "A"), ("T002", "B"))}
    table = signed_tasks(log, plans)
    assert table.select("version", "task_id").rows() == [(1, "T001"), (2, "T001"), (2, "T002")]


GROUPS = st.lists(st.integers(0, 5), min_size=1, max_size=12)
"""For every row, the group it is in."""


def grouped(places: list[int]) -> pl.DataFrame:
    letters = "ABCDEFGHIJKLMNOP"
    groups = {place: "".join(letters[n] for n, one in enumerate(places) if one == place) for place in sorted({*places})}
    return tasks(*((f"T{n:03d}", rows) for n, rows in enumerate(groups.values(), start=1)))


@given(before=GROUPS, after=GROUPS, drawn=st.sets(st.integers(0, 5)))
def test_numbers_stay_under_any_change_of_what_is_not_drawn(before: list[int], after: list[int], drawn: set[int]):
    first = grouped(before)
    marked = [task_id for n, task_id in enumerate(first["task_id"]) if n in drawn]
    signed_before = known(*first.select("task_id", "plan_rows").iter_rows())
    held = replace(drawn_plan({}, {}), tasks=first.filter(pl.col("task_id").is_in(marked)))
    gone = {row for rows in first.filter(pl.col("task_id").is_in(marked))["plan_rows"] for row in rows}
    formed = tasks(
        *(
            (task_id, "".join(rest))
            for task_id, rows in grouped(after).select("task_id", "plan_rows").iter_rows()
            if (rest := [row for row in rows if row not in gone])
        )
    )
    made = number_tasks(formed, signed_before, held)
    assert made["task_id"].is_unique().all()
    assert not {*made["task_id"]} & {*marked}
    was, now = numbers(first), numbers(made)
    assert all(now[task_id] == rows for task_id, rows in was.items() if rows in now.values())
    assert sorted(now.values()) == sorted("".join(rows) for rows in formed["plan_rows"])
    again = known(*made.select("task_id", "plan_rows").iter_rows()).vstack(
        signed_before.with_columns(version=pl.lit(0, pl.Int64))
    )
    assert number_tasks(formed.reverse(), again, held).equals(made)

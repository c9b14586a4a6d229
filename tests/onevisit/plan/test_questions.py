"""What a plan asks of its reviewer: nothing left out, nothing asked twice, nothing decided lost."""

from collections import Counter

from onevisit.plan.answers import Reply, answer
from onevisit.plan.questions import progress, questions_of
from onevisit.plan.rulings import WITHDRAWN, entry_of
from tests.onevisit.plan.reviews import CONFLICTS, ROW, ROWS, plan, question, ruling
from tests.onevisit.plan.samples import CULTURE, POLICE

MERGE = "GA-2027-01|SCJG-2027-01"


def test_every_row_step_and_conflict_is_asked_once():
    asked = questions_of(plan())
    assert Counter(one.topic for one in asked) == {
        "row": len(ROWS), "ratio": len(ROWS), "window": len(ROWS), "merge": 1, "conflict": 2, "partner_item": 1,
        "move": 1, "alias": 1,
    }  # fmt: skip
    assert len({one.key for one in asked}) == len(asked)
    assert all(one.is_asked and one.standing is None for one in asked)


def test_the_order_of_the_tables_rows_changes_nothing():
    turned = plan(rows=ROWS[::-1], conflicts=CONFLICTS[::-1])
    assert questions_of(turned) == questions_of(plan())


def test_a_merge_shows_what_it_would_change():
    [visits] = [fact for fact in question("merge", MERGE).facts if fact.title == "预计上门"]
    assert (visits.before, visits.text) == ("10.0户次", "5.5户次")


def test_what_may_be_answered_depends_on_the_conflict():
    outside = question("conflict", "GA-2027-02|partner_outside|县消防救援大队")
    limited = question("conflict", "WL-2027-01|listed_ratio|5%")
    assert list(outside.choices) == ["照原计划", "退回部门"]
    assert list(limited.choices) == ["照原计划", "按上限执行", "退回部门"]
    asked = question("partner_item", f"GA-2027-01|{CULTURE}")
    assert asked.wanted and list(asked.wanted.items) == ["WL-001", "WL-002"]


def test_a_ruling_in_effect_is_shown_and_may_be_taken_back():
    said = question("row", "GA-2027-01", plan(ruling("row", "GA-2027-01", "keep")))
    assert said.standing
    assert said.standing.text() == "同意（王五，2026-12-01，2027年决定记录第1条）"
    assert WITHDRAWN in said.choices
    assert not said.waits
    assert question("row", "GA-2027-02").waits


def test_an_answer_to_a_row_holds_no_more_when_the_department_files_another_content():
    asked = question("row", "GA-2027-01")
    kept = answer(asked, Reply("同意", by="王五"), role="reviewer", channel="review page")
    assert not question("row", "GA-2027-01", plan(kept)).waits
    assert "0000" not in entry_of(kept, fingerprint="f", at="", is_demonstration=False).what
    refiled = ({"filed_digest": "1" * 12}, *ROWS[1:])
    again = question("row", "GA-2027-01", plan(kept, rows=refiled))
    assert again.waits
    assert any("改动前的报送内容" in hint for hint in again.hints)


def test_what_is_ruled_and_asked_no_more_can_still_be_taken_back():
    said = (
        ruling("row", "GA-2027-09", "return"),
        ruling("merge", "WL-2027-01|GA-2027-02", "reject"),
        ruling("pair", "GA-2027-01|WL-2027-01", "must"),
    )
    left = [one for one in questions_of(plan(*said)) if one.standing]
    assert [one.key for one in left] == [(one.topic, one.subject) for one in (said[1], said[2], said[0])]
    assert not any(one.waits for one in left)
    assert left[2].fact("退回原因") == "看不懂。"


def test_what_is_ruled_and_cannot_be_kept_or_done_is_remarked_where_it_is_asked():
    unkept = {
        "log_year": 2027, "seq": 1, "topic": "pair", "subject": "GA-2027-01|WL-2027-01", "rules": ["WINDOW"],
        "code": "P070", "reason": "时段不相交。", "fix": "请改时段。",
    }  # fmt: skip
    about = {"plan_row_id": "GA-2027-01", "department": CULTURE, "kind": "ruling_not_applied", "value": "x"}
    tables = plan(
        ruling("pair", "GA-2027-01|WL-2027-01", "must"),
        unkept=(unkept,),
        conflicts=(*CONFLICTS, {**about, "reason": "决定无法执行。"}),
        capacity=({}, {"code": None, "reason": None, "task_ids": ["T002"]}),
    )
    assert question("pair", "GA-2027-01|WL-2027-01", tables).hints == ("时段不相交。",)
    assert question("row", "GA-2027-01", tables).hints == (
        "有待处理的冲突：需要协调。", "有待处理的冲突：决定无法执行。", "人力不足：县公安局人手不够。",
    )  # fmt: skip
    assert question("row", "GA-2027-02", tables).hints == ("有待处理的冲突：需要协调。",)
    assert list(question("conflict", "GA-2027-01|ruling_not_applied|x", tables).choices) == ["照原计划"]


def test_a_change_of_what_is_drawn_can_only_be_left_aside():
    changed = {"plan_row_id": "GA-2027-01", "department": POLICE, "kind": "drawn_task_changed", "value": "不再报送"}
    asked = question("conflict", "GA-2027-01|drawn_task_changed|不再报送", plan(conflicts=({**changed, "reason": ""},)))
    assert list(asked.choices) == ["照原计划"]
    assert asked.waits


def test_a_move_shows_the_window_it_would_replace():
    [move] = [one for one in questions_of(plan()) if one.topic == "move"]
    assert move.subject == "WL-2027-01|2027-05-01至2027-07-30"
    assert (move.before("检查时段"), move.fact("移动")) == ("2027-04-01至2027-06-30", "推后20个工作日")


def test_a_question_is_another_one_when_what_it_rests_on_changes_and_not_when_a_figure_does():
    def digest(**change: object) -> str:
        return question("row", "GA-2027-01", plan(rows=({**ROW, **change},))).digest

    assert digest(scope_count=101, expected_count=5.05) == digest()
    assert digest(ratio_in_force="6%") != digest()
    assert digest(note="突击") != digest()


def test_progress_counts_what_waits_and_not_what_is_offered():
    counted = {
        one.topic: (one.decided_count, one.asked_count)
        for one in progress(questions_of(plan(ruling("row", "GA-2027-01", "keep"), ruling("merge", MERGE, "accept"))))
    }
    assert counted == {
        "row": (1, len(ROWS)),
        "conflict": (0, 2),
        "partner_item": (0, 1),
        "merge": (1, 1),
        "alias": (0, 1),
        "move": (0, 1),
    }

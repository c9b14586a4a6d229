"""Deciding and signing on the page: what is refused and said, what is recorded, what stops."""

import html
import re
from io import BytesIO

import openpyxl
import polars as pl
import pytest
from filelock import FileLock

from assets.clock import today
from onevisit.plan.review_workbook import plan_review, review_workbook
from onevisit.plan.rulings import rulings
from onevisit.plan.signoff import current_approval
from onevisit.plan.tables import Rulings, Submitted
from onevisit.tables import table_of
from pipelines.review import render
from pipelines.review.app import LARGEST_BODY
from pipelines.review.desk import Desk
from tests.onevisit.plan import reviews
from tests.onevisit.plan.samples import CULTURE, POLICE
from tests.pipelines.review.desks import APPROVER, PARTICIPANT, REVIEWER, STEP, YEAR, command

MERGE = "GA-2027-01|SCJG-2027-01"
OTHERS = {
    "conflict": {"GA-2027-02|partner_outside|县消防救援大队": "照原计划", "WL-2027-01|listed_ratio|5%": "按上限执行"},
    "partner_item": {f"GA-2027-01|{CULTURE}": "不参加"},
}


def decide(browser, topic, subject, word, **fields):
    browser.get("/questions?state=all")
    return browser.post("/answer", **browser.form_of(subject, topic) | {"word": word, **fields})


def decide_all(bureau, browser):
    """Answer every question that waits, and run the plan again."""
    for topic, word in (("row", "同意"), ("merge", "同意合并")):
        browser.get(f"/questions?topic={topic}")
        questions = browser.page.split('class="batch"')[1]
        fields = {name: hidden(questions, name) for name in ("topic", "subject", "seen")}
        browser.post("/answers", back="/", word=word, **fields)
    for topic, subjects in OTHERS.items():
        for subject, word in subjects.items():
            decide(browser, topic, subject, word, why="已商定")
    bureau.run_plan()


def hidden(text, name):
    return [part.split('"')[0] for part in text.split(f'name="{name}" value="')[1:]]


def sign(browser, **fields):
    browser.get("/sign")
    seen = hidden(browser.page, "seen")
    return browser.post("/sign", seen=seen[0] if seen else "", **fields)


def withdraw(browser, why):
    browser.get("/sign")
    return browser.post("/withdraw", why=why)


def test_what_is_to_do_is_counted_by_question_and_department(reviewer):
    page = reviewer.get("/")
    assert "还有 9 个" in page
    assert '县公安局<span class="count">5</span>' in page


def test_an_answer_is_recorded_with_who_what_and_why(bureau, reviewer):
    page = decide(reviewer, "row", "GA-2027-02", "退回部门", why="依据不足，电话13912345678")
    assert "已记入决定记录第1条：计划“GA-2027-02　爆破作业单位检查”退回部门。" in page
    [record] = bureau.log()
    assert (record.kind, record.by, record.role, record.channel) == ("decide", "李审核", "reviewer", "review page")
    assert record.details == {"topic": "row", "subject": "GA-2027-02", "answer": "return", "value": "0" * 12}
    assert "139****5678" in record.why
    assert len(record.plan_fingerprint) == 64


def test_a_refused_answer_says_why_and_keeps_what_was_typed(bureau, reviewer):
    assert "“退回部门”没有写理由" in decide(reviewer, "row", "GA-2027-01", "退回部门")
    assert reviewer.status == 422
    page = decide(reviewer, "ratio", "GA-2027-01", "调整比例", value="0.05", why="与上年一致")
    assert "是不是 5%" in page
    assert 'value="0.05"' in page and 'value="与上年一致"' in page
    assert bureau.log() == []


def test_a_script_gets_the_question_back_alone(bureau, reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"csrf": reviewer.csrf, "word": "退回部门"}
    partial = {"hx-request": "true"}
    refused = reviewer.client.post("/answer", data=form, headers=partial).text
    assert "没有写理由" in refused and "<html" not in refused
    done = reviewer.client.post("/answer", data=form | {"why": "依据不足"}, headers=partial).text
    assert "已记入决定记录第1条" in done and "<html" not in done
    assert "有 1 条新决定尚未计入计划" in done


def test_who_answers_upon_an_older_ruling_is_told_and_asked_again(bureau, reviewer, visitor):
    other = visitor(type(REVIEWER)("孙审核", "reviewer"))
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01")
    decide(other, "row", "GA-2027-01", "退回部门", why="依据不足")
    page = reviewer.post("/answer", **form, word="同意")
    assert "孙审核于" in page and "作了决定“退回部门”（决定记录第1条），您的决定没有记入" in page
    assert len(bureau.log()) == 1
    reviewer.post("/answer", **reviewer.form_of("GA-2027-01"), word="同意")
    assert [one.by for one in bureau.log()] == ["孙审核", "李审核"]


def test_a_form_sent_twice_is_recorded_once(bureau, reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"word": "同意"}
    reviewer.post("/answer", **form)
    assert "已记入" in reviewer.post("/answer", **form)
    assert len(bureau.log()) == 1


def test_a_question_that_changed_or_went_is_asked_anew(bureau, reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"word": "同意"}
    changed = ({"ratio_text": "6%"}, *reviews.ROWS[1:])
    bureau.run_plan(reviews.plan(rows=changed, proposals=(STEP,)))
    assert "这个问题的内容变了" in reviewer.post("/answer", **form)
    bureau.run_plan(reviews.plan(rows=reviews.ROWS[1:], proposals=()))
    assert "计划里已经没有这个问题" in reviewer.post("/answer", **form)
    assert bureau.log() == []


def test_a_page_of_questions_is_answered_at_once_or_not_at_all(bureau, reviewer, visitor):
    reviewer.get("/questions?topic=row")
    batch = reviewer.page.split('class="batch"')[1]
    fields = {name: hidden(batch, name) for name in ("topic", "subject", "seen")}
    decide(visitor(type(REVIEWER)("孙审核", "reviewer")), "row", "WL-2027-01", "退回部门", why="依据不足")
    assert "一条也没有记入" in reviewer.post("/answers", back="/", word="同意", **fields)
    assert len(bureau.log()) == 1
    fields = {name: [value for value, subject in zip(values, fields["subject"], strict=True) if subject[0] != "W"]
              for name, values in fields.items()}  # fmt: skip
    assert "已记入 4 条决定：同意" in reviewer.post("/answers", back="/", word="同意", **fields)
    # Nothing but what was filed or proposed is answered in a batch.
    reviewer.post("/answers", back="/", word="退回部门", **fields)
    assert len(bureau.log()) == 5


def test_a_question_is_found_by_its_name_whatever_stands_in_it(bureau, reviewer):
    value = "检查时段由“2027-04-01”改为“2027-05-01”；备注由“”改为“（甲）：\n乙”"
    drawn = {"plan_row_id": "GA-2027-01", "department": POLICE, "kind": "drawn_task_changed", "value": value}
    bureau.run_plan(reviews.plan(proposals=(STEP,), conflicts=(drawn,)))
    reviewer.get("/questions?topic=conflict")
    [form] = re.findall(r'<form method="post" action="/answer".*?</form>', reviewer.page, re.DOTALL)
    fields = {name: html.unescape(text) for name, text in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    # So a browser sends a line break.
    fields["subject"] = fields["subject"].replace("\n", "\r\n")
    reviewer.post("/answer", **fields | {"word": "照原计划", "why": "已抽取"})
    [record] = bureau.log()
    assert record.details["subject"] == f"GA-2027-01|drawn_task_changed|{value}"


def test_a_ruling_is_taken_back_with_a_reason(bureau, reviewer):
    decide(reviewer, "row", "GA-2027-01", "同意")
    assert "没有写理由" in decide(reviewer, "row", "GA-2027-01", "撤回原决定")
    decide(reviewer, "row", "GA-2027-01", "撤回原决定", why="看错了")
    assert [one.details["answer"] for one in bureau.log()] == ["keep", "withdrawn"]
    assert "GA-2027-01" in reviewer.get("/questions?topic=row")


def test_two_rows_are_named_to_be_merged_and_unnamed_again(bureau, reviewer):
    assert "没有编号为“GA-2027-99”的计划" in reviewer.get("/pair?one=GA-2027-99&other=WL-2027-01")
    reviewer.get("/pair?one=ga-2027-01&other=WL-2027-01")
    form = reviewer.form_of("GA-2027-01|WL-2027-01")
    reviewer.post("/answer", **form, word="必须合并", why="同一批旅馆")
    reviewer.get("/questions?state=decided")
    form = reviewer.form_of("GA-2027-01|WL-2027-01")
    assert "撤回" in reviewer.post("/answer", **form, word="撤回原决定", why="看错了")
    assert [one.details["answer"] for one in bureau.log()] == ["must", "withdrawn"]


def test_what_contradicts_a_ruling_on_merging_is_refused_and_names_it(bureau, reviewer):
    decide(reviewer, "merge", MERGE, "同意合并")
    reviewer.get("/pair?one=GA-2027-01&other=SCJG-2027-01")
    page = reviewer.post("/answer", **reviewer.form_of(MERGE, "pair"), word="不得合并", why="各查各的")
    assert reviewer.status == 422
    assert "2027年决定记录第1条" in page and "撤回原决定" in page
    assert 'value="各查各的"' in page
    assert [one.details["answer"] for one in bureau.log()] == ["accept"]


def test_a_merge_is_shown_before_and_after_with_what_it_shuts_out(reviewer):
    assert "第1步" in reviewer.get("/merges")
    page = reviewer.get("/merges/1")
    for text in ("合并前", "合并后", "<strong>10.0</strong>", "<strong>5.5</strong>", "事项过多"):
        assert text in page
    assert "没有第2步" in reviewer.get("/merges/2")


def test_what_rules_cost_and_keep_apart_stands_beside_the_merges(bureau, reviewer):
    price = dict.fromkeys(
        ("visits_apart", "visits_saved", "share_saved", "most_saved", "most_share", "most_by_windows", "share_of_most"),
        0.5,
    )
    prices = [{"rule": "ITEMS", "setting": "不限事项数", **price}, {"rule": "", "setting": "现行规则", **price}]
    apart = {"left_rows": ["GA-2027-01"], "right_rows": ["WL-2027-01"], "visits_saved": 3.0, "reason": "事项过多。"}
    bureau.run_plan(prices=prices, neighbours=[apart])
    page = reviewer.get("/merges")
    assert page.index("<td>现行规则</td>") < page.index("<td>不限事项数</td>")
    assert "50.0%" in page
    assert "GA-2027-01 与 WL-2027-01：事项过多。" in page


def test_while_a_run_holds_the_data_nothing_is_recorded_and_nothing_typed_is_lost(bureau, reviewer):
    with FileLock(bureau.settings.data / "run.lock"):
        page = decide(reviewer, "row", "GA-2027-02", "退回部门", why="依据不足")
    assert "请等它结束后再试" in page
    assert 'value="依据不足"' in page
    assert bureau.log() == []


def test_a_template_that_fails_leaves_no_record(bureau, reviewer, monkeypatch):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"csrf": reviewer.csrf, "word": "同意"}
    pages = render.page
    monkeypatch.setattr(render, "page", lambda name, *rest, **more: pages(name * (name != "piece.html"), *rest, **more))
    response = reviewer.client.post("/answer", data=form, headers={"hx-request": "true"})
    assert response.status_code == 500
    assert "程序出错" in response.text
    assert response.headers["x-frame-options"] == "DENY"
    assert bureau.log() == []


def test_two_people_sign_and_the_plan_is_signed_off(bureau, reviewer, visitor):
    decide_all(bureau, reviewer)
    assert "现在还不能签批" in visitor(APPROVER).get("/sign")
    assert "已记入：同意本版计划（审核）" in sign(reviewer)
    # The same person has another role too, and still is one person.
    same = visitor(type(REVIEWER)("李审核", "approver"))
    assert "必须是两个人" in same.get("/sign")
    approver = visitor(APPROVER)
    assert "已记入：同意本版计划（签批）" in sign(approver, why="照此执行")
    log = bureau.log()
    approval = current_approval(log, log[-1].plan_fingerprint)
    assert approval and (approval.by, approval.why, approval.channel) == ("王签批", "照此执行", "review page")
    assert "可以抽取" in approver.get("/sign")


def test_who_signs_is_told_what_cannot_be_done_and_the_record_keeps_it(bureau, reviewer):
    decide_all(bureau, reviewer)
    reason = "县公安局3月1日至3月31日需要90人次，只有60人次。"
    bureau.run_plan(
        capacity=[{"department": "县公安局", "reason": reason, "task_ids": ["T001"]}, {"department": "县公安局"}]
    )
    assert reason in reviewer.get("/sign")
    sign(reviewer)
    assert bureau.log()[-1].details["told"] == reason
    assert f"签署时已知：{reason}" in reviewer.get("/log")


def test_nothing_is_signed_while_something_waits(bureau, reviewer):
    assert "还有9个审核问题没有决定（计划5个，冲突2个，配合事项1个，合并建议1个）" in reviewer.get("/sign")
    assert "审核同意本版计划" not in reviewer.page
    assert "P092" not in reviewer.page
    assert "没有签署" in sign(reviewer)
    assert bureau.log() == []


def test_nothing_is_signed_before_the_plan_knows_every_ruling(bureau, reviewer):
    decide_all(bureau, reviewer)
    count = len(bureau.log())
    decide(reviewer, "row", "GA-2027-02", "同意")
    assert "有1条新决定尚未计入计划" in reviewer.get("/sign")
    assert "有 1 条新决定尚未计入计划" in reviewer.get("/")
    assert f"onevisit run plan --year {YEAR}" in reviewer.page
    sign(reviewer)
    assert len(bureau.log()) == count + 1


def exported(bureau, model):
    return bureau.settings.folders.exports(YEAR) / f"plan.{table_of(model)}.parquet"


def test_a_ruling_that_only_reached_a_run_that_stopped_is_not_in_the_plan(bureau, reviewer):
    decide_all(bureau, reviewer)
    decide(reviewer, "window", "GA-2027-01", "调整时段", value="2027年5月1日至2027年6月30日", why="错峰")
    rulings([(YEAR, bureau.log())], YEAR).write_parquet(exported(bureau, Rulings))
    assert "有1条新决定尚未计入计划" in reviewer.get("/sign")
    assert "没有签署" in sign(reviewer)
    bureau.run_plan()
    assert "已记入：同意本版计划（审核）" in sign(reviewer)


def test_tables_of_a_run_that_stopped_are_no_plan_to_sign(bureau, reviewer):
    decide_all(bureau, reviewer)
    path = exported(bureau, Submitted)
    pl.read_parquet(path).with_columns(matching=pl.lit("分散")).write_parquet(path)
    assert "上一次运行没有做完" in reviewer.get("/sign")
    assert "没有签署" in sign(reviewer)
    assert "approve" not in {one.kind for one in bureau.log()}


def test_nothing_is_signed_while_a_row_is_with_its_department(bureau, reviewer):
    decide_all(bureau, reviewer)
    decide(reviewer, "row", "GA-2027-02", "退回部门", why="依据不足")
    bureau.run_plan()
    assert "有1条计划已决定退回部门，还没有改好（GA-2027-02）" in reviewer.get("/sign")
    # The department no longer files it: nothing is left to wait for.
    rows = tuple(row for row in reviews.ROWS if row.get("plan_row_id") != "GA-2027-02")
    tasks = tuple(task for task in reviews.TASKS if task["task_id"] != "T002")
    conflicts = tuple(one for one in reviews.CONFLICTS if one["plan_row_id"] != "GA-2027-02")
    bureau.run_plan(reviews.plan(rows=rows, tasks=tasks, conflicts=conflicts, proposals=(STEP,)))
    assert "已记入：同意本版计划（审核）" in sign(reviewer)


def test_a_new_ruling_cancels_the_sign_off_and_the_next_version_needs_a_note(bureau, reviewer, visitor):
    decide_all(bureau, reviewer)
    approver = visitor(APPROVER)
    sign(reviewer)
    sign(approver)
    decide(reviewer, "ratio", "GA-2027-01", "调整比例", value="6%", why="专项整治")
    changed = ({"ratio_text": "6%", "rate_bp": [600] * 5}, *reviews.ROWS[1:])
    bureau.run_plan(reviews.plan(rows=changed, proposals=(STEP,)))
    assert "需要重新审核、签批" in reviewer.get("/") or "尚未审核" in reviewer.page
    page = reviewer.get("/versions")
    assert "与第 1 版相比" in page
    assert '<td data-label="变更前">5%</td><td data-label="变更后">6%</td>' in page
    sign(reviewer)
    assert "变更说明（向社会公开，必填）" in approver.get("/sign")
    assert "必须写明向社会公开的变更说明" in sign(approver, why="同意")
    assert 'value="同意"' in approver.page
    assert "不能公开" in sign(approver, public_note="请致电13912345678")
    assert "已记入：同意本版计划（签批）" in sign(approver, public_note="提高旅馆业检查比例。")
    assert "变更说明：提高旅馆业检查比例。" in approver.get("/versions")
    assert approver.page.count('class="version"') == 2
    assert "现在的计划就是第 2 版" in approver.page
    kept = bureau.settings.folders.plans(YEAR) / bureau.log()[-1].plan_fingerprint / "tasks.parquet"
    kept.write_bytes(b"")
    assert "没有办理" in approver.get("/versions")
    assert approver.status == 409


def test_a_version_signed_again_is_shown_with_the_note_that_holds(bureau, reviewer, visitor):
    decide_all(bureau, reviewer)
    sign(reviewer)
    approver = visitor(APPROVER)
    sign(approver, public_note="第一份说明")
    withdraw(approver, "说明有误")
    sign(reviewer)
    sign(approver, public_note="第二份说明")
    page = approver.get("/versions")
    assert "第二份说明" in page
    assert "第一份说明" not in page


def test_a_plan_that_changed_since_the_page_was_opened_is_not_signed(bureau, reviewer):
    decide_all(bureau, reviewer)
    reviewer.get("/sign")
    seen = hidden(reviewer.page, "seen")[0]
    tasks = ({**reviews.TASKS[0], "name": "另一个名称"}, *reviews.TASKS[1:])
    bureau.run_plan(reviews.plan(tasks=tasks, proposals=(STEP,)))
    assert "您打开页面之后计划变了" in reviewer.post("/sign", seen=seen)
    assert bureau.log()[-1].kind == "decide"


def test_the_approver_sends_the_plan_back_with_a_reason(bureau, reviewer, visitor):
    decide_all(bureau, reviewer)
    sign(reviewer)
    approver = visitor(APPROVER)
    assert "没有写明理由" in withdraw(approver, "")
    assert "已记入：撤回" in withdraw(approver, "比例过高")
    assert bureau.log()[-1].why == "比例过高"
    assert "审核或者签批已被取消" in reviewer.get("/")


def test_a_log_somebody_changed_stops_everything_and_names_the_record(bureau, reviewer):
    decide(reviewer, "row", "GA-2027-01", "同意")
    decide(reviewer, "row", "GA-2027-02", "同意")
    changed = bureau.log_path.read_text("utf-8").replace('"keep"', '"return"', 1)
    bureau.log_path.write_text(changed, "utf-8")
    for path in ("/", "/questions", "/merges", "/versions", "/sign", "/log"):
        assert "决定记录第1条与链不符" in reviewer.get(path), path
        assert reviewer.status == 409
    form = {"topic": "row", "subject": "SCJG-2027-01", "word": "同意", "seen": "x"}
    assert "决定记录第1条与链不符" in reviewer.post("/answer", csrf=reviewer.csrf, **form)
    assert bureau.log_path.read_text("utf-8") == changed


def test_the_chain_is_shown_with_who_and_why(bureau, reviewer):
    decide(reviewer, "row", "GA-2027-02", "退回部门", why="依据不足")
    page = reviewer.get("/log")
    assert "共 1 条决定记录" in page
    for text in ("李审核", "审核人", "依据不足", "审核页面", bureau.log()[0].hash[:12]):
        assert text in page


def test_a_participant_sees_its_department_s_tasks_and_no_more(visitor):
    page = visitor(PARTICIPANT).get("/")
    assert "县公安局的抽查任务" in page
    assert "T001" in page and "GA-002" in page
    assert "T004" not in page
    assert 'class="menu"' not in page


def test_the_command_line_signs_by_the_same_rules(bureau, reviewer):
    decide_all(bureau, reviewer)
    reviewer.get("/sign")
    seen = hidden(reviewer.page, "seen")[0]
    review = ("sign", "--role", "reviewer", "--by", "李审核", "--seen")
    for other in ("", "5" * 12, seen[:11]):
        assert "P094" in command(bureau, *review, other).stderr
    assert command(bureau, *review, seen[:12]).exit_code == 0
    same = command(bureau, "sign", "--role", "approver", "--by", "李审核", "--seen", seen)
    assert same.exit_code == 1 and "P082" in same.stderr
    back = command(bureau, "withdraw", "--role", "reviewer", "--by", "李审核", "--why", "看错了")
    assert back.exit_code == 0, back.output
    assert [one.kind for one in bureau.log()[-2:]] == ["approve", "withdraw"]
    assert {one.channel for one in bureau.log()[-2:]} == {"command line"}
    assert "P087" in command(bureau, "withdraw", "--role", "reviewer", "--by", "李审核", "--why", "再撤").stderr


def scheme_form(browser):
    browser.get("/")
    return {name: hidden(browser.page, name)[0] for name in ("task_id", "seen")}


def test_a_participant_confirms_its_scheme_or_objects_with_a_reason(bureau, reviewer, visitor):
    decide_all(bureau, reviewer)
    sign(reviewer)
    sign(visitor(APPROVER))
    participant = visitor(PARTICIPANT)
    form = scheme_form(participant)
    assert "没有写理由" in participant.post("/scheme", **form, word="不同意方案")
    assert participant.status == 422
    participant.get("/")
    assert "县公安局确认方案" in participant.post("/scheme", **form, word="确认方案")
    assert "已确认" in participant.page
    last = bureau.log()[-1]
    assert (last.kind, last.role, last.by) == ("confirm", "participant", "赵警官")
    # Its word says nothing against the plan.
    assert "可以抽取" in reviewer.get("/sign")
    # What was looked at is not what stands now.
    assert "您的决定没有记入" in participant.post("/scheme", **form, word="不同意方案", why="人手不足")
    assert "没有这种意见" in participant.post("/scheme", **scheme_form(participant), word="大概可以")
    assert bureau.log()[-1] == last


def test_a_word_on_a_scheme_is_never_taken_for_another_that_has_its_number_by_now(bureau, visitor):
    def tasks(*numbers):
        joint = {"departments": [POLICE, CULTURE], "is_joint": True}
        rows = zip(numbers, ("GA-2027-02", "SCJG-2027-02"), strict=True)
        return tuple({"task_id": number, "plan_rows": [row], **joint} for number, row in rows)

    bureau.run_plan(reviews.plan(tasks=tasks("T002", "T003"), proposals=()))
    participant = visitor(PARTICIPANT)
    form = scheme_form(participant)
    assert form["task_id"] == "T002" and "GA-2027-02" in form["seen"]
    bureau.run_plan(reviews.plan(tasks=tasks("T003", "T002"), proposals=()))
    assert "您的决定没有记入" in participant.post("/scheme", **form, word="确认方案")
    assert bureau.log() == []


def test_a_scheme_is_given_to_who_takes_part_in_it(bureau, visitor):
    participant = visitor(PARTICIPANT)
    assert "方案还没有形成" in participant.get("/scheme/T001")
    folder = bureau.settings.folders.schemes(YEAR)
    folder.mkdir(parents=True)
    for task in ("T001", "T004"):
        (folder / f"{task} 旅馆部门联合抽查.docx").write_bytes(b"PK")
    assert participant.client.get("/scheme/T001").content == b"PK"
    assert "方案还没有形成" in participant.get("/scheme/T004")


def test_what_people_type_is_text(bureau, reviewer):
    decide(reviewer, "row", "GA-2027-02", "退回部门", why="<script>alert(1)</script>")
    assert "&lt;script&gt;" in reviewer.get("/log")
    assert "<script>alert" not in reviewer.page


def test_a_form_leads_back_to_this_page_only(reviewer):
    reviewer.get("/questions?topic=row")
    form = reviewer.form_of("GA-2027-01") | {"word": "同意", "csrf": reviewer.csrf}
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        response = reviewer.client.post("/answer", data=form | {"back": back}, follow_redirects=False)
        assert response.headers["location"].startswith("/#q-"), back


def test_what_is_too_large_is_refused(reviewer):
    reviewer.get("/")
    response = reviewer.client.post("/answer", data={"csrf": reviewer.csrf, "why": "x" * LARGEST_BODY})
    assert response.status_code == 413


def test_before_there_is_a_plan_every_page_says_so(tmp_path, bureau, reviewer):
    for path in bureau.settings.folders.exports(YEAR).glob("plan.*"):
        path.unlink()
    assert "还没有形成" in reviewer.get("/")
    for path in ("/questions", "/merges", "/versions", "/sign", "/log"):
        reviewer.get(path)
        assert reviewer.status == 200, path


@pytest.mark.parametrize("path", ["/nowhere", "/static/../app.py", "/static/secret", "/merges/x"])
def test_what_is_not_there_is_said_in_chinese(reviewer, path):
    assert "没有这个页面" in reviewer.get(path)
    assert reviewer.status == 404


def filled(bureau, *answers):
    """Return the workbook of what is on the desk, with texts written into the cells of plan rows."""
    county = bureau.settings.county()
    view = Desk(bureau.settings, county, YEAR).look()
    review = plan_review(view.tables, view.log, view.fingerprint, changes=None, county=county, today=today(county))
    book = openpyxl.load_workbook(BytesIO(review_workbook(review)))
    sheet = book["计划审核"]
    rows = list(sheet.iter_rows())
    [head] = [row for row in rows if any(cell.value == "审核意见" for cell in row)]
    columns = {cell.value: cell.column for cell in head}
    for subject, texts in answers:
        [line] = [row[0].row for row in rows if any(cell.value == subject for cell in row)]
        for title, text in texts.items():
            sheet.cell(line, columns[title]).value = text
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def upload(browser, content, name="审核表.xlsx"):
    browser.get("/upload")
    response = browser.client.post("/upload", data={"csrf": browser.csrf}, files={"file": (name, content)})
    browser.page, browser.status = response.text, response.status_code
    return browser.page


def test_an_uploaded_workbook_is_recorded_by_the_same_rules(bureau, reviewer):
    content = filled(
        bureau,
        ("GA-2027-01", {"审核意见": "同意", "审核人": "王五"}),
        ("GA-2027-02", {"审核意见": "退回部门", "理由": "依据不足"}),
    )
    assert "已导入 2 条审核决定：计划 2" in upload(reviewer, content)
    assert [(one.by, one.details["answer"]) for one in bureau.log()] == [("王五", "keep"), ("李审核", "return")]
    assert "没有新增：表中的意见此前都已导入" in upload(reviewer, content)
    assert len(bureau.log()) == 2


def test_a_workbook_with_a_mistake_is_shown_offered_marked_and_not_recorded(bureau, reviewer):
    content = filled(
        bureau,
        ("GA-2027-01", {"审核意见": "同意"}),
        ("GA-2027-02", {"审核意见": "退回部门"}),
    )
    page = upload(reviewer, content)
    assert "没有导入：表中有 1 处错误" in page and "“退回部门”没有写理由" in page
    assert reviewer.status == 422
    assert bureau.log() == []
    back = reviewer.client.get("/upload/marked")
    assert openpyxl.load_workbook(BytesIO(back.content)).sheetnames[0] == "导入错误"


def test_what_is_no_workbook_of_the_plan_is_refused(bureau, reviewer):
    assert "不能读取这个文件" in upload(reviewer, b"a,b", "名录.csv")
    assert "没有标红的审核表可以下载" in reviewer.get("/upload/marked")
    reviewer.get("/upload")
    assert "没有选择文件" in reviewer.post("/upload")
    assert bureau.log() == []

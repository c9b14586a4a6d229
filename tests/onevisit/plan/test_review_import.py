"""A filled review workbook is read whole: every ruling in it, or every mistake, each with its cell and the remedy."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from onevisit.errors import RefusedError
from onevisit.plan.questions import PlanTables
from onevisit.plan.review_import import Returned, read_review
from onevisit.plan.review_workbook import review_workbook
from onevisit.plan.rulings import Ruling
from tests.onevisit.plan.reviews import FILED, ROWS, plan, ruling
from tests.onevisit.plan.samples import CULTURE
from tests.onevisit.plan.workbooks import (
    CONFLICT_ROW,
    NAME,
    ROW,
    cell,
    faults,
    opened,
    put,
    read,
    review,
    saved,
    sent,
)

RED, ORANGE = "FFFF7C80", "FFF8CBAD"
PLAN, MERGE, PAIR, CONFLICT = "计划审核", "合并建议", "指定合并", "冲突"
ONE, TWO, THREE, FOUR, FIVE = ROW.values()


def reply(word: str, why: str = "已核实", by: str = "张三", **others: str) -> dict[str, object]:
    return {"审核意见": word, "理由": why, "审核人": by, **others}


def must(one: str, other: str, word: str, why: str = "同一批对象") -> dict[str, object]:
    return {"计划甲": one, "计划乙": other, "要求": word, "理由": why, "审核人": "张三"}


def again(returned: Returned, tables: PlanTables | None = None):
    return opened(review_workbook(review(tables), returned.filled))


def said(returned: Returned) -> list[tuple[str, str, str, str]]:
    assert returned.filled.mistakes == []
    return [(one.topic, one.subject, one.answer, one.value) for one in returned.rulings]


def logged(returned: Returned, *before: Ruling, **frames) -> PlanTables:
    """Return the plan after what was read is in the log."""
    return plan(*before, *returned.rulings, **frames)


def test_every_answer_is_read_with_who_and_why_and_where_it_stands():
    book = sent()
    put(book, PLAN, ONE, reply(" 同意 ", 调整比例="8%", 调整时段="2027年3月至5月"))
    put(book, PLAN, TWO, reply("退回部门"))
    put(book, MERGE, 4, reply("同意合并", why=""))
    put(book, PAIR, 4, must("ga-2027-02", "WL-2027-01", "不得合并"))
    put(book, "时段调整", 4, reply("同意调整", why=""))
    put(book, "同类事项", 4, reply("不同事项"))
    put(book, CONFLICT, CONFLICT_ROW["GA-2027-01"], reply("补报事项", why="", 配合事项编码="wl-002"))
    put(book, CONFLICT, CONFLICT_ROW["WL-2027-01"], reply("按上限执行"))
    returned = read(saved(book))
    assert said(returned) == [
        ("row", "GA-2027-01", "keep", FILED),
        ("ratio", "GA-2027-01", "change", "8%"),
        ("window", "GA-2027-01", "change", "2027-03-01至2027-05-31"),
        ("row", "SCJG-2027-01", "return", FILED),
        ("merge", "GA-2027-01|SCJG-2027-01", "accept", ""),
        ("pair", "GA-2027-02|WL-2027-01", "must_not", ""),
        ("move", "WL-2027-01|2027-05-01至2027-07-30", "accept", ""),
        ("alias", "GA-002|WL-001", "different", ""),
        ("partner_item", f"GA-2027-01|{CULTURE}", "add", "WL-002"),
        ("conflict", "WL-2027-01|listed_ratio|5%", "limit", ""),
    ]
    first = returned.rulings[0]
    assert (first.by, first.why, first.role) == ("张三", "已核实", "reviewer")
    channel = first.channel.split()
    assert (channel[0], len(channel[1]), channel[2:]) == ("workbook", 16, [PLAN, "row", str(ONE)])


def test_a_workbook_sent_back_as_it_was_rules_nothing():
    returned = read(saved(sent()))
    assert (returned.rulings, returned.recorded_count, returned.filled.faults) == ((), 0, ())


PLANTED = {
    ("P101", PLAN, ONE, "理由"),
    ("P103", PLAN, ONE, "调整比例"),
    ("P100", PLAN, TWO, "审核意见"),
    ("P102", PLAN, TWO, "审核人"),
    ("P123", PLAN, THREE, "抽查比例（数量）"),
    ("P040", PLAN, FOUR, "调整比例"),
    ("P124", PLAN, FIVE, "抽查计划编号"),
    ("P101", MERGE, 4, "理由"),
    ("P126", PAIR, 4, "要求"),
    ("P126", PAIR, 5, "要求"),
    ("P109", PAIR, 6, "计划乙"),
    ("P105", CONFLICT, CONFLICT_ROW["GA-2027-01"], "配合事项编码"),
    ("P110", CONFLICT, CONFLICT_ROW["GA-2027-02"], "审核意见"),
    ("P125", CONFLICT, 7, "抽查计划编号"),
}


def planted() -> bytes:
    """Return a workbook with one mistake of nearly every kind."""
    book = sent()
    put(book, PLAN, ONE, {"调整比例": "0.05", "审核人": "张三"})
    put(book, PLAN, TWO, reply("基本同意", by=""))
    put(book, PLAN, THREE, {"抽查比例（数量）": "50%"})
    put(book, PLAN, FOUR, reply("同意", 调整比例="20%"))
    book[PLAN].delete_rows(FIVE)
    put(book, MERGE, 4, reply("不同意合并", why=""))
    put(book, PAIR, 4, must("GA-2027-02", "WL-2027-01", "必须合并"))
    put(book, PAIR, 5, must("WL-2027-01", "GA-2027-02", "不得合并"))
    put(book, PAIR, 6, must("GA-2027-01", "GA-2027-99", "必须合并"))
    put(book, CONFLICT, CONFLICT_ROW["GA-2027-01"], reply("补报事项", 配合事项编码="GA-002"))
    put(book, CONFLICT, CONFLICT_ROW["GA-2027-02"], reply("", why="还要商量"))
    put(book, CONFLICT, 7, {"抽查计划编号": "GA-2027-55", "冲突种类": "超过部门清单自定的比例上限", "内容": "5%"})
    return saved(book)


def test_every_mistake_is_found_in_one_reading_with_row_and_column():
    returned = read(planted())
    assert faults(returned) == PLANTED
    assert returned.rulings == ()


def test_mistakes_are_named_in_chinese_with_the_remedy():
    text = "\n".join(fault.problem.text("zh") for fault in read(planted()).filled.faults)
    assert f"{NAME} {PLAN} 第{TWO}行 审核意见" in text
    for hint in ("是不是“同意”？", "是不是 5%？", "原来是“5%”", "不是县文化广电旅游局的抽查事项", "已经恢复这一行"):
        assert hint in text


def test_the_workbook_goes_back_with_red_cells_comments_and_a_list_of_mistakes():
    book = again(read(planted()))
    assert book.sheetnames[0] == "导入错误"
    listed = {(row[7].value, row[0].value, row[1].value, row[2].value) for row in book["导入错误"].iter_rows(min_row=4)}
    assert len(listed) == len(PLANTED)
    assert ("P103", PLAN, str(ONE), "调整比例") in listed
    assert ("P124", PLAN, str(FIVE), "抽查计划编号") in listed
    assert ("P125", CONFLICT, "原表第7行", "抽查计划编号") in listed
    for _, sheet, row, title in [one for one in PLANTED if one[0] != "P125"]:
        one = cell(book, sheet, row, title)
        assert one.fill.start_color.rgb == RED, (sheet, row, title)
        assert "怎么改" in one.comment.text
    assert cell(book, PLAN, TWO, "审核意见").value == "基本同意"
    assert cell(book, PLAN, THREE, "抽查比例（数量）").value == "5%"
    assert cell(book, PLAN, FIVE, "抽查计划编号").value == "WL-2027-01"
    assert not cell(book, PLAN, TWO, "审核意见").protection.locked


def test_what_went_back_is_read_again_once_it_is_mended():
    book = sent()
    put(book, PLAN, ONE, reply("基本同意"))
    put(book, PLAN, TWO, reply("退回部门"))
    mended = again(read(saved(book)))
    put(mended, PLAN, ONE, {"审核意见": "同意"})
    assert [one.answer for one in read(saved(mended)).rulings] == ["keep", "return"]


def test_reading_the_same_workbook_twice_adds_nothing():
    book = sent()
    put(book, PLAN, ONE, reply("同意", 调整比例="8%"))
    put(book, PAIR, 4, must("GA-2027-02", "WL-2027-01", "不得合并"))
    content = saved(book)
    once = read(content)
    twice = read(content, logged(once))
    assert (twice.rulings, twice.recorded_count, twice.filled.faults) == ((), 3, ())
    # Taken back meanwhile, an old workbook must not bring it in again.
    back = ruling("row", "GA-2027-01", "withdrawn")
    assert read(content, plan(*once.rulings, back)).rulings == ()
    # Filled in further it is a new file, and only what is new in it counts.
    put(book, PLAN, TWO, reply("退回部门"))
    later = read(saved(book), logged(once))
    assert (said(later), later.recorded_count) == ([("row", "SCJG-2027-01", "return", FILED)], 3)


def test_rulings_that_were_filled_in_and_left_alone_are_no_new_words():
    held = plan(ruling("ratio", "GA-2027-01", "change", value="8%", why="任务重"))
    book = sent(held)
    put(book, PLAN, ONE, {"审核意见": "同意"})
    assert said(read(saved(book), held)) == [("row", "GA-2027-01", "keep", FILED)]
    put(book, PLAN, ONE, {"审核意见": None})
    assert read(saved(book), held).rulings == ()


def test_a_later_word_replaces_an_earlier_one_and_can_be_taken_back():
    held = plan(
        ruling("row", "GA-2027-01", "keep", why=""),
        ruling("ratio", "GA-2027-01", "change", value="8%", why="任务重"),
        ruling("row", "GA-2027-09", "return", why="没有依据"),
    )
    book = sent(held)
    put(book, PLAN, ONE, reply("撤回原决定", "再商量", 调整比例="撤回"))
    put(book, "其他决定", 4, reply("撤回原决定", "已改正"))
    returned = read(saved(book), held)
    assert said(returned) == [
        ("row", "GA-2027-01", "withdrawn", FILED),
        ("ratio", "GA-2027-01", "withdrawn", ""),
        ("row", "GA-2027-09", "withdrawn", ""),
    ]


def test_another_reason_for_the_same_answer_is_a_new_word():
    held = plan(ruling("row", "GA-2027-01", "return", why="没有依据"))
    book = sent(held)
    put(book, PLAN, ONE, {"理由": "与省级清单不符"})
    [one] = read(saved(book), held, by="王五").rulings
    assert (one.answer, one.why, one.by) == ("return", "与省级清单不符", "王五")


def test_an_emptied_cell_takes_nothing_back_and_an_old_reason_is_no_new_one():
    held = plan(
        ruling("row", "GA-2027-01", "return", why="没有依据"), ruling("row", "GA-2027-02", "return", why="重复")
    )
    book = sent(held)
    put(book, PLAN, ONE, {"审核意见": None})
    put(book, PLAN, THREE, {"审核意见": "撤回原决定"})
    assert faults(read(saved(book), held)) == {("P131", PLAN, ONE, "审核意见"), ("P132", PLAN, THREE, "理由")}


def test_a_pair_that_was_ruled_is_not_turned_into_another():
    held = plan(ruling("pair", "GA-2027-01|WL-2027-01", "must_not"))
    book = sent(held)
    put(book, PAIR, 4, {"计划乙": "GA-2027-02"})
    assert faults(read(saved(book), held)) == {("P133", PAIR, 4, "计划甲")}


def test_who_answered_may_be_named_for_the_whole_workbook():
    book = sent()
    put(book, PLAN, ONE, reply("同意", by=""))
    put(book, PLAN, TWO, reply("同意", by="李四"))
    assert [one.by for one in read(saved(book), by="张三").rulings] == ["张三", "李四"]


def test_numbers_of_persons_in_a_reason_are_masked():
    book = sent()
    put(book, PLAN, ONE, reply("退回部门", "电话13912345678问过"))
    [one] = read(saved(book)).rulings
    assert one.why == "电话139****5678问过"


@pytest.mark.parametrize("word", ["必须合并", "不得合并"])
def test_rulings_on_merging_that_contradict_each_other_are_refused_and_named(word):
    held = plan(
        ruling("pair", "GA-2027-01|GA-2027-02", "must"),
        ruling("pair", "GA-2027-02|WL-2027-01", "must_not" if word == "必须合并" else "must"),
    )
    book = sent(held)
    put(book, PAIR, 6, must("GA-2027-01", "WL-2027-01", word))
    returned = read(saved(book), held)
    assert faults(returned) == {("P130", PAIR, 6, "要求")}
    reason = returned.filled.faults[0].problem.reason
    assert "2027年决定记录第1条" in reason
    assert "2027年决定记录第2条" in reason
    # The same workbook may take back what it contradicts.
    put(book, PAIR, 5, {"要求": "撤回原决定", "理由": "再商量", "审核人": "张三"})
    assert "withdrawn" in [one.answer for one in read(saved(book), held).rulings]


def test_a_step_is_not_agreed_to_while_a_pair_of_it_is_kept_apart():
    book = sent()
    put(book, MERGE, 4, reply("同意合并"))
    put(book, PAIR, 4, must("GA-2027-01", "SCJG-2027-01", "不得合并"))
    assert faults(read(saved(book))) == {("P130", PAIR, 4, "要求")}


def changed_rows(**changes: object) -> tuple[dict[str, object], ...]:
    return tuple({**row, **(changes if row.get("plan_row_id") == "SCJG-2027-01" else {})} for row in ROWS)


def test_of_a_workbook_of_another_version_what_is_still_asked_is_taken_and_the_rest_told():
    book = sent()
    put(book, PLAN, ONE, reply("同意"))
    put(book, PLAN, TWO, reply("退回部门"))
    put(book, MERGE, 4, reply("同意合并"))
    now = plan(rows=changed_rows(ratio_text="6%", ratio_in_force="6%"), proposals=())
    returned = read_review(NAME, saved(book), replace(review(now), fingerprint="6" * 64))
    assert said(returned) == [("row", "GA-2027-01", "keep", FILED)]
    assert faults(returned) == {("P127", PLAN, TWO, "审核意见"), ("P128", MERGE, 4, "审核意见")}
    told = returned.filled.faults[0].problem.reason
    assert "“抽查比例（数量）”原来是“5%”，现在是“6%”" in told
    back = again(returned, logged(returned, rows=changed_rows(ratio_text="6%", ratio_in_force="6%"), proposals=()))
    assert back.sheetnames[0] == "未导入"
    one = cell(back, PLAN, TWO, "审核意见")
    assert (one.value, one.fill.start_color.rgb) == (None, ORANGE)
    assert "原来填的是：审核意见 退回部门；理由 已核实；审核人 张三" in one.comment.text


def test_figures_that_moved_with_the_registers_change_no_question():
    book = sent()
    put(book, PLAN, TWO, reply("退回部门"))
    now = plan(rows=changed_rows(scope_count=101, expected_count=5.05))
    assert said(read(saved(book), now)) == [("row", "SCJG-2027-01", "return", FILED)]
    # What lasts is still compared, and so is a figure as long as it is the one that was sent.
    put(book, PLAN, TWO, {"抽查事项": "别的事项", "预计户数": "1.0"})
    assert faults(read(saved(book), now)) == {("P123", PLAN, TWO, "抽查事项")}
    assert ("P123", PLAN, TWO, "预计户数") in faults(read(saved(book)))


def test_what_somebody_else_answered_since_is_told_and_not_overwritten():
    book = sent()
    put(book, PLAN, ONE, reply("退回部门"))
    put(book, PLAN, TWO, reply("同意"))
    put(book, PLAN, THREE, reply("退回部门", "再看过"))
    since = (
        ruling("row", "GA-2027-01", "keep", by="李四"),
        ruling("row", "SCJG-2027-01", "keep", by="李四"),
        ruling("row", "GA-2027-02", "keep", by="张三"),
    )
    returned = read(saved(book), plan(*since))
    assert said(returned) == [("row", "GA-2027-02", "return", FILED)]
    assert faults(returned) == {("P129", PLAN, ONE, "审核意见")}
    assert "李四已在2026-12-01 09:00决定“同意”（决定记录第1条）" in returned.filled.faults[0].problem.reason
    now = logged(returned, *since)
    back = again(returned, now)
    assert cell(back, PLAN, ONE, "审核意见").value == "同意"
    # Sent back untouched it still overwrites nothing; answered anew it is a new word.
    assert read(saved(back), now).rulings == ()
    put(back, PLAN, ONE, reply("退回部门", "商量过了"))
    assert said(read(saved(back), now)) == [("row", "GA-2027-01", "return", FILED)]


@pytest.mark.parametrize("name", ["审核表.xls", "审核表.et", "审核表.csv", "审核表"])
def test_another_format_is_to_be_saved_as_xlsx(name):
    with pytest.raises(RefusedError) as refused:
        read_review(name, saved(sent()), review())
    [found] = refused.value.problems
    assert found.code == "P122"
    assert "另存为 .xlsx" in found.fix


def refused(book, tables=None) -> str:
    with pytest.raises(RefusedError) as told:
        read(saved(book), tables)
    [found] = told.value.problems
    return found.code


def test_a_workbook_of_another_kind_or_year_is_refused():
    no_facts, no_sheet, no_column, other_year = (sent() for _ in range(4))
    del no_facts["字典"]
    del no_sheet[PAIR]
    no_column[PLAN].delete_cols(16)
    assert [refused(one) for one in (no_facts, no_sheet, no_column)] == ["P120"] * 3
    assert refused(other_year, replace(plan(), year=2028)) == "P121"


@pytest.mark.office
def test_an_office_saves_it_anew_and_the_same_mistakes_are_found(tmp_path: Path):
    (tmp_path / "filled.xlsx").write_bytes(planted())
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
    subprocess.run(
        [*command, "xlsx", "--outdir", tmp_path / "out", tmp_path / "filled.xlsx"],
        check=True,
        capture_output=True,
        timeout=180,
    )
    content = (tmp_path / "out" / "filled.xlsx").read_bytes()
    assert faults(read(content)) == PLANTED
    book = opened(content)
    sheet = book[PLAN]
    assert sheet.protection.sheet
    kinds = [one.type for one in sheet.data_validations.dataValidation]
    assert kinds.count("custom") == 2
    assert "list" in kinds
    assert len(sheet.conditional_formatting) == len(sent()[PLAN].conditional_formatting)
    assert book["字典"].sheet_state == "hidden"
    assert "WL-002" in cell(book, CONFLICT, CONFLICT_ROW["GA-2027-01"], "配合事项编码").comment.text

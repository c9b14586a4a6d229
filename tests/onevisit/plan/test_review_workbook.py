"""The review workbook that is sent out: every question in its line, locked but for what is to fill in."""

from dataclasses import replace

import pytest

from onevisit.forms import FACTS
from onevisit.plan.review_forms import FORMS, ROWS
from onevisit.plan.review_workbook import Changes, review_workbook
from tests.onevisit.plan.reviews import CONFLICTS, ITEMS, TASKS, plan, ruling
from tests.onevisit.plan.reviews import ROWS as PLAN_ROWS
from tests.onevisit.plan.samples import CULTURE
from tests.onevisit.plan.workbooks import CONFLICT_ROW, ROW, cell, opened, review, sent

YELLOW, GREY = "FFFFF2CC", "FFF2F2F2"
SHEETS = [
    "填写说明", "计划审核", "合并建议", "指定合并", "时段调整", "同类事项", "冲突", "未合并", "规则代价", "人力",
    "各月人力", "变动", "进度", "退回", "部门", "统计", "签批单", FACTS,
]  # fmt: skip


@pytest.fixture(scope="module")
def book():
    return sent()


def column(book, sheet: str, title: str) -> list[object]:
    return [cell(book, sheet, row, title).value for row in range(4, book[sheet].max_row + 1)]


def test_the_sheets_stand_in_the_order_of_reading(book):
    assert book.sheetnames == SHEETS


def test_every_plan_row_has_a_line_beside_those_of_its_task(book):
    assert column(book, "计划审核", "抽查计划编号") == list(ROW)
    assert [str(text)[:4] for text in column(book, "计划审核", "任务")] == ["T001", "T001", "T002", "T003", "T004"]
    assert column(book, "计划审核", "比例上限") == ["10%", "10%", "不限", "10%", "10%"]


def test_a_merge_shows_before_and_after(book):
    shown = {
        title: cell(book, "合并建议", 4, title).value for title in ("合并前\n预计上门", "合并后\n预计上门", "预计减少")
    }
    assert list(shown.values()) == ["10.0户次", "5.5户次", "4.5户次"]
    assert "对旅馆业特种行业的检查" in str(cell(book, "合并建议", 4, "检查什么").value)


def test_a_ratio_that_is_not_as_filed_shows_both():
    rows = ({"ratio_in_force": "8%", "changes": ["抽查比例由“5%”改为“8%”（审核决定第1号）"]},)
    held = sent(plan(rows=rows, tasks=({"task_id": "T001", "plan_rows": ["GA-2027-01"]},)))
    assert cell(held, "计划审核", 4, "抽查比例（数量）").value == "8%\n（报送5%）"
    assert "审核决定第1号" in str(cell(held, "计划审核", 4, "系统提示").value)


def test_what_each_rule_costs_stands_below_the_rules_as_they_are(book):
    assert column(book, "规则代价", "放宽的限制") == ["现行规则", "对象重合不足"]
    assert column(book, "未合并", "限制") == ["部门过多"]


def test_what_people_cannot_do_is_shown_and_the_months_that_are_crowded(book):
    assert column(book, "人力", "无法完成\n户次") == [89]
    assert cell(book, "各月人力", 4, "4月").value == "125%\n紧"
    assert "人力不足：县公安局人手不够。" in str(cell(book, "计划审核", ROW["GA-2027-01"], "系统提示").value)


def test_only_what_is_to_fill_in_is_yellow_and_open_and_takes_text(book):
    for title in (one.title for one in ROWS.columns):
        one = cell(book, ROWS.name, 4, title)
        is_input = title in ROWS.inputs
        assert one.protection.locked != is_input, title
        assert one.fill.start_color.rgb == (YELLOW if is_input else GREY), title
        assert one.number_format == ("@" if is_input else "General"), title
    for form in FORMS[:-1]:
        assert book[form.name].protection.sheet
        assert not book[form.name].protection.password
    assert book[FACTS].sheet_state == "hidden"


def test_each_line_offers_its_own_answers(book):
    def offered(sheet: str, row: int, title: str) -> list[object]:
        name = cell(book, sheet, row, title).coordinate
        [rule] = [one for one in book[sheet].data_validations.dataValidation if name in one.sqref]
        cells = book[FACTS][rule.formula1.split("!")[1].replace("$", "")]
        return [one[0].value for one in cells]

    assert offered("计划审核", 4, "审核意见") == ["同意", "退回部门"]
    assert offered("冲突", CONFLICT_ROW["GA-2027-01"], "审核意见") == ["补报事项", "不参加"]
    assert offered("冲突", CONFLICT_ROW["WL-2027-01"], "审核意见") == ["照原计划", "按上限执行", "退回部门"]
    assert offered("指定合并", 4, "要求") == ["必须合并", "不得合并"]


def test_how_a_ratio_and_a_window_are_written_is_held_to(book):
    rules = {one.errorTitle: one for one in book["计划审核"].data_validations.dataValidation if one.type == "custom"}
    assert set(rules) == {"调整比例写法不对", "调整时段写法不对"}
    assert all(len(one.formula1) <= 255 for one in rules.values())
    assert book["计划审核"].conditional_formatting


def test_a_partner_without_an_item_is_shown_what_it_may_check(book):
    comment = cell(book, "冲突", CONFLICT_ROW["GA-2027-01"], "配合事项编码").comment
    assert comment
    own = [f"{item['item_code']}　{item['item_name']}" for item in ITEMS if item["department"] == CULTURE]
    assert own
    assert all(one in comment.text for one in own)


def test_rulings_in_effect_are_filled_in_where_they_are_asked():
    held = sent(
        plan(
            ruling("row", "GA-2027-01", "keep", why=""),
            ruling("ratio", "GA-2027-01", "change", value="8%", why="任务重"),
            ruling("pair", "GA-2027-01|WL-2027-01", "must_not", why="季节不同"),
            ruling("row", "GA-2027-09", "return"),
        )
    )
    filled = {title: cell(held, "计划审核", ROW["GA-2027-01"], title).value for title in ROWS.inputs}
    assert filled == {"审核意见": "同意", "调整比例": "8%", "调整时段": None, "理由": "任务重", "审核人": "王五"}
    assert "已定：同意（王五，2026-12-01，2027年决定记录第1条）" in str(cell(held, "计划审核", 4, "系统提示").value)
    assert [one.value for one in held["指定合并"][4]][:6] == [
        "1",
        "GA-2027-01",
        "WL-2027-01",
        "不得合并",
        "季节不同",
        "王五",
    ]
    assert [one.value for one in held["其他决定"][4]][:2] == ["计划", "GA-2027-09"]


def test_the_departments_and_figures_are_the_plan_s(book):
    assert sum(column(book, "部门", "采用的计划（行）")) == len(PLAN_ROWS)
    assert sum(column(book, "部门", "发起任务")) == len(TASKS)
    assert sum(column(book, "部门", "冲突（条）")) == len(CONFLICTS)
    figures = dict(zip(column(book, "统计", "指标"), column(book, "统计", "数量"), strict=True))
    assert figures["抽查任务（个）"] == len(TASKS)
    assert figures["5月开展的任务（个）"] == len(TASKS)
    assert figures["1月开展的任务（个）"] == 0


def test_a_count_among_the_figures_shows_no_tenths_and_an_estimate_does(book):
    shown = {
        cell(book, "统计", row, "指标").value: cell(book, "统计", row, "数量").number_format
        for row in range(4, book["统计"].max_row + 1)
    }
    assert {title for title, number_format in shown.items() if number_format == "#,##0.0"} == {
        "各计划分别上门（预计户次）",
        "整合后上门（预计户次）",
        "整合后减少（预计户次）",
    }
    assert shown["抽查任务（个）"] == "#,##0"


def test_progress_tells_what_waits():
    held = sent(plan(ruling("row", "GA-2027-01", "keep")))
    shown = {row[0].value: [one.value for one in row[1:4]] for row in held["进度"].iter_rows(min_row=4)}
    assert shown["计划"] == [5, 1, 4]
    assert shown["冲突"] == [2, 0, 2]


def test_what_changed_since_the_version_signed_last_is_told():
    row = {
        "what": "row",
        "subject": "GA-2027-01",
        "change": "changed",
        "column": "执行比例",
        "before": "5%",
        "after": "8%",
    }
    book = opened(review_workbook(replace(review(), changes=Changes(2, [row]))))
    assert [one.value for one in book["变动"][4]] == ["计划", "GA-2027-01", "改动", "执行比例", "5%", "8%"]
    assert "与签批的第2版相比，共 1 处变动" in str(book["变动"]["A2"].value)
    assert "没有签批过" in str(sent()["变动"]["A2"].value)


def test_nothing_in_it_is_a_formula(book):
    assert column(book, "退回", "原值") == ["=20%+5%"]
    assert cell(book, "计划审核", ROW["SCJG-2027-01"], "备注").value == "=HYPERLINK(1)"
    assert not any(one.data_type == "f" for sheet in book for row in sheet.iter_rows() for one in row)


def test_heads_stay_in_sight_repeat_on_paper_and_can_be_filtered(book):
    for name in SHEETS[1:-2]:
        sheet = book[name]
        assert sheet.freeze_panes.endswith("4"), name
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.auto_filter.ref is not None or name == "变动"
    for name in (form.name for form in FORMS[:-1]):
        assert str(book[name].page_setup.paperSize) == "8"


def test_the_slip_to_sign_names_the_version_and_who_signs(book):
    text = "\n".join(str(one.value) for row in book["签批单"].iter_rows() for one in row if one.value)
    assert "5" * 64 in text
    assert "审核人意见" in text
    assert "签批人意见" in text
    assert book["签批单"].page_setup.orientation == "portrait"


def test_the_same_plan_gives_the_same_bytes_whatever_the_order_of_rows():
    turned = plan(rows=PLAN_ROWS[::-1], conflicts=CONFLICTS[::-1], tasks=TASKS[::-1])
    assert review_workbook(review(turned)) == review_workbook(review())


def test_a_year_without_a_plan_gives_a_workbook_that_opens():
    empty = sent(plan(rows=(), conflicts=(), proposals=(), tasks=(), refused=()))
    assert empty.sheetnames == SHEETS

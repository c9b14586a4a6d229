"""The workbook that is sent out: value under value, locked but for what is to fill in, nothing personal shown."""

import io

import openpyxl
import pytest

from onevisit.forms import FACTS
from onevisit.registries.review_workbook import PAIRS, Review, review_workbook
from tests.onevisit.registries.reviews import DUE, PAIRS_ASKED, TWO_CODES, review, said, sent
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX

YELLOW, ORANGE = "FFFFF2CC", "FFF8CBAD"


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return sent(said(9, "scjg:1", "different", "wj:2", why="两家门店"))


def cell(book, row, title, sheet=PAIRS.name):
    heads = [head.value for head in book[sheet][3]]
    return book[sheet].cell(row, heads.index(title) + 1)


def fill(one) -> str:
    return one.fill.start_color.rgb


def test_one_pair_is_two_lines_the_likeliest_first(book):
    assert book.sheetnames == ["填写说明", "疑似重复", "已判断", FACTS]
    shown = [(row[0].value, row[1].value, row[3].value) for row in book["疑似重复"].iter_rows(min_row=4)]
    assert shown[:4] == [
        ("R-0000000001", "甲", "大英县云诚超市"),
        ("R-0000000001", "乙", "大英县云成超市"),
        ("R-0000000002", "甲", "=HYPERLINK(1)"),
        ("R-0000000002", "乙", "大英县云诚超市"),
    ]
    assert len(shown) == 8
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_what_differs_is_coloured_and_what_is_blank_on_one_side_is_not(book):
    assert fill(cell(book, 4, "名称")) == fill(cell(book, 5, "名称")) == ORANGE
    assert fill(cell(book, 4, "联系电话")) == ORANGE
    assert fill(cell(book, 6, "地址")) != ORANGE
    assert fill(cell(book, 6, "成立日期")) != ORANGE


def test_only_what_is_to_fill_in_is_yellow_and_open(book):
    for title in (column.title for column in PAIRS.columns):
        one = cell(book, 4, title)
        is_input = title in PAIRS.inputs
        assert one.protection.locked != is_input, title
        assert (fill(one) == YELLOW) == is_input, title
    for sheet in ("疑似重复", "已判断", FACTS):
        assert book[sheet].protection.sheet
        assert not book[sheet].protection.password
    assert book[FACTS].sheet_state == "hidden"


def test_a_judgement_is_chosen_from_a_list_and_asked_for_once_a_pair(book):
    sheet = book["疑似重复"]
    [chosen] = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert chosen.formula1 == f"'{FACTS}'!$C$1:$C$4"
    assert [book[FACTS].cell(row, 3).value for row in range(1, 5)] == ["同一对象", "不同对象", "说不清", "撤回原判断"]
    column = cell(book, 4, "判断").column_letter
    assert f"{column}4:{column}5" in {str(one) for one in sheet.merged_cells.ranges}
    assert sheet.conditional_formatting


def test_likelihood_is_a_word_and_a_number(book):
    assert [cell(book, row, "可能性").value for row in (4, 6, 8, 10)] == ["高\n80.0%", "高\n70.0%", "高\n60.0%", "—"]


def test_phones_are_masked_and_id_numbers_never_shown():
    row = PAIRS_ASKED[0] | {
        "left_phone": "13800005678",
        "right_code": "510923********1234",
        "waterfall": "+2.0　电话相同：13800005678\n+1　证件 510923199001011233 510923********1234",
    }
    content = review_workbook(review(rows=(row,)), HEALTH, due=DUE)
    shown = "\n".join(
        str(one) for sheet in openpyxl.load_workbook(io.BytesIO(content)) for r in sheet.values for one in r
    )
    assert "138****5678" in shown
    assert "13800005678" not in shown
    assert "510923" not in shown


def test_judgements_so_far_are_shown_to_every_department_whose_record_they_are_about():
    held = review(said(9, "scjg:1", "different", "wj:2", why="两家门店"), said(8, "scjg:5", "same", "tax:5"))
    for department, numbers in ((HEALTH, ["R-0000000009"]), (MARKET, ["R-0000000008", "R-0000000009"])):
        book = openpyxl.load_workbook(io.BytesIO(review_workbook(held, department, due=DUE)))
        assert [row[0].value for row in book["已判断"].iter_rows(min_row=4)] == numbers
    assert held.departments() == sorted([HEALTH, MARKET, TAX])
    shown = [
        one.value for one in openpyxl.load_workbook(io.BytesIO(review_workbook(held, HEALTH, due=DUE)))["已判断"][4]
    ]
    assert shown[1:7] == [
        "大英县云诚超市\n县市场监管局　scjg:1",
        "大英县云诚超市\n县卫生健康局　wj:2",
        "不同对象",
        "王五",
        "2026-11-05 10:00",
        "两家门店",
    ]


def test_the_same_review_gives_the_same_bytes_whatever_the_order_of_its_rows():
    one = review(said(9, "scjg:1", "different", "wj:2"))
    other = Review(one.county, one.year, one.pairs.reverse(), one.judgements, one.sources.reverse())
    assert review_workbook(one, HEALTH, due=DUE) == review_workbook(other, HEALTH, due=DUE)


def test_a_department_with_nothing_to_judge_gets_a_workbook_that_opens():
    book = openpyxl.load_workbook(io.BytesIO(review_workbook(review(rows=()), HEALTH, due=DUE)))
    assert book["疑似重复"].max_row == 3


def test_codes_are_shown_whole(book):
    assert [cell(book, row, "代码").value for row in (8, 9, 11)] == [*TWO_CODES, None]

import io

import openpyxl
import pytest

from onevisit.filings.accounts import account, refused_lines
from onevisit.filings.intake import Document, file_department, strays
from onevisit.filings.notice import refusal_workbook

SALT = "s"


@pytest.fixture
def book(county):
    police = county.department_by_name["县公安局"]
    bad = "记录编号,单位名称,证照号码,辖区\nGA-1,某旅馆,无,蓬来真\nGA-2,=HYPERLINK(1),无,\nGA-3,,无,\n".encode()
    rows = file_department(police, [Document("检查对象名录.csv", bad)], county, secret=SALT)
    content = refusal_workbook("大英县", 2027, account([rows]), refused_lines([rows]))
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_department_finds_every_refused_row_on_its_own_sheet(book):
    assert book.sheetnames == ["对账", "全部", "县公安局"]
    shown = [[cell.value for cell in row] for row in book["县公安局"].iter_rows(min_row=4)]
    assert {row[1] for row in shown} >= {"检查对象名录", "年度抽查计划"}
    places = {(row[4], row[5]) for row in shown if row[2] == "检查对象名录.csv"}
    assert places == {(2, "辖区"), (4, "单位名称")}


def test_the_account_is_the_first_sheet_and_adds_up(book):
    [row] = [[cell.value for cell in row] for row in book["对账"].iter_rows(min_row=4)]
    read, kept, refused, _ = row[4:]
    assert (read, kept, refused) == (3, 1, 2)


def test_folders_of_no_department_may_be_called_what_no_sheet_may(county):
    names = ["a" * 200, "[x]", "部:门", "'q'", "全部", "对账", "History", "ABC", "abc", "🏪" * 40]
    rows = strays(dict.fromkeys(names, True) | {"名单.csv": False}, county)
    book = openpyxl.load_workbook(io.BytesIO(refusal_workbook("大英县", 2027, account([rows]), refused_lines([rows]))))
    assert len({name.lower() for name in book.sheetnames}) == len(names) + 3
    assert [row[0].value for row in book["全部"].iter_rows(min_row=5)] == sorted(names)

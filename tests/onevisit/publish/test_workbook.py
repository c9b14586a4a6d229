"""The bureau's workbook shows the whole plan, is safe to open, and prints."""

import io
import subprocess
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from onevisit.publish.workbook import plan_workbook
from tests.onevisit.publish.counties import CLASS_RATIO, DEPARTMENTS, made, review_of

COUNTY = made()


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(plan_workbook(review_of(COUNTY))))


def column(book: openpyxl.Workbook, sheet: str, title: str) -> list[object]:
    heads = [cell.value for cell in book[sheet][3]]
    return [row[heads.index(title)].value for row in book[sheet].iter_rows(min_row=4)]


def test_the_sheets_stand_in_the_order_of_reading(book: openpyxl.Workbook):
    assert book.sheetnames == ["填写说明", "计划", "合并建议", "退回", "冲突", "部门", "统计"]


def test_every_task_is_there_with_ratios_as_filed(book: openpyxl.Workbook):
    assert column(book, "计划", "任务编号") == COUNTY.tasks["task_id"].to_list()
    ratios = dict(zip(column(book, "计划", "任务编号"), column(book, "计划", "抽查比例（数量）"), strict=True))
    assert (ratios["T001"], ratios["T003"]) == ("5%", CLASS_RATIO)


def test_the_departments_add_up_to_the_plan(book: openpyxl.Workbook):
    assert column(book, "部门", "部门") == DEPARTMENTS
    assert sum(column(book, "部门", "采用的计划（行）")) == COUNTY.submitted.height
    assert sum(column(book, "部门", "发起任务")) == COUNTY.tasks.height
    assert sum(column(book, "部门", "退回的计划（行）")) == 1


def test_the_figures_are_the_plan_s(book: openpyxl.Workbook):
    figures = dict(zip(column(book, "统计", "指标"), column(book, "统计", "数量"), strict=True))
    assert figures["抽查任务（个）"] == COUNTY.tasks.height
    assert figures["整合后减少（预计户次）"] == pytest.approx(8 * 19.5)
    in_march = COUNTY.tasks.filter((pl.col("starts_on").dt.month() <= 3) & (pl.col("ends_on").dt.month() >= 3))
    assert figures["3月开展的任务（个）"] == in_march.height


def test_nothing_in_it_is_a_formula(book: openpyxl.Workbook):
    assert column(book, "退回", "原值") == ["=20%+5%"]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_heads_stay_in_sight_and_repeat_on_paper(book: openpyxl.Workbook):
    for name in book.sheetnames[1:]:
        sheet = book[name]
        assert sheet.freeze_panes == "C4"
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.auto_filter.ref is not None


def test_the_same_plan_gives_the_same_bytes_whatever_the_order_of_rows():
    shuffled = type(COUNTY)({n: f.sample(fraction=1, shuffle=True, seed=5) for n, f in COUNTY.frames.items()})
    assert plan_workbook(review_of(shuffled)) == plan_workbook(review_of(COUNTY))


@pytest.mark.office
def test_an_office_opens_and_prints_it(tmp_path: Path):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(plan_workbook(review_of(COUNTY)))
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    text = subprocess.run(["pdftotext", "-layout", str(tmp_path / "plan.pdf"), "-"], check=True, capture_output=True)
    assert "任务编号" in text.stdout.decode()
    assert "第 1 页" in text.stdout.decode()

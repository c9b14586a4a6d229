"""Reviewing the plan as an official does it: from a sent workbook to the decision log, and back."""

import shutil
import stat
from pathlib import Path

import openpyxl
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from assets.folders import Folders
from onevisit.decisions import parse_log
from onevisit.plan.review_workbook import review_workbook
from onevisit.plan.tables import Conflicts, Proposals, Refused, Submitted, Tasks
from onevisit.registries.tables import Items
from onevisit.tables import stage_of, table_of
from pipelines.cli import app
from tests.onevisit.plan.reviews import YEAR, plan
from tests.onevisit.plan.workbooks import NAME, ROW, put, review

PLAN = "计划审核"
ONE, TWO, *_ = ROW.values()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A county whose plan was merged, nothing ruled yet."""
    made, tables = Folders(tmp_path / "data"), plan()
    made.exports(YEAR).mkdir(parents=True)
    frames = {
        Submitted: tables.submitted,
        Refused: tables.refused,
        Conflicts: tables.conflicts,
        Proposals: tables.proposals,
        Tasks: tables.tasks,
        Items: tables.items,
    }
    for model, frame in frames.items():
        frame.write_parquet(made.exports(YEAR) / f"{stage_of(model)}.{table_of(model)}.parquet")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(review_workbook(review()))
    return path


def filled(file: Path, *answers: tuple[int, dict[str, object]]) -> Path:
    book = openpyxl.load_workbook(file)
    for row, texts in answers:
        put(book, PLAN, row, texts)
    book.save(file)
    return file


def run(folders: Folders, command: str, *arguments: object):
    given = ["review", command, *map(str, arguments), "--year", str(YEAR), "--data", str(folders.data)]
    return CliRunner().invoke(app, [*given, "--county", "county"])


def log(folders: Folders):
    path = folders.decisions(YEAR)
    return parse_log(path.read_text("utf-8")) if path.exists() else []


def test_a_filled_workbook_goes_into_the_decision_log_in_one_piece(folders, file):
    sheet = filled(
        file,
        (ONE, {"审核意见": "同意", "调整比例": "8%", "理由": "任务重"}),
        (TWO, {"审核意见": "退回部门", "理由": "重复"}),
    )
    done = run(folders, "import", sheet, "--by", "张三")
    assert done.exit_code == 0, done.output
    assert "已导入 3 条审核决定：计划 2，抽查比例 1" in done.output
    assert "任务重" not in done.output
    keep, ratio, back = log(folders)
    assert (keep.kind, keep.role, keep.by) == ("decide", "reviewer", "张三")
    assert len(keep.plan_fingerprint) == 64
    assert ratio.details == {"topic": "ratio", "subject": "GA-2027-01", "answer": "change", "value": "8%"}
    assert back.channel.endswith(f"{PLAN} row {TWO}")
    # The demonstration county's clock is scripted, and what is ruled in it marked.
    assert keep.is_demonstration
    assert stat.S_IMODE(folders.decisions(YEAR).stat().st_mode) == 0o600


def test_the_same_workbook_twice_adds_nothing_and_says_so(folders, file):
    sheet = filled(file, (ONE, {"审核意见": "同意"}))
    run(folders, "import", sheet, "--by", "张三")
    twice = run(folders, "import", sheet, "--by", "张三")
    assert twice.exit_code == 0
    assert "没有新增：表中的意见此前都已导入。" in twice.output
    assert len(log(folders)) == 1


def test_a_workbook_with_a_mistake_goes_back_marked_and_nothing_of_it_counts(folders, file):
    sheet = filled(file, (ONE, {"审核意见": "同意"}), (TWO, {"审核意见": "基本同意"}))
    refused = run(folders, "import", sheet, "--by", "张三")
    assert refused.exit_code == 1
    assert "没有导入：表中有 1 处错误" in refused.output
    assert f"{PLAN} 第{TWO}行 审核意见" in refused.output
    assert log(folders) == []
    back = file.with_name("年度抽查计划审核表（有错误）.xlsx")
    assert openpyxl.load_workbook(back).sheetnames[0] == "导入错误"
    assert stat.S_IMODE(back.stat().st_mode) == 0o600


def test_two_officials_who_differ_are_told_and_the_rest_of_both_counts(folders, file, tmp_path):
    other = tmp_path / "李四.xlsx"
    shutil.copy(file, other)
    run(folders, "import", filled(file, (ONE, {"审核意见": "同意"})), "--by", "张三")
    second = filled(other, (ONE, {"审核意见": "退回部门", "理由": "重复"}), (TWO, {"审核意见": "同意"}))
    done = run(folders, "import", second, "--by", "李四")
    assert done.exit_code == 0, done.output
    assert "已导入 1 条审核决定：计划 1" in done.output
    assert "有 1 条没有导入，请重新审核" in done.output
    assert "张三已在" in done.output
    assert [(one.by, one.details["subject"]) for one in log(folders)] == [
        ("张三", "GA-2027-01"),
        ("李四", "SCJG-2027-01"),
    ]
    back = openpyxl.load_workbook(tmp_path / "李四（重新审核）.xlsx")
    assert back.sheetnames[0] == "未导入"


def test_what_holds_is_listed_without_reasons(folders, file):
    run(folders, "import", filled(file, (TWO, {"审核意见": "退回部门", "理由": "重复"})), "--by", "张三")
    listed = run(folders, "list")
    assert listed.exit_code == 0
    assert "计划：应决定 5，已决定 1" in listed.output
    assert "计划  SCJG-2027-01  退回部门（张三，" in listed.output
    assert "重复" not in listed.output


def test_nothing_is_recorded_while_a_run_holds_the_data(folders, file):
    folders.data.mkdir(exist_ok=True)
    with FileLock(folders.data / "run.lock"):
        refused = run(folders, "import", filled(file, (ONE, {"审核意见": "同意"})), "--by", "张三")
    assert refused.exit_code == 1
    assert "C005" in refused.output
    assert log(folders) == []


def test_another_format_is_refused_with_the_remedy(folders, file):
    refused = run(folders, "import", file.rename(file.with_suffix(".xls")))
    assert refused.exit_code == 1
    assert "另存为 .xlsx" in refused.output

"""Judging as a clerk does it: from a sent workbook to the decision log, and back."""

import json
import shutil
import stat
from pathlib import Path

import openpyxl
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from assets.folders import Folders
from onevisit.decisions import parse_log
from onevisit.registries.review_workbook import review_workbook
from pipelines.cli import app
from tests.onevisit.registries.reviews import DUE, ROW, YEAR, answer, put, review
from tests.onevisit.registries.samples import HEALTH

ONE, TWO, THREE, FOUR = ROW.values()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A county whose registries were filed, nothing judged yet."""
    made = Folders(tmp_path / "data")
    made.exports(YEAR).mkdir(parents=True)
    asked = review()
    asked.pairs.write_parquet(made.exports(YEAR) / "registries.duplicates_to_review.parquet")
    asked.sources.write_parquet(made.exports(YEAR) / "registries.object_sources.parquet")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "县卫生健康局.xlsx"
    path.write_bytes(review_workbook(review(), HEALTH, due=DUE))
    return path


def filled(file: Path, *answers: tuple[int, dict[str, object]]) -> Path:
    book = openpyxl.load_workbook(file)
    for row, texts in answers:
        put(book, row, texts)
    book.save(file)
    return file


def judge(folders: Folders, *arguments: object, county: Path = Path("county")):
    return CliRunner().invoke(
        app, ["judge", "--year", str(YEAR), "--data", str(folders.data), "--county", str(county), *map(str, arguments)]
    )


def log(folders: Folders):
    path = folders.decisions(YEAR)
    return parse_log(path.read_text("utf-8")) if path.exists() else []


def test_a_filled_workbook_goes_into_the_decision_log_in_one_piece(folders, file):
    done = judge(folders, filled(file, (ONE, answer("同一对象")), (THREE, answer("同一对象", "换了证"))))
    assert done.exit_code == 0, done.output
    assert "已导入 2 条判断：同一对象 2" in done.output
    assert "两个代码）：R-0000000003" in done.output
    first, second = log(folders)
    assert (first.kind, first.role, first.by, first.plan_fingerprint) == ("judge", "judge", "李四", "")
    assert first.details == {
        "pair_id": "R-0000000001",
        "left_key": "scjg:1",
        "right_key": "wj:1",
        "judgement": "same",
    }
    assert first.channel.endswith("疑似重复 row 4")
    assert "两个代码" in second.what
    # The demonstration county's clock is scripted, and what is judged in it marked.
    assert first.is_demonstration
    assert stat.S_IMODE(folders.decisions(YEAR).stat().st_mode) == 0o600


def test_the_same_workbook_twice_adds_nothing_and_says_so(folders, file):
    filled(file, (ONE, answer("同一对象")))
    judge(folders, file)
    before = folders.decisions(YEAR).read_bytes()
    again = judge(folders, file)
    assert again.exit_code == 0
    assert "没有新增：表中的判断此前都已导入" in again.output
    assert folders.decisions(YEAR).read_bytes() == before


def test_one_mistake_and_nothing_is_recorded_and_the_workbook_comes_back_beside(folders, file):
    refused = judge(folders, filled(file, (ONE, answer("同一对象")), (TWO, answer("不同对象", ""))))
    assert refused.exit_code == 1
    assert log(folders) == []
    for text in ("没有导入：表中有 1 处错误", "R045", "第6行 理由", "县卫生健康局（有错误）.xlsx"):
        assert text in refused.stderr
    assert "张三丰" not in refused.output
    assert "Traceback" not in refused.output
    back = file.with_name("县卫生健康局（有错误）.xlsx")
    assert openpyxl.load_workbook(back).sheetnames[0] == "导入错误"
    mended = judge(folders, filled(back, (TWO, {"理由": "两家门店"})))
    assert mended.exit_code == 0, mended.output
    assert [record.details["judgement"] for record in log(folders)] == ["same", "different"]


def test_a_blank_workbook_is_no_mistake(folders, file):
    done = judge(folders, file)
    assert done.exit_code == 0
    assert "没有填写判断" in done.output


def test_what_holds_is_listed_and_taken_back_by_the_pair_s_number(folders, file):
    judge(folders, filled(file, (ONE, answer("同一对象", "负责人都是张三丰")), (TWO, answer("不同对象"))))
    listed = judge(folders, "--list")
    assert "共 2 条" in listed.output
    for text in ("R-0000000001", "scjg:1", "大英县云成超市", "李四"):
        assert text in listed.output
    assert "张三丰" not in listed.output
    back = judge(folders, "--withdraw", "R-0000000001", "--by", "赵主任", "--why", "看错了，电话13912345678")
    assert back.exit_code == 0, back.output
    last = log(folders)[-1]
    assert (last.details["judgement"], last.by, last.channel) == ("withdrawn", "赵主任", "command line")
    assert "139****5678" in last.why
    assert "共 1 条" in judge(folders, "--list").output
    assert len(log(folders)) == 3
    again = judge(folders, "--withdraw", "R-0000000001", "--by", "赵主任", "--why", "再撤一次")
    assert again.exit_code == 1
    assert "R053" in again.stderr


def test_status_tells_which_department_has_pairs_left_to_judge(folders, file):
    def waits() -> str:
        arguments = ["status", "--year", str(YEAR), "--data", str(folders.data), "--county", "county"]
        return CliRunner().invoke(app, arguments).output

    assert f"{HEALTH}: 4 对疑似重复待核对" in waits()
    judge(folders, filled(file, (ONE, answer("同一对象"))))
    assert f"{HEALTH}: 3 对疑似重复待核对" in waits()


def test_a_judgement_of_the_year_before_holds_and_can_be_taken_back_this_year(folders, file):
    judge(folders, filled(file, (ONE, answer("同一对象"))))
    folders.sealed(YEAR).rename(folders.sealed(YEAR - 1))
    assert "共 1 条" in judge(folders, "--list").output
    assert judge(folders, "--withdraw", "R-0000000001", "--by", "赵主任", "--why", "看错了").exit_code == 0
    assert "共 0 条" in judge(folders, "--list").output


def test_a_log_somebody_changed_stops_everything(folders, file):
    judge(folders, filled(file, (ONE, answer("同一对象"))))
    path = folders.decisions(YEAR)
    changed = path.read_text("utf-8").replace('"same"', '"different"')
    path.write_text(changed, "utf-8")
    refused = judge(folders, filled(file, (TWO, answer("不同对象"))))
    assert refused.exit_code == 1
    assert "P060" in refused.stderr
    assert path.read_text("utf-8") == changed
    assert json.loads(changed)["details"]["judgement"] == "different"


def test_nothing_is_recorded_while_a_run_holds_the_data(folders, file):
    with FileLock(folders.data / "run.lock"):
        refused = judge(folders, filled(file, (ONE, answer("同一对象"))))
    assert refused.exit_code == 1
    assert "C005" in refused.stderr
    assert log(folders) == []


def test_a_real_county_s_judgements_bear_the_time_and_no_mark(folders, file, repository, tmp_path):
    county = shutil.copytree(repository / "county", tmp_path / "county")
    text = (county / "county.toml").read_text("utf-8")
    (county / "county.toml").write_text(text[: text.index("\n[demonstration]")], "utf-8")
    done = judge(folders, filled(file, (ONE, answer("同一对象"))), county=county)
    assert done.exit_code == 0, done.output
    [record] = log(folders)
    assert not record.is_demonstration
    assert record.at.endswith("+08:00")


@pytest.mark.parametrize(
    "arguments",
    [(), ("--list", "--withdraw", "R-1"), ("--withdraw", "R-1"), ("--withdraw", "R-1", "--by", "某", "--why", " ")],
)
def test_asking_for_nothing_or_for_two_things_is_wrong_usage(folders, arguments):
    assert judge(folders, *arguments).exit_code == 2


def test_a_file_that_is_no_review_workbook_is_refused_by_name(folders, tmp_path):
    other = tmp_path / "名录.csv"
    other.write_text("名称,代码\n甲,1\n", "utf-8")
    refused = judge(folders, other)
    assert refused.exit_code == 1
    assert "R041  名录.csv" in refused.stderr

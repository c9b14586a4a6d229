"""A department's answers as a clerk takes them in: from the workbook that came back to the decision log."""

import stat
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from assets.folders import Folders
from onevisit.decisions import parse_log
from onevisit.supervision.measures import OFFICE, WHOLE_COUNTY, responsible
from onevisit.supervision.mending import answers
from onevisit.supervision.mending_workbook import BY, Sent
from onevisit.supervision.tables import FollowUps, Problems
from onevisit.tables import stage_of, table_of
from pipelines.cli import app
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import Reviewed, followed, reviewed
from tests.onevisit.supervision.samples import HEALTH, POLICE
from tests.onevisit.supervision.test_mending import MENDED, filled

YEAR = 2027


@pytest.fixture(scope="module")
def dirty() -> Reviewed:
    return reviewed(samples.dirty(), samples.county(), **{HEALTH: 10, POLICE: 1})


@pytest.fixture
def folders(tmp_path: Path, dirty: Reviewed) -> Folders:
    """A county that was reviewed, nothing answered yet."""
    made = Folders(tmp_path / "data")
    made.exports(YEAR).mkdir(parents=True)
    for model, frame in ((Problems, dirty.problems), (FollowUps, dirty.follow_ups)):
        frame.write_parquet(made.exports(YEAR) / f"{stage_of(model)}.{table_of(model)}.parquet")
    return made


def returned(tmp_path: Path, dirty: Reviewed, *, department: str = HEALTH, **changed: object) -> Path:
    sent = Sent(dirty.county.name, YEAR, responsible(department), dirty.report.problems_of(department), "now")
    path = tmp_path / "整改清单.xlsx"
    path.write_bytes(filled(sent, {**MENDED, **changed}, MENDED))
    return path


def mend(folders: Folders, file: Path):
    arguments = ["mend", str(file), "--year", str(YEAR), "--data", str(folders.data), "--county", "county"]
    return CliRunner().invoke(app, arguments)


def test_a_filled_workbook_goes_into_the_decision_log_in_one_piece(folders, tmp_path, dirty):
    result = mend(folders, returned(tmp_path, dirty))
    assert result.exit_code == 0, result.output
    assert f"已导入{HEALTH} 2 条答复：已整改 2。" in result.output
    assert MENDED[BY] not in result.output
    log = parse_log(folders.decisions(YEAR).read_text("utf-8"))
    assert [(record.kind, record.role, record.by) for record in log] == [("mend", "mender", MENDED[BY])] * 2
    assert [record.details["problem_id"] for record in log] == [
        line.problem_id for line in dirty.report.problems_of(HEALTH)[:2]
    ]


def test_the_conferences_office_answers_for_what_no_department_owns(folders, tmp_path, dirty):
    result = mend(folders, returned(tmp_path, dirty, department=WHOLE_COUNTY))
    assert result.exit_code == 0, result.output
    assert f"已导入{OFFICE} 2 条答复：已整改 2。" in result.output
    answered = answers([(YEAR, parse_log(folders.decisions(YEAR).read_text("utf-8")))])
    own = dirty.problems.filter(department=WHOLE_COUNTY)["problem_id"]
    assert list(answered) == own[:2].to_list()
    # The answers are to these data; newer ones that do not show the problems close them.
    again = followed(dirty.problems, earlier=dirty.follow_ups, answered=answered)
    newer = followed(dirty.problems.filter(~pl.col("problem_id").is_in(own[:2].implode())), earlier=again)
    first, second = (dict(table.select("problem_id", "state").iter_rows()) for table in (again, newer))
    assert [(first[number], second[number]) for number in own[:3]] == [("待复查", "已销号")] * 2 + [
        ("待整改", "待整改")
    ]


def test_the_same_workbook_again_records_nothing(folders, tmp_path, dirty):
    file = returned(tmp_path, dirty)
    mend(folders, file)
    before = folders.decisions(YEAR).read_bytes()
    assert "此前都已导入" in mend(folders, file).output
    assert folders.decisions(YEAR).read_bytes() == before


def test_one_mistake_and_the_workbook_comes_back_marked_with_nothing_recorded(folders, tmp_path, dirty):
    result = mend(folders, returned(tmp_path, dirty, **{BY: None}))
    assert result.exit_code == 1
    assert "S054" in result.output
    back = tmp_path / "整改清单（有错误）.xlsx"
    assert stat.S_IMODE(back.stat().st_mode) == 0o600
    assert not folders.decisions(YEAR).exists()


def test_what_is_no_such_workbook_is_refused(folders, tmp_path):
    path = tmp_path / "其他.csv"
    path.write_text("编号,名称\n1,某店\n", "utf-8")
    result = mend(folders, path)
    assert (result.exit_code, "S050" in result.output) == (1, True)

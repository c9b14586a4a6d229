"""Answering for namesakes as a clerk does it: from a sent workbook to the decision log, the interest, and back."""

import datetime as dt
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from assets.decisions import decision_logs
from assets.folders import Folders
from onevisit.decisions import Decision, parse_log
from onevisit.registries.recusal_workbook import ASKED, Asked, blocks_of, recusal_workbook
from onevisit.registries.suspicions import answers, confirmed, suspicions
from onevisit.registries.tables import Inspectors, Interests, Objects, Suspicions
from onevisit.tables import frame_of
from onevisit.visits.recusal import recusals_of
from pipelines.cli import app

YEAR, HEALTH, POLICE = 2027, "县卫生健康局", "县公安局"
FIRST, SECOND = 4, 5


def people(*rows: Mapping[str, object]) -> pl.DataFrame:
    base = {"departments": [HEALTH], "qualifications": [], "item_codes": [], "is_eligible": True, "is_valid": True}
    return frame_of(Inspectors, [{**base, **row} for row in rows])


def places(*rows: Mapping[str, object]) -> pl.DataFrame:
    base = {"tags": [], "old_names": [], "departments": [], "is_living": True, "town": "蓬莱镇"}
    return frame_of(Objects, [{**base, **row} for row in rows])


LI, WANG = {"person_id": "P-0001", "name": "李明"}, {"person_id": "P-0002", "name": "王 强"}
TEA, INN = (
    {"object_id": "DY-0000000001", "name": "李明茶楼", "legal_rep": "李明"},
    {"object_id": "DY-0000000002", "name": "王家旅馆", "legal_rep": "王强"},
)
INSPECTORS, OBJECTS = people(LI, WANG), places(TEA, INN)
NONE = frame_of(Interests, [])


def asked_now(logs: Sequence[tuple[int, Sequence[Decision]]] = (), interests: pl.DataFrame = NONE) -> pl.DataFrame:
    return suspicions(answers(logs), inspectors=INSPECTORS, objects=OBJECTS, interests=interests)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A county whose registries were filed, nothing answered yet."""
    made = Folders(tmp_path / "data")
    made.exports(YEAR).mkdir(parents=True)
    for name, frame in (("suspicions", asked_now()), ("inspectors", INSPECTORS), ("objects", OBJECTS)):
        frame.write_parquet(made.exports(YEAR) / f"registries.{name}.parquet")
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "县卫生健康局.xlsx"
    asked = Asked("大英县", YEAR, asked_now(), INSPECTORS, OBJECTS)
    path.write_bytes(recusal_workbook(asked, HEALTH, due=dt.date(2026, 12, 8)))
    return path


def filled(file: Path, *rows: tuple[int, dict[str, str]]) -> Path:
    book = openpyxl.load_workbook(file)
    titles = [column.title for column in ASKED.columns]
    for row, texts in rows:
        for title, text in texts.items():
            book[ASKED.name].cell(row, titles.index(title) + 1, text)
    book.save(file)
    return file


def answer(word: str, why: str = "问过本人", by: str = "张三丰") -> dict[str, str]:
    return {"是否应当回避": word, "理由": why, "填写人": by}


def run(folders: Folders, command: str, *arguments: object):
    options = ["--year", str(YEAR), "--data", str(folders.data), "--county", "county"]
    return CliRunner().invoke(app, [command, *map(str, arguments), *options])


def row_of(file: Path, name: str) -> int:
    sheet = openpyxl.load_workbook(file)[ASKED.name]
    place = [column.title for column in ASKED.columns].index("检查对象") + 1
    return next(row for row in (FIRST, SECOND) if sheet.cell(row, place).value == name)


def test_a_shared_name_is_asked_about_and_keeps_nobody_apart_until_it_is_answered():
    asked = asked_now()
    Suspicions.validate(asked, lazy=True)
    assert set(asked.select("person_id", "object_id").rows()) == {
        ("P-0001", "DY-0000000001"),
        ("P-0002", "DY-0000000002"),
    }
    assert asked["answer"].null_count() == 2
    assert recusals_of(confirmed(answers(()), INSPECTORS)).is_empty()


def test_what_something_surer_keeps_apart_is_not_asked_about():
    declared = frame_of(
        Interests,
        [{"person_id": "P-0001", "object_id": "DY-0000000001", "relation": "同一电话", "declared_by": "系统比对"}],
    )
    assert asked_now(interests=declared)["person_id"].to_list() == ["P-0002"]


def test_who_may_not_be_sent_and_what_is_closed_are_not_asked_about():
    nobody = people({**LI, "is_eligible": False}, WANG)
    closed = places(TEA, {**INN, "is_living": False})
    assert suspicions({}, inspectors=nobody, objects=closed, interests=NONE).is_empty()


def test_an_answer_goes_into_the_log_and_becomes_a_recusal_until_it_is_taken_back(folders, file):
    row, other = row_of(file, "李明茶楼"), row_of(file, "王家旅馆")
    done = run(folders, "recuse", filled(file, (row, answer("应当回避", "就是本人")), (other, answer("不需回避"))))
    assert done.exit_code == 0, done.output
    assert "已导入 2 条答复：应当回避 1，不需回避 1" in done.output
    assert stat.S_IMODE(folders.decisions(YEAR).stat().st_mode) == 0o600
    assert {one.kind for one in parse_log(folders.decisions(YEAR).read_text("utf-8"))} == {"recuse"}
    logs = decision_logs(folders, YEAR)
    interests = confirmed(answers(logs), INSPECTORS)
    Interests.validate(interests, lazy=True)
    assert recusals_of(interests).select("person_id", "object_id", "source").rows() == [
        ("P-0001", "DY-0000000001", "组织核查")
    ]
    assert sorted(asked_now(logs, interests)["answer"]) == ["clear", "recuse"]
    back = run(folders, "recuse", filled(file, (row, answer("撤回原答复", "弄错了")), (other, answer(""))))
    assert "写了理由，没有选答复" in back.output
    back = run(folders, "recuse", filled(file, (other, dict.fromkeys(answer(""), ""))))
    assert back.exit_code == 0, back.output
    assert confirmed(answers(decision_logs(folders, YEAR)), INSPECTORS).is_empty()


def test_one_mistake_and_nothing_is_recorded_and_the_workbook_comes_back_with_every_mistake(folders, file):
    refused = run(
        folders,
        "recuse",
        filled(file, (FIRST, answer("也许", "", "")), (SECOND, {**answer("不需回避"), "负责人": "别人"})),
    )
    assert refused.exit_code == 1
    assert not folders.decisions(YEAR).exists()
    for text in ("表中有 4 处错误", "R066", "R067", "R068", "R047", "县卫生健康局（有错误）.xlsx"):
        assert text in refused.stderr
    for name in ("李明", "王强", "张三丰"):
        assert name not in refused.output
    back = file.with_name("县卫生健康局（有错误）.xlsx")
    assert openpyxl.load_workbook(back).sheetnames[0] == "导入错误"
    mended = run(folders, "recuse", filled(back, (FIRST, answer("不需回避"))))
    assert mended.exit_code == 0, mended.output
    again = run(folders, "recuse", back)
    assert "没有新增：表中的答复此前都已导入" in again.output


def test_a_number_that_was_not_asked_one_asked_twice_and_nothing_to_take_back_are_named(folders, file):
    number = openpyxl.load_workbook(file)[ASKED.name].cell(FIRST, 1).value
    wrong = run(
        folders,
        "recuse",
        filled(file, (FIRST, answer("撤回原答复")), (SECOND, {**answer("不需回避"), "核对编号": str(number)})),
        "--by",
        "赵主任",
    )
    assert "R072" in wrong.stderr
    assert "R070" in wrong.stderr
    assert "R069" in run(folders, "recuse", filled(file, (FIRST, {"核对编号": "H-0000000000"}))).stderr


def test_another_file_or_another_years_workbook_is_refused(folders, file, tmp_path):
    later = tmp_path / "later.xlsx"
    asked = Asked("大英县", YEAR + 1, asked_now(), INSPECTORS, OBJECTS)
    later.write_bytes(recusal_workbook(asked, HEALTH, due=dt.date(2027, 12, 8)))
    assert "R064" in run(folders, "recuse", later).stderr
    other = tmp_path / "other.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["核对编号"])
    book.save(other)
    assert "R063" in run(folders, "recuse", other).stderr


def test_status_tells_which_department_has_namesakes_left_to_answer_for(folders, file):
    assert f"{HEALTH}: 2 对执法检查人员与检查对象负责人同名" in run(folders, "status").output
    run(folders, "recuse", filled(file, (FIRST, answer("不需回避"))))
    assert f"{HEALTH}: 1 对执法检查人员与检查对象负责人同名" in run(folders, "status").output


def test_two_inspectors_of_one_name_are_told_apart_by_their_certificates():
    twins = people({**LI, "certificate_no": "Z001"}, {**LI, "person_id": "P-0003", "certificate_no": "Z003"})
    sent = suspicions({}, inspectors=twins, objects=OBJECTS, interests=NONE)
    blocks = blocks_of(Asked("大英县", YEAR, sent, twins, OBJECTS)).values()
    assert sorted(block.lines[0]["执法证编号"] for block in blocks) == ["Z001", "Z003"]


def test_the_same_suspicions_give_the_same_workbook_whatever_the_order_of_their_rows():
    made = [
        recusal_workbook(Asked("大英县", YEAR, frame, INSPECTORS, OBJECTS), HEALTH, due=dt.date(2026, 12, 8))
        for frame in (asked_now(), asked_now()[::-1])
    ]
    assert made[0] == made[1]

"""Results as people handle them: entered in a workbook, checked, approved, corrected."""

import hashlib
import stat
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from assets.folders import Folders
from onevisit.county import County
from onevisit.decisions import parse_log
from onevisit.forms import FIRST_ROW
from onevisit.registries.tables import Inspectors, Items, Objects
from onevisit.results.audit_workbook import audit_workbook
from onevisit.results.entry_workbook import ENTRY, OBJECT, entry_workbook
from onevisit.results.tables import Overdue
from onevisit.tables import Table, frame_of, stage_of, table_of
from onevisit.visits.dossier import TABLES
from onevisit.visits.tables import Deadlines, Obligations, Teams, Visits
from pipelines.cli import app
from pipelines.results_desk import ENTERED, View
from pipelines.settings import Settings
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, POLICE, SHOP, YEAR, day

VISIT = "01-DY-0001-01"
CLEAN = {
    "检查结果": "未发现问题",
    "检查完成日期": "2027-03-15",
    "到场扫码时间": "2027-03-15 09:30",
    "到场扫码地点": "蓬莱镇",
    "录入人": "甲",
}


def people(number: int, department: str) -> dict[str, Any]:
    return {
        "person_id": f"P-000{number}",
        "name": f"某{number}",
        "departments": [department],
        "certificate_no": f"Z00{number}",
    }


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A county after its draw: one shop visited by two departments, an inn that needs no door."""
    made = Folders(tmp_path / "data")
    made.exports(YEAR).mkdir(parents=True)
    (made.inbox(YEAR) / HEALTH).mkdir(parents=True)
    deadline = {
        "visit_id": VISIT, "drawn_on": day("03-01"), "task_start_by": day("03-08"), "visit_by": day("05-31"),
        "close_by": day("05-31"), "day_state": "official",
    }  # fmt: skip
    tables: dict[type[Table], pl.DataFrame] = {
        **{model: frame_of(model, []) for model in TABLES},
        Obligations: samples.obligations(
            {"visit_id": VISIT},
            {"visit_id": VISIT, "department": POLICE, "item_code": "GA-001", "role": "partner"},
            {"object_id": INN, "is_on_site": False},
        ),
        Visits: frame_of(
            Visits,
            [{"visit_id": VISIT, "object_id": SHOP, "lead_department": HEALTH, "departments": [HEALTH, POLICE],
              "task_ids": ["T001"], "starts_on": day("03-05"), "ends_on": day("05-31")}],
        ),
        Teams: frame_of(
            Teams,
            [{"visit_id": VISIT, "department": HEALTH, "person_id": "P-0001", "ticket": "1"},
             {"visit_id": VISIT, "department": POLICE, "person_id": "P-0003", "ticket": "3"}],
        ),
        Inspectors: frame_of(Inspectors, [people(1, HEALTH), people(2, HEALTH), people(3, POLICE)]),
        Deadlines: frame_of(Deadlines, [deadline]),
        Objects: samples.objects({}, {"object_id": INN, "name": "某某旅馆"}),
        Items: samples.items({}),
    }  # fmt: skip
    for model, frame in tables.items():
        frame.write_parquet(made.exports(YEAR) / f"{stage_of(model)}.{table_of(model)}.parquet")
    return made


def view(folders: Folders, county: County) -> View:
    return View(Settings(county_folder=Path("county"), data=folders.data), county, YEAR)


def command(folders: Folders, *arguments: object):
    asked = ["results", *map(str, arguments), "--year", str(YEAR), "--data", str(folders.data), "--county", "county"]
    return CliRunner().invoke(app, asked)


def workbook(folders: Folders, county: County, tmp_path: Path, department: str = HEALTH) -> Path:
    path = tmp_path / f"{department}.xlsx"
    path.write_bytes(entry_workbook(view(folders, county).entries, department))
    return path


def fill(path: Path, sheet: str, row: int, texts: dict[str, str]) -> Path:
    book = openpyxl.load_workbook(path)
    form = book[sheet]
    places = {cell.value: cell.column for cell in form[FIRST_ROW - 1]}
    for title, text in texts.items():
        form.cell(row, places[title], text)
    book.save(path)
    return path


def shop_row(path: Path) -> int:
    cells = openpyxl.load_workbook(path)[ENTRY.name]
    place = place_of(OBJECT)
    return next(row for row in range(FIRST_ROW, FIRST_ROW + 5) if cells.cell(row, place).value == SHOP)


def place_of(title: str) -> int:
    return [column.title for column in ENTRY.columns].index(title) + 1


def entered(folders: Folders, county: County, tmp_path: Path, department: str = HEALTH, **texts: str):
    path = workbook(folders, county, tmp_path, department)
    return path, command(folders, "enter", fill(path, ENTRY.name, shop_row(path), CLEAN | texts))


def published(folders: Folders, county: County, tmp_path: Path) -> None:
    assert entered(folders, county, tmp_path)[1].exit_code == 0
    for step, by in (("check", "乙"), ("approve", "丙")):
        assert command(folders, "audit", "--step", step, "--department", HEALTH, "--by", by).exit_code == 0


def states(folders: Folders, county: County) -> list[tuple[str, int]]:
    return view(folders, county).findings.select("audit_state", "version").rows()


def log(folders: Folders):
    return parse_log(folders.decisions(YEAR).read_text("utf-8")) if folders.decisions(YEAR).exists() else []


def test_a_sheet_holds_what_a_department_owes_and_who_was_drawn(folders, county, tmp_path):
    path = workbook(folders, county, tmp_path)
    cells = openpyxl.load_workbook(path)[ENTRY.name]
    texts = {cell.value: cells.cell(shop_row(path), cell.column).value for cell in cells[FIRST_ROW - 1]}
    assert (texts["检查人员"], texts["入户编号"], texts["目前状态"]) == ("Z001", VISIT, "待录入")
    assert cells.protection.sheet
    assert {row[place_of(OBJECT) - 1].value for row in cells.iter_rows(min_row=FIRST_ROW)} == {SHOP, INN}


def test_who_was_checked_on_what_stays_in_sight_and_is_on_every_printed_page(folders, county, tmp_path):
    cells = openpyxl.load_workbook(workbook(folders, county, tmp_path))[ENTRY.name]
    assert [cells.cell(FIRST_ROW - 1, place).value for place in (1, 2)] == ["检查对象", "抽查事项"]
    assert (cells.freeze_panes, cells.print_title_cols) == (f"C{FIRST_ROW}", "$A:$B")
    assert cells.page_setup.fitToWidth == 2


def test_what_is_entered_is_filed_as_a_list_and_seen_as_one(folders, county, tmp_path):
    _, told = entered(folders, county, tmp_path)
    assert told.exit_code == 0, told.output
    path = folders.inbox(YEAR) / HEALTH / ENTERED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [finding] = view(folders, county).findings.iter_rows(named=True)
    assert (finding["object_id"], finding["file"], finding["audit_state"]) == (SHOP, ENTERED, "entered")
    assert (finding["inspectors"], finding["entered_by"], finding["scanned_at"]) == (["Z001"], "甲", "2027-03-15 09:30")
    [record] = log(folders)
    assert (record.kind, record.by, record.role) == ("enter_results", "甲", "enterer")


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({"检查结果（二）": "注销"}, ("检查结果", "E011")),
        ({"检查完成日期": "昨天"}, ("检查完成日期", "E005")),
        ({"检查人员": "Z999"}, ("检查人员", "E014")),
        ({"检查人员": "Z002"}, ("检查人员", "E016")),
        ({"到场扫码时间": "2027-03-16 09:30"}, ("到场扫码时间", "E018")),
        ({"检查结果": "发现问题已责令改正"}, ("后续处置措施", "E028")),
        ({"检查结果": "通过登记的住所（经营场所）无法联系"}, ("后续处置措施", "E028")),
        ({"第三方报告": "检测报告.pdf"}, ("第三方报告", "E023")),
        ({"录入人": ""}, ("录入人", "E032")),
        ({"抽查事项": "别的事项"}, ("抽查事项", "E045")),
        ({"事项编码": "GA-001"}, ("事项编码", "E044")),
    ],
)
def test_one_mistake_and_nothing_is_recorded(folders, county, tmp_path, texts, told):
    path, result = entered(folders, county, tmp_path, **texts)
    assert result.exit_code == 1
    assert told[1] in result.output
    assert not (folders.inbox(YEAR) / HEALTH / ENTERED).exists()
    assert not log(folders)
    back = openpyxl.load_workbook(path.with_name(f"{path.stem}（有错误）.xlsx"))
    assert back.sheetnames[0] == "导入错误"
    lines = [[cell.value for cell in row] for row in back["导入错误"].iter_rows(min_row=4)]
    assert told in [(line[2], line[6]) for line in lines]


def test_a_substitute_with_a_reason_and_a_report_that_lies_there_are_taken(folders, county, tmp_path):
    report = folders.attachments(YEAR, HEALTH) / "检测报告.pdf"
    report.parent.mkdir()
    report.write_bytes(b"report")
    _, told = entered(folders, county, tmp_path, 检查人员="Z002", 替换原因="原定人员出差", 第三方报告="检测报告.pdf")
    assert told.exit_code == 0, told.output
    [finding] = view(folders, county).findings.iter_rows(named=True)
    assert finding["report_sha256"] == hashlib.sha256(b"report").hexdigest()


def test_nobody_met_contradicts_what_another_department_checked_that_day(folders, county, tmp_path):
    assert entered(folders, county, tmp_path)[1].exit_code == 0
    nobody = {"检查结果": "通过登记的住所（经营场所）无法联系", "后续处置措施": "其他", "检查人员": "Z003"}
    (folders.inbox(YEAR) / POLICE).mkdir()
    _, told = entered(folders, county, tmp_path, POLICE, **nobody)
    assert told.exit_code == 1
    assert "E020" in told.output
    assert HEALTH in told.output


def test_only_two_more_persons_make_a_result_public(folders, county, tmp_path):
    entered(folders, county, tmp_path)
    own = command(folders, "audit", "--step", "check", "--department", HEALTH, "--by", "甲")
    assert own.exit_code == 1
    assert "E033" in own.output
    assert command(folders, "audit", "--step", "check", "--department", HEALTH, "--by", "乙").exit_code == 0
    assert states(folders, county) == [("checked", 1)]
    again = command(folders, "audit", "--step", "approve", "--department", HEALTH, "--by", "乙")
    assert again.exit_code == 1
    assert "E034" in again.output
    assert command(folders, "audit", "--step", "approve", "--department", HEALTH, "--by", "丙").exit_code == 0
    assert states(folders, county) == [("approved", 1)]
    assert [record.kind for record in log(folders)] == ["enter_results", "check_results", "approve_results"]


def test_an_audit_workbook_passes_and_returns_and_the_department_reads_why(folders, county, tmp_path):
    entered(folders, county, tmp_path)
    path = tmp_path / "审核.xlsx"
    path.write_bytes(audit_workbook(view(folders, county).audits, HEALTH))
    wrong = command(folders, "audit", fill(path, "待审核", FIRST_ROW, {"意见": "退回", "审核（批准）人": "乙"}))
    assert wrong.exit_code == 1
    assert "E036" in wrong.output
    told = command(folders, "audit", fill(path, "待审核", FIRST_ROW, {"理由": "与现场记录不符"}))
    assert told.exit_code == 0, told.output
    assert states(folders, county) == [("returned", 1)]
    sheet = openpyxl.load_workbook(workbook(folders, county, tmp_path))[ENTRY.name]
    assert any("与现场记录不符" in str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_status_tells_what_is_late_in_words_an_official_reads(folders, county):
    late = {"department": HEALTH, "owner": "team:wj", "kind": "not_checked", "task_id": "T001", "object_id": SHOP}
    days = {"plan_row_id": "R1", "item_code": "WJ-001", "due_on": day("03-31"), "days_over": 7}
    frame_of(Overdue, [late | days]).write_parquet(folders.exports(YEAR) / "results.overdue.parquet")
    shown = CliRunner().invoke(app, ["status", "--year", str(YEAR), "--data", str(folders.data), "--county", "county"])
    assert f"{HEALTH}: 1 项未按期检查，最多超期 7 个工作日。" in shown.output.replace("\n", "")


def test_what_was_approved_stands_whatever_is_filed_later(folders, county, tmp_path):
    published(folders, county, tmp_path)
    (folders.inbox(YEAR) / HEALTH / ENTERED).unlink()
    assert states(folders, county) == [("approved", 1)]
    [finding] = view(folders, county).findings.iter_rows(named=True)
    assert not finding["is_filed"]
    assert finding["result_types"] == ["未发现问题"]


def test_a_tampered_batch_is_refused(folders, county, tmp_path):
    published(folders, county, tmp_path)
    [kept] = folders.audited(YEAR).iterdir()
    kept.write_text(kept.read_text("utf-8").replace("未发现问题", "注销"), "utf-8")
    told = command(folders, "audit", "--step", "check", "--department", HEALTH, "--by", "乙")
    assert told.exit_code == 1
    assert "E031" in told.output


def correct(folders: Folders, *words: str):
    options = ["--by", "甲", "--why", "复核属实", "--note", "当事人异议成立，予以更正", "--asked-by", "当事人"]
    return command(folders, "correct", "T001", SHOP, "R1", "WJ-001", *options, *words)


def test_a_correction_is_a_new_version_with_both_days_once_it_went_through_the_audit(folders, county, tmp_path):
    published(folders, county, tmp_path)
    told = correct(folders, "--kind", "objection", "--types", "注销")
    assert told.exit_code == 0, told.output
    assert states(folders, county) == [("approved", 1)]
    for step, by in (("check", "乙"), ("approve", "丙")):
        assert command(folders, "audit", "--step", step, "--department", HEALTH, "--by", by).exit_code == 0
    [finding] = view(folders, county).findings.iter_rows(named=True)
    assert (finding["version"], finding["result_types"], finding["is_filed"]) == (2, ["注销"], True)
    assert finding["published_on"] and finding["corrected_on"]
    assert finding["correction_note"] == "当事人异议成立，予以更正"
    [chain] = view(folders, county).history.chains.values()
    assert [one.version["result_types"] for one in chain] == [["未发现问题"], ["注销"]]


def test_a_withdrawn_result_stays_and_says_so(folders, county, tmp_path):
    published(folders, county, tmp_path)
    assert correct(folders, "--kind", "withdrawal").exit_code == 0
    for step, by in (("check", "乙"), ("approve", "丙")):
        command(folders, "audit", "--step", step, "--department", HEALTH, "--by", by)
    assert states(folders, county) == [("withdrawn", 2)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--kind", "error", "--types", "未发现问题"], "E038"),
        (["--kind", "error", "--types", "合格"], "E008"),
        (["--kind", "error", "--types", "注销", "--note", "电话13800138000"], "E040"),
        (["--kind", "error", "--types", "注销", "--why", ""], "E039"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(folders, county, tmp_path, words, code):
    published(folders, county, tmp_path)
    told = correct(folders, *words)
    assert told.exit_code == 1
    assert code in told.output


def test_an_official_reads_in_chinese_what_the_public_may_not(folders, county, tmp_path):
    published(folders, county, tmp_path)
    told = correct(folders, "--kind", "error", "--types", "注销", "--note", "电话13800138000")
    assert "更正说明中有手机号码" in told.output.replace("\n", "")


def test_only_what_is_published_is_corrected(folders, county, tmp_path):
    entered(folders, county, tmp_path)
    assert "E037" in correct(folders, "--kind", "error", "--types", "注销").output
    assert "E048" in command(
        folders, "correct", "T009", SHOP, "R1", "WJ-001", "--kind", "withdrawal", "--by", "甲", "--why", "误",
        "--note", "误", "--asked-by", "本部门",
    ).output  # fmt: skip

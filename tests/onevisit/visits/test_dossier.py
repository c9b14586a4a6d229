"""The papers of a visit: every department's items once, every document once, who is missing in red."""

import io
import os
import re
import subprocess
import sys
from typing import Any

import docx
import polars as pl
import pytest
import segno

from onevisit.county import County
from onevisit.documents.content import Alert, Document, Heading, Image, Paragraph, Part, Table
from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.documents.word import word
from onevisit.plan.tables import Rulings, Submitted, Tasks
from onevisit.registries.tables import Experts, Inspectors, Items, Lent, Objects
from onevisit.results.tables import RESULT_TYPES
from onevisit.results.vocabulary import DISPOSALS
from onevisit.tables import Table as Model
from onevisit.tables import frame_of
from onevisit.visits.dossier import TABLES, Dossier, dossiers_of
from onevisit.visits.dossier_document import dossier_document, dossier_file, is_dossier_file
from onevisit.visits.tables import Deadlines, ExpertAssignments, Obligations, Shortages, Teams, Visits
from tests.onevisit.documents.printed import printed_text
from tests.onevisit.visits.samples import (
    HEALTH,
    INN,
    ONE,
    POLICE,
    SHOP,
    YEAR,
    day,
    experts,
    items,
    objects,
    obligations,
    people,
    submitted,
    table,
    tasks,
)

VISIT = "01-DY-0001-01"
Tables = dict[type[Model], pl.DataFrame]


def visits(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "visit_id": VISIT,
        "serial": ONE,
        "object_id": SHOP,
        "task_ids": ["T001"],
        "lead_department": POLICE,
        "departments": [HEALTH, POLICE],
        "item_codes": ["GA-001", "WJ-001"],
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "opened_by": "R1",
        "object_visits": 1,
        "lower_bound": 1,
        "is_proven": True,
    }
    return table(Visits, defaults, rows or ({},))


def team(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "visit_id": VISIT,
        "department": POLICE,
        "commitment": "0" * 64,
        "group_no": None,
        "is_specialist": False,
        "is_leader": False,
    }
    return table(Teams, defaults, tuple({"ticket": f"{n:064x}", **row} for n, row in enumerate(rows)))


def tables(**changed: pl.DataFrame) -> Tables:
    """One joint visit of an inn by two departments, complete; name what differs."""
    inspectors, _ = people(
        {"name": "王　明", "department": POLICE},
        {"name": "李强", "department": POLICE},
        {"name": "赵敏"},
        {"name": "孙丽"},
    )
    deadline = {
        "visit_id": VISIT,
        "drawn_on": day("03-01"),
        "task_start_by": day("03-08"),
        "visit_by": day("05-31"),
        "publish_by": day("06-29"),
        "day_state": "official",
    }
    police = {"department": POLICE, "item_code": "GA-001", "plan_row_id": "R2", "visit_id": VISIT}
    found: Tables = {
        Visits: visits(),
        Obligations: obligations({"visit_id": VISIT}, police),
        Teams: team(
            {"person_id": "P-0001"},
            {"person_id": "P-0002", "is_leader": True},
            {"person_id": "P-0003", "department": HEALTH, "is_specialist": True},
            {"person_id": "P-0004", "department": HEALTH},
        ),
        Shortages: frame_of(Shortages, []),
        ExpertAssignments: frame_of(ExpertAssignments, []),
        Deadlines: frame_of(Deadlines, [deadline]),
        Tasks: tasks({"name": "旅馆部门联合抽查"}),
        Submitted: submitted({}, {"plan_row_id": "R2", "department": POLICE, "item_code": "GA-001"}),
        Rulings: frame_of(Rulings, []),
        Items: items(
            {"materials": ["营业执照", "健康证明"], "content": ["床单一客一换"], "guide_method": "现场查看"},
            {
                "item_code": "GA-001",
                "department": POLICE,
                "item_name": "旅馆治安管理",
                "materials": ["营业执照副本"],
                "legal_basis": "治安管理处罚法",
                "methods": ["现场检查", "检验检测"],
            },
        ),
        Objects: objects(
            {"name": "大英县某某旅馆", "legal_rep": "周老板", "phone": "13900000000", "address": "盐井街道1号"}
        ),
        Inspectors: inspectors,
        Lent: frame_of(Lent, []),
        Experts: experts(),
    }
    by_name = {model.__name__: model for model in TABLES}
    return found | {by_name[name]: frame for name, frame in changed.items()}


def dossier(**changed: pl.DataFrame) -> Dossier:
    [only] = dossiers_of(tables(**changed))
    return only


def papers(county: County, **changed: pl.DataFrame) -> Document:
    return dossier_document(dossier(**changed), county=county, year=YEAR)


def parts(document: Document) -> dict[str, list[Any]]:
    """Return the blocks of each part by its title."""
    found: dict[str, list[Any]] = {document.title: []}
    for block in document.blocks:
        if isinstance(block, Part):
            found[block.title] = []
        else:
            found[list(found)[-1]].append(block)
    return found


def text_of(blocks: list[Any]) -> str:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Table():
                lines += [" | ".join(row) for row in (block.head, *block.rows)]
            case Image():
                lines.append(block.caption)
            case Heading() | Paragraph() | Alert():
                lines.append(block.text)
            case _:
                lines += list(block.lines)
    return "\n".join(line.rstrip() for line in lines)


def cells(blocks: list[Any], head: str) -> list[tuple[str, ...]]:
    """Return the rows of the table one of whose columns begins so."""
    [found] = [one for one in blocks if isinstance(one, Table) and any(title.startswith(head) for title in one.head)]
    return list(found.rows)


def test_two_departments_share_one_checklist_and_the_document_both_want_is_asked_for_once():
    one = dossier()
    assert [(check.departments, check.name) for check in one.checks] == [
        ((POLICE,), "旅馆治安管理"),
        ((HEALTH,), "旅馆卫生"),
    ]
    assert [(m.text, m.departments) for m in one.materials] == [
        ("营业执照副本", (POLICE, HEALTH)),
        ("健康证明", (HEALTH,)),
    ]


def test_items_ruled_the_same_are_one_line_and_are_reported_by_both():
    ruling = {
        "log_year": YEAR,
        "seq": 1,
        "topic": "alias",
        "subject": "GA-001|WJ-001",
        "answer": "same",
        "value": "",
        "by": "审核人",
        "role": "reviewer",
        "at": "2027-01-01T09:00:00+08:00",
        "why": "",
        "channel": "workbook",
        "plan_fingerprint": "f",
        "is_in_effect": True,
    }
    [check] = dossier(Rulings=frame_of(Rulings, [ruling])).checks
    assert check.departments == (POLICE, HEALTH)
    assert check.name == "旅馆治安管理／旅馆卫生"
    assert check.reported == ((POLICE, "T001", "R2", "GA-001"), (HEALTH, "T001", "R1", "WJ-001"))


def test_an_item_owed_by_two_plan_rows_is_checked_once_and_reported_for_both():
    twice = obligations({"visit_id": VISIT}, {"visit_id": VISIT, "plan_row_id": "R2"})
    [check] = dossier(Obligations=twice).checks
    assert [keys[2] for keys in check.reported] == ["R1", "R2"]


def test_the_lead_comes_first_and_the_leader_before_the_team():
    one = dossier()
    assert one.departments == (POLICE, HEALTH)
    assert [(m.name, m.is_leader) for m in one.team] == [
        ("李强", True),
        ("王明", False),
        ("赵敏", False),
        ("孙丽", False),
    ]


def test_the_papers_are_in_the_order_they_are_used(county: County):
    assert list(parts(papers(county))) == [
        f"{county.name}{YEAR}年度入户检查卷宗",
        "“双随机、一公开”抽查通知书",
        "检查表",
        "检查结果记录表",
        "检查签字表",
    ]


GOLDEN_NOTICE = f"""\
项目 | 内容
入户编号 | {VISIT}
抽查任务 | T001　旅馆部门联合抽查
上门时间 | ＿＿＿年＿＿月＿＿日＿＿时
联系人和联系电话 |
大英县某某旅馆：
按照大英县2027年度抽查计划，经公开随机抽取，你单位为本次检查对象，由县公安局牵头，2个部门联合实施，一次上门。检查时段为2027年3月5日至2027年5月31日。现将有关事项告知如下。
一、检查事项
序号 | 检查事项 | 检查部门 | 检查方式 | 检查依据
1 | 旅馆治安管理 | 县公安局 | 现场检查 | 治安管理处罚法
2 | 旅馆卫生 | 县卫生健康局 | 现场检查 | 清单未列
二、检查人员
部门（单位） | 姓名 | 执法证编号（职称） | 职责
县公安局 | 李强 | 00000002 | 组长
县公安局 | 王明 | 00000001 | 组员
县卫生健康局 | 赵敏 | 00000003 | 专业人员
县卫生健康局 | 孙丽 | 00000004 | 组员
三、需要准备的材料
各部门所需材料一次告知，同一材料只准备一份。
序号 | 材料 | 查看部门
1 | 营业执照副本 | 县公安局、县卫生健康局
2 | 健康证明 | 县卫生健康局
四、你单位的权利
检查人员到场应当主动出示执法证件，不出示的可以拒绝检查。认为检查人员、专家与本单位有利害关系的，可以在检查前向牵头部门申请回避。检查不收取任何费用。
县公安局（盖章）
年　　月　　日"""


def test_the_notice_tells_the_business_everything_once(county: County):
    assert text_of(parts(papers(county))["“双随机、一公开”抽查通知书"]) == GOLDEN_NOTICE


def test_a_short_team_is_said_in_red_wherever_people_are_named_and_its_place_is_left_open(county: County):
    reason = "县卫生健康局可派出1名执法人员，不足2名。"
    gap = {"visit_id": VISIT, "department": HEALTH, "kind": "inspectors", "needed": 2, "eligible": 1, "reason": reason}
    short = {
        "Shortages": frame_of(Shortages, [gap]),
        "Teams": team({"person_id": "P-0001"}, {"person_id": "P-0002", "is_leader": True}),
    }
    document = papers(county, **short)
    alerts = [block.text for block in document.blocks if isinstance(block, Alert)]
    assert len(alerts) == 3
    assert all("县卫生健康局执法检查人员不足，未补派到位前不得上门检查" in text for text in alerts)
    assert reason in alerts[0]
    cover, notice, *_, signed = parts(document).values()
    for blocks in (cover, notice):
        assert (HEALTH, "待补派", "", "") in cells(blocks, "姓名")
    assert (HEALTH, "", "", "") in cells(signed[:4], "签字")


def test_a_team_without_a_leader_is_said_in_red(county: County):
    document = papers(county, Teams=team({"person_id": "P-0001"}, {"person_id": "P-0002"}))
    assert any(isinstance(block, Alert) and "组长" in block.text for block in document.blocks)


def test_what_no_register_knows_is_left_to_fill_in(county: County):
    document = papers(county, Objects=objects({"name": "某某旅馆", "town": "蓬莱镇"}))
    cover = dict(cells(next(iter(parts(document).values())), "项目"))
    assert cover["负责人"] == cover["联系电话"] == "（名录中没有，请现场补填）"
    assert cover["地址"] == "蓬莱镇（名录中没有，请现场补填）"
    assert cover["统一社会信用代码"] == f"无（对象编号{SHOP}）"
    assert "None" not in "".join(text_of(blocks) for blocks in parts(document).values())


def test_of_a_project_the_builder_is_told_and_opens_the_door(county: County):
    site = {"name": "综合楼工程", "object_kind": "项目", "subject_id": INN}
    builder = {"object_id": INN, "name": "某某建筑公司", "legal_rep": "吴总", "address": "蓬莱镇2号"}
    document = papers(county, Objects=objects(site, builder))
    cover, notice, *_ = parts(document).values()
    assert dict(cells(cover, "项目"))["责任主体"] == "某某建筑公司"
    assert dict(cells(cover, "项目"))["地址"] == "蓬莱镇2号"
    assert "某某建筑公司：\n" in text_of(notice)
    assert "你单位负责的项目“综合楼工程”为本次检查对象" in text_of(notice)


def test_of_a_product_nobody_answers_for_the_notice_leaves_the_addressee_open(county: County):
    document = papers(county, Objects=objects({"name": "某牌挂面", "object_kind": "产品"}))
    cover, notice, *_ = parts(document).values()
    assert dict(cells(cover, "项目"))["责任主体"] == "（名录中没有，请现场补填）"
    assert "（责任主体，请核实后填写）：\n" in text_of(notice)
    assert "某牌挂面：" not in text_of(notice)


def test_the_result_form_offers_what_the_results_stage_accepts_and_the_numbers_results_are_filed_by(county: County):
    result = parts(papers(county))["检查结果记录表"]
    known = {text for row in cells(result, "代号") for text in row}
    assert {*RESULT_TYPES, *DISPOSALS} <= known
    assert [row[1] for row in cells(result, "检查事项")] == [
        "旅馆治安管理\nT001／R2／GA-001",
        "旅馆卫生\nT001／R1／WJ-001",
    ]


def test_who_commissions_pays_and_there_is_a_line_for_what_no_list_foresees(county: County):
    rows = cells(parts(papers(county))["检查表"], "受托机构")
    assert rows == [("1", "检验检测", POLICE, "", ""), ("", "", "", "", "")]


def test_an_item_without_a_guide_is_checked_by_its_basis(county: County):
    [police, health] = cells(parts(papers(county))["检查表"], "检查内容")
    assert police[2] == "□ 按检查依据检查（没有工作指引）"
    assert health[2:] == ("□ 床单一客一换", "方法：现场查看\n依据：清单未列")


def test_experts_stand_with_the_team_and_sign(county: County):
    expert = {"visit_id": VISIT, "expert_id": "E1", "specialty": "旅馆", "ticket": "0" * 64}
    known = experts({"name": "钱教授", "employer": "某某学院", "title": "教授"})
    document = papers(county, ExpertAssignments=frame_of(ExpertAssignments, [expert]), Experts=known)
    cover, *_, signed = parts(document).values()
    assert ("某某学院", "钱教授", "教授", "专家（旅馆）") in cells(cover, "职责")
    assert ("专家", "钱教授", "某某学院", "") in cells(signed[:4], "签字")


def test_observers_of_society_may_sign(county: County):
    signed = text_of(parts(papers(county))["检查签字表"])
    for who in ("人大代表", "政协委员", "市民代表", "新闻媒体"):
        assert f"□{who}" in signed


def test_the_code_to_scan_leads_to_the_public_page_where_there_is_a_site(county: County):
    without = [block for block in papers(county).blocks if isinstance(block, Image)]
    served = county.model_copy(update={"public_site": "https://example.gov.cn/ssj/"})
    with_site = [block for block in papers(served).blocks if isinstance(block, Image)]
    assert len(without) == 1
    assert [block.caption for block in with_site] == ["扫码读取入户编号和结果报送办法", "扫码查看抽查任务T001公示页面"]
    picture = io.BytesIO()
    page = f"https://example.gov.cn/ssj/{YEAR}/tasks/T001.html"
    segno.make(page, error="m", micro=False, encoding="utf-8").save(picture, kind="png", scale=4, border=4)
    assert with_site[1].png == picture.getvalue()


def test_a_visit_without_a_publication_day_says_what_it_waits_for(county: County):
    provisional = tables()[Deadlines].with_columns(publish_by=pl.lit(None, pl.Date))
    cover, *_ = parts(papers(county, Deadlines=provisional)).values()
    assert dict(cells(cover, "项目"))["结果公示期限"] == "待国务院放假通知公布后确定"


def test_the_mark_changes_with_anything_on_the_papers_and_with_nothing_else():
    first = dossier().mark
    moved = objects({"name": "大英县某某旅馆", "legal_rep": "周老板", "phone": "13900000000", "address": "盐井街道2号"})
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert dossier(Objects=moved).mark != first
    assert dossier(Teams=tables()[Teams].head(3)).mark != first
    shuffled = {model.__name__: frame.reverse() for model, frame in tables().items()}
    assert dossier(**shuffled).mark == first


def test_papers_are_found_by_the_visit_and_a_long_name_still_makes_a_file_name():
    name = dossier_file(dossier(Objects=objects({"name": "某/某 " + "很长的名称" * 60})))
    assert name.startswith(f"{VISIT} 某_某_很长")
    assert len(f".{name}.docx.part".encode()) < 255
    assert is_dossier_file(f"{name}.docx")
    assert not is_dossier_file(f"{name} 修改稿.docx")


def test_the_same_tables_give_the_same_bytes_in_any_process():
    program = (
        "import hashlib; from pathlib import Path; from pipelines.settings import read_county\n"
        "from tests.onevisit.visits.test_dossier import *\n"
        "document = papers(read_county(Path('county')))\n"
        "print(hashlib.sha256(word(document) + pdf(document, installed())).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.poppler
def test_both_forms_say_the_same(county: County):
    document = papers(county)
    opened: Any = docx.Document(io.BytesIO(word(document)))
    printed = re.sub(r"\s", "", printed_text(pdf(document, installed())))
    said = [one.text for one in opened.paragraphs]
    said += [cell.text for one in opened.tables for row in one.rows for cell in row.cells]
    assert [text for text in said if re.sub(r"\s", "", text) not in printed] == []

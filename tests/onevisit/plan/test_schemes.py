"""Schemes of joint tasks: what they say, who confirms them, and when they are asked for again."""

import io
import zipfile
from dataclasses import replace

import docx
import polars as pl
import pytest

from assets.files import write_whole
from onevisit.decisions import extended
from onevisit.documents.word import word
from onevisit.errors import RefusedError
from onevisit.plan.rulings import entry_of, rulings
from onevisit.plan.schemes import PlanOnPaper, demonstration_words, scheme_document, scheme_file, schemes, word_on
from onevisit.plan.tables import Schemes, TaskItems, Tasks
from onevisit.tables import frame_of
from tests.onevisit.plan import samples
from tests.onevisit.plan.samples import CULTURE, MARKET, POLICE

TASK = {
    "task_id": "T001", "name": "旅馆部门联合抽查（4月至6月）", "plan_rows": ["GA-2027-01", "WL-2027-01"],
    "lead_department": POLICE, "departments": [POLICE, CULTURE], "item_codes": ["GA-002", "WL-001"],
    "is_joint": True, "is_on_site": True, "is_by_class": False, "matching": "分组", "scope_count": 20,
    "expected_visits": 2.0, "visits_apart": 4.0,
}  # fmt: skip


@pytest.fixture(scope="session")
def plan(make_submitted) -> PlanOnPaper:
    rows = make_submitted({}, {"plan_row_id": "WL-2027-01", "department": CULTURE, "item_code": "WL-001"})
    window = rows.select("starts_on", "ends_on").row(0, named=True)
    lone = {**TASK, "task_id": "T002", "is_joint": False, "departments": [MARKET]}
    checks = [
        {"task_id": "T001", "plan_row_id": row, "department": who, "item_code": item, "role": "initiator",
         "is_on_site": True}
        for row, who, item in (("GA-2027-01", POLICE, "GA-002"), ("WL-2027-01", CULTURE, "WL-001"))
    ]  # fmt: skip
    tasks = frame_of(Tasks, [{**TASK, **window}, {**lone, **window}])
    return PlanOnPaper(tasks, frame_of(TaskItems, checks), rows, samples.items())


def spoken(plan: PlanOnPaper, *words) -> pl.DataFrame:
    entries = [entry_of(one, fingerprint="f", at="2027-01-04T09:00:00+08:00", is_demonstration=False) for one in words]
    return schemes(plan, rulings([(2027, extended([], entries))], 2027))


def test_every_participant_of_a_joint_task_is_asked_and_nobody_of_a_lone_one(plan):
    words = spoken(plan)
    Schemes.validate(words)
    assert words.select("task_id", "department", "state").rows() == [
        ("T001", POLICE, "waiting"),
        ("T001", CULTURE, "waiting"),
    ]


def test_a_word_stands_with_its_record_and_day(plan):
    asked = spoken(plan)
    yes = word_on(asked, "T001", POLICE, "confirm", by="甲", channel="review page")
    no = word_on(asked, "T001", CULTURE, "object", by="乙", why="时段与旅游旺季冲突", channel="review page")
    words = spoken(plan, yes, no)
    assert words.select("state", "record").rows() == [("confirmed", 1), ("objected", 2)]


def test_a_scheme_that_changes_is_asked_about_again(plan):
    words = spoken(plan, *demonstration_words(spoken(plan)))
    assert set(words["state"]) == {"confirmed"}
    moved = PlanOnPaper(plan.tasks.with_columns(matching=pl.lit("分散")), plan.task_items, plan.submitted, plan.items)
    again = spoken(moved, *demonstration_words(spoken(plan)))
    assert set(again["state"]) == {"waiting"}


@pytest.mark.parametrize(
    "change", [{"ratio_in_force": pl.lit("8%")}, {"towns": pl.lit(["蓬莱镇"])}, {"is_by_class": pl.lit(value=True)}]
)
def test_a_scheme_whose_number_or_area_was_ruled_otherwise_is_asked_about_again(plan, change):
    ruled = replace(plan, submitted=plan.submitted.with_columns(**change))
    assert set(spoken(ruled, *demonstration_words(spoken(plan)))["state"]) == {"waiting"}


def test_a_scheme_s_file_has_a_name_that_every_file_system_takes(tmp_path):
    name = scheme_file({"task_id": "T012", "name": '"旅馆"/' + "对特种行业经营活动的检查" * 20})
    assert name.startswith("T012 _旅馆__对特种行业") and name.endswith(".docx")
    write_whole(tmp_path / name, b"")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_document_tells_the_ratio_in_force(plan, county):
    ruled = replace(plan, submitted=plan.submitted.with_columns(ratio_in_force=pl.lit("8%")))
    [task] = ruled.tasks.filter("is_joint").iter_rows(named=True)
    document = docx.Document(io.BytesIO(word(scheme_document(task, ruled, spoken(ruled), county=county, year=2027))))
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["GA-2027-01", "旅馆", "全县", "20", "8%"] in cells


def test_a_word_that_nobody_may_say_is_refused_with_every_reason(plan):
    with pytest.raises(RefusedError) as refused:
        word_on(spoken(plan), "T002", CULTURE, "object", by=" ", channel="review page")
    assert [one.code for one in refused.value.problems] == ["P080", "P160", "P161"]


def test_the_document_says_what_the_policy_asks_for_and_is_the_same_on_any_day(plan, county):
    words = spoken(plan)
    [task] = plan.tasks.filter("is_joint").iter_rows(named=True)
    content = word(scheme_document(task, plan, words, county=county, year=2027))
    assert content == word(scheme_document(task, plan, words, county=county, year=2027))
    assert {part.date_time[0] for part in zipfile.ZipFile(io.BytesIO(content)).infolist()} == {2000}
    document = docx.Document(io.BytesIO(content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for wanted in ("联合抽查事项", "检查对象范围、抽查数量和抽查比例", "执法检查人员匹配方式", "固定检查组", "示例"):
        assert wanted in text
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert [POLICE, "GA-002", "对旅馆业特种行业的检查", "现场检查", "发起"] in cells
    assert ["GA-2027-01", "旅馆", "全县", "20", "10%"] in cells
    assert [POLICE, "待确认", "", ""] in cells

"""The chapters tell what the tables hold: other years, people, recusal, what is off the list."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from onevisit.plan.tables import Capacity, TaskItems
from onevisit.registries.tables import Changes, Experts, Judgements
from onevisit.supervision import chapters
from onevisit.supervision.background import recusal_shortages
from onevisit.supervision.chapters import Told
from onevisit.supervision.charts import chart
from onevisit.supervision.grids import Chapter, chinese_number, grid, shown
from onevisit.supervision.measures import WHOLE_COUNTY, measures
from onevisit.supervision.records import records
from onevisit.tables import frame_of
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import Reviewed, around, followed
from tests.onevisit.supervision.samples import HEALTH, POLICE


def told(one: Reviewed, **changed: object) -> Told:
    background = replace(around(one.case, one.scores), **changed)
    return Told(
        county=one.county,
        year=2027,
        today=samples.TODAY,
        measures=measures(one.county, samples.TODAY),
        scores=one.scores,
        expectations=one.expectations,
        follow_ups=one.follow_ups,
        objects=records(one.case.registers, today=samples.TODAY, due=samples.DUE)["objects"],
        around=background,
    )


def table(chapter: Chapter, title: str) -> dict[str, tuple[object, ...]]:
    """Return a grid's rows by their first cell, the others behind it."""
    [found] = [one for one in chapter.grids if one.title == title]
    return {str(first): others for first, *others in map(list, found.rows) for others in [tuple(others)]}


def change(kind: str, object_id: str) -> dict[str, object]:
    return {"object_id": object_id, "change": kind, "before": None, "after": None, "departments": [HEALTH]}


def test_the_years_change_adds_up(clean):
    changes = frame_of(Changes, [change("new", "A"), change("gone", "B"), change("gone", "C"), change("moved", "D")])
    now = clean.case.registers.objects
    last = pl.concat([now.with_columns(object_id=pl.lit(one)) for one in "BCD"]).unique("object_id")
    chapter = chapters.change_chapter(told(clean, objects_before=last, changes=changes))
    steps = [row[1] for row in chapter.grids[0].rows]
    assert steps == [3, 1, 0, 0, -2, 2]
    assert sum(steps[:-1]) == steps[-1]
    assert "迁址1户" in chapter.words[0]
    assert table(chapter, "各部门名录的变动")[HEALTH] == (1, 2, 0, 0, 1, 0)


def test_without_last_years_register_nothing_is_compared(clean):
    assert chapters.change_chapter(told(clean)).words == ("没有2026年度的名录，今年不比较变动。",)


def test_duplicates_are_certain_probable_or_judged(dirty):
    ruling = {
        "log_year": 2027, "seq": 1, "pair_id": "R-1", "left_key": "a", "right_key": "b", "judgement": "same",
        "by": "李四", "at": "2027-12-01T09:00:00+08:00", "why": "同一门店", "is_in_effect": True,
    }  # fmt: skip
    registers = dirty.case.registers
    registers = replace(registers, duplicates=registers.duplicates.with_columns(kind=pl.lit("suspect_code")))
    chapter = chapters.object_chapter(told(dirty, judgements=frame_of(Judgements, [ruling]), registers=registers))
    rows = [row for one in chapter.grids if one.title == "重复对象" for row in one.rows]
    counts = {str(words): count for _, words, count in rows}
    assert (
        counts["各部门名录中是同一对象、已经合并的行"]
        == registers.object_sources.height - registers.objects.height
        == 1
    )
    assert counts["其中同一部门内重复列入的行"] == 1
    assert sum(counts[name] for name in counts if name.startswith("待部门判断")) == registers.duplicates.height
    assert counts["部门判为同一对象（对）"] == 1


def test_things_without_a_subject_and_objects_without_a_town_are_counted(clean):
    registers = clean.case.registers
    first = registers.objects["object_id"][0]

    objects = registers.objects.with_columns(
        object_kind=pl.when(pl.col("object_id") == first).then(pl.lit("项目")).otherwise("object_kind"),
        town=pl.when(pl.col("object_id") == first).then(None).otherwise("town"),
    )
    chapter = chapters.object_chapter(told(clean, registers=replace(registers, objects=objects)))
    assert table(chapter, "主体和客体")["项目"] == ("客体", 1, 1, 1)
    towns = table(chapter, "各镇（街道）检查对象")
    assert towns["属地不明"] == (1, 1, 0, 0)
    assert towns["合计"][0] == objects.height


def test_an_item_is_short_of_people_where_one_of_the_pair_must_stay_away(clean):
    registers = clean.case.registers
    door = registers.objects["object_id"][1]
    declared = clean.case.evidence.interests.clear().select("person_id", "object_id")

    declared = pl.concat([declared, pl.DataFrame({"person_id": ["P-WJ2"], "object_id": [door]})])
    short = recusal_shortages(replace(told(clean).around, interests=declared), told(clean).objects, pair=2)
    assert short.rows() == [(HEALTH, "WJ-001", door)]
    chapter = chapters.inspector_chapter(told(clean, interests=declared))
    staffing = table(chapter, "执法检查人员与事项、计划的匹配")
    assert [staffing[name][3] for name in (WHOLE_COUNTY, POLICE, HEALTH)] == [1, 0, 1]


def test_what_the_plan_cannot_be_done_with_is_told_by_department(clean):
    row = {
        "department": HEALTH, "item_code": None, "item_codes": [], "starts_on": dt.date(2027, 3, 1),
        "ends_on": dt.date(2027, 3, 5), "workdays": 5, "people": 2, "needed": 20.0, "available": 10, "share": 2.0,
        "visits_short": 5, "people_short": 2, "is_tightest": True, "task_ids": ["T001"], "code": "P144",
        "reason": "", "fix": "",
    }  # fmt: skip
    chapter = chapters.inspector_chapter(told(clean, capacity=frame_of(Capacity, [row])))
    assert table(chapter, "执法检查人员与事项、计划的匹配")[HEALTH][4:] == (1, "200%", 2)
    assert table(chapter, "执法检查人员与事项、计划的匹配")[POLICE][4:] == (0, None, 0)


def test_experts_of_the_field_are_counted_for_the_items_that_need_one(clean):
    expert = {
        "expert_id": "E1", "name": "专家", "employer": "某院", "specialty": "旅馆", "title": None, "is_valid": True,
    }  # fmt: skip
    items = clean.case.registers.items

    registers = replace(clean.case.registers, items=items.with_columns(is_expert_needed=pl.col("department") == HEALTH))
    chapter = chapters.inspector_chapter(told(clean, registers=registers, experts=frame_of(Experts, [expert])))
    assert "专家1名，状态有效1名；需要专家参加的事项1项，其中1项有对口专业的专家" in chapter.words[-1]


@pytest.mark.parametrize(("code", "count", "advice"), [("WJ-001", 0, "为0，符合规定"), ("WJ-999", 1, "应为0")])
def test_items_off_the_list_must_not_be_in_any_task(clean, code, count, advice):
    task = {
        "task_id": "T001", "plan_row_id": "WJ-2027-001", "department": HEALTH, "item_code": code, "role": "initiator",
        "is_on_site": True,
    }  # fmt: skip
    chapter = chapters.item_chapter(told(clean, task_items=frame_of(TaskItems, [task])))
    assert table(chapter, "未列入清单的事项")["抽查任务中的清单外事项（项）"] == (count, advice)


def test_years_stand_one_below_the_other(dirty, clean):
    chapter = chapters.trend_chapter(told(dirty, scores_by_year={2026: clean.scores, 2027: dirty.scores}))
    trend = table(chapter, "全县主要指标合格率")
    assert list(trend) == ["2026年度", "2027年度"]
    assert trend["2026年度"][0] == "100%"
    assert not chapter.words


def test_the_closure_rate_is_of_what_last_year_found(dirty):
    before = followed(dirty.problems, year=2026)
    half = dirty.problems.height // 2
    later = replace(told(dirty), follow_ups=followed(dirty.problems[:half], before=before))
    rows = table(chapters.closure_chapter(later), "上年问题整改情况")
    assert rows[WHOLE_COUNTY][:3] == (dirty.problems.height, dirty.problems.height - half, half)
    assert rows[POLICE] == (0, 0, 0, "—")


def test_what_is_overdue_is_counted(dirty):
    in_time, late = (replace(told(dirty), today=day) for day in (samples.TODAY, dt.date(2027, 12, 14)))
    assert "已过整改期限0条" in chapters.problem_chapter(in_time).words[0]
    assert f"已过整改期限{dirty.problems.height}条" in chapters.problem_chapter(late).words[0]


def test_the_county_has_all_problems_and_those_of_nobody_stand_on_a_line_of_their_own(dirty):
    states = table(chapters.problem_chapter(told(dirty)), "各部门待整改问题")
    own = dirty.problems.filter(department=WHOLE_COUNTY).height
    assert (states["合计"][0], states["全县性问题"][0]) == (dirty.problems.height, own)
    assert sum(row[0] for name, row in states.items() if name != "合计") == dirty.problems.height
    overview = table(dirty.report.chapters[0], "各部门名录规模和问题数")
    assert overview[WHOLE_COUNTY][-1] == dirty.problems.height


def test_a_county_without_problems_says_so(clean):
    assert chapters.problem_chapter(told(clean)).words == ("没有待整改的问题。",)


def test_a_picture_repeats_its_table_and_is_text_alone():
    steps = grid("变动", [("变动", 10), ("户数", 10)], [["上年", 10], ["减少", -4], ["<今年>", 6]], chart="steps")
    picture = chart(steps)
    assert picture.count("<rect") == 3
    assert "&lt;今年&gt;" in picture
    assert ">-4<" in picture


def test_cells_and_headings_are_written_as_people_read_them():
    assert [shown(value) for value in (1234, None, "97%")] == ["1,234", "—", "97%"]
    assert [chinese_number(number) for number in (1, 10, 11, 19)] == ["一", "十", "十一", "十九"]

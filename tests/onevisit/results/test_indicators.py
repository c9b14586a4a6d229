"""Indicators: every share is counted as its formula says, for the county, a department and a task."""

from typing import Any

import polars as pl

from onevisit.plan.tables import Tasks
from onevisit.publish.tables import PublicResults
from onevisit.registries.tables import Items, Objects
from onevisit.results.indicator_workbook import indicator_workbook
from onevisit.results.indicators import YearTables, indicators_of, problem_rates, visits_apart
from onevisit.results.tables import Feedback, FrequencyWarnings, Indicators, OtherChecks, ProblemRates
from onevisit.visits.tables import Visits
from tests.onevisit.results.made import feedback, findings, others, warnings
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, POLICE, SHOP, day, table

GUEST = {"department": POLICE, "item_code": "GA-001"}


def visits(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "visit_id": "01-A-01",
        "serial": samples.ONE,
        "object_id": SHOP,
        "task_ids": ["T001"],
        "lead_department": HEALTH,
        "departments": [HEALTH],
        "item_codes": ["WJ-001"],
        "starts_on": day("03-05"),
        "ends_on": day("05-31"),
        "opened_by": "R1",
        "object_visits": 1,
        "lower_bound": 1,
        "is_proven": True,
    }
    return table(Visits, defaults, rows)


def published(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "plan_row_id": "R1",
        "task_id": "T001",
        "task_name": "旅馆检查",
        "item_name": "旅馆卫生",
        "department": HEALTH,
        "object_id": SHOP,
        "name": "某某商店",
        "checked_on": day("03-15"),
        "result": "未发现问题",
    }
    return table(PublicResults, defaults, rows)


def year(**given: pl.DataFrame) -> YearTables:
    """Four checks are owed: three are done, one of them with a problem that goes on; two are public."""
    tables = {
        "tasks": samples.tasks({"departments": [POLICE, HEALTH], "is_joint": True}, {"task_id": "T002"}),
        "items": samples.items({}, {"item_code": "GA-001", "item_name": "旅馆治安"}),
        "obligations": samples.obligations({}, GUEST, {"object_id": INN}, {"task_id": "T002", "plan_row_id": "R2"}),
        "visits": visits({"departments": [POLICE, HEALTH]}, {"visit_id": "01-B-01"}, {"visit_id": "01-C-01"}),
        "findings": findings(
            {}, {**GUEST, "result_types": ["发现问题待后续处理"], "is_disposed": False}, {"object_id": INN}
        ),
        "published": published({}, {"department": POLICE, "item_name": "旅馆治安"}),
        "warnings": warnings({}, {"second_on": day("05-01")}, {"scope": "county", "object_id": None}),
        "last_visits": visits(),
    }
    return YearTables(**(tables | given))


def measured(tables: YearTables, **place: str) -> dict[str, tuple[int | None, int | None, float | None]]:
    found = indicators_of(tables)
    Indicators.validate(found)
    place = {"scope": "county", "span": "all"} | place
    rows = found.filter(*(pl.col(name) == value for name, value in place.items()))
    return {row["name"]: (row["numerator"], row["denominator"], row["value"]) for row in rows.iter_rows(named=True)}


def test_the_county_is_measured_by_its_formulas():
    assert measured(year()) == {
        "抽查完成率": (2, 4, 0.5),
        "完结率": (1, 2, 0.5),
        "检查完成率": (3, 4, 0.75),
        "问题检出率": (1, 3, 0.3333),
        "计划完成率": (1, 2, 0.5),
        "部门联合检查率": (1, 3, 0.3333),
        "入户次数": (3, None, 3.0),
        "入户次数比上年": (3, None, None),
        "减少入户次数": (4, 3, 1.0),
        "频次预警": (1, None, 1.0),
    }


def test_tasks_of_one_department_are_told_from_joint_ones():
    assert measured(year(), span="own")["检查完成率"] == (0, 1, 0.0)
    assert measured(year(), span="joint")["检查完成率"] == (3, 3, 1.0)


def test_a_department_answers_for_its_own_checks_and_a_task_for_all_of_its():
    police = measured(year(), scope="department", department=POLICE)
    assert police["完结率"] == (0, 1, 0.0)
    assert police["计划完成率"] == (1, 1, 1.0)
    assert police["部门联合检查率"] == (1, 1, 1.0)
    assert measured(year(), scope="task", task_id="T002")["检查完成率"] == (0, 1, 0.0)


def test_visits_are_held_against_last_years_where_there_were_any():
    last = visits({}, {"visit_id": "01-B-01"})
    assert measured(year(last_visits=last))["入户次数比上年"] == (3, 2, 0.5)


def test_nothing_owed_is_no_share():
    empty = year(obligations=samples.obligations(), findings=findings(), visits=visits(), published=published())
    assert measured(empty)["检查完成率"] == (0, 0, None)
    assert measured(empty)["计划完成率"] == (0, 2, 0.0)


def test_every_department_alone_for_every_plan_row_opens_a_door():
    owed = samples.obligations({}, {"item_code": "WJ-002"}, GUEST, {"plan_row_id": "R2"}, {"is_on_site": False})
    assert visits_apart(owed) == 3


def test_a_class_and_a_small_count_are_never_publishable():
    found = findings(*[{"item_code": "A"}] * 6, *[{"item_code": "B"}] * 2, {"item_code": "A", "result_types": ["注销"]})
    one_problem = {"item_code": "C", "result_types": ["发现问题已责令改正"]}
    found = pl.concat([found, findings(*[{"item_code": "C"}] * 6, one_problem)])
    rates = problem_rates(found, samples.objects({"credit_class": "B"}))
    ProblemRates.validate(rates)
    assert rates.select("cell_kind", "cell", "checked_count", "problem_count", "is_publishable").rows() == [
        ("item", "A", 7, 0, True),
        ("item", "B", 2, 0, False),
        ("item", "C", 7, 1, False),
        ("class", "B", 16, 1, False),
    ]


def test_the_workbook_is_the_same_bytes_and_has_a_sheet_for_each_question():
    tables = {
        Indicators: indicators_of(year()),
        ProblemRates: problem_rates(year().findings, samples.objects()),
        FrequencyWarnings: warnings({}, {"scope": "county", "object_id": None, "first_on": None}),
        OtherChecks: others({}),
        Feedback: feedback({}, {"ground": "未发现问题", "effect": "="}),
        Tasks: year().tasks,
        Objects: samples.objects(),
        Items: year().items,
    }
    content = indicator_workbook("某县", 2027, tables)
    assert content == indicator_workbook("某县", 2027, tables)
    sheets = pl.read_excel(content, sheet_id=0, has_header=False, drop_empty_rows=False)
    assert list(sheets) == ["全县", "部门", "任务", "问题检出率", "频次预警", "其他检查", "2028年运用"]
    shown = {name: "\n".join(str(cell) for row in sheet.rows() for cell in row) for name, sheet in sheets.items()}
    assert "已公示数÷应检查数" in shown["全县"]
    assert "提高一类" in shown["2028年运用"]
    assert "某某商店" in shown["频次预警"]

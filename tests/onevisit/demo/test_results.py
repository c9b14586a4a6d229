import datetime as dt
from collections import Counter

import fastexcel
import polars as pl
import pytest

from onevisit.demo.results import returned_results
from onevisit.filings.intake import Document, file_department
from onevisit.filings.rows import rows_of
from onevisit.registries.tables import Objects
from onevisit.results.findings import judge
from onevisit.results.tables import RESULT_TYPES
from onevisit.tables import frame_of
from onevisit.visits.tables import Obligations

YEAR = 2027
TODAY = dt.date(2027, 12, 10)


def owed(number, *, department="县公安局", item="GA-002", task=None, starts_on=None, ends_on=None):
    return {
        "object_id": f"DY-{number:05d}",
        "serial": "510923-2027-01-1",
        "task_id": task or f"T{number % 40:03d}",
        "plan_row_id": f"{item.split('-')[0]}-2027-01",
        "department": department,
        "item_code": item,
        "role": "initiator",
        "is_on_site": True,
        "starts_on": starts_on or dt.date(YEAR, 3, 1),
        "ends_on": ends_on or dt.date(YEAR, 5, 31),
        "batch": 1,
    }


def business(number):
    return {"object_id": f"DY-{number:05d}", "name": f"第{number}家茶铺"}


@pytest.fixture(scope="module")
def obligations():
    """Nine hundred businesses, each owed a check by three departments."""
    kinds = (("县公安局", "GA-002"), ("县卫生健康局", "WJ-002"), ("县税务局", "TAX-004"))
    return frame_of(Obligations, [owed(n, department=d, item=i) for n in range(900) for d, i in kinds])


@pytest.fixture(scope="module")
def register():
    return frame_of(Objects, [business(n) for n in range(900)])


@pytest.fixture(scope="module")
def returned(obligations, register, county):
    return returned_results(obligations, register, county=county, year=YEAR, seed="s", today=TODAY)


@pytest.fixture(scope="module")
def filed(returned, county):
    frames = [
        file_department(d, [Document("检查结果.xlsx", returned[f"{d.name}/检查结果.xlsx"])], county, secret="-")  # noqa: S106
        for d in county.departments
        if f"{d.name}/检查结果.xlsx" in returned
    ]
    return rows_of("results", frames)


@pytest.fixture(scope="module")
def judged(filed, obligations):
    return judge(filed, obligations, today=TODAY, publish_by=lambda day: day)


def test_the_order_of_rows_does_not_change_a_byte(obligations, register, county, returned):
    shuffled = returned_results(
        obligations.reverse(), register.reverse(), county=county, year=YEAR, seed="s", today=TODAY
    )
    assert shuffled == returned


def test_each_department_returns_its_own_checks(returned, filed):
    assert set(returned) == {f"{name}/检查结果.xlsx" for name in ("县公安局", "县卫生健康局", "县税务局")}
    assert (filed["department"] == filed["checked_by"]).all()


def test_exactly_the_spoilt_rows_are_refused(judged):
    assert sorted(judged.refused["code"]) == ["E001", "E006", "E011"]


def test_most_checks_find_nothing_and_every_standard_type_comes_up(judged):
    types = Counter(kind for kinds in judged.findings["result_types"] for kind in kinds)
    assert 0.75 < types["未发现问题"] / judged.findings.height < 0.92
    assert set(types) == set(RESULT_TYPES)


def test_a_few_checks_never_come_back(judged, obligations):
    assert 0.95 < judged.findings.height / obligations.height < 1


def test_checks_are_made_on_working_days_and_a_few_behind_the_window(judged, county):
    days = county.working_days(YEAR)
    assert all(days.is_workday(day) for day in judged.findings["checked_on"].unique())
    late = judged.findings.filter(pl.col("checked_on") > dt.date(YEAR, 5, 31))
    assert 0 < late.height / judged.findings.height < 0.08
    assert judged.findings["checked_on"].min() >= dt.date(YEAR, 3, 1)


def test_who_cannot_be_found_cannot_be_found_for_anybody_on_that_visit(judged):
    gone = judged.findings.filter(pl.col("result_types").list.contains("通过登记的住所（经营场所）无法联系"))
    visits = judged.findings.join(gone.select("object_id").unique(), on="object_id", how="semi")
    assert gone.height and set(visits["result_types"].explode()) == {"通过登记的住所（经营场所）无法联系"}


def test_a_problem_is_told_in_the_words_of_the_guide_and_disposed_of(judged):
    found = judged.findings.filter(pl.col("result_types").list.contains("发现问题已责令改正"))
    assert found.height and found["problem"].str.contains("不符合要求").all()
    assert set(found["disposal"]) == {"责令改正，后续跟踪由日常监管部门负责"}


def test_nothing_is_returned_for_windows_still_to_come(register, county):
    future = frame_of(Obligations, [owed(1, starts_on=dt.date(2027, 12, 20), ends_on=dt.date(2027, 12, 31))])
    assert returned_results(future, register, county=county, year=YEAR, seed="s", today=TODAY) == {}


def test_nothing_owed_gives_no_files(register, county):
    nothing = frame_of(Obligations, [])
    assert returned_results(nothing, register, county=county, year=YEAR, seed="s", today=TODAY) == {}


def test_the_files_are_workbooks_with_a_title_above_the_header(returned):
    sheet = fastexcel.read_excel(returned["县公安局/检查结果.xlsx"]).load_sheet(0, header_row=None, dtypes="string")
    title, header = sheet.to_polars().rows()[:2]
    assert title[0] == "县公安局2027年度检查结果"
    assert {"检查结果", "抽查计划编号"} & {cell for cell in header if cell}

"""Files for the provincial platform read back as they were written, and refusals find their rows again."""

import datetime as dt
import io
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.county import County, PlatformForm
from onevisit.errors import RefusedError
from onevisit.publish import platform_rows
from onevisit.publish.lists import WITHDRAWN
from onevisit.publish.platform import (
    failures,
    failures_table,
    is_recorded,
    log_lines,
    read_back,
    rendered,
    written,
)
from onevisit.publish.platform_rows import KINDS, records
from onevisit.publish.tables import PublicResults
from onevisit.registries.tables import Inspectors, InspectorSources, Items, Objects
from tests.onevisit.publish.counties import credit_code, made, public_tables, rows_of

NOTICES: dict[str, Any] = {
    "kind": "task_notices",
    "file": "任务公告",
    "sheet": "公告",
    "title": "{county}{year}年公告",
    "header_row": 2,
    "max_rows": 2,
    "date_form": "%Y%m%d",
    "codes": {"type": {"定向": "1"}},
    "columns": [
        {"title": "编号", "field": "task_id", "required": True},
        {"title": "类型", "field": "draw_type", "codes": "type"},
        {"title": "开始", "field": "starts_on"},
        {"title": "事项", "field": "items"},
        {"title": "机关", "field": "departments"},
        {"title": "备注"},
    ],
}
FORM = PlatformForm.model_validate(NOTICES)


def row(number: int, **other: Any) -> dict[str, Any]:
    return {
        "task_id": f"T{number:03}",
        "draw_type": "定向",
        "starts_on": dt.date(2027, 3, 1),
        "items": ["甲", "乙"],
        "departments": ["县公安局"],
        **other,
    }


def receipt(rows: list[list[str]], titles: list[str]) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["导入失败清单"])
    for line in [titles, *rows]:
        sheet.append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_file_has_its_title_its_header_and_its_values_in_the_platforms_form():
    [part] = written(FORM, [row(1)], county="大英县", year=2027)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(part.content))["公告"]
    cells = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert cells[0][0] == "大英县2027年公告"
    assert not sheet["A1"].alignment.wrap_text
    assert cells[1] == ["编号", "类型", "开始", "事项", "机关", "备注"]
    assert cells[2] == ["T001", "1", "20270301", "甲，乙", "县公安局", None]


@given(st.lists(st.text("甲乙=+-@1234567890 年a", min_size=1, max_size=8).map(str.strip).filter(bool), max_size=7))
def test_what_was_written_reads_back_the_same_and_splits_at_the_limit(names: list[str]):
    rows = [row(n, items=[name]) for n, name in enumerate(names)]
    parts = written(FORM, rows, county="县", year=2027)
    assert [line for part in parts for line in read_back(FORM, part.name, part.content)] == rendered(FORM, rows)
    assert all(part.row_count <= 2 for part in parts)
    assert parts == written(FORM, rows, county="县", year=2027)


def test_parts_are_numbered_only_where_there_are_several():
    assert [part.name for part in written(FORM, [row(1)], county="县", year=2027)] == ["任务公告.xlsx"]
    names = [part.name for part in written(FORM, [row(n) for n in range(3)], county="县", year=2027)]
    assert names == ["任务公告-1.xlsx", "任务公告-2.xlsx"]


def test_a_value_without_a_code_is_named_with_its_row_and_never_written_blank():
    with pytest.raises(RefusedError) as refused:
        written(FORM, [row(1), *[row(n, draw_type="半定向") for n in (2, 3)]], county="县", year=2027)
    [one] = refused.value.problems
    assert (one.code, one.row, one.column, one.value) == ("U100", 2, "类型", "半定向")
    assert "没有这个值的代码" in refused.value.zh()


def test_a_required_value_that_is_missing_and_a_field_nobody_knows_are_named():
    with pytest.raises(RefusedError, match="U101"):
        written(FORM, [row(1, task_id=None)], county="县", year=2027)
    unknown = FORM.model_copy(update={"columns": [FORM.columns[0].model_copy(update={"field": "nothing"})]})
    with pytest.raises(RefusedError, match="U103"):
        written(unknown, [], county="县", year=2027)


def test_a_list_longer_than_a_cell_is_refused_not_cut_off():
    with pytest.raises(RefusedError, match="U102"):
        written(FORM, [row(1, items=["甲" * 40_000])], county="县", year=2027)


def test_xls_is_refused_in_plain_words():
    with pytest.raises(ValueError, match="只能写 xlsx"):
        PlatformForm.model_validate({**NOTICES, "form": "xls"})


def test_every_mapping_of_the_county_asks_for_fields_that_exist(county: County):
    assert {form.kind for form in county.platform} == set(KINDS)
    for form in county.platform:
        assert rendered(form, []) == []
        asked = {column.field for column in form.columns}
        assert set(KINDS[form.kind].keys) <= asked
    assert len(next(form for form in county.platform if form.kind == "inspectors").columns) == 21


def test_refused_rows_find_their_records_whatever_the_order_of_columns():
    rows = rendered(FORM, [row(1), row(2)])
    titles = ["失败原因", *[column.title for column in FORM.columns]]
    data = receipt([["", *rows[0]], ["任务已存在", *rows[1]], ["编号不对", "T999", *rows[1][1:]]], titles)
    found = failures([FORM], {"任务公告": rows}, "回执.xlsx", data)
    assert [(one["record"], one["department"], one["reason"], one["row"]) for one in found] == [
        ("T002", "县公安局", "任务已存在", 4),
        (None, None, "编号不对", 5),
    ]
    log = log_lines(found)
    assert is_recorded(log, data)
    assert not is_recorded(log, b"other")
    assert failures_table(log)["row"].to_list() == [4, 5]


def test_only_the_latest_receipt_of_a_kind_stands():
    rows = rendered(FORM, [row(1)])
    titles = [*[column.title for column in FORM.columns], "失败原因"]
    first, second = (
        failures([FORM], {"任务公告": rows}, f"{name}.xlsx", receipt([[*rows[0], name]], titles)) for name in "甲乙"
    )
    assert failures_table(log_lines([*first, *second]))["reason"].to_list() == ["乙"]


def test_a_file_that_is_no_receipt_or_has_no_reason_is_refused():
    titles = [column.title for column in FORM.columns]
    rows = rendered(FORM, [row(1)])
    with pytest.raises(RefusedError, match="U104"):
        failures([FORM], {}, "回执.xlsx", receipt(rows, titles))
    with pytest.raises(RefusedError, match="U105"):
        failures([FORM], {}, "回执.xlsx", receipt([[*rows[0], ""]], [*titles, "失败原因"]))


def test_a_notice_is_of_a_task_whose_list_is_public_and_counts_nobody_who_dropped_out():
    tables = public_tables(made())
    notices = platform_rows.task_notices(tables["plan"], tables["drawn"], plan_name="计划")
    assert set(notices.frame["task_id"]) == set(tables["drawn"]["task_id"])
    standing = tables["drawn"].filter(~pl.col("is_lost")).unique(["task_id", "object_id"])
    assert notices.frame["object_count"].sum() == standing.height


def test_nothing_found_of_one_item_stands_only_where_nothing_else_was_found_and_what_was_withdrawn_nowhere():
    common = {"task_id": "T001", "plan_row_id": "P1", "department": "县公安局", "name": "店"}
    results = rows_of(
        PublicResults,
        [
            {**common, "object_id": "1", "item_name": "甲", "result": "未发现问题"},
            {**common, "object_id": "1", "item_name": "乙", "result": "发现问题已责令改正；注销"},
            {**common, "object_id": "2", "item_name": "甲", "result": "未发现问题"},
            {**common, "object_id": "3", "item_name": "甲", "result": WITHDRAWN},
        ],
    )
    found = platform_rows.result_notices(results, made().submitted, plan_name="计划")
    assert found.frame["results"].to_list() == [["发现问题已责令改正", "注销"], ["未发现问题"]]
    assert found.frame["number"].to_list() == [1, 2]


def test_objects_go_with_every_tag_and_those_without_a_code_are_counted():
    code = credit_code(1)
    objects = rows_of(
        Objects,
        [
            {"object_id": code, "uscc": code, "name": "店", "tags": ["餐饮", "宾馆"], "is_living": True},
            {"object_id": "DY-1", "name": "项目", "tags": ["餐饮"], "is_living": True},
            {"object_id": "DY-2", "name": "没了", "tags": ["餐饮"], "is_living": False},
        ],
    )
    items = rows_of(Items, [{"item_code": "A-1", "tags": ["餐饮"], "qualification": "食品检查员"}])
    reported = platform_rows.object_rows(objects, items)
    rows = records(reported, "objects")
    assert [(one["tag"], one["is_specialist"], one["qualifications"]) for one in rows] == [
        ("宾馆", False, []),
        ("餐饮", True, ["食品检查员"]),
    ]
    assert reported.left_out == 1


def test_inspectors_carry_the_names_of_their_items_and_those_without_a_certificate_are_counted():
    people = rows_of(
        Inspectors,
        [
            {"person_id": "P-1", "name": "甲", "certificate_no": "51", "certificate_valid_to": dt.date(2030, 1, 1)}
            | {"item_codes": ["A-1"], "is_valid": True, "person_kind": "执法人员"},
            {"person_id": "P-2", "name": "乙"},
        ],
    )
    sources = rows_of(
        InspectorSources, [{"person_id": "P-1", "department": "县公安局", "file": "f", "row": 3, "source_id": "RY1"}]
    )
    filed = pl.DataFrame(
        {
            "department": ["县公安局"],
            "file": ["f"],
            "sheet": [""],
            "row": [3],
            "fields": ['{"sex":"女","level":"县级"}'],
        }
    )
    items = rows_of(Items, [{"item_code": "A-1", "item_name": "检查"}])
    reported = platform_rows.inspector_rows(people, sources, filed, items, county="大英县")
    [one] = records(reported, "inspectors")
    assert (one["sex"], one["items"], one["qualifications"], one["state"]) == ("女", ["A-1.检查"], ["无"], "有效")
    assert reported.left_out == 1


def test_the_platforms_words_about_a_person_lose_the_name_and_the_numbers():
    columns = [{"title": title, "field": field} for title, field in (("姓名", "name"), ("证号", "certificate_no"))]
    form = PlatformForm.model_validate(
        {
            "kind": "inspectors",
            "file": "人员",
            "sheet": "人员",
            "columns": [*columns, {"title": "号", "field": "source_id"}],
        }
    )
    rows = [["欧阳守正", "51092300017", "RY1"], ["司徒明鉴", "51092300018", "RY2"]]
    reasons = ["欧阳守正的证件已过期", "手机13812345678已被使用"]
    data = receipt([[*row, why] for row, why in zip(rows, reasons, strict=True)], ["姓名", "证号", "号", "失败原因"])
    found = failures([form], {"人员": rows}, "回执.xlsx", data)
    assert [(one["record"], one["reason"]) for one in found] == [
        ("RY1", "***的证件已过期"),
        ("RY2", "原因含个人信息，见回执第4行"),
    ]

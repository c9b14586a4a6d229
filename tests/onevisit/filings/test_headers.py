"""Which row is the header, which column is which field, and why a sheet cannot be read."""

import json

import pytest

from onevisit.county import County, Department
from onevisit.errors import RefusedError
from onevisit.filings.headers import find_header, header_key, known_headers, settings_problems
from onevisit.filings.intake import file_department
from onevisit.filings.kinds import KINDS

OBJECTS = "检查对象名录.csv"
SALT = "s"


def states(rows):
    return dict(rows.select("row", "state").iter_rows())


def test_the_header_is_found_below_titles(workbook, filed, contents):
    data = workbook(名录=[["某县检查对象名录"], [], ["填报单位：", "县公安局"], ["名称", "证照号码"], ["甲", "1"]])
    rows = filed(**{"检查对象名录.xlsx": data})
    assert states(rows) == {1: "noted", 3: "noted", 4: "noted", 5: "kept"}
    assert contents(rows) == {5: {"name": "甲", "code": "1"}}


def test_a_header_of_two_rows_with_merged_groups_is_read(workbook, filed, contents):
    data = workbook(
        名录=[
            ["名称", "证照号码", "联系", None, "监管标签"],
            [None, None, "法定代表人", "电话", None],
            ["甲", "1", "张三", "0825-1234567", "旅馆"],
        ]
    )
    [kept] = contents(filed(**{"检查对象名录.xlsx": data})).values()
    assert (kept["legal_rep"], kept["tags"], kept["name"]) == ("张三", "旅馆", "甲")


def test_headers_match_in_any_width_with_blanks_line_breaks_and_stars(filed, contents):
    rows = filed(**{OBJECTS: '＊名　称,统一社会信用代码／注册号,法定代表人（负责人）,"联系\n电话"\n甲,1,张三,2\n'})
    assert contents(rows)[2].keys() >= {"name", "code", "legal_rep", "phone"}


def test_a_departments_own_header_is_read_and_another_departments_is_not(filed, codes):
    assert states(filed(**{OBJECTS: "名称,证照号码\n甲,1\n"})) == {1: "noted", 2: "kept"}
    rows = filed(**{OBJECTS: "校(园)长,名称,地址,代码\n张三,甲,东街,1\n"})
    assert {code for _, code, *_ in codes(rows)} == {"F021", "F022", "F024"}


def test_an_unknown_column_refuses_the_sheet_and_names_column_setting_and_likely_header(filed):
    rows = filed(**{OBJECTS: "名称,证照号码,法定代表\n甲,1,张三\n乙,2,李四\n"})
    assert states(rows) == {1: "refused", 2: "refused", 3: "refused"}
    [one] = json.loads(rows["problems"][0])
    assert (one["code"], one["column"]) == ("F022", "法定代表")
    assert "法定代表人" in one["reason"]
    assert "county/departments/ga.toml" in one["fix"]
    assert "[columns.objects]" in one["fix"]
    assert rows["fields"].to_list() == ["{}"] * 3


def test_a_missing_required_column_is_named_with_the_unknown_one_it_may_be(filed):
    [one, other] = json.loads(filed(**{OBJECTS: "名称,地址,社会信用代码证\n甲,东街,1\n"})["problems"][0])
    assert (one["code"], other["code"], other["column"]) == ("F021", "F022", "社会信用代码证")
    assert "社会信用代码证" in one["reason"]


@pytest.mark.parametrize("header", ["名称,证照号码,名称", "名称,证照号码,单位名称"])
def test_a_header_given_twice_refuses_the_sheet(filed, codes, header):
    [(row, code, column, _), *_] = codes(filed(**{OBJECTS: f"{header}\n甲,1,甲\n"}))
    assert (row, code) == (1, "F023")
    assert column == "、".join(name for name in header.split(",") if "称" in name)


def test_a_sheet_without_a_header_is_refused_without_quoting_its_rows(filed):
    rows = filed(**{"执法检查人员名录.csv": "张三,510923199001011234\n李四,510923199001015678\n"})
    assert states(rows) == {1: "refused", 2: "refused"}
    assert "F020" in rows["problems"][0]
    assert "510923" not in "".join(rows["problems"])


def test_one_refused_sheet_does_not_keep_the_others_from_being_read(workbook, filed):
    data = workbook(甲=[["名称", "证照号码"], ["甲", "1"]], 乙=[["名称", "何物"], ["乙", "2"]])
    rows = filed(**{"检查对象名录.xlsx": data})
    assert rows.filter(sheet="甲")["state"].to_list() == ["noted", "kept"]
    assert rows.filter(sheet="乙")["state"].to_list() == ["refused", "refused"]


def test_sheets_of_hints_are_notes(workbook, filed):
    data = workbook(
        名录=[["名称", "证照号码"], ["甲", "1"]],
        说明=[["列", "怎么填"], ["证照号码", "十八位"]],
        Sheet3=[["请勿改动表头"]],
    )
    rows = filed(**{"检查对象名录.xlsx": data})
    assert set(rows.filter(sheet="说明")["state"]) == set(rows.filter(sheet="Sheet3")["state"]) == {"noted"}


def test_ignored_columns_are_left_out(filed, contents):
    rows = filed(**{OBJECTS: "序号,名称,证照号码,内部序列\n1,甲,9,x\n"})
    assert contents(rows) == {2: {"name": "甲", "code": "9"}}


def test_the_row_with_most_known_columns_is_the_header_not_a_data_row_below():
    known = {"名称": "name", "代码": "code"}
    rows = [["名称", "代码"], ["代码", "1"], ["名称", None]]
    header = find_header(rows, known, KINDS["objects"])
    assert header
    assert (header.first_row, header.last_row) == (1, 1)


def test_settings_that_name_no_kind_or_no_field_stop_the_department(police: Department, small_county: County):
    wrong = police.model_copy(
        update={"columns": {"objekts": {}, "plan": {"甲": "nmae"}}, "fixes": {"twon": {"a": "b"}}}
    )
    assert [(p.code, p.column) for p in settings_problems(wrong, small_county)] == [
        ("F041", "fixes.twon"),
        ("F040", "columns.objekts"),
        ("F041", "columns.plan.nmae"),
    ]
    with pytest.raises(RefusedError, match="F040"):
        file_department(wrong, [], small_county, secret=SALT)
    typo = small_county.model_copy(update={"synonyms": {"objects": {"nmae": ["名称"]}}})
    assert [(p.file, p.value) for p in settings_problems(police, typo)] == [("synonyms.toml", "nmae")]


def test_the_countys_own_settings_name_every_field_once_and_no_header_twice(county: County):
    assert set(county.synonyms) == set(KINDS)
    for department in county.departments:
        assert settings_problems(department, county) == []
        for key, kind in KINDS.items():
            common = [header_key(h) for headers in county.synonyms[key].values() for h in headers]
            own = [header_key(h) for h in department.columns.get(key, {})]
            assert len(set(common + own)) == len(common + own)
            assert set(kind.fields) <= set(known_headers(kind, department, county).values())

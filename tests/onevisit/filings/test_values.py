"""Which values cannot be read, which lines are notes, and that persons are hidden."""

import hashlib
import json

import pytest

from onevisit.codes import id_check_character
from onevisit.filings.accounts import refused_lines

OBJECTS = "检查对象名录.csv"
PEOPLE = "执法检查人员名录.csv"
PEOPLE_HEADER = "姓名,身份证号,手机号,执法事项范围,执法证编号,执法证有效期,执法人员状态"
ID = "51092319900101123"
ID += id_check_character(ID)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.parametrize(
    "case",
    [
        ("辖区", "蓬莱乡", "F031"),
        ("成立日期", "2021-02-30", "F032"),
        ("成立日期", "去年", "F032"),
        ("更新日期", "44197", "F032"),
        ("状态", "营业中", "F033"),
        ("地址", "东街\x01号", "F035"),
        ("地址", "东街\ufffd号", "F035"),
        ("地址", "锟斤拷锟斤拷", "F035"),
        ("地址", "#N/A", "F036"),
        ("辖区", "#REF!", "F036"),
    ],
)
def test_a_value_that_cannot_be_read_refuses_its_row_alone(filed, codes, as_csv, case):
    column, value, code = case
    rows = filed(**{OBJECTS: as_csv([["名称", "证照号码", column], ["甲", "1", value], ["乙", "2", None]])})
    [(row, found, where, shown)] = codes(rows)
    assert (row, found, where) == (2, code, column)
    assert not set(shown) & {"\x01", "\ufffd"}
    assert rows["state"].to_list() == ["noted", "refused", "kept"]


@pytest.mark.parametrize(
    "case",
    [
        ("成立日期", "2020-01-01 00:00:00", "opened_on", "2020-01-01"),
        ("成立日期", "2020年1月2日", "opened_on", "2020-01-02"),
        ("成立日期", "２０２０/1/2", "opened_on", "2020-01-02"),
        ("辖区", "蓬莱", "town", "蓬莱镇"),
        ("辖区", "蓬来镇", "town", "蓬来镇"),
        ("辖区", " 蓬莱镇 ", "town", " 蓬莱镇 "),
        ("状态", "正常", "status", "存续"),
        ("状态", "吊销未注销", "status", "吊销未注销"),
        ("地址", "12#楼", "address", "12#楼"),
    ],
)
def test_sound_values_are_kept_as_filed_but_for_fixes_and_dates(filed, contents, as_csv, case):
    column, value, field, kept = case
    rows = filed(**{OBJECTS: as_csv([["名称", "证照号码", column], ["甲", "1", value]])})
    assert contents(rows)[2][field] == kept


def test_an_unknown_town_comes_with_the_likely_one_and_the_setting(filed):
    rows = filed(**{OBJECTS: "名称,证照号码,辖区\n甲,1,蓬来\n"})
    [one] = json.loads(rows["problems"][1])
    assert "蓬莱镇" in one["reason"]
    assert "[fixes.town]" in one["fix"]
    assert '"蓬来"' in one["fix"]


def test_every_problem_of_a_row_is_told(filed, codes):
    found = codes(filed(**{OBJECTS: "名称,证照号码,辖区,状态,成立日期\n,1,天边,没了,何时\n"}))
    assert sorted(code for _, code, *_ in found) == ["F030", "F031", "F032", "F033"]


def test_a_bad_check_digit_is_no_matter_of_intake(filed):
    assert filed(**{OBJECTS: "名称,证照号码\n甲,915109236627982499\n"})["state"].to_list() == ["noted", "kept"]


def test_text_under_no_header_refuses_the_row_it_shifts(filed, codes):
    rows = filed(**{OBJECTS: "名称,证照号码,地址\n甲,1,东街\n乙,2,西街,12号\n"})
    assert codes(rows) == [(3, "F037", "", "")]


def test_credit_classes_are_a_to_d(filed, codes):
    rows = filed(**{"信用风险分类.csv": "统一社会信用代码,信用风险分类\n1,A\n2,d\n3,Ｂ\n4,E\n5,\n"})
    assert [(row, code) for row, code, *_ in codes(rows)] == [(5, "F033"), (6, "F030")]


@pytest.mark.parametrize(
    "line",
    [
        "合计：647户",
        "合计,647",
        "小计,3,4",
        "合计（户）,12",
        "填报人：　　审核人：",
        "填报人：,张三,,审核人：",
        "注：以上数据截至年底",
        "说明",
    ],
)
def test_totals_signatures_and_remarks_are_notes(filed, line):
    rows = filed(**{OBJECTS: f"记录编号,名称,证照号码,地址\n1,甲,9,东街\n{line}\n"})
    assert rows["state"].to_list() == ["noted", "kept", "noted"]


@pytest.mark.parametrize("name", ["合计制衣厂", "说明书印刷店", "注塑厂", "共12", "备注文化传媒"])
def test_a_business_whose_name_begins_like_a_note_is_kept(filed, name):
    rows = filed(**{OBJECTS: f"名称,证照号码,地址\n{name},1,东街\n"})
    assert rows["state"].to_list() == ["noted", "kept"]


def test_single_lines_after_a_note_belong_to_it_but_not_before_the_last_full_line(filed):
    text = "记录编号,名称,证照号码\n1,甲,9\n小计：1\n2\n3,乙,8\n说明：\n1.本表一式两份\n"
    rows = filed(**{OBJECTS: text})
    assert rows["state"].to_list() == ["noted", "kept", "noted", "refused", "kept", "noted", "noted"]


def test_a_header_repeated_on_every_page_is_a_note(filed):
    rows = filed(**{OBJECTS: "名称,证照号码\n甲,1\n名称,证照号码\n乙,2\n"})
    assert rows["state"].to_list() == ["noted", "kept", "noted", "kept"]


def test_an_inspectors_id_and_phone_are_replaced_by_masks_and_salted_digests(filed, contents):
    row = contents(filed(**{PEOPLE: f"{PEOPLE_HEADER}\n张三,{ID},+86 138 0013 8000,GA-001,1,2029-01-01,有效\n"}))[2]
    assert row["id_masked"] == f"510923********{ID[-4:]}"
    assert row["person_key"] == digest(f"s|id|{ID}")
    assert row["birth_year"] == "1990"
    assert row["phone_key"] == digest("s|phone|13800138000")
    assert "0013" not in row["phone_masked"]
    assert not {"id_number", "phone"} & set(row)


def test_one_person_has_one_key_however_the_number_is_written(filed, contents):
    short = ID[:6] + ID[8:17]
    wide = ID.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})
    lines = "\n".join(f"张三,{number},,GA-001,1,2029-01-01,有效" for number in (ID, short, wide, f" {ID[:6]} {ID[6:]}"))
    keys = {row["person_key"] for row in contents(filed(**{PEOPLE: f"{PEOPLE_HEADER}\n{lines}\n"})).values()}
    assert keys == {digest(f"s|id|{ID}")}


def test_a_masked_or_broken_number_gives_no_key_and_stays_masked(filed, contents):
    rows = filed(**{PEOPLE: f"{PEOPLE_HEADER}\n甲,510902********2366,,,1,,有效\n乙,{ID[:17]}Z,,,2,,有效\n"})
    first, second = contents(rows).values()
    assert first["id_masked"] == "510902********2366"
    assert ID[6:14] not in second["id_masked"]
    assert not {"person_key", "birth_year"} & (first.keys() | second.keys())


def test_an_id_number_in_a_code_column_is_masked_in_every_kind(filed):
    objects = filed(**{OBJECTS: f"名称,证照号码\n甲,{ID}\n"})
    complaints = filed(**{"投诉举报.csv": f"登记编号,日期,被投诉主体,统一社会信用代码\n1,2027-01-01,甲,{ID}\n"})
    assert ID not in "".join(objects["fields"])
    assert ID not in "".join(complaints["fields"])


def test_a_businesss_phone_is_kept_and_gets_the_same_digest_as_an_inspectors(filed, contents):
    shop = contents(filed(**{OBJECTS: "名称,证照号码,电话\n甲,1,13800138000\n乙,2,138****8000\n"}))
    assert shop[2]["phone"] == "13800138000"
    assert shop[2]["phone_key"] == digest("s|phone|13800138000")
    assert "phone_key" not in shop[3]


def test_a_refused_row_shows_no_personal_value(filed):
    rows = filed(**{PEOPLE: f"{PEOPLE_HEADER}\n张三\x02,{ID}\x02,13800138000\x02,x,证1234567\x02,何时,在职\n"})
    assert rows["state"].to_list() == ["noted", "refused"]
    shown = refused_lines([rows]).select("column", "value").rows()
    assert ("执法人员状态", "在职") in shown
    assert not any(secret in value for _, value in shown for secret in ("张三", ID, "138", "证1234567"))
    assert ID[6:14] not in rows["fields"][1]


def test_fields_are_one_canonical_json(filed):
    rows = filed(**{OBJECTS: "证照号码,名称,地址\n1,甲, \n"})
    assert rows["fields"][1] == '{"code":"1","name":"甲"}'

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.registries.object_fields import chosen, object_fields, object_records
from onevisit.registries.tables import ObjectFields
from onevisit.tables import conform
from tests.onevisit.registries.samples import FARM, HEALTH, MARKET, TAX, as_one, objects, uscc

POLICE = "县公安局"


def fields_of(county: County, *rows: dict[str, str | None], object_id: str = uscc(1)) -> pl.DataFrame:
    """Return the fields of one object that has all rows, whatever they say."""
    frame = objects(*rows)
    return object_fields(object_records(frame, as_one(frame, county, object_id), county), county)


def taken(county: County, field: str, *rows: dict[str, str | None], object_id: str = uscc(1)) -> tuple[str, str]:
    """Return the value taken for a field, and why."""
    fields = fields_of(county, *rows, object_id=object_id).filter(pl.col("field") == field)
    [found] = fields.filter("is_chosen").select("value", "why").rows()
    return found


def lost(county: County, field: str, *rows: dict[str, str | None]) -> list[tuple[str, str]]:
    fields = fields_of(county, *rows).filter(pl.col("field") == field)
    return fields.filter(~pl.col("is_chosen")).select("value", "why").rows()


CODE = {"code": uscc(1)}


@pytest.mark.parametrize(
    ("column", "field", "ours", "theirs"),
    [
        ("name", "name", "云诚超市（个体工商户）", "阳光旅馆"),
        ("address", "address", "大英县蓬莱镇上街1号", "大英县玉峰镇下街2号"),
        ("legal_rep", "legal_rep", "唐琴", "何泽"),
        ("opened_on", "opened_on", "2020-01-01", "2021-01-01"),
        ("town", "town", "蓬莱镇", "玉峰镇"),
        ("status", "state", "注销", "存续"),
    ],
)
def test_the_registering_authoritys_word_comes_first_even_when_others_are_newer(county, column, field, ours, theirs):
    rows = [
        {**CODE, column: ours, "updated_on": "2024-01-01"},
        {**CODE, column: theirs, "updated_on": "2026-01-01", "department": TAX},
    ]
    assert taken(county, field, *rows) == (ours, "登记机关所填")
    [(value, why)] = lost(county, field, *rows)
    assert value == theirs
    assert why in {"登记机关的值优先", "曾用名"}


def test_who_registers_depends_on_the_code(county):
    rows = [
        {"name": "石明村股份经济合作社", "updated_on": "2026-01-01"},
        {"name": "石明村经济合作社", "updated_on": "2024-01-01", "department": FARM},
    ]
    village, shop = uscc(1, "N2"), uscc(1, "93")
    named = [{**row, "code": village} for row in rows]
    assert taken(county, "name", *named, object_id=village) == ("石明村经济合作社", "登记机关所填")
    named = [{**row, "code": shop} for row in rows]
    assert taken(county, "name", *named, object_id=shop) == ("石明村股份经济合作社", "登记机关所填")


def test_without_a_code_the_name_tells_who_would_register(county):
    village = [
        {"name": "石明村股份经济合作社", "address": "甲街1号"},
        {"name": "石明村股份经济合作社", "address": "乙街2号", "department": FARM},
    ]
    assert taken(county, "address", *village, object_id="DY-1") == ("乙街2号", "登记机关所填")
    shop = [{**row, "name": "云诚超市"} for row in village]
    assert taken(county, "address", *shop, object_id="DY-1") == ("甲街1号", "登记机关所填")


def test_nobody_registers_a_school_so_the_newest_record_counts(county):
    rows = [
        {"code": uscc(1, "12"), "address": "甲街1号", "updated_on": "2024-01-01"},
        {"code": uscc(1, "12"), "address": "乙街2号", "updated_on": "2026-01-01", "department": HEALTH},
    ]
    assert taken(county, "address", *rows, object_id=uscc(1, "12")) == ("乙街2号", "最近更新")


def test_a_name_without_registering_authority_is_the_one_most_records_have(county):
    rows = [
        {**CODE, "name": "云诚超市", "department": HEALTH},
        {**CODE, "name": "大英云诚超市", "department": TAX, "updated_on": "2026-09-01"},
        {**CODE, "name": "云诚超市", "department": POLICE},
    ]
    assert taken(county, "name", *rows) == ("云诚超市", "多数记录一致")
    assert lost(county, "name", *rows) == [("云诚超市", "与采用的值相同"), ("大英云诚超市", "只是写法不同")]


def test_of_states_equally_new_the_cautious_one_counts(county):
    rows = [
        {**CODE, "department": HEALTH, "status": "在业", "updated_on": "2026-01-01"},
        {**CODE, "department": TAX, "status": "停业", "updated_on": "2026-01-01"},
    ]
    assert taken(county, "state", *rows) == ("停业", "同日更新，从严采用")
    assert lost(county, "state", *rows) == [("存续", "同日更新，从严采用其他值")]


def test_phone_and_operating_address_are_of_the_newest_licensing_record(county):
    rows = [
        {**CODE, "phone": "13300000001", "address": "甲街1号", "updated_on": "2026-03-01"},
        {**CODE, "phone": "13300000002", "address": "乙街2号", "updated_on": "2026-01-01", "department": HEALTH},
        {**CODE, "phone": "13300000003", "address": "丙街3号", "updated_on": "2025-01-01", "department": POLICE},
        {**CODE, "phone": "13300000004", "address": "丁街4号", "updated_on": "2026-09-01", "department": TAX},
    ]
    assert taken(county, "phone", *rows) == ("13300000002", "最近更新")
    assert taken(county, "operating_address", *rows) == ("乙街2号", "最近更新")
    assert taken(county, "address", *rows) == ("甲街1号", "登记机关所填")
    assert taken(county, "phone", rows[0], rows[1]) == ("13300000002", "许可部门所填")
    assert taken(county, "phone", rows[0], rows[3]) == ("13300000004", "最近更新")
    assert fields_of(county, rows[0]).filter(pl.col("field") == "operating_address").is_empty()


def test_masked_values_come_last_and_empty_ones_are_none(county):
    rows = [
        {**CODE, "legal_rep": "唐*", "phone": "133****8476", "address": "无"},
        {**CODE, "legal_rep": "唐琴", "phone": "13300008476", "address": None, "department": TAX},
    ]
    assert taken(county, "legal_rep", *rows) == ("唐琴", "其他值已打码")
    assert lost(county, "legal_rep", *rows) == [("唐*", "已打码")]
    assert taken(county, "phone", *rows) == ("13300008476", "其他值已打码")
    assert taken(county, "phone", rows[0]) == ("133****8476", "没有其他值")
    assert fields_of(county, *rows).filter(pl.col("field") == "address").is_empty()


def test_a_code_that_is_not_trusted_is_kept_and_never_taken(county):
    rows = [{"code": uscc(2)}, {"code": uscc(1)}, {"code": uscc(1), "department": TAX}]
    assert taken(county, "uscc", *rows) == (uscc(1), "代码可信")
    assert lost(county, "uscc", *rows) == [(uscc(1), "与采用的值相同"), (uscc(2), "代码存疑，不采用")]
    fields = fields_of(county, {"code": uscc(2)}, object_id="DY-1")
    assert fields.filter("is_chosen", field="uscc").is_empty()
    assert chosen(fields)["uscc"].to_list() == [None]


def test_another_name_is_a_former_one_and_a_slip_is_none(county):
    rows = [
        {**CODE, "name": "宏伟集团物流有限公司"},
        {**CODE, "name": "遂宁市金娘子物流有限责任公司", "department": TAX},
        {**CODE, "name": "宏伟集团物刘有限公司", "department": HEALTH},
    ]
    assert lost(county, "name", *rows) == [
        ("宏伟集团物刘有限公司", "只是写法不同"),
        ("遂宁市金娘子物流有限责任公司", "曾用名"),
    ]


def test_every_value_says_where_it_stands(county):
    fields = fields_of(county, {**CODE, "legal_rep": "唐琴"}, {**CODE, "legal_rep": "何泽", "department": TAX})
    rows = fields.filter(pl.col("field") == "legal_rep").select("value", "department", "file", "row").rows()
    assert rows == [("唐琴", MARKET, "objects.csv", 2), ("何泽", TAX, "objects.csv", 3)]


RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH, FARM]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆", "ABC"]),
        "code": st.sampled_from([None, uscc(1), uscc(2), "/"]),
        "address": st.sampled_from([None, "无", "大英县蓬莱镇上街1号", "上街1号"]),
        "status": st.sampled_from([None, "停业", "注销"]),
        "updated_on": st.sampled_from([None, "2025-01-01", "2026-01-01"]),
        "phone": st.sampled_from([None, "13300000001", "133****0002"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何*"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORD, max_size=8), st.integers(0, 10**6))
def test_one_row_is_taken_per_field_whatever_is_filed_and_in_whatever_order(county, rows, seed):
    frame = objects(*rows)
    sources = as_one(frame, county, *(("DY-1", uscc(1))[n % 2] for n in range(len(rows))))
    fields = object_fields(object_records(frame, sources, county), county)
    ObjectFields.validate(conform(ObjectFields, fields), lazy=True)
    shuffled = [one.sample(fraction=1, shuffle=True, seed=seed) for one in (frame, sources)]
    assert fields.equals(object_fields(object_records(*shuffled, county), county))
    per_field = fields.filter(pl.col("why") != "代码存疑，不采用").group_by("object_id", "field")
    assert per_field.agg(pl.col("is_chosen").sum())["is_chosen"].eq(1).all()
    assert chosen(fields).height == sources["object_id"].n_unique()

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.registries.finding import findable
from onevisit.registries.objects import Register, register
from onevisit.registries.signals import signals
from onevisit.registries.tables import ObjectFields, Objects, Successors
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, as_one, filed, objects, uscc


def registered(
    county: County, frame: pl.DataFrame, *ids: str, credit: list[dict[str, str | None]] | None = None
) -> Register:
    """Return the register of rows whose object ids are said, one for all or one per row."""
    sources = as_one(frame, county, *ids)
    classes = filed("credit", *credit or [])
    tied = signals(classes, filed("abnormal"), filed("complaints"), findable(sources, county), year=2027)
    return register(frame, sources, tied, county)


def one(county: County, *rows: dict[str, str | None]) -> dict[str, object]:
    """Return the one object that rows with one code make."""
    frame = objects(*({"code": uscc(1), **row} for row in rows))
    [row] = registered(county, frame, uscc(1)).objects.to_dicts()
    return row


@pytest.mark.parametrize(
    ("status", "is_living"), [("在业", True), (None, True), ("停业", False), ("吊销未注销", False), ("注 销", False)]
)
def test_only_what_exists_may_be_drawn(county, status, is_living):
    assert one(county, {"status": status})["is_living"] is is_living


def test_what_is_taken_is_what_the_register_says(county):
    row = one(
        county,
        {"legal_rep": "唐*", "phone": "133****8476", "address": "无"},
        {"department": TAX, "legal_rep": "唐琴", "phone": "13300008476", "address": "大英县蓬莱镇上街1号"},
    )
    assert (row["uscc"], row["name"]) == (uscc(1), "大英县云诚超市")
    assert (row["legal_rep"], row["phone"]) == ("唐琴", "13300008476")
    assert (row["address"], row["town"]) == ("大英县蓬莱镇上街1号", "蓬莱镇")
    assert (row["operating_address"], row["subject_id"], row["old_names"]) == (None, None, [])


def test_tags_and_departments_are_the_union(county):
    row = one(
        county,
        {"tags": "餐饮服务、个体工商户", "updated_on": "2025-01-01"},
        {"department": TAX, "tags": "餐饮服务,旅馆", "opened_on": "2020-02-03", "updated_on": "2026-01-01"},
    )
    assert row["tags"] == ["个体工商户", "旅馆", "餐饮服务"]
    assert row["departments"] == [MARKET, TAX]
    assert (row["record_count"], row["opened_on"]) == (2, dt.date(2020, 2, 3))
    assert row["updated_on"] == dt.date(2026, 1, 1)


def test_former_names_are_kept_each_once(county):
    row = one(
        county,
        {"name": "宏伟集团物流有限公司"},
        {"name": "遂宁市金娘子物流有限公司", "department": TAX},
        {"name": "金娘子物流有限公司", "department": HEALTH},
        {"name": "宏伟集团物刘公司", "department": "县公安局"},
    )
    assert row["name"] == "宏伟集团物流有限公司"
    assert row["old_names"] == ["金娘子物流有限公司"]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"code": uscc(1, "91")}, "企业"),
        ({"code": uscc(1, "93")}, "农民专业合作社"),
        ({"code": uscc(1, "12")}, "机关事业单位"),
        ({"code": uscc(1, "52")}, "社会组织"),
        ({"code": uscc(1, "54")}, "村集体"),
        ({"code": uscc(1, "N2")}, "村集体"),
        ({"code": uscc(1, "Y1")}, "其他"),
        ({"code": uscc(1, "91"), "entity_type": "项目"}, "企业"),
        ({"name": "蓬乐街泰源建设项目"}, "项目"),
        ({"name": "蓬莱镇集中供水工程（二标段）"}, "项目"),
        ({"name": "蓬莱镇下街住宅小区", "tags": "在建工程"}, "项目"),
        ({"name": "大英县天蓬装饰工程有限公司"}, "企业"),
        ({"name": "正街福友污水处理站"}, "场所"),
        ({"name": "红星水泥", "entity_type": "产品"}, "产品"),
        ({"name": "红星公司超限装载", "entity_type": "行为"}, "行为"),
        ({"name": "云诚超市"}, "个体工商户"),
        ({"name": "云诚超市", "tags": "企业"}, "企业"),
        ({"name": "云诚超市", "entity_type": "企业"}, "企业"),
        ({"name": "石明村股份经济合作联合社"}, "村集体"),
        ({"name": "某某"}, "其他"),
    ],
)
def test_the_kind_is_said_by_code_then_label_then_name(county, row, kind):
    table = registered(county, objects(row), row.get("code") or "DY-1").objects
    assert table["object_kind"].to_list() == [kind]


def test_an_object_without_class_is_n_and_one_with_class_has_it(county):
    frame = objects({"code": uscc(1)}, {"code": uscc(2), "name": "阳光旅馆"})
    table = registered(county, frame, uscc(1), uscc(2), credit=[{"code": uscc(2), "credit_class": "D"}]).objects
    assert dict(table.select("object_id", "credit_class").iter_rows()) == {uscc(1): "N", uscc(2): "D"}


def test_who_is_followed_is_not_drawn(county):
    shop = {"name": "云诚超市", "address": "蓬莱镇上街1号", "legal_rep": "唐琴", "department": HEALTH}
    frame = objects(
        {**shop, "code": uscc(1), "status": "注销", "updated_on": "2024-01-01"},
        {**shop, "code": uscc(1), "status": "存续", "updated_on": "2026-01-01", "department": TAX},
        {**shop, "code": uscc(2), "status": "存续"},
    )
    found = registered(county, frame, uscc(1), uscc(1), uscc(2))
    assert found.successors.select("object_id", "successor_of").rows() == [(uscc(2), uscc(1))]
    assert found.objects.select("object_id", "state", "is_living").rows() == sorted(
        [(uscc(1), "存续", False), (uscc(2), "存续", True)]
    )


RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆", "下街工程"]),
        "code": st.sampled_from([None, uscc(1), uscc(2), uscc(3, "91")]),
        "town": st.sampled_from([None, "蓬莱镇"]),
        "address": st.sampled_from([None, "上街1号"]),
        "status": st.sampled_from(["存续", "停业", "注销"]),
        "opened_on": st.sampled_from([None, "2020-01-01", "2021-01-01"]),
        "updated_on": st.sampled_from([None, "2025-01-01", "2026-01-01"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何*"]),
        "tags": st.sampled_from([None, "旅馆", "旅馆、餐饮服务"]),
        "entity_type": st.sampled_from([None, "项目"]),
        "responsible_name": st.sampled_from([None, "云诚超市", "无此公司"]),
    }
)
IDS = (uscc(1), uscc(2), uscc(3, "91"), "DY-1")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(RECORD, st.sampled_from(IDS)), max_size=8), st.integers(0, 10**6))
def test_the_register_does_not_depend_on_the_order_of_rows(county, rows, seed):
    frame = objects(*(row for row, _ in rows))
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    ids = [object_id for _, object_id in rows]
    found, again = registered(county, frame, *ids), registered(county, shuffled, *ids)
    for model, table, same in (
        (Objects, found.objects, again.objects),
        (ObjectFields, found.fields, again.fields),
        (Successors, found.successors, again.successors),
    ):
        model.validate(table, lazy=True)
        assert table.equals(same)
    assert found.objects["record_count"].sum() == frame.height
    assert not set(found.successors["successor_of"]) & set(found.objects.filter("is_living")["object_id"])

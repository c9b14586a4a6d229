import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.filings.values import CATEGORIES
from onevisit.registries.objects import STATE_OF_STATUS, duplicates_to_review, object_sources, objects
from onevisit.registries.signals import signals
from onevisit.registries.tables import DuplicatesToReview, Objects, ObjectSources
from tests.onevisit.registries import samples
from tests.onevisit.registries.samples import HEALTH, MARKET, TAX, filed, uscc


def registered(county: County, frame: pl.DataFrame, *credit: dict[str, str | None]) -> pl.DataFrame:
    sources = object_sources(frame, county)
    known = signals(filed("credit", *credit), filed("abnormal"), filed("complaints"), sources, year=2027, county=county)
    return objects(frame, sources, known, county)


def one(county: County, *rows: dict[str, str | None]) -> dict[str, object]:
    """Return the one object that rows with one code make."""
    [row] = registered(county, samples.objects(*({"code": uscc(1), **row} for row in rows))).to_dicts()
    return row


def test_every_word_that_intake_lets_pass_has_a_state():
    assert set(CATEGORIES["objects", "status"]) <= set(STATE_OF_STATUS)


@pytest.mark.parametrize(
    ("status", "is_living"), [("在业", True), (None, True), ("停业", False), ("吊销未注销", False), ("注 销", False)]
)
def test_only_what_exists_may_be_drawn(county, status, is_living):
    assert one(county, {"status": status})["is_living"] is is_living


def test_the_registering_authority_says_the_state_even_when_others_are_newer(county):
    rows = [
        {"department": MARKET, "status": "注销", "updated_on": "2024-01-01"},
        {"department": TAX, "status": "在业", "updated_on": "2026-01-01"},
    ]
    assert one(county, *rows)["state"] == "注销"


def test_without_the_registering_authority_the_newest_state_counts(county):
    rows = [
        {"department": HEALTH, "status": "停业", "updated_on": "2024-01-01"},
        {"department": TAX, "status": "在业", "updated_on": "2026-01-01"},
    ]
    assert one(county, *rows)["state"] == "存续"


def test_of_states_equally_new_the_cautious_one_counts(county):
    rows = [
        {"department": HEALTH, "status": "在业", "updated_on": "2026-01-01"},
        {"department": TAX, "status": "停业", "updated_on": "2026-01-01"},
    ]
    assert one(county, *rows)["state"] == "停业"


def test_the_name_is_the_registering_authoritys_else_the_most_written(county):
    others = [
        {"department": HEALTH, "name": "云诚超市"},
        {"department": TAX, "name": "大英云诚超市", "updated_on": "2026-09-01"},
        {"department": "县公安局", "name": "云诚超市"},
    ]
    assert one(county, *others)["name"] == "云诚超市"
    assert one(county, *others, {"name": "大英县云诚超市(个体)"})["name"] == "大英县云诚超市（个体）"


def test_masked_and_empty_values_give_way(county):
    rows = [
        {"legal_rep": "唐*", "phone": "133****8476", "address": "无"},
        {"department": TAX, "legal_rep": "唐琴", "phone": "13300008476", "address": "大英县蓬莱镇上街1号"},
    ]
    row = one(county, *rows)
    assert (row["legal_rep"], row["phone"]) == ("唐琴", "13300008476")
    assert (row["address"], row["town"]) == ("大英县蓬莱镇上街1号", "蓬莱镇")


def test_the_phone_is_the_newest_whoever_filed_it(county):
    rows = [
        {"phone": "13300000001", "updated_on": "2024-01-01"},
        {"department": TAX, "phone": "13300000002", "updated_on": "2026-01-01"},
    ]
    assert one(county, *rows)["phone"] == "13300000002"


def test_tags_and_departments_are_the_union(county):
    row = one(
        county,
        {"tags": "餐饮服务、个体工商户"},
        {"department": TAX, "tags": "餐饮服务,旅馆", "opened_on": "2020-02-03"},
    )
    assert row["tags"] == ["个体工商户", "旅馆", "餐饮服务"]
    assert row["departments"] == [MARKET, TAX]
    assert (row["record_count"], row["opened_on"]) == (2, dt.date(2020, 2, 3))


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
        ({"code": None, "name": "蓬乐街泰源建设项目"}, "场所项目"),
        ({"code": None, "name": "云诚超市"}, "个体工商户"),
        ({"code": None, "name": "云诚超市", "tags": "企业"}, "企业"),
        ({"code": None, "name": "云诚超市", "entity_type": "企业"}, "企业"),
        ({"code": None, "name": "石明村股份经济合作联合社"}, "村集体"),
        ({"code": None, "name": "某某"}, "其他"),
    ],
)
def test_the_kind_is_said_by_code_then_label_then_name(county, row, kind):
    assert registered(county, samples.objects(row))["object_kind"].to_list() == [kind]


def test_an_object_without_class_is_n_and_one_with_class_has_it(county):
    frame = samples.objects({"code": uscc(1)}, {"code": uscc(2), "name": "阳光旅馆"})
    table = registered(county, frame, {"code": uscc(2), "credit_class": "D"})
    assert dict(table.select("object_id", "credit_class").iter_rows()) == {uscc(1): "N", uscc(2): "D"}


def reasons(county: County, *rows: dict[str, str | None]) -> list[tuple[str, str, str]]:
    frame = samples.objects(*rows)
    sources = object_sources(frame, county)
    pairs = duplicates_to_review(sources, registered(county, frame), county)
    DuplicatesToReview.validate(pairs, lazy=True)
    return list(pairs.select("left_id", "right_id", "reason").iter_rows())


def test_lookalikes_with_two_codes_are_shown_once_with_the_reason(county):
    shop = {"name": "云诚超市", "town": "蓬莱镇", "code": uscc(1), "legal_rep": "唐琴"}
    low, high = sorted((uscc(1), uscc(2)))
    [pair] = reasons(county, shop, {**shop, "code": uscc(2), "department": TAX})
    assert pair[:2] == (low, high)
    assert "重新登记" in pair[2]
    [pair] = reasons(county, shop, {**shop, "code": uscc(2), "legal_rep": "何泽"})
    assert "重名" in pair[2]
    assert reasons(county, shop, {**shop, "code": uscc(2), "town": "玉峰镇"}) == []


def test_a_code_that_is_not_believed_is_shown(county):
    shop = {"name": "云诚超市", "code": uscc(1), "legal_rep": "唐琴"}
    [pair] = reasons(county, shop, {"name": "阳光旅馆", "code": uscc(1), "legal_rep": "何泽", "department": TAX})
    assert uscc(1) in pair[:2]
    assert "同一代码" in pair[2]


RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆"]),
        "code": st.sampled_from([None, uscc(1), uscc(2)]),
        "town": st.sampled_from([None, "蓬莱镇"]),
        "status": st.sampled_from(["存续", "停业", "注销"]),
        "updated_on": st.sampled_from([None, "2025-01-01", "2026-01-01"]),
        "phone": st.sampled_from([None, "13300000001", "133****0002"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何*"]),
        "tags": st.sampled_from([None, "旅馆", "旅馆、餐饮服务"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORD, max_size=8), st.integers(0, 10**6))
def test_the_register_does_not_depend_on_the_order_of_rows(county, rows, seed):
    frame = samples.objects(*rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    sources, table = object_sources(frame, county), registered(county, frame)
    assert sources.equals(object_sources(shuffled, county))
    assert table.equals(registered(county, shuffled))
    ObjectSources.validate(sources, lazy=True)
    Objects.validate(table, lazy=True)
    assert table["record_count"].sum() == sources.height == frame.height

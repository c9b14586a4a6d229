"""Each trap of real registers as the smallest case that could go wrong, and what holds for every input."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import County
from onevisit.registries.linkage import Linkage, link, prepare
from tests.onevisit.registries.samples import (
    FARM,
    HEALTH,
    MARKET,
    NO_RULINGS,
    NONE_PUBLISHED,
    SHOP,
    TAX,
    Row,
    objects,
    organisation,
    registration,
    uscc,
)

FIRM: Row = {
    "name": "四川天海盐化有限公司",
    "code": uscc(3, "91"),
    "address": "大英县蓬莱镇工业大道88号",
    "legal_rep": "王莉",
    "phone": "13300000003",
    "opened_on": "2010-05-06",
}


def linked(
    county: County, *rows: Row, rulings: pl.DataFrame = NO_RULINGS, published: pl.DataFrame = NONE_PUBLISHED
) -> Linkage:
    numbered = [{"source_id": f"{number}", **row} for number, row in enumerate(rows)]
    return link(prepare(objects(*numbered), county), rulings, published)


def groups(county: County, *rows: Row, **judged: pl.DataFrame) -> list[int]:
    """Return for each row the first row of its object."""
    found = linked(county, *rows, **judged).records.sort("row")
    first = dict(zip(found["record"], found["row"] - 2, strict=True))
    lowest = found.group_by("cluster").agg(pl.col("row").min() - 2)
    by_cluster = dict(lowest.iter_rows())
    assert set(first.values()) == set(range(len(rows)))
    return [by_cluster[cluster] for cluster in found["cluster"]]


def doubts(county: County, *rows: Row) -> list[str | None]:
    return linked(county, *rows).records.sort("row")["doubt"].to_list()


def ruled(*pairs: tuple[str, str, bool]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=NO_RULINGS.schema, orient="row")


def test_one_code_is_one_object_whatever_the_widths(county):
    assert groups(county, SHOP, {**SHOP, "department": TAX, "code": f" {uscc(1).lower()}", "name": "云诚 超市"}) == [
        0,
        0,
    ]


def test_two_trusted_codes_never_become_one_object(county):
    assert groups(county, SHOP, {**SHOP, "code": uscc(2)}) == [0, 1]
    assert groups(county, {**SHOP, "department": TAX}, {**SHOP, "code": uscc(2), "department": HEALTH}) == [0, 1]


@pytest.mark.parametrize(
    "written",
    [
        {"name": "云诚超市（个体工商户）"},
        {"name": "四川省遂宁市大英县蓬莱镇雲誠超市", "address": "蓬莱镇正街１２#"},
        {"name": "达英县蓬莱镇云成超市"},
        {"name": "云诚超市", "legal_rep": "唐*", "phone": "133****0001"},
        {"name": "云诚超市", "address": None, "opened_on": None},
        {"address": "大英县蓬莱镇正街十二号", "phone": None},
    ],
)
def test_a_record_without_code_joins_its_object_however_it_is_written(county, written):
    assert groups(county, SHOP, {**SHOP, "code": "/", "department": TAX, **written}) == [0, 0]


@pytest.mark.parametrize("placeholder", ["000000000000000000", "无", "/", "NULL", "-"])
def test_a_placeholder_is_no_code(county, placeholder):
    other = {"name": "大英县隆盛镇阳光旅馆", "address": "隆盛镇北街3号", "legal_rep": "何泽", "opened_on": "2001-01-01"}
    assert groups(county, {**SHOP, "code": placeholder}, {**other, "code": placeholder, "department": TAX}) == [0, 1]


def test_an_organisation_code_and_a_registration_number_link_by_themselves(county):
    firm = {**FIRM, "code": uscc(3, "91")}
    other = {"name": "天海盐化", "department": TAX, "code": organisation(3)}
    assert groups(county, firm, other) == [0, 0]
    numbered = {"name": "天海盐化厂", "code": registration(7)}
    assert groups(county, numbered, {**numbered, "name": "天海盐化", "department": TAX}) == [0, 0]


def test_an_organisation_code_of_two_credit_codes_is_nobodys(county):
    rows: list[Row] = [
        FIRM,
        {**SHOP, "code": uscc(3)},
        {"name": "别的写法", "code": organisation(3), "department": TAX},
    ]
    assert groups(county, *rows) == [0, 1, 2]


def test_an_id_card_is_never_a_reason_to_merge(county):
    """One operator may own two shops."""
    masked = "510923********681X"
    first: Row = {**SHOP, "code": masked}
    second: Row = {"name": "大英县玉峰镇唐琴茶楼", "code": masked, "address": "玉峰镇南街5号", "legal_rep": "唐琴",
                   "phone": "13300000001", "opened_on": "2019-09-09"}  # fmt: skip
    assert groups(county, first, {**second, "department": TAX}) == [0, 1]


def test_a_branch_with_its_parents_code_is_an_object_of_its_own(county):
    branch = {**FIRM, "name": "四川天海盐化有限公司蓬莱分公司", "address": "大英县蓬莱镇下街3号", "department": TAX,
              "opened_on": "2018-01-01"}  # fmt: skip
    assert groups(county, FIRM, branch) == [0, 1]
    assert doubts(county, FIRM, branch) == [None, "branch"]


def test_a_branch_keeps_a_code_that_is_its_own(county):
    branch = {**FIRM, "name": "四川天海盐化有限公司蓬莱分公司"}
    assert doubts(county, branch, {**branch, "department": TAX}) == [None, None]


def test_a_slip_in_the_name_makes_a_branch_no_stranger_to_its_parent(county):
    branch = {**FIRM, "name": "四川天诲盐化有限公司蓬莱门市部", "address": "大英县蓬莱镇下街3号", "department": TAX}
    assert doubts(county, FIRM, branch) == [None, "branch"]


def test_a_strangers_shorter_name_does_not_cost_a_branch_its_code(county):
    branch = {**FIRM, "name": "四川天海盐化有限公司蓬莱分公司", "address": "大英县蓬莱镇下街3号"}
    stranger = {**SHOP, "code": FIRM["code"], "department": HEALTH}
    assert doubts(county, branch, {**branch, "department": TAX}, stranger) == [None, None, "contradicted"]


def test_a_firm_keeps_its_code_beside_a_branch_and_a_stranger(county):
    branch = {**FIRM, "name": "四川天海盐化有限公司蓬莱分公司", "address": "大英县蓬莱镇下街3号", "department": TAX}
    stranger = {**SHOP, "code": FIRM["code"], "department": HEALTH}
    assert doubts(county, FIRM, branch, stranger) == [None, "branch", "contradicted"]


def test_shops_of_a_chain_stay_apart(county):
    one = {**SHOP, "name": "大英县天天超市连锁一店", "code": None}
    two = {**one, "name": "大英县天天超市连锁二店", "address": "大英县蓬莱镇下街90号", "opened_on": "2018-08-08",
           "department": TAX}  # fmt: skip
    assert groups(county, one, two) == [0, 1]


def test_shops_of_one_name_in_two_towns_stay_apart(county):
    other = {**SHOP, "name": "大英县玉峰镇云诚超市", "code": None, "address": "玉峰镇南街5号", "legal_rep": "何泽",
             "phone": "13300000009", "opened_on": "2019-09-09", "department": TAX}  # fmt: skip
    assert groups(county, SHOP, other) == [0, 1]


def test_two_shops_of_one_operator_stay_apart(county):
    other = {**SHOP, "name": "大英县蓬莱镇唐记火锅店", "code": None, "address": "蓬莱镇下街90号",
             "opened_on": "2019-09-09", "department": TAX}  # fmt: skip
    assert groups(county, SHOP, other) == [0, 1]


def test_neighbouring_stalls_with_the_market_offices_phone_stay_apart(county):
    stall = {**SHOP, "name": "大英县唐琴蔬菜摊", "address": "蓬莱镇江南农贸市场A区1号", "code": None}
    next_one = {**stall, "name": "大英县何泽蔬菜摊", "address": "蓬莱镇江南农贸市场A区2号", "legal_rep": "何泽",
                "opened_on": "2017-07-07", "department": TAX}  # fmt: skip
    assert groups(county, stall, next_one) == [0, 1]


def test_a_school_and_its_kindergarten_stay_apart(county):
    school = {**SHOP, "name": "大英县蓬莱镇第二小学", "code": None}
    kindergarten = {**school, "name": "大英县蓬莱镇第二小学附属幼儿园", "department": TAX, "opened_on": "2019-09-01"}
    assert groups(county, school, kindergarten) == [0, 1]


def test_a_villages_committee_collective_and_clinic_are_three(county):
    village = {**SHOP, "code": None, "address": "玉峰镇白沟村3组", "opened_on": None, "phone": None}
    rows = [
        {**village, "name": f"大英县玉峰镇白沟村{what}", "department": department}
        for what, department in (("村民委员会", TAX), ("股份经济合作社", FARM), ("卫生站", HEALTH))
    ]
    assert groups(county, *rows) == [0, 1, 2]


def test_a_strangers_code_is_doubted_and_the_registering_authority_keeps_it(county):
    stranger = {"name": "大英县玉峰镇阳光旅馆", "address": "玉峰镇南街5号", "code": uscc(1), "legal_rep": "何泽",
                "phone": "13300000009", "opened_on": "2003-03-03", "department": TAX}  # fmt: skip
    true = {**stranger, "code": uscc(5), "department": MARKET}
    assert groups(county, SHOP, stranger, true) == [0, 1, 1]
    assert doubts(county, SHOP, stranger, true) == [None, "contradicted", None]


def test_a_code_that_a_spreadsheet_rounded_is_near_its_code(county):
    whole = {**FIRM, "code": "915109230705230935"}
    rounded = {**FIRM, "code": "915109230705230000", "department": TAX, "phone": None, "legal_rep": None}
    assert groups(county, whole, rounded) == [0, 0]


def test_a_code_from_before_the_last_change_is_doubted_where_the_authority_knows_the_new_one(county):
    old = {**SHOP, "code": uscc(2), "department": TAX}
    assert doubts(county, SHOP, old) == [None, "superseded"]
    assert doubts(county, {**SHOP, "department": HEALTH}, old) == [None, None]


def test_a_renamed_firm_is_the_same_by_its_code_and_by_all_the_rest(county):
    renamed = {**FIRM, "name": "四川金地盐业有限公司", "department": TAX}
    assert groups(county, FIRM, renamed) == [0, 0]


def test_a_reopened_business_at_the_same_door_is_another_one(county):
    closed = {**SHOP, "status": "注销", "department": MARKET}
    again = {**SHOP, "code": None, "opened_on": "2024-04-04", "department": TAX}
    assert groups(county, closed, again) == [0, 1]


def test_what_a_person_judged_comes_before_what_was_computed(county):
    other = {**SHOP, "name": "大英县蓬莱镇唐记火锅店", "code": None, "address": None, "phone": None, "department": TAX}
    assert groups(county, SHOP, other) == [0, 1]
    assert groups(county, SHOP, other, rulings=ruled(("scjg:0", "tax:1", True))) == [0, 0]
    twin = {**SHOP, "code": None, "department": TAX}
    assert groups(county, SHOP, twin) == [0, 0]
    assert groups(county, SHOP, twin, rulings=ruled(("scjg:0", "tax:1", False))) == [0, 1]


def test_two_codes_that_a_person_joined_leave_the_registering_authoritys(county):
    other = {**SHOP, "code": uscc(2), "department": TAX, "opened_on": None}
    found = linked(county, SHOP, other, rulings=ruled(("scjg:0", "tax:1", True))).records.sort("row")
    assert found["cluster"].n_unique() == 1
    assert found["trusted"].to_list() == [uscc(1), None]
    assert found["matched_by"].to_list() == ["judgement", "judgement"]


def test_two_records_of_one_code_that_a_person_told_apart_are_two_and_one_loses_the_code(county):
    twin = {**SHOP, "department": TAX}
    found = linked(county, SHOP, twin, rulings=ruled(("scjg:0", "tax:1", False))).records.sort("row")
    assert found["cluster"].n_unique() == 2
    assert found["trusted"].to_list() == [uscc(1), None]


def test_two_published_ids_do_not_become_one_without_a_person(county):
    one, other = {**SHOP, "code": None}, {**SHOP, "code": None, "department": TAX}
    published = pl.DataFrame([("scjg:0", "DY-1"), ("tax:1", "DY-2")], schema=NONE_PUBLISHED.schema, orient="row")
    assert groups(county, one, other) == [0, 0]
    assert groups(county, one, other, published=published) == [0, 1]
    same = ruled(("scjg:0", "tax:1", True))
    assert groups(county, one, other, published=published, rulings=same) == [0, 0]


def test_why_a_record_is_in_its_object_is_said(county):
    rows: list[Row] = [
        SHOP,
        {**SHOP, "department": TAX},
        {**SHOP, "code": None, "department": HEALTH},
        {**FIRM, "department": FARM},
    ]
    found = linked(county, *rows).records.sort("row")
    assert found["matched_by"].to_list() == ["code", "code", "score", "alone"]


def test_nobody_files_nothing(county):
    assert linked(county).records.is_empty()


RECORD = st.fixed_dictionaries(
    {
        "department": st.sampled_from([MARKET, TAX, HEALTH, FARM]),
        "name": st.sampled_from(["大英县云诚超市", "云诚超市", "阳光旅馆", "天海公司", "天海公司一店", "（）"]),
        "code": st.sampled_from([None, uscc(1), uscc(2), organisation(1), registration(1), "510923********681X", "无"]),
        "town": st.sampled_from([None, "蓬莱镇", "玉峰镇"]),
        "legal_rep": st.sampled_from([None, "唐琴", "何泽", "唐*"]),
        "phone": st.sampled_from([None, "13300000001", "133****0001", "1"]),
        "address": st.sampled_from([None, "蓬莱镇正街12号", "白沟村三组", "大英县"]),
        "opened_on": st.sampled_from([None, "2015-03-04", "2019-09-09"]),
        "source_id": st.sampled_from([None, "1", "2", "3"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORD, min_size=1, max_size=10), st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter_and_trusted_codes_stay_apart(county, rows, seed):
    frame = objects(*rows)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    found = link(prepare(frame, county), NO_RULINGS, NONE_PUBLISHED).records
    assert found.equals(link(prepare(shuffled, county), NO_RULINGS, NONE_PUBLISHED).records)
    assert found.height == frame.height
    assert found["record_key"].n_unique() == frame.height
    assert found.group_by("cluster").agg(pl.col("trusted").drop_nulls().n_unique())["trusted"].max() <= 1
    assert found.drop_nulls("trusted").group_by("trusted").agg(pl.col("cluster").n_unique())["cluster"].to_list() in (
        [], [1], [1, 1],
    )  # fmt: skip


def test_very_many_records_of_one_code_are_still_one_object(county):
    rows = [SHOP, *({**SHOP, "department": TAX, "source_id": f"t{number}"} for number in range(230))]
    found = linked(county, *rows).records
    assert found["cluster"].n_unique() == 1
    assert found["doubt"].null_count() == found.height


@pytest.mark.parametrize("third_code", [uscc(1), None])
def test_what_a_person_told_apart_no_code_and_no_third_record_brings_together(county, third_code):
    rows = [SHOP, {**SHOP, "department": TAX, "code": third_code}, {**SHOP, "department": HEALTH}]
    told = ruled(("scjg:0", "tax:1", False), ("tax:1", "wj:2", True))
    found = groups(county, *rows, rulings=told)
    assert found[0] == 0
    assert found[1] == found[2] != 0


def test_confirming_a_doubt_leaves_the_code_with_the_right_record(county):
    stranger = {"name": "大英县玉峰镇阳光旅馆", "address": "玉峰镇南街5号", "code": uscc(1), "legal_rep": "何泽",
                "opened_on": "2003-03-03", "department": FARM}  # fmt: skip
    rows = [stranger, {**SHOP, "department": HEALTH}, {**SHOP, "department": TAX}]
    found = linked(county, *rows, rulings=ruled(("ny:0", "wj:1", False))).records.sort("row")
    assert found["is_code_trusted"].to_list() == [False, True, True]


def test_a_code_wrongly_borne_by_one_record_stays_with_its_rightful_holder(county):
    right = {**SHOP, "code": uscc(2)}
    wrong = {**SHOP, "department": FARM}
    holder = {"name": "大英县玉峰镇阳光旅馆", "address": "玉峰镇南街5号", "code": uscc(1), "legal_rep": "何泽",
              "opened_on": "2003-03-03", "department": TAX}  # fmt: skip
    found = linked(county, right, wrong, holder).records.sort("row")
    assert found["is_code_trusted"].to_list() == [True, False, True]


def test_joining_two_published_ids_by_hand_lets_no_third_slip_in(county):
    rows = [{**SHOP, "code": None, "department": department} for department in (MARKET, TAX, HEALTH)]
    keys = ("scjg:0", "tax:1", "wj:2")
    published = pl.DataFrame(
        [(key, f"DY-{number}") for number, key in enumerate(keys)], schema=NONE_PUBLISHED.schema, orient="row"
    )
    assert groups(county, *rows, published=published, rulings=ruled(("scjg:0", "tax:1", True))) == [0, 0, 2]

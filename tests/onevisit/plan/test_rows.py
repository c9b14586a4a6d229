"""Which plan rows stand and which are refused, each for its own reason."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.onevisit.plan import samples

CULTURE, MARKET = "县文化广电旅游局", "县市场监管局"


def refusals(judged) -> list[tuple[str, str]]:
    return judged.refused.select("code", "column").rows()


def test_a_sound_row_stands_with_everything_read(judge):
    judged = judge({"note": " 双随机 "})
    [row] = judged.submitted.iter_rows(named=True)
    assert refusals(judged) == []
    assert row["rate_bp"] == [1000] * 5
    assert (row["starts_on"], row["ends_on"]) == (dt.date(2027, 4, 1), dt.date(2027, 6, 30))
    assert (row["scope_count"], row["expected_count"]) == (20, 2.0)
    assert (row["is_on_site"], row["is_exclusive"], row["towns"], row["note"]) == (True, False, [], "双随机")
    assert judged.scope.height == 20


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"plan_row_id": "公安第一号"}, "P001", "抽查计划编号"),
        ({"plan_row_id": "X" * 33}, "P001", "抽查计划编号"),
        ({"lead_department": MARKET}, "P005", "发起部门"),
        ({"item_code": "GA-999"}, "P003", "事项编码"),
        ({"item_code": None}, "P003", "事项编码"),
        ({"item_code": "SCJG-025"}, "P004", "事项编码"),
        ({"ratio_text": None}, "P010", "抽查比例（数量）"),
        ({"ratio_text": "若干"}, "P011", "抽查比例（数量）"),
        (
            {"ratio_text": "A类1%、B类2%、C类3%、D类4%", "credit_requirement": "不涉及信用风险分类"},
            "P018",
            "抽查比例（数量）",
        ),
        ({"window_text": None}, "P020", "起止时间"),
        ({"window_text": "2027年06月30日至2027年03月10日"}, "P022", "起止时间"),
        ({"window_text": "2027年05月10日至2028年07月31日"}, "P023", "起止时间"),
        ({"scope_text": None}, "P030", "抽查对象范围"),
        ({"scope_text": "旅店"}, "P031", "抽查对象范围"),
        ({"area": "隆盛镇"}, "P033", "抽查区域"),
        ({"area": "隆圣乡"}, "P034", "抽查区域"),
        ({"method": "目测"}, "P035", "检查方式"),
        ({"method": None}, "P035", "检查方式"),
        ({"draw_type": "随意"}, "P036", "抽查类型"),
        ({"matching": "随意"}, "P037", "检查人员匹配方式"),
        ({"ratio_text": "60%"}, "P040", "抽查比例（数量）"),
        ({"ratio_text": "3户"}, "P040", "抽查比例（数量）"),
    ],
)
def test_a_row_is_refused_for_one_thing_that_is_wrong(judge, change, code, column):
    judged = judge(change)
    assert refusals(judged) == [(code, column)]
    assert judged.submitted.is_empty()
    assert judged.scope.is_empty()
    assert judged.refused["fix"][0]


def test_all_problems_of_a_row_are_named_at_once(judge):
    judged = judge({"item_code": "GA-999", "ratio_text": None, "window_text": "全年", "scope_text": "旅店"})
    assert [code for code, _ in refusals(judged)] == ["P003", "P010", "P021", "P031"]


def test_a_refusal_says_where_the_row_is_and_quotes_it(judge):
    [line] = judge({"ratio_text": "60%", "row": 9}).refused.iter_rows(named=True)
    assert (line["file"], line["sheet"], line["row"], line["value"]) == ("年度抽查计划.xlsx", "计划", 9, "60%")
    assert "基数 20 户" in line["reason"]


def test_an_item_off_the_list_is_pointed_to_its_namesake(judge):
    [line] = judge({"item_code": "GA-999", "item_name": "爆破作业单位检查"}).refused.iter_rows(named=True)
    assert "GA-011" in line["reason"]


def test_every_row_of_a_repeated_number_is_refused(judge):
    judged = judge({}, {}, {"plan_row_id": "GA-2027-02"})
    assert refusals(judged) == [("P002", "抽查计划编号")] * 2
    assert judged.submitted["plan_row_id"].to_list() == ["GA-2027-02"]


def test_a_key_item_has_no_cap(judge):
    judged = judge({"item_code": "GA-011", "ratio_text": "100%"})
    assert judged.submitted["expected_count"].to_list() == [20.0]


def test_a_limit_the_department_set_itself_binds_as_a_conflict(judge):
    code = judge({}).submitted["item_code"].item()
    beyond = judge({"ratio_text": "10%"}, own_limits={code: 500})
    assert beyond.submitted.height == 1
    assert beyond.conflicts.select("kind", "code", "value").rows() == [("listed_ratio", "P057", "10%")]
    assert judge({"ratio_text": "5%"}, own_limits={code: 500}).conflicts.is_empty()


def test_no_less_than_a_rate_means_no_fewer_objects_than_it_gives(judge):
    # 15 % of 17 is 2.55: rounding by lot could draw two, which is less than 15 %.
    row = {"item_code": "GA-011", "ratio_text": "不低于15%"}
    judged = judge(row, objects=samples.objects("A" * 17))
    assert judged.submitted["least"].to_list() == [3]
    assert judge({**row, "ratio_text": "15%"}, objects=samples.objects("A" * 17)).submitted["least"].to_list() == [0]


def test_room_the_risky_classes_leave_is_none_for_the_others(judge):
    row = {"ratio_text": "A类30%、B类10%、C类10%、D类10%", "credit_requirement": "按信用风险分类"}
    assert refusals(judge(row, objects=samples.objects("AAAABCDDDD")))


def test_classes_may_exceed_the_general_cap_up_to_their_own(judge):
    row = {"ratio_text": "A类10%、B类15%、C类60%、D类100%", "credit_requirement": "按信用风险分类"}
    judged = judge(row, objects=samples.objects("AABBCCDDNN"))
    assert judged.submitted["expected_count"].to_list() == [pytest.approx(0.2 + 0.3 + 1.2 + 2 + 0.2)]
    assert judged.submitted["is_by_class"].to_list() == [True]
    assert refusals(
        judge({**row, "ratio_text": "A类10%、B类16%、C类60%、D类100%"}, objects=samples.objects("AABBCCDDNN"))
    )


def test_a_flat_ratio_marked_by_class_is_spread_and_the_text_stays(judge):
    row = {"ratio_text": "10%", "credit_requirement": "按信用风险分类"}
    [stands] = judge(row, objects=samples.objects("A" * 10 + "D" * 10)).submitted.iter_rows(named=True)
    assert stands["rate_bp"] == [400, 600, 1000, 1600, 400]
    assert (stands["is_by_class"], stands["expected_count"], stands["ratio_text"]) == (True, 2.0, "10%")
    assert stands["credit_requirement"] == "按信用风险分类"
    assert stands["changes"] == ["抽查比例“10%”按信用风险分类摊到各类：A类4%、B类6%、C类10%、D类16%、未分类4%"]


def test_a_number_marked_by_class_is_allotted_to_the_classes(judge):
    row = {"ratio_text": "5户", "credit_requirement": "按信用风险分类", "item_code": "GA-011"}
    [stands] = judge(row, objects=samples.objects("A" * 10 + "D" * 10)).submitted.iter_rows(named=True)
    assert (stands["class_counts"], stands["object_count"]) == ([1, 0, 0, 4, 0], 5)
    assert (stands["is_by_class"], stands["ratio_kind"]) == (True, "count")


def test_a_flat_ratio_over_its_cap_is_refused_before_it_is_spread(judge):
    assert refusals(judge({"ratio_text": "11%", "credit_requirement": "按信用风险分类"})) == [
        ("P040", "抽查比例（数量）")
    ]


def test_better_credit_drawn_more_is_a_conflict(judge):
    row = {"ratio_text": "A类10%、B类8%、C类20%、D类20%", "credit_requirement": "按信用风险分类"}
    judged = judge(row)
    assert judged.conflicts.select("kind", "code").rows() == [("class_order", "P043")]
    assert judged.submitted["rate_bp"].to_list() == [[1000, 800, 2000, 2000, 1000]]


@pytest.mark.parametrize(
    ("listed", "asked", "kinds"),
    [
        ("不超过20%/年；同一单位不超过2次/年", "30%", ["listed_ratio"]),
        ("不超过20%/年；同一单位不超过2次/年", "20%", []),
        ("不超过20%/年", "8户", ["listed_ratio"]),
        ("10%(20户)", "10%", []),
        ("10%(20户)", "5%", ["listed_least"]),
        ("全年不低于30%;至少1次", "20%", ["listed_least"]),
        ("全年不低于30%;至少1次", "50%", []),
        ("100%;1次/年", "10户", ["listed_least"]),
        ("高校30%;中小学、幼儿园50%", "10%", []),
        ("根据实际情况确定", "10%", []),
        (None, "100%", []),
    ],
)
def test_a_key_item_outside_its_own_list_is_a_conflict(judge, listed, asked, kinds):
    items = samples.items().with_columns(ratio_text=pl.lit(listed, pl.String))
    judged = judge({"item_code": "GA-011", "ratio_text": asked}, items=items)
    assert judged.submitted.height == 1
    assert judged.conflicts["kind"].to_list() == kinds


def test_a_general_item_above_a_bare_ratio_of_its_list_is_a_conflict_within_the_county_s_cap(judge):
    items = samples.items().with_columns(ratio_text=pl.lit("5%"))
    judged = judge({"ratio_text": "10%"}, items=items)
    assert judged.conflicts.select("kind", "value").rows() == [("listed_ratio", "10%")]


@pytest.mark.parametrize(
    ("note", "expected"), [("每季度一次", [("4次",)]), ("每年3次", [("3次",)]), ("每半年抽查", []), ("", [])]
)
def test_asking_for_more_checks_a_year_than_the_list_is_a_conflict(judge, note, expected):
    items = samples.items().with_columns(frequency_max=pl.lit(2, pl.Int64))
    judged = judge({"note": note}, items=items)
    assert judged.conflicts.filter(pl.col("kind") == "listed_frequency").select("value").rows() == expected


def test_only_the_department_s_own_list_counts(judge):
    objects = samples.objects()
    judged = judge({}, objects=objects, sources=samples.sources(objects, department=CULTURE))
    assert refusals(judged) == [("P031", "抽查对象范围")]


def test_the_whole_list_needs_no_tag(judge):
    objects = samples.objects()
    judged = judge(
        {"scope_text": "全部市场主体", "draw_type": None}, objects=objects, sources=samples.sources(objects, tags=[])
    )
    assert judged.submitted.select("scope_count", "draw_type").rows() == [(20, "不定向")]


def test_objects_that_are_closed_are_out_of_scope(judge):
    assert refusals(judge({}, objects=samples.objects(is_living=False))) == [("P032", "抽查对象范围")]
    living = pl.Series([True] * 15 + [False] * 5)
    judged = judge({}, objects=samples.objects().with_columns(is_living=living))
    assert judged.submitted["scope_count"].to_list() == [15]


def test_several_tags_mean_any_of_them_and_an_idle_one_is_a_conflict(judge):
    objects = samples.objects("AAA")
    sources = samples.sources(objects).with_columns(tags=pl.Series([["旅馆"], ["网吧"], ["旅馆", "网吧"]]))
    judged = judge({"scope_text": "旅馆、网吧、典当", "ratio_text": "1户"}, objects=objects, sources=sources)
    assert judged.submitted["scope_count"].to_list() == [3]
    assert judged.conflicts.select("kind", "value").rows() == [("tag_without_object", "典当")]


def test_towns_limit_the_scope_by_any_known_spelling(judge):
    objects = samples.objects("AAAA").with_columns(town=pl.Series(["蓬莱镇", "隆盛镇", "回马镇", None]))
    judged = judge({"area": "蓬来镇、隆盛镇", "ratio_text": "1户"}, objects=objects)
    assert judged.submitted.select("scope_count", "towns").rows() == [(2, ["蓬莱镇", "隆盛镇"])]


def test_a_surprise_check_stays_alone_and_papers_need_no_door(judge):
    judged = judge({"note": "突击检查，不合并", "method": "书面检查、网络监测"})
    assert judged.submitted.select("is_exclusive", "is_on_site").rows() == [(True, False)]
    assert judge({"method": "书面检查、现场检查"}).submitted["is_on_site"].to_list() == [True]


def test_a_partner_with_an_item_comes_along(judge):
    judged = judge({"partners": MARKET, "partner_items": "SCJG-025"})
    assert judged.submitted.select("partners", "partner_items").rows() == [([MARKET], ["SCJG-025"])]
    assert judged.conflicts.is_empty()


@pytest.mark.parametrize(
    ("partners", "items", "expected"),
    [
        ("县消防救援大队", None, [("partner_outside", "P050", "县消防救援大队")]),
        ("县气象局", None, [("partner_outside", "P051", "县气象局")]),
        ("县公安局", None, [("partner_outside", "P052", "县公安局")]),
        (MARKET, None, [("partner_without_item", "P053", MARKET)]),
        (
            MARKET,
            "SCJG-999",
            [("partner_item_not_listed", "P054", "SCJG-999"), ("partner_without_item", "P053", MARKET)],
        ),
        (None, "SCJG-025", [("partner_item_not_listed", "P055", "SCJG-025")]),
    ],
)
def test_a_partner_that_cannot_come_is_a_conflict_and_the_row_stands(judge, partners, items, expected):
    judged = judge({"partners": partners, "partner_items": items})
    assert judged.conflicts.select("kind", "code", "value").rows() == expected
    assert judged.submitted.select("partners", "partner_items").rows() == [([], [])]


def test_no_rows_filed_give_empty_tables(judge):
    judged, some = judge(), judge({})
    for table in ("submitted", "refused", "conflicts", "scope"):
        assert getattr(judged, table).is_empty()
        assert getattr(judged, table).schema == getattr(some, table).schema


ROWS = [
    {},
    {"plan_row_id": "GA-2027-02", "ratio_text": "60%"},
    {"plan_row_id": "GA-2027-03", "partners": "县消防救援大队、县市场监管局"},
    {"plan_row_id": "GA-2027-04", "item_code": "GA-011", "ratio_text": "5户"},
    {"plan_row_id": "GA-2027-04"},
    {"plan_row_id": "GA-2027-05", "scope_text": "旅店", "window_text": "全年"},
]


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(len(ROWS))))
def test_the_order_of_rows_and_registry_does_not_matter(judge, order):
    numbered = [{**row, "row": 4 + n} for n, row in enumerate(ROWS)]
    objects = samples.objects()
    plain = judge(*numbered, objects=objects)
    turned = objects.sort("object_id", descending=bool(order[0] % 2))
    shuffled = judge(*(numbered[n] for n in order), objects=turned, sources=samples.sources(turned))
    for table in ("submitted", "refused", "conflicts", "scope"):
        assert getattr(plain, table).equals(getattr(shuffled, table)), table


def test_every_row_stands_or_is_refused_and_never_both(judge):
    judged = judge(*ROWS)
    stands, refused = set(judged.submitted["row"]), set(judged.refused["row"])
    assert stands | refused == {4, 5, 6, 7, 8, 9}
    assert not stands & refused

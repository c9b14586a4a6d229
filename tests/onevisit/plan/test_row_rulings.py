"""What the bureau ruled on a row stands for what was filed, is checked like it, and is told."""

import datetime as dt

import pytest

from tests.onevisit.plan import samples

ROW = "GA-2027-01"
CITED = "审核决定第1号"


def codes(judged) -> list[str]:
    return judged.refused["code"].to_list()


def test_a_ruled_ratio_counts_and_the_filed_text_stays(judge):
    [row] = judge({}, rulings=samples.rulings(("ratio", ROW, "change", "5%"))).submitted.iter_rows(named=True)
    assert row["rate_bp"] == [500] * 5
    assert (row["ratio_text"], row["ratio_in_force"]) == ("10%", "5%")
    assert row["changes"] == [f"抽查比例（数量）由“10%”改为“5%”（{CITED}）"]


def test_a_ruled_ratio_is_held_to_the_cap_like_a_filed_one(judge):
    judged = judge({}, rulings=samples.rulings(("ratio", ROW, "change", "60%")))
    assert codes(judged) == ["P040"]
    assert judged.refused["value"].to_list() == [f"60%（{CITED}）"]


def test_a_ruled_ratio_may_name_classes_whatever_was_required(judge):
    ruled = samples.rulings(("ratio", ROW, "change", "A类5%、B类10%、C类20%、D类30%"))
    judged = judge({"credit_requirement": "不涉及信用风险分类"}, rulings=ruled)
    assert judged.submitted["is_by_class"].to_list() == [True]


@pytest.mark.parametrize(
    ("given", "starts_on"),
    [
        ((("window", ROW, "change", "2027-03-01至2027-05-31"),), dt.date(2027, 3, 1)),
        ((("move", f"{ROW}、GA-2027-02|2027-05-01至2027-06-30", "accept"),), dt.date(2027, 5, 1)),
        ((("move", f"{ROW}|2027-05-01至2027-06-30", "reject"),), dt.date(2027, 4, 1)),
        (
            (
                ("window", ROW, "change", "2027-03-01至2027-05-31"),
                ("move", f"{ROW}|2027-05-01至2027-06-30", "accept"),
            ),
            dt.date(2027, 5, 1),
        ),
        (
            (
                ("move", f"{ROW}|2027-05-01至2027-06-30", "accept"),
                ("window", ROW, "change", "2027-03-01至2027-05-31"),
            ),
            dt.date(2027, 3, 1),
        ),
    ],
)
def test_the_later_of_a_window_and_a_move_holds(judge, given, starts_on):
    judged = judge({}, {"plan_row_id": "GA-2027-02"}, rulings=samples.rulings(*given))
    assert judged.submitted["starts_on"][0] == starts_on


def test_a_returned_row_is_refused_with_the_ruling(judge):
    ruled = samples.rulings(("row", ROW, "return")).with_columns(why=samples.pl.lit("与上年重复"))
    [line] = judge({}, rulings=ruled).refused.iter_rows(named=True)
    assert (line["code"], line["column"]) == ("P006", "抽查计划编号")
    assert line["reason"] == f"县市场监管局审核后退回（{CITED}）：与上年重复"


def test_a_row_that_is_kept_stands(judge):
    assert judge({}, rulings=samples.rulings(("row", ROW, "keep"))).submitted["changes"].to_list() == [[]]


OWN = {"GA-002": 500}
OVER = f"{ROW}|listed_ratio|10%"


def test_a_conflict_that_is_kept_stays_listed_as_settled(judge):
    judged = judge({}, own_limits=OWN, rulings=samples.rulings(("conflict", OVER, "keep")))
    assert judged.conflicts.select("kind", "answer", "settled_by").rows() == [("listed_ratio", "keep", 1)]
    assert judged.submitted["rate_bp"].to_list() == [[1000] * 5]


def test_a_conflict_ruled_to_the_limit_cuts_the_ratio(judge):
    judged = judge({}, own_limits=OWN, rulings=samples.rulings(("conflict", OVER, "limit")))
    [row] = judged.submitted.iter_rows(named=True)
    assert (row["rate_bp"], row["ratio_in_force"], row["expected_count"]) == ([500] * 5, "5%", 1.0)
    assert row["changes"] == [f"抽查比例由“10%”按上限5%改为“5%”（{CITED}）"]
    assert judged.conflicts["answer"].to_list() == ["limit"]


def test_a_number_is_cut_to_what_the_limit_gives(judge):
    ruled = samples.rulings(("conflict", f"{ROW}|listed_ratio|不少于2户", "limit"))
    judged = judge({"ratio_text": "不少于2户"}, own_limits=OWN, rulings=ruled)
    assert judged.submitted.select("object_count", "least", "ratio_in_force").rows() == [(1, 1, "1户")]


def test_a_conflict_ruled_to_be_returned_refuses_the_row(judge):
    judged = judge({}, own_limits=OWN, rulings=samples.rulings(("conflict", OVER, "return")))
    assert codes(judged) == ["P006"]
    assert judged.conflicts.is_empty()


def test_a_limit_where_there_is_none_is_told(judge):
    ruled = samples.rulings(("conflict", f"{ROW}|partner_outside|县气象局", "limit"))
    judged = judge({"partners": "县气象局"}, rulings=ruled)
    assert judged.conflicts.select("kind", "answer").rows() == [
        ("partner_outside", None),
        ("ruling_not_applied", None),
    ]


def test_a_partner_gets_the_item_that_was_ruled(judge):
    ruled = samples.rulings(("partner_item", f"{ROW}|{samples.MARKET}", "add", "scjg-025"))
    judged = judge({"partners": samples.MARKET}, rulings=ruled)
    assert judged.submitted.select("partners", "partner_items").rows() == [([samples.MARKET], ["SCJG-025"])]
    assert judged.conflicts.is_empty()
    assert judged.submitted["changes"].to_list() == [[f"配合部门“{samples.MARKET}”补报事项“SCJG-025”（{CITED}）"]]


def test_an_item_of_somebody_else_is_not_added(judge):
    ruled = samples.rulings(("partner_item", f"{ROW}|{samples.MARKET}", "add", "WL-001"))
    judged = judge({"partners": samples.MARKET}, rulings=ruled)
    assert judged.submitted["partner_items"].to_list() == [[]]
    assert judged.conflicts["code"].to_list() == ["P047", "P053"]


def test_a_partner_that_stays_away_is_dropped_and_its_conflict_settled(judge):
    ruled = samples.rulings(("partner_item", f"{ROW}|{samples.MARKET}", "none"))
    judged = judge({"partners": samples.MARKET}, rulings=ruled)
    assert judged.conflicts.select("kind", "answer").rows() == [("partner_without_item", "none")]
    with_item = judge({"partners": samples.MARKET, "partner_items": "SCJG-025"}, rulings=ruled)
    assert with_item.submitted.select("partners", "partner_items").rows() == [([], [])]


def test_a_ruling_on_a_partner_no_longer_named_is_told(judge):
    judged = judge({}, rulings=samples.rulings(("partner_item", f"{ROW}|{samples.MARKET}", "add", "SCJG-025")))
    assert judged.conflicts.select("kind", "code").rows() == [("ruling_not_applied", "P042")]
    assert judged.submitted["partners"].to_list() == [[]]


def test_a_ruling_on_a_row_that_is_not_filed_is_told(judge):
    ruled = samples.rulings(("row", "GA-2027-99", "return"), ("move", "GA-2027-01、SCJG-2027-01|x", "reject"))
    [told] = judge({}, rulings=ruled).conflicts.iter_rows(named=True)
    assert (told["plan_row_id"], told["department"], told["code"]) == ("GA-2027-99", samples.POLICE, "P041")


def test_a_row_sent_back_is_no_reason_for_another_any_more(judge):
    items = samples.items().with_columns(frequency_max=samples.pl.lit(1, samples.pl.Int64))
    rows = ({"ratio_text": "5%"}, {"plan_row_id": "GA-2027-02", "ratio_text": "5%"})
    assert judge(*rows, items=items).conflicts["kind"].to_list() == ["listed_frequency"] * 2
    ruled = samples.rulings(("conflict", "GA-2027-02|listed_frequency|2次", "return"))
    judged = judge(*rows, items=items, rulings=ruled)
    assert (codes(judged), judged.conflicts.height) == (["P006"], 0)


def test_a_ruling_on_a_row_that_is_not_filed_can_be_settled(judge):
    ruled = samples.rulings(
        ("row", "GA-2027-99", "return"), ("conflict", "GA-2027-99|ruling_without_row|GA-2027-99", "keep")
    )
    assert judge({}, rulings=ruled).conflicts.select("kind", "answer", "settled_by").rows() == [
        ("ruling_without_row", "keep", 2)
    ]


def test_an_added_item_that_is_not_taken_leaves_the_conflict_open(judge):
    ruled = samples.rulings(("partner_item", f"{ROW}|{samples.MARKET}", "add", "WL-001"))
    judged = judge({"partners": samples.MARKET}, rulings=ruled)
    assert judged.conflicts["answer"].to_list() == [None, None]


def test_what_was_filed_has_a_digest_that_blanks_and_rulings_leave_alone(judge):
    def digest(filed: dict[str, object], *said: tuple[str, ...]) -> str:
        [found] = judge(filed, rulings=samples.rulings(*said)).submitted["filed_digest"]
        return found

    plain = digest({})
    assert digest({"ratio_text": " 10％ "}) == plain
    assert digest({}, ("ratio", ROW, "change", "5%")) == plain
    assert digest({"ratio_text": "5%"}) != plain

"""Answers are read and checked by one rule, whichever way they come."""

import pytest

from onevisit.errors import RefusedError
from onevisit.plan.answers import Reply, answer, check_answer, check_merging, check_pair, is_said_already, named_row
from onevisit.plan.rulings import subject_of
from tests.onevisit.plan.reviews import plan, question, ruling
from tests.onevisit.plan.samples import CULTURE

PARTNER = f"GA-2027-01|{CULTURE}"
OUTSIDE = "GA-2027-02|partner_outside|县消防救援大队"


def flaws(topic, subject, *reply: str, tables=None):
    found = check_answer(question(topic, subject, tables), Reply(*reply))
    return [(flaw.field, flaw.problem.code) for flaw in found]


@pytest.mark.parametrize(
    ("topic", "subject", "reply", "found"),
    [
        ("row", "GA-2027-01", ("同意", "", "", "张三"), []),
        ("row", "GA-2027-01", ("退回部门", "", "", "张三"), [("why", "P101")]),
        ("row", "GA-2027-01", ("基本同意", "", "", "张三"), [("answer", "P100")]),
        ("row", "GA-2027-01", ("", "", "季节不同", "张三"), [("answer", "P110")]),
        ("row", "GA-2027-01", ("同意", "", "", ""), [("by", "P102")]),
        ("row", "GA-2027-01", ("同意", "5%", "", "张三"), [("value", "P107")]),
        ("row", "GA-2027-01", ("撤回原决定", "", "误填", "张三"), [("answer", "P100")]),
        ("ratio", "GA-2027-01", ("调整比例", "8%", "任务重", "张三"), []),
        ("ratio", "GA-2027-01", ("调整比例", "0.05", "任务重", "张三"), [("value", "P103")]),
        ("ratio", "GA-2027-01", ("调整比例", "5", "任务重", "张三"), [("value", "P012")]),
        ("ratio", "GA-2027-01", ("调整比例", "20%", "", "张三"), [("value", "P040"), ("why", "P101")]),
        ("ratio", "GA-2027-02", ("调整比例", "20%", "重点", "张三"), []),
        ("ratio", "GA-2027-01", ("调整比例", "", "任务重", "张三"), [("value", "P010")]),
        ("window", "GA-2027-01", ("调整时段", "下半年", "错峰", "张三"), [("value", "P021")]),
        ("window", "GA-2027-01", ("调整时段", "2028年1月1日至2028年3月1日", "错峰", "张三"), [("value", "P023")]),
        ("partner_item", PARTNER, ("补报事项", "WL-002", "", "张三"), []),
        ("partner_item", PARTNER, ("补报事项", "WL-2、GA-002", "", "张三"), [("value", "P105"), ("value", "P105")]),
        ("partner_item", PARTNER, ("补报事项", "", "", "张三"), [("value", "P108")]),
        ("partner_item", PARTNER, ("不参加", "WL-002", "没有人手", "张三"), [("value", "P107")]),
        ("conflict", OUTSIDE, ("照原计划", "", "", "张三"), [("why", "P101")]),
        ("conflict", OUTSIDE, ("按上限执行", "", "商定", "张三"), [("answer", "P100")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_with_its_field(topic, subject, reply, found):
    assert flaws(topic, subject, *reply) == found


def test_what_was_meant_is_guessed_at():
    def hint(topic, subject, *reply: str) -> str:
        [flaw] = check_answer(question(topic, subject), Reply(*reply))
        return flaw.problem.reason

    assert "是不是“同意”？" in hint("row", "GA-2027-01", "基本同意", "", "", "张三")
    assert "是不是 5%？" in hint("ratio", "GA-2027-01", "调整比例", "0.05", "任务重", "张三")
    assert "是不是“WL-002　演出市场检查”？" in hint("partner_item", PARTNER, "补报事项", "WL-02", "", "张三")


def test_an_answer_becomes_a_ruling_with_its_value_in_one_form():
    window = question("window", "GA-2027-01")
    made = answer(
        window,
        Reply("调整时段", "2027年3月至5月", "错峰，电话13912345678", "张三"),
        role="reviewer",
        channel="review page",
    )
    assert (made.topic, made.subject, made.answer) == ("window", "GA-2027-01", "change")
    assert (made.value, made.by, made.role) == ("2027-03-01至2027-05-31", "张三", "reviewer")
    assert made.why == "错峰，电话139****5678"
    items = question("partner_item", PARTNER)
    assert (
        answer(items, Reply("补报事项", "wl-002，WL-001", "", "张三"), role="reviewer", channel="").value
        == "WL-001、WL-002"
    )


def test_a_flawed_answer_is_no_ruling_and_all_of_it_is_told():
    with pytest.raises(RefusedError) as refused:
        answer(question("ratio", "GA-2027-01"), Reply("调整比例", "20%"), role="reviewer", channel="")
    assert [one.code for one in refused.value.problems] == ["P040", "P101", "P102"]


def test_the_same_word_again_is_known_and_another_is_not():
    said = question("ratio", "GA-2027-01", plan(ruling("ratio", "GA-2027-01", "change", value="8%")))
    assert is_said_already(said, Reply("调整比例", "8%"))
    assert not is_said_already(said, Reply("调整比例", "9%"))
    assert not is_said_already(said, Reply("调整比例", "很多"))
    assert not is_said_already(said, Reply("撤回原决定"))


def test_two_plan_rows_are_two_and_of_this_plan():
    def found(one: str, other: str) -> list[tuple[str, str]]:
        return [(flaw.field, flaw.problem.code) for flaw in check_pair(plan(), one, other)]

    assert found("GA-2027-01", "WL-2027-01") == []
    assert found("GA-2027-01", "GA-2027-01") == [("other", "P106")]
    assert found("GA-2027-1", "没有") == [("one", "P109"), ("other", "P109")]


def test_a_row_may_be_named_in_small_letters_and_one_numbered_so_is_found():
    tables = plan(rows=({"plan_row_id": "ga-2027-01"}, {"plan_row_id": "GA-2027-02"}))
    assert [named_row(tables, text) for text in ("ga-2027-01", "ga-2027-02")] == ["ga-2027-01", "GA-2027-02"]


def pair(word, *rows):
    return ruling("pair", subject_of("pair", *rows), word)


MUST, MUST_NOT = "must", "must_not"


@pytest.mark.parametrize(
    ("held", "said", "refused"),
    [
        ([], [pair(MUST, "A", "B"), pair(MUST, "B", "C"), pair(MUST_NOT, "C", "D")], []),
        ([], [pair(MUST, "A", "B"), pair(MUST, "B", "C"), pair(MUST_NOT, "A", "C")], [2]),
        ([pair(MUST, "A", "B"), pair(MUST_NOT, "B", "C")], [pair(MUST, "A", "C")], [0]),
        ([pair(MUST, "A", "B"), pair(MUST_NOT, "B", "C")], [pair(MUST, "A", "C"), pair("withdrawn", "A", "B")], []),
        ([pair(MUST, "A", "B")], [pair(MUST_NOT, "A", "B")], []),
        ([pair(MUST_NOT, "A", "B")], [ruling("merge", subject_of("merge", ["A", "C"], ["B"]), "accept")], [0]),
        ([pair(MUST, "A", "B")], [ruling("merge", subject_of("merge", ["A", "C"], ["B", "D"]), "reject")], [0]),
        ([pair(MUST, "A", "B")], [ruling("row", "A", "keep")], []),
    ],
)
def test_a_ruling_on_merging_contradicts_those_in_effect_and_those_said_before_it(held, said, refused):
    found = check_merging(plan(*held).rulings, [(one, "") for one in said])
    assert [place for place, one in enumerate(found) if one] == refused
    assert {one.code for one in found if one} <= {"P130"}

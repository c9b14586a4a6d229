"""Judgements: the last word counts, every word can be taken back, and words that cannot all be true are found."""

from hypothesis import given
from hypothesis import strategies as st

from onevisit.decisions import Decision, Entry, extended
from onevisit.registries.judgements import (
    WORDS,
    Judgement,
    Rulings,
    contradictions,
    entry_of,
    in_effect,
    judgements,
    pair_of,
    rulings,
)
from onevisit.registries.tables import Judgements


def said(one: str, ruling: str, other: str) -> Entry:
    """Somebody's judgement on two records."""
    pair = pair_of(one, other)
    judgement = Judgement(f"R-{'-'.join(pair)}", pair, ruling, "王五", "已核对", "command line")
    return entry_of(judgement, at="2026-11-05T10:00:00+08:00", is_demonstration=False)


def log(*entries: Entry) -> list[Decision]:
    return extended([], list(entries))


def test_the_last_word_on_a_pair_counts_whatever_side_was_named_first():
    table = judgements([(2027, log(said("a", "same", "b"), said("b", "different", "a")))])
    Judgements.validate(table)
    assert table["is_in_effect"].to_list() == [False, True]
    assert rulings(table).rows() == [("a", "b", False)]


def test_a_judgement_can_be_taken_back_and_given_again_and_nothing_is_deleted():
    entries = [said("a", "same", "b"), said("a", "withdrawn", "b")]
    back = judgements([(2027, log(*entries))])
    assert (back.height, in_effect(back).height, rulings(back).height) == (2, 0, 0)
    again = judgements([(2027, log(*entries, said("a", "same", "b")))])
    assert rulings(again).rows() == [("a", "b", True)]


def test_who_cannot_say_rules_nothing():
    table = judgements([(2027, log(said("a", "same", "b"), said("a", "unsure", "b")))])
    assert in_effect(table)["judgement"].to_list() == ["unsure"]
    assert rulings(table).is_empty()


def test_a_judgement_holds_in_later_years_and_a_later_year_s_word_comes_after():
    older, newer = (2026, log(said("c", "same", "d"), said("a", "same", "b"))), (2027, log(said("a", "different", "b")))
    assert rulings(judgements([older])).rows() == [("a", "b", True), ("c", "d", True)]
    assert rulings(judgements([newer, older])).rows() == [("a", "b", False), ("c", "d", True)]


def test_what_is_about_the_plan_is_no_judgement():
    approval = Entry(at="", kind="approve", by="张三", role="approver", what="", why="", plan_fingerprint="a" * 64)
    table = judgements([(2027, log(approval, said("a", "same", "b")))])
    assert table["seq"].to_list() == [2]


def test_no_log_is_no_judgement():
    assert judgements([]).is_empty()
    assert rulings(judgements([])).is_empty()


def test_a_contradiction_names_every_pair_it_is_made_of():
    table = judgements(
        [(2026, log(said("a", "same", "b"), said("b", "same", "c"))), (2027, log(said("c", "different", "a")))]
    )
    [found] = contradictions(table)
    assert (found.code, found.value) == ("R050", "R-a-c")
    for text in (
        "R-a-c（a 与 c）不同对象（2027年决定记录第1条）",
        "R-a-b（a 与 b）同一对象",
        "R-b-c（b 与 c）同一对象",
    ):
        assert text in found.reason


def test_a_bridge_between_what_was_judged_different_is_a_contradiction():
    said_before = said("a", "same", "b"), said("c", "same", "d"), said("a", "different", "d")
    [found] = contradictions(judgements([(2027, log(*said_before, said("b", "same", "c")))]))
    assert found.value == "R-b-c"
    assert all(pair in found.reason for pair in ("R-a-b", "R-a-d", "R-c-d"))


def test_what_was_taken_back_contradicts_nothing():
    entries = [said("a", "same", "b"), said("b", "same", "c"), said("b", "withdrawn", "c"), said("a", "different", "c")]
    assert contradictions(judgements([(2027, log(*entries))])) == []


RECORDS = st.sampled_from("abcdef")
RULED = st.dictionaries(st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0] < pair[1]), st.booleans(), max_size=12)


@given(RULED)
def test_rulings_are_accepted_exactly_when_some_grouping_keeps_them_all(ruled: dict[tuple[str, str], bool]):
    groups = {record: {record} for record in "abcdef"}
    for one, other in [pair for pair, is_same in ruled.items() if is_same]:
        joined = groups[one] | groups[other]
        groups.update(dict.fromkeys(joined, joined))
    can_be = not any(other in groups[one] for (one, other), is_same in ruled.items() if not is_same)
    known, refused = Rulings(), []
    for pair, is_same in ruled.items():
        against = known.against(pair, is_same=is_same)
        if against:
            refused.append(pair)
            assert set(against) < set(ruled)
            assert [ruled[one] for one in (*against, pair)].count(False) == 1
        else:
            known.add(pair, is_same=is_same)
    assert can_be == (not refused)


def test_every_judgement_has_its_word():
    assert list(WORDS) == Judgements.to_schema().columns["judgement"].checks[0].statistics["allowed_values"]

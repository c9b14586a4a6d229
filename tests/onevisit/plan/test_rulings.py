"""Rulings in the decision logs: which words hold, and what each is about."""

from dataclasses import replace

import pytest

from onevisit.decisions import extended
from onevisit.plan.rulings import ANSWERS, Ruling, entry_of, needs_reason, parts_of, ruled, rulings, subject_of

REJECTED = Ruling("merge", subject_of("merge", ["B-2", "A-1"], ["C-3"]), "reject", "甲", "reviewer", why="季节不同")


def logged(*given: Ruling):
    """A log with rulings, one after the other."""
    entries = [
        entry_of(one, fingerprint="f", at=f"2026-12-{day:02d}T09:00:00+08:00", is_demonstration=False)
        for day, one in enumerate(given, start=1)
    ]
    return extended([], entries)


def test_a_subject_has_one_text_whatever_the_order_it_is_named_in():
    assert subject_of("merge", ["C-3"], ["A-1", "B-2"]) == "A-1、B-2|C-3" == REJECTED.subject
    assert subject_of("pair", "B-2", "A-1") == "A-1|B-2"
    assert subject_of("move", ["B-2", "A-1"], "2027-03-01至2027-04-30") == "A-1、B-2|2027-03-01至2027-04-30"


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        ("merge", [["A-1", "B-2"], ["C-3"]]),
        ("row", [["A-1"]]),
        ("conflict", [["A-1"], ["partner_outside"], ["甲|乙、丙"]]),
        ("partner_item", [["A-1"], ["县公安局"]]),
    ],
)
def test_the_parts_of_a_subject_are_found_again(topic, parts):
    whole = topic in ("conflict", "partner_item")
    assert parts_of(topic, subject_of(topic, *(part[0] if whole else part for part in parts))) == parts


def test_the_last_word_on_a_subject_holds_and_a_withdrawn_one_does_not():
    accepted = replace(REJECTED, answer="accept", why="")
    other = Ruling("pair", subject_of("pair", "A-1", "D-4"), "must", "甲", "reviewer", why="同一批对象")
    table = rulings([(2027, logged(REJECTED, other, accepted, replace(other, answer="withdrawn", why="误填")))], 2027)
    assert table["is_in_effect"].to_list() == [False, False, True, False]
    assert ruled(table, "merge", "pair")["answer"].to_list() == ["accept"]


def test_only_aliases_last_longer_than_a_year():
    alias = Ruling("alias", subject_of("alias", "SCJG-001", "GA-002"), "same", "甲", "reviewer")
    table = rulings([(2026, logged(REJECTED, alias))], 2027)
    assert table.select("log_year", "topic").rows() == [(2026, "alias")]


def test_whatever_departs_from_what_was_filed_or_proposed_needs_a_reason():
    asked = {(topic, answer) for topic, answers in ANSWERS.items() for answer in answers if needs_reason(topic, answer)}
    assert ("merge", "reject") in asked
    assert ("row", "return") in asked
    assert ("conflict", "keep") in asked
    assert not asked & {("merge", "accept"), ("row", "keep"), ("alias", "same"), ("scheme", "confirm")}

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from onevisit.registries.texts import DIFFERENT, SAME, texts

TEXT = st.text("唐琴何泽0123*\n", max_size=6)


def test_each_text_has_one_number_in_order_of_appearance():
    found = texts(pl.Series(["乙", None, "甲", "乙", ""]))
    assert found.number.tolist() == [0, -1, 1, 0, 2]
    assert found.values.to_list() == ["乙", "甲", ""]
    assert found.bearers.tolist() == [2, 0, 1, 2, 1]


def test_texts_agree_only_where_both_sides_have_one():
    found = texts(pl.Series(["甲", "甲", "乙", None]))
    assert found.agreement(np.array([0, 0, 0, 3]), np.array([1, 2, 3, 3])).tolist() == [SAME, DIFFERENT, 0, 0]


def test_what_a_text_becomes_is_worked_out_once_and_may_be_nothing():
    found = texts(pl.Series(["甲一", "甲二", None, "乙"]))
    changed = found.changed(pl.Series(["甲", "甲", None]))
    assert changed.number.tolist() == [0, 0, -1, -1]
    assert changed.values.to_list() == ["甲"]


def test_each_pair_of_texts_is_measured_once_whichever_comes_first():
    seen = []

    def measure(first, second):
        seen.extend(zip(first, second, strict=True))
        return np.array([len(one + other) for one, other in seen], np.int8)

    found = texts(pl.Series(["甲", "乙丙", "甲"]))
    assert found.measured(np.array([0, 1, 1]), np.array([1, 2, 0]), measure).tolist() == [3, 3, 3]
    assert seen == [("甲", "乙丙")]


@given(TEXT, st.integers(0, 5), st.integers(0, 3), st.sampled_from("唐何9"))
def test_one_edit_changes_at_most_two_kinds_of_characters(text, place, kind, character):
    edited = (
        text[:place] + character + text[place:],
        text[:place] + character + text[place + 1 :],
        text[:place] + text[place + 1 :],
        text[:place] + text[place : place + 2][::-1] + text[place + 2 :],
    )[kind]
    assert OSA.distance(text, edited) <= 1
    one, other = texts(pl.Series([text, edited])).characters
    assert np.bitwise_count(one ^ other) <= 2

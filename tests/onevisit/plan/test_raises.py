"""Raises: signals make an object riskier for the plan, say why, and never make it less risky."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.county import RaiseRules
from onevisit.plan.raises import LADDER, raised, raises_of
from tests.onevisit.plan import samples
from tests.onevisit.results.made import feedback

RULES = RaiseRules(complaints_from=3, abnormal_at_least="C")


def rank(letter: str) -> int:
    return LADDER.index("A" if letter == "N" else letter)


@pytest.mark.parametrize(
    ("own", "complaints", "is_abnormal", "expected"),
    [
        ("A", 2, False, None),
        ("A", 3, False, "B"),
        ("N", 3, False, "B"),
        ("C", 9, False, "D"),
        ("D", 9, True, None),
        ("A", 0, True, "C"),
        ("N", 0, True, "C"),
        ("C", 0, True, None),
        ("C", 3, True, "D"),
        ("B", 3, True, "C"),
    ],
)
def test_signals_raise_a_class(own: str, complaints: int, is_abnormal: bool, expected: str | None):
    found = raises_of(samples.objects(own, complaint_count=complaints, is_abnormal=is_abnormal), RULES)
    assert found["risk_class"].to_list() == ([expected] if expected else [])


def test_every_ground_that_raises_is_told():
    [row] = raises_of(samples.objects("A", complaint_count=4, is_abnormal=True), RULES).iter_rows(named=True)
    assert row["reasons"] == ["投诉举报4件，达到3件，提高一类", "列入经营异常名录，至少按C类"]
    [row] = raises_of(samples.objects("B", complaint_count=0, is_abnormal=True), RULES).iter_rows(named=True)
    assert row["reasons"] == ["列入经营异常名录，至少按C类"]


def test_who_cannot_be_drawn_is_not_raised():
    assert raises_of(samples.objects("A", complaint_count=9, is_living=False), RULES).is_empty()


@pytest.mark.parametrize(
    ("own", "effects", "expected"),
    [
        ("A", ["="], None),
        ("A", ["+1"], "B"),
        ("N", ["+2"], "C"),
        ("D", ["+3"], None),
        ("C", ["+3"], "D"),
        ("A", ["C"], "C"),
        ("C", ["B"], None),
        ("A", ["+1", "+1", "C"], "C"),
        ("B", ["+1", "D", "="], "D"),
    ],
)
def test_last_years_results_raise_and_the_riskiest_holds(own: str, effects: list[str], expected: str | None):
    found = feedback(*({"object_id": "O-000", "effect": effect} for effect in effects))
    raises = raises_of(samples.objects(own, complaint_count=0), RULES, found)
    assert raises["risk_class"].to_list() == ([expected] if expected else [])


def test_a_result_that_raises_is_told_with_its_source_beside_the_other_grounds():
    told = ("2027年度甲局检查（T001）：处置未完结，提高一类", "2027年度甲局检查（T001）：未发现问题，抽查类别不变")
    effects = zip(("+1", "="), told, strict=True)
    found = feedback(*({"object_id": "O-000", "effect": one, "explanation": text} for one, text in effects))
    [row] = raises_of(samples.objects("A", complaint_count=4), RULES, found).iter_rows(named=True)
    assert row["reasons"] == ["投诉举报4件，达到3件，提高一类", told[0]]


def test_who_is_gone_is_not_raised_for_last_years_results():
    assert raises_of(samples.objects("A", is_living=False), RULES, feedback({"object_id": "O-000"})).is_empty()
    assert raises_of(samples.objects("A", complaint_count=0), RULES, feedback({"object_id": "O-999"})).is_empty()


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from("ABCDN"), st.integers(0, 6), st.booleans()), min_size=1, max_size=8),
    complaints_from=st.integers(1, 5),
    least=st.sampled_from("BCD"),
)
def test_raising_never_lowers_and_more_signals_never_raise_less(rows, complaints_from, least):
    rules = RaiseRules(complaints_from=complaints_from, abnormal_at_least=least)

    def classes(more: int, is_listed: bool) -> list[str]:
        objects = samples.objects("".join(own for own, _, _ in rows)).with_columns(
            complaint_count=pl.Series([count + more for _, count, _ in rows]),
            is_abnormal=pl.Series([listed or is_listed for _, _, listed in rows]),
        )
        return raised(objects, raises_of(objects, rules))["credit_class"].to_list()

    plain = classes(0, is_listed=False)
    for more, is_listed in ((0, True), (3, False), (3, True)):
        assert all(rank(a) <= rank(b) for a, b in zip(plain, classes(more, is_listed), strict=True))
    assert all(rank(own) <= rank(now) for (own, _, _), now in zip(rows, plain, strict=True))


def test_objects_keep_their_order_and_everything_else():
    objects = samples.objects("ABN", complaint_count=3)
    known = raised(objects, raises_of(objects, RULES))
    assert known["credit_class"].to_list() == ["B", "C", "B"]
    assert known.drop("credit_class").equals(objects.drop("credit_class"))

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.county import Shares
from onevisit.errors import messages
from onevisit.supervision.engine import Asked, Engine
from onevisit.supervision.measures import Between, Condition, Filled, Length, Matches, Measure, OneOf, measures
from tests.onevisit.supervision import samples

ALL = measures(samples.county(), samples.TODAY)
CONDITIONS: list[tuple[Condition, pl.DataType]] = [
    (Filled(), pl.String()),
    (OneOf(("东镇", "a")), pl.String()),
    (Matches(r"1\*{2}|0\*"), pl.String()),
    (Length(2, 3), pl.String()),
    (Between(0, 3), pl.Int64()),
    (Between(2), pl.Int64()),
    (Between(most=1), pl.Int64()),
]


def test_every_measure_has_its_threshold_in_the_settings_and_no_threshold_is_left_over():
    asked = {(measure.registry, measure.name) for measure in ALL}
    settings = {
        (registry, name) for registry in Shares.model_fields for name in getattr(Shares(), registry).model_dump()
    }
    assert asked == settings


def test_every_measure_has_a_key_and_a_message_of_its_own():
    assert len({measure.key for measure in ALL}) == len(ALL)
    for measure in ALL:
        assert messages("S")[measure.code].fix_zh.endswith("。"), measure.key


def test_titles_are_unique_within_a_registry_for_problems_are_found_by_them():
    titles = [(measure.registry, measure.title) for measure in ALL]
    assert len(set(titles)) == len(titles)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize(("condition", "kind"), CONDITIONS, ids=str)
def test_polars_and_great_expectations_mean_the_same_by_a_condition(engine, condition, kind):
    texts = ["东镇", "东镇 ", "a", "", "1**", "1***", "x1**", "0*", "abc", "abcd", "甲乙丙", None, "a\n"]
    values = texts if kind == pl.String() else [-1, 0, 1, 2, 3, 4, None]
    frame = pl.DataFrame({"column": values}, schema={"column": kind})
    measure = Measure("objects", "objects", "name", "title", "column", condition, "S111", "about")
    looked_at = frame.filter(measure.looks_at)
    verdict = engine.judge(f"{condition}", frame, {"one": Asked("column", condition, 0.5)})["one"]
    assert verdict.looked_at == looked_at.height
    assert verdict.unexpected == looked_at.filter(~measure.passes).height
    assert verdict.is_met == (2 * (verdict.looked_at - verdict.unexpected) >= verdict.looked_at)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_a_day_is_plausible_from_the_founding_day_to_the_review(on):
    [plausible] = [measure for measure in ALL if measure.key == "objects.opened_range"]
    frame = pl.DataFrame({"opened_days": [(samples.TODAY - on).days]})
    assert frame.select(plausible.passes).item() == (dt.date(1949, 10, 1) <= on <= samples.TODAY)

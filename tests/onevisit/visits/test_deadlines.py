"""Deadlines and recusals: the legal clock over real holidays, and who keeps away."""

import datetime as dt

import polars as pl
import pytest

from onevisit.calendar import WorkingDays, calendar_days
from onevisit.errors import RefusedError
from onevisit.registries.tables import Interests
from onevisit.tables import conform, frame_of
from onevisit.visits.deadlines import deadlines_of, published_by
from onevisit.visits.recusal import avoided_by, recusals_of
from onevisit.visits.tables import Deadlines, Recusals
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import INN, ONE, SHOP

OFFICIAL = WorkingDays(calendar_days([2025, 2026, 2027]))
SAMPLE = WorkingDays(calendar_days([2025, 2026, 2027], sample_years=[2027]))


def clocks(drawn_on: dt.date, ends_on: dt.date, days: WorkingDays = OFFICIAL) -> dict[str, object]:
    visits = pl.DataFrame({"visit_id": ["01-DY-0001-01"], "serial": [ONE], "ends_on": [ends_on]})
    frame = deadlines_of(visits, samples.rounds({"draws_on": drawn_on}), days, start_within=5, publish_within=20)
    return conform(Deadlines, frame).row(0, named=True)


@pytest.mark.parametrize(
    ("drawn_on", "start_by"),
    [("2026-02-09", "2026-02-14"), ("2026-02-13", "2026-02-27"), ("2026-09-24", "2026-10-09")],
)
def test_five_working_days_after_the_draw_over_holidays_and_make_up_days(drawn_on: str, start_by: str):
    found = clocks(dt.date.fromisoformat(drawn_on), dt.date(2026, 11, 2))
    assert found["task_start_by"] == dt.date.fromisoformat(start_by)
    assert found["day_state"] == "official"
    assert found["visit_by"] == dt.date(2026, 11, 2)
    assert found["publish_by"] == dt.date(2026, 11, 30)


def test_a_draw_before_provisional_days_is_refused_with_the_next_step():
    with pytest.raises(RefusedError) as refused:
        clocks(dt.date(2026, 12, 30), dt.date(2027, 1, 31))
    assert [one.code for one in refused.value.problems] == ["V001"]
    assert "county/calendar.csv" in refused.value.zh()


def test_a_publication_in_provisional_days_stays_open():
    found = clocks(dt.date(2026, 11, 30), dt.date(2026, 12, 31))
    assert found["publish_by"] is None
    assert found["day_state"] == "official"


def test_made_up_days_are_marked():
    assert clocks(dt.date(2026, 11, 30), dt.date(2026, 12, 31), SAMPLE)["day_state"] == "sample"


def test_a_publication_beyond_the_calendar_stays_open():
    assert published_by(SAMPLE, dt.date(2027, 12, 30), within=20) is None


def test_only_interests_with_both_ends_known_keep_people_apart():
    defaults = {"relation": "近亲属任职", "declared_by": "本人申报", "department": "县公安局"}
    interests = frame_of(
        Interests,
        [
            {**defaults, "person_id": "P-0001", "object_id": SHOP, "file": "a"},
            {**defaults, "person_id": "P-0001", "object_id": SHOP, "file": "b"},
            {**defaults, "person_id": "P-0002", "object_id": None},
            {**defaults, "person_id": None, "expert_id": None, "object_id": SHOP},
            {**defaults, "expert_id": "E1", "object_id": INN, "declared_by": "组织核查"},
        ],
    )
    found = conform(Recusals, recusals_of(interests))
    assert found.select("person_id", "expert_id", "object_id", "source").rows() == [
        ("P-0001", None, SHOP, "本人申报"),
        (None, "E1", INN, "组织核查"),
    ]
    assert avoided_by(found) == {"P-0001": frozenset({SHOP}), "E1": frozenset({INN})}

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import Day, WorkingDays, calendar_days

OFFICIAL = WorkingDays(calendar_days([2025, 2026]))


@pytest.mark.parametrize(
    ("drawn", "fifth"),
    [("2026-02-09", "2026-02-14"), ("2026-02-13", "2026-02-27"), ("2026-09-24", "2026-10-09")],
)
def test_five_working_days_count_holidays_and_make_up_days(drawn, fifth):
    assert OFFICIAL.after(dt.date.fromisoformat(drawn), 5) == dt.date.fromisoformat(fifth)


@given(st.dates(dt.date(2025, 3, 1), dt.date(2026, 10, 1)), st.integers(1, 20))
def test_before_and_after_are_inverse(day, count):
    later = OFFICIAL.after(day, count)
    assert OFFICIAL.between(day + dt.timedelta(days=1), later) == count
    assert OFFICIAL.is_workday(later)
    assert OFFICIAL.before(later, count) <= day


def test_a_year_without_a_notice_is_provisional():
    days = WorkingDays(calendar_days([2031]))
    assert days.state(dt.date(2031, 3, 3)) == "provisional"


def test_an_override_wins_over_the_notice():
    day = dt.date(2026, 3, 3)
    days = WorkingDays(calendar_days([2026], [Day(day, False, "official", "停水")]))
    assert not days.is_workday(day)


def test_sample_years_are_marked_as_such(county):
    days = county.working_days(2027)
    assert days.state(dt.date(2027, 3, 3)) == "sample"
    assert not days.is_workday(dt.date(2027, 10, 1))
    assert days.is_workday(dt.date(2027, 10, 9))


def test_a_day_outside_the_calendar_is_nobodys_guess():
    with pytest.raises(KeyError):
        OFFICIAL.is_workday(dt.date(2040, 1, 1))
    with pytest.raises(IndexError):
        OFFICIAL.after(dt.date(2026, 12, 30), 9)


def test_a_reversed_span_has_no_working_days():
    assert OFFICIAL.between(dt.date(2026, 3, 10), dt.date(2026, 3, 2)) == 0

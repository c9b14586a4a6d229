import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.calendar import STATUTORY_DAYS, Day, WorkingDays, calendar_days, read_overrides, undeclared_years
from onevisit.errors import RefusedError

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


HEADER = "date,is_workday,state,note,notice\n"
NOTICE = "国办发明电〔2030〕9号"
# 13 weekdays off and no weekend day worked: a whole notice.
FREE = [dt.date(2031, 1, 1) + dt.timedelta(days=7 * n) for n in range(13)]
WHOLE = HEADER + "".join(f"{on},no,official,节日,{NOTICE}\n" for on in FREE)


def read(text: str, *, may_have_samples: bool = False) -> list[Day]:
    return read_overrides(text, may_have_samples=may_have_samples)


def found(text: str, *, may_have_samples: bool = False) -> list[tuple[str, int, str]]:
    with pytest.raises(RefusedError) as refused:
        read(text, may_have_samples=may_have_samples)
    return [(one.code, one.row, one.value) for one in refused.value.problems]


def test_a_notice_entered_whole_makes_every_day_of_its_year_official():
    days = WorkingDays(calendar_days([2031, 2032], read(WHOLE)))
    assert {day.state for day in days.days if day.on.year == 2031} == {"official"}
    assert {day.state for day in days.days if day.on.year == 2032} == {"provisional"}
    assert days.between(dt.date(2031, 1, 1), dt.date(2031, 12, 31)) == 261 - 13


def test_a_day_without_a_notice_declares_itself_alone():
    days = WorkingDays(calendar_days([2031], read(f"{HEADER}2031-03-03,no,official,停水,\n")))
    assert [day.on for day in days.days if day.state == "official"] == [dt.date(2031, 3, 3)]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (WHOLE.splitlines()[:-1], "12"),
        ([*WHOLE.splitlines(), f"2031-03-08,yes,official,调休上班,{NOTICE}"], "12"),
        ([*WHOLE.splitlines(), f"2031-04-08,no,official,放假,{NOTICE}"], "14"),
    ],
)
def test_a_notice_with_a_day_too_few_or_too_many_is_refused(rows, count):
    text = "\n".join(rows) + "\n"
    assert found(text) == [("C014", 0, "2031")]
    with pytest.raises(RefusedError, match=f"make {count}, not the 13"):
        read(text)


def test_days_off_and_worked_that_even_out_are_a_whole_notice():
    days = ("2031-04-08,no", "2031-04-12,yes", "2031-04-13,no")
    moved = "".join(f"{day},official,调休,{NOTICE}\n" for day in days)
    assert len(read(WHOLE + moved)) == 16


def test_notices_the_library_has_keep_the_count_of_statutory_days():
    for year in (2025, 2026):
        days = calendar_days([year])
        off = sum(1 for day in days if day.on.weekday() < 5 and not day.is_workday)
        assert off - sum(1 for day in days if day.on.weekday() >= 5 and day.is_workday) == STATUTORY_DAYS


def test_every_wrong_row_is_named_at_once():
    rows = [
        "2026年1月1日,no,official,元旦,",
        "2026-02-30,no,official,,",
        "2026-03-03,maybe,provisional,,",
        "2026-03-04,no,official,停水,",
        "2026-03-04,yes,official,,",
        "2026-03-05,no,official,,",
        "2026-03-06,no,official,,,",
    ]
    assert found(HEADER + "\n".join(rows)) == [
        ("C010", 2, "2026年1月1日"),
        ("C010", 3, "2026-02-30"),
        ("C010", 4, "maybe"),
        ("C010", 4, "provisional"),
        ("C011", 6, "2026-03-04"),
        ("C012", 7, "2026-03-05"),
        ("C010", 8, "2026-03-06,no,official,,"),
    ]


def test_a_wrong_header_is_named_and_no_file_at_all_is_no_override():
    assert found("day,is_workday,state,note\n") == [("C009", 1, "day,is_workday,state,note")]
    assert read("") == []
    assert read("date,is_workday,state,note\n2026-01-01,no,official,\n")[0].notice == ""


def test_no_real_county_counts_on_made_up_days():
    text = f"{HEADER}2031-01-01,no,sample,元旦,\n"
    assert found(text) == [("C013", 2, "")]
    assert read(text, may_have_samples=True)[0].state == "sample"


def test_a_year_must_be_declared_by_mid_december():
    days = [(day.on, day.state) for day in calendar_days([2026, 2027, 2028])]
    assert undeclared_years(days, dt.date(2026, 12, 14)) == []
    assert undeclared_years(days, dt.date(2026, 12, 15)) == [2027]
    assert undeclared_years(days, dt.date(2027, 12, 15)) == [2027, 2028]

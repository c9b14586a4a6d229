"""Windows as departments write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.errors import RefusedError
from onevisit.plan.windows import parse_window

APRIL_TO_JUNE = (dt.date(2027, 4, 1), dt.date(2027, 6, 30))


@pytest.mark.parametrize(
    "text",
    [
        "2027年04月01日至2027年06月30日",
        "2027年4月1日至6月30日",
        "2027-04-01至2027-06-30",
        "2027-04-01-2027-06-30",
        "2027.4.1—2027.6.30",
        "2027.4.1-6.30",
        "2027/4/1～2027/6/30",
        "２０２７年４月１日 — ２０２７年６月３０日",
        "从2027年4月1日到2027年6月30日止",
        "20270401-20270630",
        "2027年4月至6月",
        "2027年4-6月",
        "2027年4月至2027年6月底",
    ],
)
def test_a_window_is_read_however_it_is_written(text: str):
    assert parse_window(text, 2027) == APRIL_TO_JUNE


def test_one_day_is_a_window():
    assert parse_window("2027年4月1日至2027年4月1日", 2027) == (dt.date(2027, 4, 1), dt.date(2027, 4, 1))


def test_february_ends_on_its_last_day():
    assert parse_window("2028年2月至2月", 2028)[1] == dt.date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (None, ["P020"]),
        ("  ", ["P020"]),
        ("全年", ["P021"]),
        ("2027年2月1日至2月30日", ["P021"]),
        ("2027年4月1日", ["P021"]),
        ("2027年4月至13月", ["P021"]),
        ("2027年11月30日至2027年09月01日", ["P022"]),
        ("2027年03月01日至2028年05月31日", ["P023"]),
        ("2026年12月01日至2027年01月31日", ["P023"]),
        ("2028年03月01日至2026年05月31日", ["P022", "P023"]),
    ],
)
def test_a_window_that_cannot_be_kept_is_refused(text: str | None, codes: list[str]):
    with pytest.raises(RefusedError) as refusal:
        parse_window(text, 2027)
    assert [one.code for one in refusal.value.problems] == codes


@given(st.dates(dt.date(2027, 1, 1), dt.date(2027, 12, 31)), st.dates(dt.date(2027, 1, 1), dt.date(2027, 12, 31)))
def test_any_two_days_of_the_year_in_order_come_back(one: dt.date, other: dt.date):
    first, last = sorted((one, other))
    assert parse_window(f"{first:%Y年%m月%d日}至{last:%Y年%m月%d日}", 2027) == (first, last)
    assert parse_window(f"{first.isoformat()}至{last.isoformat()}", 2027) == (first, last)

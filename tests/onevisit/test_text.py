import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.text import OPEN_ENDED, fold, parse_date, split_list, squeeze


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-02",
        "2027/1/2",
        "2027.01.02",
        "2027年1月2日",
        "20270102",
        "2027-01-02 00:00:00",
        "２０２７－０１－０２",
        " 2027-01-02 ",
    ],
)
def test_every_way_to_write_a_date_reads_the_same(text):
    assert parse_date(text) == dt.date(2027, 1, 2)


@pytest.mark.parametrize("text", ["", None, "  ", "　"])
def test_an_empty_cell_is_no_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["2027-02-30", "2027-13-01", "27-01-02", "昨天", "2027-01", "44562"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


def test_valid_without_end_is_the_registries_far_day():
    assert parse_date("长期") == OPEN_ENDED


@given(st.dates())
def test_iso_dates_come_back(day):
    assert parse_date(day.isoformat()) == day


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_squeezing_takes_every_blank_out():
    assert squeeze(" 大 英　县\u200b") == "大英县"


def test_a_list_keeps_its_order_and_drops_repeats():
    assert split_list("旅馆、企业，旅馆;;") == ["旅馆", "企业"]

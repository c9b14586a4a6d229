"""Whatever stands in a cell is a value or a told refusal: no parser raises anything else, and none takes minutes."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.codes import classify, full_id_number, hide_numbers, is_id_card, is_uscc, masked_id, masked_phone
from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.filings.kinds import KINDS
from onevisit.filings.values import Fault, examine
from onevisit.plan.ratios import asked_frequency, listed_bounds, parse_ratio
from onevisit.plan.windows import parse_window
from onevisit.registries.addresses import door
from onevisit.registries.names import name_key, shown_name, unit
from onevisit.results.returned import _moment
from onevisit.text import parse_date, split_list
from tests.fuzz.mutations import EVIL

MULTIPLIERS = {"A": 100, "B": 150, "C": 250, "D": 400, "N": 100}
PIECES = (
    *EVIL, "20", "2027", "1", "3", "9" * 5000, "٣", "５", "一", "十", "〇", "百", "年", "月", "日", "至", "-", "—",
    "~", ".", "/", "：", ":", "%", "％", "‰", "分之", "成", "户", "家", "不少于", "不超过", "全部", "全覆盖",
    "A类", "B", "C、D类", "N", "未分类", "每", "每年", "每季度", "次", "一次", "；", "，", "、", " ", "\u3000",
    "长期", "T", "00:00", "25:61", "县", "镇", "街道", "村", "社", "组", "号", "路", "大街", "附", "幢", "单元",
    "楼", "蓬莱镇", "有限公司", "分公司", "(", ")", "（", "）", "X", "*", "91510923MA", "510923", "19900101",
    "138",
)  # fmt: skip
cells = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
"""Any text, and texts that are nearly what a parser reads."""
characters = st.characters(exclude_categories=["Cs"])
storable = cells.filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text))
"""What a table can hold: no lone surrogates, which no file decodes to."""
many = settings(max_examples=300)


def value_or(refusal: type[Exception], parse: Callable[[], object]) -> object:
    """What a parser says, None where it refuses as it says it does."""
    try:
        return parse()
    except refusal:
        return None


@many
@given(cells)
def test_any_text_is_a_ratio_or_refused(text: str):
    ratio = value_or(RefusedError, lambda: parse_ratio(text, MULTIPLIERS))
    assert ratio is None or ratio.object_count or all(0 <= rate <= 10_000 for rate in ratio.rate_bp)


@many
@given(cells)
def test_any_text_of_the_item_list_has_bounds_and_a_frequency_or_none(text: str):
    bounds = value_or(RefusedError, lambda: listed_bounds(text))
    assert bounds is None or all(one is None or 0 <= one <= 10_000 for one in bounds)
    frequency = asked_frequency(text)
    assert frequency is None or frequency >= 0


@many
@given(cells)
def test_any_text_is_a_window_of_the_year_or_refused(text: str):
    window = value_or(RefusedError, lambda: parse_window(text, 2027))
    assert window is None or dt.date(2027, 1, 1) <= window[0] <= window[1] <= dt.date(2027, 12, 31)


@many
@given(cells)
def test_any_text_is_a_day_no_day_or_refused(text: str):
    day = value_or(ValueError, lambda: parse_date(text))
    assert day is None or isinstance(day, dt.date)
    assert all(part.strip() for part in split_list(text))
    assert _moment(text) is None or isinstance(_moment(text), dt.datetime)


@many
@given(cells)
def test_any_text_has_one_kind_of_code_and_no_id_number_comes_back_whole(text: str):
    kind, code = classify(text)
    assert classify(code)[1] == code or kind == "broken"
    assert kind != "uscc" or is_uscc(code)
    assert kind != "id_card" or "*" in code
    assert full_id_number(text) is None or is_id_card(full_id_number(text) or "")
    assert not is_id_card(masked_id(text))


@many
@given(cells)
def test_masking_never_fails_and_never_shows_more(text: str):
    assert len(masked_phone(text)) <= max(len(text), 8)
    assert hide_numbers(hide_numbers(text)) == hide_numbers(text)


@settings(max_examples=60)
@given(st.lists(storable, min_size=1, max_size=20))
def test_any_addresses_and_names_are_taken_apart(county: County, texts: list[str]):
    column = pl.Series("text", texts, pl.String)
    assert door(column, county).height == len(texts)
    name = pl.col("text")
    made = column.to_frame().select(key=name_key(name, county), shown=shown_name(name), unit=unit(name))
    assert made.height == len(texts)


@many
@given(st.sampled_from(sorted(KINDS)), cells, st.data())
def test_any_value_of_any_field_is_kept_or_has_a_fault(county: County, kind: str, text: str, data: st.DataObject):
    field = data.draw(st.sampled_from(KINDS[kind].fields))
    assert isinstance(examine(KINDS[kind], field, text, county), str | Fault)


@pytest.mark.parametrize("length", [30_000])
@pytest.mark.parametrize("piece", ["1", "9%", "A类", "每年", "(", "2027年", "一", "号", "蓬莱镇", "、", " ", "*", "0x"])
def test_a_cell_as_long_as_a_spreadsheet_allows_takes_no_time(county: County, piece: str, length: int):
    text = (piece * length)[:length]
    value_or(RefusedError, lambda: parse_ratio(text, MULTIPLIERS))
    value_or(RefusedError, lambda: listed_bounds(text))
    value_or(RefusedError, lambda: parse_window(text, 2027))
    value_or(ValueError, lambda: parse_date(text))
    asked_frequency(text)
    classify(text)
    hide_numbers(text)
    door(pl.Series([text]), county)
    pl.DataFrame({"text": [text]}).select(key=name_key(pl.col("text"), county), unit=unit(pl.col("text")))


NINES = "9" * 5000
"""More digits than Python makes a number of."""


@pytest.mark.parametrize(
    "text", [f"{NINES}%", f"0.{NINES}%", f"{NINES}户", f"不少于{NINES}户", f"A类{NINES}%", f"百分之{'九' * 5000}"]
)
def test_a_ratio_of_thousands_of_digits_is_refused(text: str):
    with pytest.raises(RefusedError):
        parse_ratio(text, MULTIPLIERS)


def test_what_the_item_list_asks_for_is_nothing_where_no_rate_can_be_that():
    for text in (f"{NINES}%", "200%", "0.0001%"):
        assert listed_bounds(text) == (None, None)
    assert asked_frequency(f"每年{NINES}次") is None


def test_a_house_number_of_thousands_of_numerals_is_a_house_number(county: County):
    assert door(pl.Series([f"东街{'一' * 5000}号"]), county).height == 1

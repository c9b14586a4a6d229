"""What is typed at a ceremony: a mistake is named with its place, and a secret is never shown whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.draw import typed
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import object_id

VALUE = "0123456789abcdef" * 4


def refusal(call, *arguments, **named) -> str:
    with pytest.raises(RefusedError) as refused:
        call(*arguments, **named)
    return refused.value.zh()


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.sets(st.integers(0, 63)))
def test_blanks_between_groups_are_how_a_slip_is_read(value: str, places: set[int]):
    spaced = "".join(f" {digit}" if place in places else digit for place, digit in enumerate(value))
    assert typed.hex_value(spaced, who="notary") == value


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_wrong_length_is_told_with_the_length_found(length):
    said = refusal(typed.hex_value, (VALUE * 2)[:length], who="notary")
    assert said.startswith("D047")
    assert f"应为64位，实有{length}位" in said
    assert "每四位一组" in said


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("A", "“A”"), ("O", "“O”"), ("l", "“l”"), ("а", "“а”"), ("０", "“０”"), ("\r", "回车"), ("\n", "换行"),
        ("\u200b", "看不见的字符"), ("\u3000", "全角空格"), ("\u00a0", "不间断空格"),
    ],
)  # fmt: skip
def test_a_character_that_only_looks_right_is_named_with_its_place(character, name):
    said = refusal(typed.hex_value, VALUE[:9] + character + VALUE[10:], who="notary")
    assert said.startswith("D048")
    assert f"第10个字符是{name}（U+{ord(character):04X}）" in said
    assert VALUE[:9] not in said


@given(st.text(max_size=80))
def test_whatever_is_not_64_digits_is_refused(text: str):
    if len(text.replace(" ", "")) != 64 or set(text) - set("0123456789abcdef "):
        with pytest.raises(RefusedError):
            typed.hex_value(text, who="notary")


def test_object_ids_are_refused_and_never_repaired():
    good, minted = object_id(1), object_id(7)
    assert (typed.object_id(good), typed.object_id(minted)) == (good, minted)
    assert "D018" in refusal(typed.object_id, good[:-1] + ("0" if good[-1] != "0" else "1"))
    assert "D008" in refusal(typed.object_id, good[:-1])
    # A Cyrillic letter, a full-width digit, a lower-case one, a carriage return.
    for wrong in (good.replace("A", "А"), good.replace("9", "９", 1), good.lower(), good + "\r", f" {good}"):
        assert "D048" in refusal(typed.object_id, wrong)


def test_the_public_source_is_typed_twice_alike():
    assert typed.source_value("12345,67", "12345,67") == "12345,67"
    assert "D104" in refusal(typed.source_value, "1234567", "1234576")
    assert "D103" in refusal(typed.source_value, "", "")
    assert "D048" in refusal(typed.source_value, "１２３", "１２３")
    assert "D048" in refusal(typed.source_value, "123\r", "123\r")


@pytest.mark.parametrize(
    "said", ["", "  ", "第一行\n第二行", "第一行\u2028第二行", "第一段\u2029第二段", "回车\r"[:2] + "\r行"]
)
def test_a_reason_is_one_line_that_says_something(said):
    assert "D105" in refusal(typed.reason, said)

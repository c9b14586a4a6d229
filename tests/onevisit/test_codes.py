import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.codes import (
    USCC_ALPHABET,
    classify,
    full_id_number,
    id_check_character,
    is_id_card,
    is_organisation_code,
    is_registration_number,
    is_uscc,
    masked_id,
    masked_phone,
    organisation_check_character,
    registration_check_digit,
    uscc_check_character,
)

USCC_BODY = st.text(USCC_ALPHABET, min_size=17, max_size=17)
DIGITS = "0123456789"


@given(USCC_BODY)
def test_a_credit_code_with_its_check_character_is_valid(body):
    assert is_uscc(body + uscc_check_character(body))


@given(USCC_BODY, st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_breaks_a_credit_code(body, place, other):
    code = body + uscc_check_character(body)
    wrong = code[:place] + other + code[place + 1 :]
    assert is_uscc(wrong) == (wrong == code)


@given(st.text(DIGITS, min_size=14, max_size=14), st.integers(0, 13), st.sampled_from(DIGITS))
def test_one_wrong_digit_breaks_a_registration_number(body, place, other):
    number = body + registration_check_digit(body)
    wrong = number[:place] + other + number[place + 1 :]
    assert is_registration_number(number)
    assert is_registration_number(wrong) == (wrong == number)


@pytest.mark.parametrize("code", ["000013018", "802100433", "717854274"])
def test_published_organisation_codes_are_valid(code):
    # GB 11714's own kind of example: the check character is computed from eight characters with fixed weights.
    assert is_organisation_code(code[:8] + organisation_check_character(code[:8]))


def test_a_public_body_of_the_state_has_a_valid_credit_code():
    # The General Administration of Customs and the Bank of China, as published.
    assert is_uscc("100000000000013127"[:17] + uscc_check_character("10000000000001312"))
    assert is_uscc("911000001000013428")


def test_village_collectives_are_accepted():
    body = "N2510923MF1234567"
    code = body + uscc_check_character(body)
    assert classify(code) == ("uscc", code)


@pytest.mark.parametrize("text", ["", None, "无", "暂无", "/", "-", "NULL", "0", "000000000000000000", " 　"])
def test_placeholders_are_no_code(text):
    assert classify(text) == ("none", "")


@pytest.mark.parametrize(
    "written",
    [" 911000001000013428\t", "９１１０００００１００００１３４２８", "9110 0000 1000 0134 28", "9IIOOOOOIOOOOI3428"],
)
def test_a_credit_code_is_read_however_it_was_typed(written):
    assert classify(written) == ("uscc", "911000001000013428")


def _id_number(body: str) -> str:
    return body + id_check_character(body)


def test_an_id_number_in_a_code_column_comes_back_masked():
    number = _id_number("51092319900101123")
    kind, shown = classify(number)
    assert kind == "id_card"
    assert number[6:14] not in shown


def test_an_id_number_that_happens_to_pass_as_a_credit_code_is_masked():
    bodies = (f"510923199001{day:02}{serial:03}" for day in range(1, 29) for serial in range(100, 400))
    both = next(number for number in map(_id_number, bodies) if is_uscc(number))
    assert classify(both)[0] == "id_card"


def test_a_social_organisation_of_sichuan_is_no_id_number():
    body = "51510923MJ1234567"
    assert classify(body + uscc_check_character(body))[0] == "uscc"


def test_a_fifteen_digit_id_number_becomes_the_eighteen_digit_one():
    full = full_id_number("510923660801954")
    assert full is not None
    assert full.startswith("51092319660801954")
    assert is_id_card(full)


@pytest.mark.parametrize("number", ["", "510923********1234", "510923199013011234", "abc"])
def test_what_is_no_whole_id_number_gives_none(number):
    assert full_id_number(number) is None


@given(st.text(DIGITS, min_size=18, max_size=18))
def test_a_masked_id_shows_no_birth_date(number):
    assert masked_id(number) == number[:6] + "********" + number[-4:]


def test_an_old_15_digit_number_is_masked_as_the_18_digits_it_became():
    assert masked_id("510923791214802") == masked_id("510923197912148020") == "510923********8020"


def test_a_masked_phone_keeps_its_length_and_hides_the_middle():
    assert masked_phone("13912345678") == "139****5678"


def test_an_id_card_masked_before_stays_one():
    assert classify("510923********681X") == ("id_card", "510923********681X")


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13300000001", "133****0001"),
        ("133****0001", "133****0001"),
        ("133****000113300000002", "133***************0002"),
        ("1234567", "1234567"),
    ],
)
def test_a_phone_is_shown_with_its_middle_hidden_whatever_stands_in_the_cell(phone, shown):
    assert masked_phone(phone) == shown

"""Codes of subjects and people: kinds, check digits, masks.

GB 32100-2015 (unified social credit code), GB 11714-1997 (organisation code, characters 9-17 of
the former), GS 15-2006 (15-digit registration number, ISO 7064 MOD 11,10), GB 11643-1999 (ID
card). python-stdnum is not used for credit codes: it refuses real ones whose first two letters it
does not list (N2 village collectives, A1, Y1).
"""

import re
import unicodedata
from operator import mul
from typing import Literal

CodeKind = Literal["uscc", "organisation", "registration", "id_card", "broken", "none"]

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}")
USCC_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# GB/T 2260 provinces, and 10 for codes issued by the State.
_PROVINCES = frozenset(
    "10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()  # noqa: SIM905
)
_MASKED_ID = re.compile(r"[1-9][0-9]{5}\*{8,}[0-9]{3}[0-9X]")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{13,16}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
_PLACEHOLDERS = re.compile(r"(无|暂无|未办理|不详|/|-|—|NULL|NONE|N/?A|0+|1+|X+|\*+)?")


def uscc_check_character(first17: str) -> str:
    """Return the 18th character of a credit code (GB 32100, weights 3^i mod 31)."""
    values = map(_USCC_VALUES.__getitem__, first17)
    return USCC_ALPHABET[-sum(map(mul, values, USCC_WEIGHTS)) % 31]


def is_uscc(code: str) -> bool:
    """Tell whether a code is a canonical credit code with a valid check character."""
    return bool(_USCC.fullmatch(code)) and uscc_check_character(code[:17]) == code[17]


def organisation_check_character(first8: str) -> str:
    """Return the ninth character of an organisation code (GB 11714)."""
    values = (int(c, 36) for c in first8)
    rest = 11 - sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def is_organisation_code(code: str) -> bool:
    """Tell whether a code is a nine-character organisation code with a valid check character."""
    return bool(re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code)) and organisation_check_character(code[:8]) == code[8]


def registration_check_digit(first14: str) -> str:
    """Return the 15th digit of a registration number (GS 15, ISO 7064 MOD 11,10)."""
    product = 10
    for digit in first14:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def is_registration_number(code: str) -> bool:
    """Tell whether a code is a 15-digit registration number with a valid check digit."""
    return bool(re.fullmatch(r"[0-9]{15}", code)) and registration_check_digit(code[:14]) == code[14]


def id_check_character(first17: str) -> str:
    """Return the 18th character of an ID card number (GB 11643)."""
    return "10X98765432"[sum(int(c) * w for c, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def is_id_card(code: str) -> bool:
    """Tell whether a text is an 18-digit ID number with a plausible birth date and a valid check character."""
    pattern = r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
    return bool(re.fullmatch(pattern, code)) and id_check_character(code[:17]) == code[17]


def full_id_number(number: str) -> str | None:
    """Return the 18-character form of an ID number (15-digit ones are of the 20th century), or None."""
    text = clean_code(number)
    if re.fullmatch(r"[1-9][0-9]{14}", text):
        first17 = text[:6] + "19" + text[6:]
        text = first17 + id_check_character(first17)
    return text if is_id_card(text) else None


def masked_id(number: str) -> str:
    """Return an ID number with its middle hidden: six digits of area, four at the end of the 18-digit form."""
    text = full_id_number(number) or clean_code(number)
    return text if "*" in text else text[:6] + "*" * max(len(text) - 10, 8) + text[-4:]


def masked_phone(phone: str) -> str:
    """Return a phone number with its middle hidden."""
    is_hidden = "*" in phone and sum(c.isdigit() for c in phone) <= 7
    return phone if is_hidden or len(phone) < 8 else phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def hide_numbers(text: str) -> str:
    """Return a free text with the ID and mobile numbers in it masked."""
    text = _LONG_NUMBER.sub(lambda found: _hidden(found[0]), text)
    return _MOBILE.sub(lambda found: masked_phone(found[0]), text)


def _hidden(number: str) -> str:
    kind, code = classify(number)
    return code if kind == "id_card" else number


def clean_code(text: str | None) -> str:
    """Return a code without blanks and separators, half width, upper case."""
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return re.sub(r"[\s\u200b\ufeff'`．·]", "", folded)


def classify(text: str | None) -> tuple[CodeKind, str]:
    """Return the kind of a code and its canonical form.

    O and I may be repaired to 0 and 1 in a credit code (neither is in its alphabet) when the check
    character then holds. An ID card number comes back masked: it must never be stored or merged on.
    One masked before stays what it is. A broken code comes back cleaned, a placeholder as the empty text.
    """
    code = clean_code(text)
    if _PLACEHOLDERS.fullmatch(code):
        return "none", ""
    if _MASKED_ID.fullmatch(code):
        return "id_card", code
    if len(code) == 18:
        repaired = code.replace("O", "0").replace("I", "1")
        # One ID number in 31 passes as a credit code; its third and fourth digits are no province then.
        if is_id_card(code) and not (is_uscc(code) and code[2:4] in _PROVINCES):
            return "id_card", masked_id(code)
        if is_uscc(repaired):
            return "uscc", repaired
    bare = code.replace("-", "")
    if is_organisation_code(bare):
        return "organisation", bare
    if is_registration_number(code):
        return "registration", code
    if re.fullmatch(r"[1-9][0-9]{14}", code) and full_id_number(code):
        return "id_card", masked_id(code)
    return "broken", code

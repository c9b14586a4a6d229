"""Numbers with right check digits that belong to nobody.

Credit codes use the organisation block MY..., which is not given out, those of digits alone the
block 99, the very end of the old numbers; ID numbers the sequence numbers 996-999, which were kept for
people over a hundred; mobile numbers the prefix 154, which no operator has; land lines begin with a 1
behind the area code, which none does.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from random import Random

from onevisit.codes import (
    USCC_ALPHABET,
    id_check_character,
    organisation_check_character,
    registration_check_digit,
    uscc_check_character,
)


class Numbers:
    """Gives out every number once."""

    def __init__(self, area: str, rng: Random, given: Iterable[str] = ()) -> None:
        self._area = area
        self._rng = rng
        self._given = set(given)

    def credit_code(self, prefix: str) -> str:
        """Return a credit code of a registering authority and kind: 91 company, 92 self-employed, N2 village."""
        return self._new(lambda: self._credit_code(prefix))

    def digits_code(self, prefix: str) -> str:
        """Return a credit code of digits alone, which a spreadsheet takes for a number and rounds."""
        return self._new(lambda: self._digits_code(prefix))

    def registration_number(self) -> str:
        """Return a 15-digit registration number of the time before credit codes."""
        return self._new(self._registration_number)

    def id_number(self, *, born: dt.date, is_male: bool) -> str:
        """Return an 18-digit ID number; at most two people of one sex share a birthday."""
        last = (997, 999) if is_male else (996, 998)
        day = born
        while True:
            for sequence in last:
                first17 = f"{self._area}{day:%Y%m%d}{sequence}"
                if first17 not in self._given:
                    self._given.add(first17)
                    return first17 + id_check_character(first17)
            day += dt.timedelta(days=1)

    def mobile(self) -> str:
        """Return a mobile number."""
        return self._new(lambda: f"154{self._rng.randrange(10**8):08d}")

    def land_line(self) -> str:
        """Return a land line; offices share theirs, so it may come twice."""
        return f"0825-1{self._rng.randrange(10**6):06d}"

    def certificate(self) -> str:
        """Return the number of an enforcement certificate."""
        return self._new(lambda: f"2799{self._area}{self._rng.randrange(10**6):06d}")

    def _new(self, make: Callable[[], str]) -> str:
        while (number := make()) in self._given:
            pass
        self._given.add(number)
        return number

    def _credit_code(self, prefix: str) -> str:
        return self._whole_code(prefix, "MY" + "".join(self._rng.choices(USCC_ALPHABET, k=6)))

    def _digits_code(self, prefix: str) -> str:
        while not (code := self._whole_code(prefix, f"99{self._rng.randrange(10**6):06d}")).isdigit():
            pass
        return code

    def _whole_code(self, prefix: str, first8: str) -> str:
        first17 = prefix + self._area + first8 + organisation_check_character(first8)
        return first17 + uscc_check_character(first17)

    def _registration_number(self) -> str:
        first14 = f"{self._area}6{self._rng.randrange(10**7):07d}"
        return first14 + registration_check_digit(first14)

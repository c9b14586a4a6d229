"""How a text sounds, whatever characters it is written with: 大英 and 达英 are one, 众新恒 and 众欣恒 too.

The commonest slip of a clerk who types by sound. A sound is written as one private character, so that
everything that compares characters compares sounds as well.
"""

import unicodedata
from functools import cache

import polars as pl
from pypinyin.constants import PINYIN_DICT

_FIRST_SOUND = 0xE000
"""First of Unicode's private characters: one stands for each syllable."""


@cache
def _syllables() -> dict[str, str]:
    """Return the first reading of every character without its tone: 大 -> da."""
    return {chr(point): _toneless(readings.split(",")[0]) for point, readings in PINYIN_DICT.items()}


def _toneless(reading: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c))
    # Many people of the south-west hear no difference between them.
    return bare.replace("zh", "z").replace("ch", "c").replace("sh", "s").removesuffix("g")


@cache
def _sounds() -> dict[str, str]:
    numbers = {syllable: number for number, syllable in enumerate(sorted(set(_syllables().values())))}
    return {character: chr(_FIRST_SOUND + numbers[syllable]) for character, syllable in _syllables().items()}


def sound(text: pl.Series) -> pl.Series:
    """Return each text with every Chinese character replaced by its sound."""
    known = _sounds()
    spoken = [character for character in sorted(set(text.str.join("").item())) if character in known]
    if not spoken:
        return text
    return text.str.replace_many(spoken, [known[character] for character in spoken])

"""Text as departments write it, brought to one form: widths, blanks, dates, lists.

Names of businesses, towns and addresses are the business of `registries/`; here is only what every
stage needs.
"""

import datetime as dt
import re
import unicodedata

_BLANKS = re.compile(r"[\s\u200b\u3000\ufeff]+")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SEPARATORS = re.compile(r"[、，,;；/|\n]+")

OPEN_ENDED = dt.date(9999, 9, 9)
"""How registries write 长期有效, valid without end."""


def fold(text: str | None) -> str:
    """Return a text with full-width forms folded (NFKC), control characters gone and ends stripped."""
    folded = unicodedata.normalize("NFKC", text or "")
    if folded.isprintable():
        return folded.strip()
    return "".join(c for c in folded if c >= " " or c in "\t\n").replace("\u200b", "").replace("\ufeff", "").strip()


def squeeze(text: str | None) -> str:
    """Return a folded text without any blank in it."""
    return _BLANKS.sub("", fold(text))


def parse_date(text: str | None) -> dt.date | None:
    """Return the date a cell holds, None for an empty cell.

    Reads 2027-01-02, 2027/1/2, 2027.1.2, 2027年1月2日, 20270102, a date with a time behind it, and
    长期 as 9999-09-09. Raises ValueError for anything else, also for 30 February.
    """
    folded = fold(text)
    if not folded:
        return None
    if folded in {"长期", "长期有效", "永久"}:
        return OPEN_ENDED
    match = _DATE.fullmatch(folded) or _COMPACT_DATE.fullmatch(folded)
    if not match:
        raise ValueError(f"not a date: {folded!r}")
    year, month, day = (int(part) for part in match.groups())
    return dt.date(year, month, day)


def split_list(text: str | None) -> list[str]:
    """Return the parts of a cell that holds several values, in their order, without repeats."""
    return list(dict.fromkeys(part for part in (fold(p) for p in _SEPARATORS.split(fold(text))) if part))


def chinese_day(day: dt.date) -> str:
    """Return a day as officials write it: 2027年1月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def breadth(text: str) -> float:
    """Return how many characters' room a text takes in print; Latin letters and digits take half."""
    return sum(1.0 if ord(one) > 255 else 0.5 for one in text)


def chinese_moment(moment: str) -> str:
    """Return an ISO moment as officials write it, to the minute: 2027年1月2日09:05."""
    return f"{chinese_day(dt.date.fromisoformat(moment[:10]))}{moment[11:16]}"

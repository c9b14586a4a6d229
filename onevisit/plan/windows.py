"""When a row may be carried out: its first and last day, within the plan year."""

import calendar
import datetime as dt
import re

from onevisit.errors import RefusedError, problem
from onevisit.text import squeeze

_TO = r"(?:至|到|-+|—+|–|~)"
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_DAYS = re.compile(rf"从?{_DAY}{_TO}{_DAY}止?")
_DAYS_ONE_YEAR = re.compile(rf"从?{_DAY}{_TO}(\d{{1,2}})[-/.月](\d{{1,2}})日?止?")
_COMPACT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}}){_TO}(\d{{4}})(\d{{2}})(\d{{2}})")
_MONTHS = re.compile(rf"从?(\d{{4}})年(\d{{1,2}})月?{_TO}(?:(\d{{4}})年)?(\d{{1,2}})月(?:底|末)?止?")


def parse_window(text: str | None, year: int) -> tuple[dt.date, dt.date]:
    """Return the first and last day a cell names; months alone mean whole months.

    Raises RefusedError without a place: P020 empty, P021 unreadable, P022 reversed, P023 outside
    the plan year (both of the last two when both hold).
    """
    folded = squeeze(text)
    if not folded:
        raise RefusedError([problem("P020", year=year)])
    try:
        first, last = _days(folded)
    except ValueError:
        raise RefusedError([problem("P021", value=folded, year=year)]) from None
    problems = [
        *([problem("P022", value=folded)] if last < first else []),
        *([problem("P023", value=folded, year=year)] if {first.year, last.year} != {year} else []),
    ]
    if problems:
        raise RefusedError(problems)
    return first, last


def _days(text: str) -> tuple[dt.date, dt.date]:
    if match := _DAYS.fullmatch(text) or _COMPACT.fullmatch(text):
        numbers = [int(part) for part in match.groups()]
        return dt.date(*numbers[:3]), dt.date(*numbers[3:])
    if match := _DAYS_ONE_YEAR.fullmatch(text):
        year, month, day, last_month, last_day = (int(part) for part in match.groups())
        return dt.date(year, month, day), dt.date(year, last_month, last_day)
    if match := _MONTHS.fullmatch(text):
        year, month, last_month = int(match[1]), int(match[2]), int(match[4])
        last_year = int(match[3] or year)
        if not 1 <= last_month <= 12:
            raise ValueError(text)
        return dt.date(year, month, 1), dt.date(last_year, last_month, calendar.monthrange(last_year, last_month)[1])
    raise ValueError(text)

"""Working days: the legal clock of the policy (section IV.1: five working days).

The table has one row per day. Official days come from chinesecalendar, which follows the State
Council's yearly notice; a county may override days, or enter a whole notice that the library does not
have yet (`county/calendar.csv`). A year without a notice is provisional: planning may use it, a draw
or a printed deadline may not.
"""

import csv
import datetime as dt
import io
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]

from onevisit.errors import Problem, RefusedError, problem

DayState = Literal["official", "sample", "provisional"]

COLUMNS = ("date", "is_workday", "state", "note")
"""Columns of calendar.csv; `notice` may follow."""

STATUTORY_DAYS = 13
"""Days off a year since 2025 (全国年节及纪念日放假办法): one that falls on a weekend is given on a weekday."""

NOTICE_DUE = (12, 15)
"""Month and day by which the State Council has always declared the days of the year to come."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day; `sample` marks days made up for a demonstration."""

    on: dt.date
    is_workday: bool
    state: DayState
    note: str
    notice: str = ""
    """Number of the State Council's notice, where the county entered it: 国办发明电〔2026〕7号."""


class WorkingDays:
    """A calendar over whole years that counts working days."""

    def __init__(self, days: Iterable[Day]) -> None:
        self.days = tuple(sorted(days, key=lambda day: day.on))
        self._work = [day.on for day in self.days if day.is_workday]
        self._state: dict[dt.date, DayState] = {day.on: day.state for day in self.days}

    def state(self, on: dt.date) -> DayState:
        """Return how sure a day is; days outside the calendar are provisional."""
        return self._state.get(on, "provisional")

    def is_workday(self, on: dt.date) -> bool:
        """Tell whether people work on a day. Raises KeyError outside the calendar."""
        if on not in self._state:
            raise KeyError(on)
        return self.between(on, on) == 1

    def after(self, on: dt.date, count: int) -> dt.date:
        """Return the count-th working day after a day (the day itself does not count).

        Raises IndexError when the calendar ends before.
        """
        return self._work[bisect_right(self._work, on) + count - 1]

    def before(self, on: dt.date, count: int) -> dt.date:
        """Return the count-th working day before a day (the day itself does not count)."""
        index = bisect_left(self._work, on) - count
        if index < 0:
            raise IndexError(on)
        return self._work[index]

    def between(self, first: dt.date, last: dt.date) -> int:
        """Return how many working days lie in [first, last]; 0 when last is before first."""
        return max(0, bisect_right(self._work, last) - bisect_left(self._work, first))


def calendar_days(years: Iterable[int], overrides: Iterable[Day] = (), sample_years: Iterable[int] = ()) -> list[Day]:
    """Return every day of the years: overrides first, then the official notice, else a guess.

    People work from Monday to Friday where nothing else is said. Such a day is official in a year whose
    notice is among the overrides, `sample` in a year that a demonstration makes up, else `provisional`.
    """
    replaced = {day.on: day for day in overrides}
    states: dict[int, DayState] = dict.fromkeys(sample_years, "sample")
    states |= {day.on.year: "official" for day in replaced.values() if day.notice}
    return [replaced.get(on) or _known_day(on, states) for year in sorted(set(years)) for on in _days_of(year)]


def read_overrides(text: str, *, may_have_samples: bool, file: str = "calendar.csv") -> list[Day]:
    """Return the days of calendar.csv: a day a row, with a notice's number in every row that is of a notice.

    No text is no overrides. Raises RefusedError with every problem and its row: C009 wrong columns, C010
    unreadable, C011 a day twice, C012 against the notice without a word why, C013 made-up days in a real
    county, C014 a notice that is not whole.
    """
    table = csv.DictReader(io.StringIO(text))
    header = tuple(table.fieldnames or ())
    if header not in ((), COLUMNS, (*COLUMNS, "notice")):
        raise RefusedError([problem("C009", file=file, row=1, value=",".join(header), known=",".join(COLUMNS))])
    rows = [(number, _read_day(row, file, number)) for number, row in enumerate(table, start=2)]
    problems = [one for _, read in rows if not isinstance(read, Day) for one in read]
    days = [(number, read) for number, read in rows if isinstance(read, Day)]
    problems += [*_repeats(days, file), *_unexplained(days, file), *_partial_notices(days, file)]
    if not may_have_samples:
        problems += [problem("C013", file=file, row=number) for number, day in days if day.state == "sample"]
    if problems:
        raise RefusedError(sorted(problems, key=lambda one: (one.row, one.code)))
    return [day for _, day in days]


def undeclared_years(days: Iterable[tuple[dt.date, str]], today: dt.date) -> list[int]:
    """Return the years with provisional days that should be declared by today, from days and their states."""
    guessed = {on.year for on, state in days if state == "provisional"}
    return sorted(year for year in guessed if today >= dt.date(year - 1, *NOTICE_DUE))


def _days_of(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


def _known_day(on: dt.date, states: Mapping[int, DayState]) -> Day:
    if (known := _declared(on)) is not None:
        return Day(on, known[0], "official", known[1])
    return Day(on, on.weekday() < 5, states.get(on.year, "provisional"), "")


@cache
def _declared(on: dt.date) -> tuple[bool, str] | None:
    """Return whether people work and the holiday's name, None in a year whose notice the library does not have."""
    try:
        is_holiday, name = cast(tuple[bool, str | None], chinese_calendar.get_holiday_detail(on))  # pyright: ignore[reportUnknownMemberType]
    except NotImplementedError:
        return None
    return not is_holiday, name or ""


def _read_day(row: Mapping[Any, Any], file: str, number: int) -> Day | list[Problem]:
    """Return the day of a row, or what is wrong with it; csv keeps cells beyond the header under None."""
    cells: dict[str, str] = {name: (cell or "").strip() for name, cell in row.items() if name is not None}
    readers = {"date": _is_date, "is_workday": ("yes", "no").__contains__, "state": ("official", "sample").__contains__}
    problems = [
        problem("C010", file=file, row=number, column=column, value=cells[column])
        for column, is_readable in readers.items()
        if not is_readable(cells[column])
    ]
    if problems or None in row:
        return problems or [problem("C010", file=file, row=number, value=",".join(cells.values()))]
    # A county cannot declare a day provisional: that is what a day is until somebody declares it.
    state: DayState = "sample" if cells["state"] == "sample" else "official"
    on = dt.date.fromisoformat(cells["date"])
    return Day(on, cells["is_workday"] == "yes", state, cells["note"], cells.get("notice", ""))


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _repeats(days: Sequence[tuple[int, Day]], file: str) -> list[Problem]:
    first: dict[dt.date, int] = {}
    for number, day in days:
        first.setdefault(day.on, number)
    return [
        problem("C011", file=file, row=number, value=f"{day.on}", first=first[day.on])
        for number, day in days
        if first[day.on] != number
    ]


def _unexplained(days: Sequence[tuple[int, Day]], file: str) -> list[Problem]:
    """Find days that say otherwise than the notice the library has, with neither a note nor a notice."""
    return [
        problem("C012", file=file, row=number, value=f"{day.on}")
        for number, day in days
        if not day.note and not day.notice and (known := _declared(day.on)) is not None and known[0] != day.is_workday
    ]


def _partial_notices(days: Sequence[tuple[int, Day]], file: str) -> list[Problem]:
    """Find notices of years the library does not know with a day too few or too many.

    Weekdays off less weekend days worked are the statutory days, whatever the notice moves about.
    """
    noticed = [day for _, day in days if day.notice and _declared(day.on) is None]
    given = Counter({day.on.year: 0 for day in noticed})
    for day in noticed:
        is_weekday = day.on.weekday() < 5
        given[day.on.year] += (is_weekday and not day.is_workday) - (day.is_workday and not is_weekday)
    return [
        problem("C014", file=file, value=f"{year}", count=count, statutory=STATUTORY_DAYS)
        for year, count in sorted(given.items())
        if count != STATUTORY_DAYS
    ]

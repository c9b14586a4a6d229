"""Working days: the legal clock of the policy (section IV.1: five working days).

The table has one row per day. Official days come from chinesecalendar, which follows the State
Council's yearly notice; a county may override days (`county/calendar.csv`). A year without a
notice is provisional: planning may use it, a draw or a printed deadline may not.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]

DayState = Literal["official", "sample", "provisional"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day; `sample` marks days made up for a demonstration."""

    on: dt.date
    is_workday: bool
    state: DayState
    note: str


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

    A guessed day is a working day from Monday to Friday; it is `provisional`, or `sample` in a year
    that a demonstration makes up.
    """
    replaced = {day.on: day for day in overrides}
    samples = frozenset(sample_years)
    return [replaced.get(on) or _known_day(on, samples) for year in sorted(set(years)) for on in _days_of(year)]


def _days_of(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


def _known_day(on: dt.date, samples: frozenset[int]) -> Day:
    try:
        is_holiday, name = cast(tuple[bool, str | None], chinese_calendar.get_holiday_detail(on))  # pyright: ignore[reportUnknownMemberType]
    except NotImplementedError:
        return Day(on, on.weekday() < 5, "sample" if on.year in samples else "provisional", "")
    return Day(on, not is_holiday, "official", name or "")

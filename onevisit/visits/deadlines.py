"""Deadlines: the legal clocks of each visit, in working days (policy IV.1).

A provisional day is a guess: no deadline is printed from one.
"""

import datetime as dt

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.errors import RefusedError, problem


def deadlines_of(
    visits: pl.DataFrame,
    rounds: pl.DataFrame,
    days: WorkingDays,
    *,
    start_within: int,
    publish_within: int,
    close_before_end: int = 0,
) -> pl.DataFrame:
    """Return each visit's deadlines.

    What is found must be public by the window's end, so visits close `close_before_end` working days before it.

    Raises RefusedError V001 where the five days after a draw are provisional. A date of publication
    in a year without a notice stays open until there is one: the visit can go ahead meanwhile.
    """
    drawn = visits.join(rounds.select("serial", drawn_on="draws_on"), on="serial")
    starts = {on: days.after(on, start_within) for on in _days(drawn, "drawn_on")}
    problems = [
        problem("V001", value=on.isoformat(), year=by.year)
        for on, by in sorted(starts.items())
        if "provisional" in _states(days, on, by)
    ]
    if problems:
        raise RefusedError(problems)
    publishes = {on: published_by(days, on, within=publish_within) for on in _days(drawn, "ends_on")}
    states = {
        (on, last): _basis(days, on, starts[on], publishes[last] or starts[on])
        for on, last in drawn.select("drawn_on", "ends_on").unique().iter_rows()
    }
    known = pl.DataFrame(
        [(on, last, starts[on], publishes[last], state) for (on, last), state in states.items()],
        schema={
            "drawn_on": pl.Date,
            "ends_on": pl.Date,
            "task_start_by": pl.Date,
            "publish_by": pl.Date,
            "day_state": pl.String,
        },
        orient="row",
    )
    timed = drawn.join(known, on=["drawn_on", "ends_on"]).with_columns(visit_by="ends_on", close_by="ends_on")
    if close_before_end:
        closes = [
            (start, end, closes_on(days, start, end, close_before_end))
            for start, end in drawn.select("starts_on", "ends_on").unique().iter_rows()
        ]
        schema: dict[str, type[pl.DataType]] = dict.fromkeys(("starts_on", "ends_on", "close_by"), pl.Date)
        closing = pl.DataFrame(closes, schema=schema, orient="row")
        timed = timed.drop("close_by").join(closing, on=["starts_on", "ends_on"])
    return timed.sort("visit_id")


def closes_on(days: WorkingDays, starts_on: dt.date, ends_on: dt.date, before_end: int) -> dt.date:
    """Return the last day for a visit: so many working days before a window ends, but never before it begins."""
    return max(starts_on, days.before(ends_on, before_end)) if before_end else ends_on


def published_by(days: WorkingDays, on: dt.date, *, within: int) -> dt.date | None:
    """Return the day by which a result must be public, None while the days up to it are provisional."""
    try:
        by = days.after(on, within)
    except IndexError:
        return None
    return None if "provisional" in _states(days, on, by) else by


def _days(frame: pl.DataFrame, column: str) -> list[dt.date]:
    return frame.get_column(column).unique().sort().to_list()


def _states(days: WorkingDays, first: dt.date, last: dt.date) -> set[str]:
    return {days.state(first + dt.timedelta(days=n)) for n in range(1, (last - first).days + 1)}


def _basis(days: WorkingDays, drawn_on: dt.date, start_by: dt.date, publish_by: dt.date) -> str:
    states = _states(days, drawn_on, start_by) | {days.state(publish_by)}
    return "sample" if "sample" in states else "official"

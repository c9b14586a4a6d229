"""The calendar as a table: every day a window, a deadline or a draw of the year may need."""

from dataclasses import asdict

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.plan.tables import Calendar
from onevisit.tables import frame_of


def calendar_table(days: WorkingDays) -> pl.DataFrame:
    """Return the table `plan.calendar`."""
    return frame_of(Calendar, [asdict(day) for day in days.days])

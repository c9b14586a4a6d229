"""How the plan's visits lie over the year: per department and month, so that crowding shows before it happens."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from onevisit.calendar import WorkingDays
from onevisit.plan.capacity import Crew, Need
from onevisit.plan.cells import WHOLE
from onevisit.plan.tables import Load
from onevisit.tables import frame_of


def load_table(
    needs: Sequence[Need],
    crews: Mapping[tuple[str, str | None], Crew],
    departments: Sequence[str],
    *,
    year: int,
    days: WorkingDays,
    crowded_share: float,
) -> pl.DataFrame:
    """Return the table `plan.load`: twelve months of every department.

    What a task asks for is spread evenly over the working days of its window; a window without any counts
    in the month of its first day.
    """
    parts: dict[tuple[str, int], int] = defaultdict(int)
    tasks: dict[tuple[str, int], set[str]] = defaultdict(set)
    for need in needs:
        for month, share in _spread(need, days).items() if need.item_code is None else ():
            parts[need.department, month] += share
            tasks[need.department, month].add(need.task_id)
    rows: list[dict[str, object]] = []
    for department in departments:
        crew = crews.get((department, None))
        for month in range(1, 13):
            first, last = _month(year, month)
            available = crew.supply(first, last) if crew else 0
            needed = parts[department, month]
            rows.append(
                {
                    "department": department,
                    "month": month,
                    "task_count": len(tasks[department, month]),
                    "needed": round(needed / WHOLE, 1),
                    "available": available,
                    "share": round(needed / (available * WHOLE), 4) if available else None,
                    "is_crowded": needed > round(crowded_share * 10_000) * available * (WHOLE // 10_000),
                }
            )
    return frame_of(Load, rows)


def _spread(need: Need, days: WorkingDays) -> dict[int, int]:
    """Return a need's parts per month; the last month takes what does not divide."""
    workdays = {
        month: days.between(max(first, need.starts_on), min(last, need.ends_on))
        for month in range(need.starts_on.month, need.ends_on.month + 1)
        for first, last in [_month(need.starts_on.year, month)]
    }
    total = sum(workdays.values())
    if not total:
        return {need.starts_on.month: need.parts}
    done, spread, passed = 0, dict[int, int](), 0
    for month, count in workdays.items():
        passed += count
        spread[month] = need.parts * passed // total - done
        done += spread[month]
    return {month: share for month, share in spread.items() if share}


def _month(year: int, month: int) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a month."""
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, 1), following - dt.timedelta(days=1)

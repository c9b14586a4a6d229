"""When the plan is due, and who is late (policy III.5: 抽查计划应于每年12月底前编制完成并报送)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Missing:
    """A department none of whose plan rows stands."""

    department: str
    refused_count: int
    """Plan rows it filed, all of them refused; 0 when it filed none."""


def missing_plans(departments: Sequence[str], submitted: pl.DataFrame, refused: pl.DataFrame) -> Iterator[Missing]:
    """Yield the departments without a plan row that stands, in their order."""
    standing = set(submitted["department"])
    lines = refused.select("department", "file", "sheet", "row").unique().group_by("department").len()
    counts: dict[str, int] = dict(lines.iter_rows())
    for department in departments:
        if department not in standing:
            yield Missing(department, counts.get(department, 0))


def days_text(due: dt.date, today: dt.date) -> tuple[str, str]:
    """Return how long there is until a day, or how long it has passed, in Chinese and English."""
    left = (due - today).days
    if left < 0:
        return f"应于{due}前完成，已逾期{-left}天", f"was due on {due}, {-left} days late"
    return f"应于{due}前完成，还有{left}天", f"due on {due}, {left} days left"

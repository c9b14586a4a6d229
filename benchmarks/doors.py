"""Made obligations for the benchmark of visits: objects whose checks hardly fit into one visit.

A county's own nearly always do, since the plan puts the windows of what is merged together.
"""

import datetime as dt
import random
from typing import Any

import polars as pl

from onevisit.visits.group import Check, Limits

DOORS = 400
"""Objects of a county."""
LIMITS: Limits = {"max_items": 4, "max_departments": 3}
_DEPARTMENTS = [f"d{number:02d}" for number in range(10)]

TASKS = pl.DataFrame({"task_id": ["T001"], "lead_department": ["d00"]})
SUBMITTED = pl.DataFrame(
    {
        "plan_row_id": [*_DEPARTMENTS, *(f"alone-{one}" for one in _DEPARTMENTS)],
        "department": _DEPARTMENTS * 2,
        "is_exclusive": [False] * len(_DEPARTMENTS) + [True] * len(_DEPARTMENTS),
    }
)
"""A plan row of each department, and one that keeps its door to itself."""


def made_doors(number: int) -> pl.DataFrame:
    """Return the obligations of a county.

    An object owes two to eight checks to ten departments, in windows of 20 to 70 days that begin within 120; one
    check in ten keeps its door to itself.
    """
    chance = random.Random(f"doors/{number}")  # noqa: S311 - made lists, not a draw
    rows = [
        _check(chance, f"{100000 + number}-2027-01-1", f"DY-{door:010d}", place)
        for door in range(DOORS)
        for place in range(chance.randint(2, 8))
    ]
    return pl.DataFrame(rows)


def checks_of(obligations: pl.DataFrame, submitted: pl.DataFrame) -> list[list[Check]]:
    """Return the checks at the door of each object of a round."""
    alone = frozenset(submitted.filter("is_exclusive")["plan_row_id"])
    columns = ("starts_on", "ends_on", "department", "plan_row_id")
    objects = obligations.filter("is_on_site").partition_by("serial", "object_id", maintain_order=True)
    return [
        [
            Check(first, last, department, row if row in alone else "")
            for first, last, department, row in one.select(columns).iter_rows()
        ]
        for one in objects
    ]


def _check(chance: random.Random, serial: str, door: str, place: int) -> dict[str, Any]:
    first = dt.date(2027, 3, 1) + dt.timedelta(chance.randrange(120))
    department = chance.choice(_DEPARTMENTS)
    return {
        "serial": serial,
        "object_id": door,
        "task_id": "T001",
        "plan_row_id": department if chance.random() < 0.9 else f"alone-{department}",
        "department": department,
        "item_code": f"{department}-{place}",
        "starts_on": first,
        "ends_on": first + dt.timedelta(chance.randint(20, 70)),
        "is_on_site": True,
    }

"""A made-up plan of three tasks, small enough to check by hand, and its scripted rounds."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from onevisit.calendar import WorkingDays, calendar_days
from onevisit.codes import uscc_check_character
from onevisit.county import CLASSES, DrawRules
from onevisit.decisions import extended, log_text
from onevisit.draw.demonstration import Script, hold
from onevisit.draw.freeze import SignedPlan, signed_plan
from onevisit.draw.rounds import Round
from onevisit.plan.signoff import demonstration_entries, plan_fingerprint
from onevisit.plan.tables import Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Objects
from onevisit.tables import frame_of

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "draw"
YEAR = 2027
RULES = DrawRules(substitutes=4)
SCRIPT = Script("seed of a test", "510923", YEAR, dt.date(2027, 12, 10), RULES)
STAFF = {
    "demands.tsv": b"T001\tP-1\tGA-001\tga\t2\t0\t-\n",
    "experts.tsv": b"",
    "fields.tsv": b"",
    "people.tsv": f"ga\t{'a' * 64}\tGA-001\t1\t2030-01-01\n".encode(),
    "recusals.tsv": f"{'a' * 64}\tDY-0000000007\n".encode(),
}
"""A round's staff; the draw of objects does not look into it."""
DAYS = WorkingDays(calendar_days(range(2026, 2029), (), [2027, 2028]))


def vector(name: str) -> dict[str, bytes]:
    """A folder of the protocol's vectors, names -> bytes."""
    return {path.name: path.read_bytes() for path in (VECTORS / name).iterdir()}


def object_id(number: int) -> str:
    """A credit code; every seventh object has a minted id."""
    if number % 7 == 0:
        return f"DY-{number:010d}"
    first17 = f"91510923MA{number:07d}"
    return first17 + uscc_check_character(first17)


@dataclass(frozen=True)
class Row:
    """A plan row: a task of its own unless it names another."""

    task: str
    item: str
    starts_on: dt.date
    ids: Sequence[str]
    rates: Sequence[int] = ()
    count: int | None = None
    class_counts: Sequence[int] = ()
    least: int = 0


def objects(count: int) -> pl.DataFrame:
    """Living objects whose classes go round A B C D N."""
    return frame_of(
        Objects,
        [
            {
                "object_id": object_id(number),
                "name": f"商户{number}",
                "object_kind": "企业",
                "state": "存续",
                "is_living": True,
                "tags": [],
                "departments": [],
                "credit_class": CLASSES[number % 5],
                "is_abnormal": False,
                "complaint_count": 0,
                "record_count": 1,
            }
            for number in range(1, count + 1)
        ],
    )


def is_by_class(row: Row) -> bool:
    """Tell whether a row applies the classes."""
    return bool(row.class_counts) or len(set(row.rates)) > 1


def frames(rows: Sequence[Row]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Submitted, Scope, Tasks and TaskItems of plan rows; columns the draw does not read stay empty."""
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        by_task.setdefault(row.task, []).append(row)
    submitted = [
        {
            "plan_row_id": row.item,
            "tier": "general",
            "is_by_class": is_by_class(row),
            "ratio_kind": "count" if row.count else "rate",
            "rate_bp": list(row.rates),
            "object_count": row.count,
            "class_counts": list(row.class_counts),
            "least": row.least,
        }
        for row in rows
    ]
    tasks = [
        {
            "task_id": task,
            "plan_rows": sorted(row.item for row in own),
            "is_by_class": any(is_by_class(row) for row in own),
            "starts_on": max(row.starts_on for row in own),
        }
        for task, own in by_task.items()
    ]
    scope = [{"plan_row_id": row.item, "object_id": one} for row in rows for one in row.ids]
    items = [{"task_id": row.task, "plan_row_id": row.item, "role": "initiator"} for row in rows]
    return frame_of(Submitted, submitted), frame_of(Scope, scope), frame_of(Tasks, tasks), frame_of(TaskItems, items)


def signed(rows: Sequence[Row]) -> SignedPlan:
    """The plan with a made-up sign-off that fits it."""
    made = frames(rows)
    log = extended([], demonstration_entries([], plan_fingerprint(*made), YEAR))
    return signed_plan(*made, log_text=log_text(log))


IDS = [object_id(number) for number in range(1, 61)]
MARCH = dt.date(2027, 3, 1)
FLAT = [1000] * 5
BY_CLASS = [500, 1000, 2000, 4000, 1000]
ROWS = [
    Row("T001", "P-1", MARCH, IDS[:40], rates=FLAT),
    Row("T001", "P-2", MARCH, IDS[20:], count=7),
    Row("T002", "P-3", MARCH, IDS, rates=BY_CLASS, least=9),
    Row("T003", "P-4", dt.date(2027, 3, 3), IDS[5:50], rates=FLAT),
]
OPEN = Round(1, "open", dt.date(2027, 2, 26), {"T001": MARCH, "T003": dt.date(2027, 3, 3)})
WITNESSED = Round(2, "witnessed", dt.date(2027, 2, 26), {"T002": MARCH})


def held(one: Round, *, is_void: bool = False, earlier: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The evidence of a scripted round of the sample plan."""
    return hold(
        SCRIPT, signed(ROWS), one, objects=objects(60), history=b"", staff=STAFF, is_void=is_void, earlier=earlier
    )


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder

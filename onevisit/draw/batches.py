"""In which order the drawn are checked: batches by lot (检查批次; protocol, section 5)."""

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.draw.form import sha256
from onevisit.draw.frozen import Frozen

BATCHES = {"task": pl.String, "id": pl.String, "batch": pl.Int64}


def in_batches(frozen: Frozen, seed: str, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return the batch of each drawn business of each task: task, id, batch (from 1), sorted.

    A substitute takes the batch of the one it replaces.
    """
    marks: dict[str, str] = dict(frozen.objects.select("id", "mark").iter_rows())
    count = frozen.settings.batches
    rows: list[tuple[str, str, int]] = []
    for task, ids in drawn.group_by("task").agg(pl.col("id").unique()).iter_rows():
        lot = key(seed, f"batch/{task}")
        order = sorted((sha256(f"{lot}|{marks[object_id]}"), object_id) for object_id in ids)
        rows += [(task, object_id, rank * count // len(order) + 1) for rank, (_, object_id) in enumerate(order)]
    return pl.DataFrame(rows, schema=BATCHES, orient="row").sort(pl.all())

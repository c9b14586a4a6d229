"""In which order the drawn are checked: batches by lot (检查批次; protocol, section 5)."""

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.draw.engine import reading
from onevisit.draw.frozen import Frozen

_BATCHES = """
    WITH once AS (
        SELECT DISTINCT task, id FROM drawn
    ), ranked AS (
        SELECT task, id, count(*) OVER (PARTITION BY task) AS size,
               row_number() OVER (PARTITION BY task ORDER BY sha256(prefix || mark), id) - 1 AS rank
        FROM once JOIN objects USING (id) JOIN lots USING (task)
    )
    SELECT task, id, rank * $batches::BIGINT // size + 1 AS batch FROM ranked ORDER BY task, id
"""


def in_batches(frozen: Frozen, seed: str, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return the batch of each drawn business of each task: task, id, batch (from 1), sorted.

    A substitute takes the batch of the one it replaces.
    """
    tasks = drawn["task"].unique().sort()
    prefixes = [f"{key(seed, f'batch/{task}')}|" for task in tasks]
    lots = pl.DataFrame({"task": tasks, "prefix": pl.Series(prefixes, dtype=pl.String)})
    with reading(drawn=drawn, objects=frozen.objects, lots=lots) as cursor:
        return cursor.sql(_BATCHES, params={"batches": frozen.settings.batches}).pl()

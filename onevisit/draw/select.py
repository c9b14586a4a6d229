"""How many are drawn, and who (protocol, sections 3 and 4). Integers only.

A pure function of the frozen files and the seed: the order of rows, the machine and the year make
no difference.
"""

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.draw.form import h64, sha256
from onevisit.draw.frozen import STRATUM, WHOLE, Frozen

Cell = tuple[int, int, int]
"""Lines in last year's cell, how many of them were drawn, and whether this one was."""


def draw(frozen: Frozen, seed: str) -> pl.DataFrame:
    """Return who is drawn: task, item, stratum, id, ticket, sorted."""
    ranked = _ranked(frozen, seed)
    wanted = how_many(frozen.plan, seed)
    rows = frozen.scope.join(ranked, on=["task", "id"]).join(wanted, on=STRATUM).sort(*STRATUM, "rank")
    place = pl.int_range(pl.len()).over(STRATUM)
    return rows.filter(place < pl.col("wanted")).select(*STRATUM, "id", "ticket").sort(pl.all())


def how_many(plan: pl.DataFrame, seed: str) -> pl.DataFrame:
    """Return the number to draw of each (task, item, stratum): column `wanted`."""
    rounding = key(seed, "rounding")
    wanted = [
        stratum_count(
            row["count"],
            kind=row["kind"],
            value=row["value"],
            least=row["least"],
            lot=h64(f"{rounding}|{row['task']}|{row['item']}|{row['stratum']}"),
        )
        for row in plan.iter_rows(named=True)
    ]
    return plan.select(STRATUM).with_columns(wanted=pl.Series(wanted, dtype=pl.Int64))


def stratum_count(size: int, *, kind: str, value: int, least: int, lot: int) -> int:
    """Return how many of `size` objects are drawn; `lot` (64 bits) rounds a rate up as often as its rest says.

    Rounding up always would draw a lone shop for sure where 8.64 % was promised.
    """
    count = value
    if kind == "rate":
        count, rest = divmod(size * value, WHOLE)
        count += lot * WHOLE < rest << 64
    return min(size, max(count, least))


def draw_value(u: int, cell: Cell | None) -> int:
    """Return V, the smaller the sooner drawn: u (64 bits) moved by last year's draw where sparing applies."""
    if cell is None:
        return u << 32
    lines, drawn, flag = cell
    v = ((lines - drawn) << 64) + u * drawn if flag else u * (lines - drawn)
    return (v << 32) // lines


def _ranked(frozen: Frozen, seed: str) -> pl.DataFrame:
    """Return the objects of each task with their tickets, ranked by (V, ticket, id).

    One key per task: the items of a joint task fall on the same businesses.
    """
    marks: dict[str, str] = dict(frozen.objects.select("id", "mark").iter_rows())
    cells = _cells(frozen, seed)
    frames: list[pl.DataFrame] = []
    for task, ids in frozen.scope.group_by("task", maintain_order=True).agg(pl.col("id").unique()).iter_rows():
        task_key = key(seed, f"objects/{task}")
        tickets = {object_id: sha256(f"{task_key}|{marks[object_id]}") for object_id in ids}
        order = sorted((draw_value(int(t[:16], 16), cells.get(i)), t, i) for i, t in tickets.items())
        frames.append(
            pl.DataFrame({"id": [i for _, _, i in order], "ticket": [t for _, t, _ in order]}).with_columns(
                pl.lit(task).alias("task"), pl.int_range(pl.len()).alias("rank")
            )
        )
    empty = pl.DataFrame(schema={"id": pl.String, "ticket": pl.String, "task": pl.String, "rank": pl.Int64})
    return pl.concat([empty, *frames])


def _cells(frozen: Frozen, seed: str) -> dict[str, Cell]:
    """Return the cell of each object that sparing touches: with a history line, not exempt, and by lot."""
    sparing = key(seed, "sparing")
    limit = frozen.settings.sparing_bp << 64
    cell = frozen.history.with_columns(lines=pl.len().over("cell"), drawn=pl.col("flag").sum().over("cell"))
    candidates = frozen.objects.filter(~pl.col("class").is_in(list(frozen.settings.exempt))).join(cell, on="id")
    return {
        object_id: (lines, drawn, flag)
        for object_id, mark, lines, drawn, flag in candidates.select("id", "mark", "lines", "drawn", "flag").iter_rows()
        if h64(f"{sparing}|{mark}") * WHOLE < limit
    }

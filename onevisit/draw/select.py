"""How many are drawn, and who (protocol, sections 3 and 4). Integers only.

A pure function of the frozen files and the seed: the order of rows, the machine, its threads and
the year make no difference.

Whole numbers of 128 bits are slow to divide and hashes slow to sort, so neither is done for those whom a limit
already puts inside or outside. A limit that turns out to be wrong is noticed, and its stratum ranked without one.
"""

from collections.abc import Iterable
from math import isqrt

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.draw.engine import Cursor, read, reading
from onevisit.draw.form import h64
from onevisit.draw.frozen import STRATUM, WHOLE, Frozen

_END = 1 << 64
"""What the first 64 bits of a hash stay below."""

MOVED = """
    CASE WHEN lines IS NULL THEN u
         WHEN flag = 0 THEN u * (lines - drawn)
         ELSE (lines - drawn) * 18446744073709551616::UHUGEINT + u * drawn
    END
"""
"""v in SQL: u (64 bits) moved by last year's draw where sparing applies.

Columns: u; lines in last year's cell and how many of them were drawn (below 2^32; null for those who are not spared);
flag, whether this one was. u, lines, drawn are UHUGEINT: an operand of any other type would make v a DOUBLE.
"""

DRAW_VALUE = "v * 4294967296::UHUGEINT // coalesce(lines, 1::UHUGEINT)"
"""V in SQL, the smaller the sooner drawn."""

_SMALLEST = f"""
    WITH near AS MATERIALIZED (
        SELECT number, id, mark, sha256(prefix || mark) AS ticket
        FROM scope JOIN lots USING (number)
        WHERE ticket < near
           OR id IN (SELECT id FROM history JOIN cells USING (cell) WHERE flag = 0 AND favour > $favour)
    ), limits AS MATERIALIZED (
        SELECT number, wanted, exempt, least::UHUGEINT AS least, most::UHUGEINT AS most FROM lots
    ), known AS (
        SELECT near.*, wanted, least, most, ('0x' || ticket[:16])::UBIGINT::UHUGEINT AS u,
               flag, lines::UHUGEINT AS lines, drawn::UHUGEINT AS drawn
        FROM near JOIN limits USING (number)
        LEFT JOIN history ON near.id = history.id AND NOT exempt AND sha256($sparing || mark) < $spared
        LEFT JOIN cells USING (cell)
    ), moved AS (
        SELECT *, {MOVED} AS v FROM known
    ), below AS MATERIALIZED (
        SELECT *, if(v < least * coalesce(lines, 1::UHUGEINT), NULL, {DRAW_VALUE}) AS value
        FROM moved
        WHERE if(typeof({DRAW_VALUE}) = 'UHUGEINT', v < most * coalesce(lines, 1::UHUGEINT), error('V is rounded'))
    ), inside AS (
        SELECT number, count(*) AS found FROM below WHERE value IS NULL GROUP BY number
    ), edge AS (
        SELECT number, id, ticket FROM below LEFT JOIN inside USING (number)
        WHERE value IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY number ORDER BY value, ticket, id) <= wanted - coalesce(found, 0)
    ), smallest AS (
        SELECT number, id, ticket FROM below WHERE value IS NULL UNION ALL FROM edge
    )
    SELECT number, task, item, stratum, id, ticket FROM smallest JOIN lots USING (number) ORDER BY number, id
"""
"""Near are all whose V may be below `most`; those of a V below `least` (without value) are in, whatever their order.

An object in several items of a task is hashed for each, to the same ticket: looking it up takes longer.
"""


def draw(frozen: Frozen, seed: str) -> pl.DataFrame:
    """Return who is drawn: task, item, stratum, id, ticket, sorted."""
    cells = _cells(frozen.history)
    favour = _usual_favour(cells)
    lots = _lots(frozen, seed, favour)
    with reading(scope=_numbered(frozen.scope, lots), history=frozen.history, cells=cells) as cursor:
        drawn = _smallest(cursor, lots, frozen, seed, favour)
        found = lots.join(drawn.group_by("number").len("found"), on="number", how="left")
        wrong = found.filter(pl.col("found").fill_null(0) != pl.col("wanted")).select(lots.columns)
        if not wrong.is_empty():
            whole = _smallest(cursor, _unlimited(wrong), frozen, seed, favour)
            right = drawn.join(wrong, on="number", how="anti")
            drawn = pl.concat([right, whole]).sort("number", "id")
    return drawn.drop("number")


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


def _cells(history: pl.DataFrame) -> pl.DataFrame:
    """Return last year's cells: cell, lines, drawn, favour.

    favour: u of somebody spared in the cell is at most so many hundredths of the u of equal V outside.
    """
    lines, others = pl.col("lines"), pl.col("lines") - pl.col("drawn")
    return (
        history.group_by("cell")
        .agg(lines=pl.len().cast(pl.Int64), drawn=pl.col("flag").sum())
        .with_columns(favour=pl.when(others > 0).then((100 * lines + others - 1) // others).otherwise(100))
    )


def _usual_favour(cells: pl.DataFrame) -> int:
    """Return the favour that all but a hundredth of the history stays within."""
    falling = cells.sort("favour", descending=True).with_columns(ahead=(pl.col("lines") - pl.col("drawn")).cum_sum())
    within = falling.filter(pl.col("ahead") * 100 > pl.col("lines").sum())
    return 100 if within.is_empty() else within["favour"][0]


def _lots(frozen: Frozen, seed: str, favour: int) -> pl.DataFrame:
    """Return the strata to draw from, numbered in order, with what their tickets are the hash of and their limits.

    Of V, in units of 2^32: fewer than are wanted should lie below `least`, and as many or more below `most`.
    `near` sorts behind the tickets of those who may be below `most`.
    """
    lots = frozen.plan.join(how_many(frozen.plan, seed), on=STRATUM).filter(pl.col("wanted") > 0).sort(STRATUM)
    sizes = list(lots.select("wanted", "count").iter_rows())
    most = [_limit(wanted, size, 1) for wanted, size in sizes]
    keys = {task: key(seed, f"objects/{task}") for task in lots["task"].unique()}
    return (
        lots.select(*STRATUM, "wanted")
        .with_row_index("number")
        .with_columns(
            prefix=_texts(f"{keys[task]}|" for task in lots["task"]),
            exempt=pl.col("stratum").is_in(list(frozen.settings.exempt)),
            near=_texts(_before(-(-limit * favour // 100)) for limit in most),
            least=_texts(str(_limit(wanted, size, -1)) for wanted, size in sizes),
            most=_texts(str(limit) for limit in most),
        )
    )


def _numbered(scope: pl.DataFrame, lots: pl.DataFrame) -> pl.DataFrame:
    """Return id, mark and number of the stratum, of all in a stratum of which some are wanted.

    A frozen scope is sorted, so that a stratum is one run of rows: only the first of each is looked up.
    """
    begins = scope.select(pl.any_horizontal(pl.col(part).ne_missing(pl.col(part).shift()) for part in STRATUM))
    begins = begins.to_series()
    numbers = scope.filter(begins).join(lots, on=STRATUM, how="left", maintain_order="left")["number"]
    numbered = scope.select("id", "mark", number=numbers.gather(begins.cum_sum() - 1))
    return numbered.drop_nulls("number") if numbers.null_count() else numbered


def _unlimited(lots: pl.DataFrame) -> pl.DataFrame:
    return lots.with_columns(near=pl.lit(_before(_END)), least=pl.lit("0"), most=pl.lit(str(_END)))


def _limit(wanted: int, size: int, side: int) -> int:
    """Return below what value lie `wanted` of `size` even values of 64 bits, six standard deviations aside."""
    count = wanted + side * (6 * isqrt(wanted) + 12)
    return min(_END, max(0, (count << 64) // size))


def _before(limit: int) -> str:
    """Return the text before which sort the hashes whose first 64 bits are below `limit`."""
    return f"{limit:016x}" if limit < _END else "g"


def _texts(texts: Iterable[str]) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String)


def _smallest(cursor: Cursor, lots: pl.DataFrame, frozen: Frozen, seed: str, favour: int) -> pl.DataFrame:
    read(cursor, "lots", lots)
    known = {
        "favour": favour,
        "sparing": f"{key(seed, 'sparing')}|",
        "spared": _before(-(-frozen.settings.sparing_bp * _END // WHOLE)),
    }
    return cursor.sql(_SMALLEST, params=known).pl()

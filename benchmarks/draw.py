"""The benchmark of the draw: `python -m benchmarks.draw`. What each row means stands in README.md."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Literal

import duckdb
import polars as pl
import typer

from benchmarks.measures import peak_megabytes
from benchmarks.table import Row, tell
from onevisit.draw.ceremony import key
from onevisit.draw.engine import database, reading
from onevisit.draw.frozen import STRATUM, Frozen, Settings
from onevisit.draw.select import draw

_SEED = "benchmark"
_ITEMS = 12
_RATES = {"A": 200, "B": 500, "C": 1000, "D": 2000, "N": 500}
"""Basis points: with twelve items, sixty strata."""
_MOST = 0.6
"""Of the time of the bare hashes."""
_MEGABYTES = 8_000

Kind = Literal["first", "open", "witnessed"]
KINDS: dict[Kind, str] = {
    "first": "an open round before which nothing was drawn",
    "open": "an open round",
    "witnessed": "a witnessed round",
}
Answer = dict[str, Any]


def make(folder: Path, count: int) -> None:
    """Write objects, scope and history of made-up businesses, each in one of twelve items and most with a history."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            CREATE TABLE objects AS
            SELECT format('91510923MA{:08d}', i) AS id, 'ABCDN'[1 + (hash(i) % 5)::BIGINT] AS class,
                   translate(sha256(i::VARCHAR)[:22], '0189', 'wxyz') AS mark
            FROM range(?) made(i) ORDER BY id
            """,
            [count],
        )
        for name, query in {
            "objects": "SELECT * FROM objects ORDER BY id",
            "scope": f"""
                SELECT format('T{{:03d}}', hash(id) % {_ITEMS} // 3) AS task,
                       format('P-{{:03d}}', hash(id) % {_ITEMS}) AS item, class AS stratum, id, mark
                FROM objects ORDER BY ALL
            """,
            # Cells of all sizes, of which a twentieth to a third was drawn.
            "history": """
                SELECT id, sha256(cell::VARCHAR)[:16] AS cell, (hash(id, 1) % 1000 < 50 + cell % 280)::BIGINT AS flag
                FROM (SELECT id, (exp((hash(id, 2) % 10000) / 1100))::BIGINT AS cell FROM objects)
                WHERE hash(id, 3) % 10 > 0 ORDER BY id
            """,
        }.items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet'")


def frozen(folder: Path, kind: Kind) -> Frozen:
    """Return what was made as a round of sixty strata: an open one has more items instead of classes."""
    objects, scope, history = (
        pl.read_parquet(folder / f"{name}.parquet").rechunk() for name in ("objects", "scope", "history")
    )
    strata = scope.group_by(STRATUM).agg(count=pl.len().cast(pl.Int64))
    plan = strata.with_columns(
        tier=pl.lit("general"),
        kind=pl.lit("rate"),
        value=pl.col("stratum").replace_strict(_RATES, return_dtype=pl.Int64),
        least=pl.lit(1, pl.Int64),
    )
    if kind == "first":
        history = history.clear()
    if kind != "witnessed":
        objects = objects.with_columns(pl.lit("N").alias("class"), mark="id")
        scope, plan = (
            frame.with_columns(item=pl.concat_str("item", "stratum", separator="-"), stratum=pl.lit("N"))
            for frame in (scope.with_columns(mark="id"), plan)
        )
    disclosure = "witnessed" if kind == "witnessed" else "open"
    return Frozen(objects, scope, plan, history, Settings(disclosure, 4, 20, 8000, "D"), (), {}, {})


def hashed(preimages: Iterable[bytes]) -> None:
    """Hash them all with hashlib, which is what the draw is held against."""
    for one in preimages:
        hashlib.sha256(one).hexdigest()


def hashed_by_engine(objects: pl.DataFrame, prefix: str) -> None:
    """Hash the same by what the draw uses, with two threads: the least that a draw can take."""
    database().execute("SET threads = 2")
    with reading(objects=objects) as cursor:
        cursor.execute(
            "SELECT count(*) FROM objects WHERE sha256($prefix || mark) < '0'", {"prefix": prefix}
        ).fetchall()


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock, and of all processors together."""
    started, used = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - started, time.process_time() - used


def times(folder: Path, kind: Kind, repeat: int) -> Answer:
    """Hash and draw in turn, so that a busy machine is as busy for the one as for the other; medians."""
    round_ = frozen(folder, kind)
    marks = round_.objects["mark"].to_list()
    prefix = key(_SEED, "objects/T000")
    preimages = [f"{prefix}|{mark}".encode() for mark in marks]
    runs: dict[str, Callable[[], object]] = {
        "hashlib": lambda: hashed(preimages),
        "built": lambda: hashed(f"{prefix}|{mark}".encode() for mark in marks),
        "engine": lambda: hashed_by_engine(round_.objects, f"{prefix}|"),
        "two": lambda: drawn(round_, threads=2),
        "one": lambda: drawn(round_, threads=1),
    }
    found = [{name: timed(run) for name, run in runs.items()} for _ in range(repeat)]
    return {
        "strata": round_.plan.height,
        **{
            f"{name}_{unit}": median(one[name][place] for one in found)
            for name in runs
            for place, unit in enumerate(("seconds", "cpu"))
        },
    }


def memory(folder: Path, kind: Kind) -> Answer:
    """Draw once, in a process that held nothing but the frozen files."""
    round_ = frozen(folder, kind)
    found = drawn(round_, threads=2)
    return {"drawn": found.height, "peak": peak_megabytes()}


def drawn(round_: Frozen, *, threads: int) -> pl.DataFrame:
    """Draw with so many threads."""
    database().execute(f"SET threads = {threads}")
    return draw(round_, _SEED)


def in_own_process(measure: Callable[..., Answer], *given: object) -> Answer:
    """Run a measure in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *given).result()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run measures on; sizes are for the tests to make small."""

    folder: Path
    """Where made files lie."""
    objects: int
    repeat: int
    run: Callable[..., Answer] = in_own_process


def speed(setting: Setting) -> Iterator[Row]:
    """Time of the whole draw against that of the bare hashes, by the clock and by what processors did."""
    for kind, name in KINDS.items():
        found = setting.run(times, setting.folder, kind, setting.repeat)
        clock, cpu = (
            {count: found[f"{count}_{unit}"] / found[f"hashlib_{unit}"] for count in ("one", "two")}
            for unit in ("seconds", "cpu")
        )
        yield Row(
            f"drawing in {name}",
            f"{setting.objects:,} objects, {found['strata']} strata",
            f"two threads {found['two_seconds']:.1f} s ({found['two_cpu']:.1f} s of processors), "
            f"{clock['two']:.2f} of hashlib ({cpu['two']:.2f}); "
            f"one thread {found['one_seconds']:.1f} s ({found['one_cpu']:.1f} s), "
            f"{clock['one']:.2f} ({cpu['one']:.2f})",
            f"≤ {_MOST} of hashlib with two threads",
            f"hashlib {found['hashlib_seconds']:.1f} s ({found['hashlib_cpu']:.1f} s of processors), "
            f"with making what it hashes {found['built_seconds']:.1f} s ({found['built_cpu']:.1f} s); "
            f"bare hashes in the engine {found['engine_seconds']:.1f} s ({found['engine_cpu']:.1f} s)",
            clock["two"] <= _MOST,
        )


def space(setting: Setting) -> Iterator[Row]:
    """Memory of one draw."""
    for kind, name in KINDS.items():
        found = setting.run(memory, setting.folder, kind)
        yield Row(
            f"memory of drawing in {name}",
            f"{setting.objects:,} objects, {found['drawn']:,} drawn",
            f"{found['peak']:,.0f} MB, the frozen files read among it",
            f"≤ {_MEGABYTES:,} MB",
            "",
            found["peak"] <= _MEGABYTES,
        )


ROWS: dict[str, Callable[[Setting], Iterator[Row]]] = {"speed": speed, "space": space}

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    rows: Annotated[str, typer.Option(help=f"Rows to measure: {', '.join(ROWS)}.")] = ",".join(ROWS),
    objects: Annotated[int, typer.Option(help="Made-up businesses.")] = 10_000_000,
    repeat: Annotated[int, typer.Option(help="How often times are taken; the median counts.")] = 3,
    output: Annotated[Path | None, typer.Option(help="File for the table; else it is printed.")] = None,
) -> None:
    """Measure the draw and print the table as Markdown; exit 1 when a figure is not reached.

    Example: python -m benchmarks.draw --objects 2000000
    """
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), objects)
        setting = Setting(Path(folder), objects, repeat)
        found = [row for name in rows.split(",") for row in ROWS[name](setting)]
    tell(found, "benchmarks.draw", output)


if __name__ == "__main__":
    app()

"""A province's run: `python -m benchmarks.province --counties 10 --entities 600`. Spark, where it is, is the peer."""

import os
import resource
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from assets.province_store import Province
from benchmarks.table import Row, tell
from pipelines.demonstration import write_county
from pipelines.engines import Engine, LocalEngine, SparkEngine
from pipelines.province import Outcome, run_province

YEAR = 2027
_MEMORY = 4 << 30


def main(
    counties: Annotated[int, typer.Option(help="How many made-up counties.")] = 10,
    entities: Annotated[int, typer.Option(help="Subjects of each.")] = 600,
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Run made-up counties on processes, again with nothing to do, and on Spark: the tables must be the same."""
    with TemporaryDirectory() as folder:
        made = Path(folder) / "counties"
        for number in range(1, counties + 1):
            write_county(made, number, year=YEAR, entities=entities)
        local, seconds = _timed(made, Path(folder) / "local", LocalEngine(2, _MEMORY))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        _, idle = _timed(made, Path(folder) / "local", LocalEngine(2, _MEMORY))
        beside, same = "Spark is not installed", True
        if find_spec("pyspark"):
            spark, slower = _timed(made, Path(folder) / "spark", SparkEngine("local-cluster[2,1,2048]", 8))
            same = [one.tables for one in spark] == [one.tables for one in local]
            beside = f"two Spark workers {slower:.0f} s, tables {'identical' if same else 'NOT identical'}"
    objects = sum(one.rows["registries/objects"] for one in local)
    size = f"{counties} made counties, {objects:,} objects; load {os.getloadavg()[0]:.0f}"
    whole = not any(one.stopped_at for one in local)
    figure = f"{seconds:.0f} s, {seconds / counties:.1f} s a county; the largest process {memory:,.0f} MB"
    rows = [
        Row("province, two processes", size, figure, "every county whole, ≤ 4,096 MB together", beside, whole and same),
        Row("the same again", size, f"{idle:.1f} s", "≤ 5 % of the first run", "–", idle <= seconds / 20),
    ]
    tell(rows, "benchmarks.province", output)


def _timed(counties: Path, to: Path, engine: Engine) -> tuple[list[Outcome], float]:
    started = time.perf_counter()
    outcomes = run_province(Province(counties, to, YEAR), engine, {}, Console(quiet=True))
    return outcomes, time.perf_counter() - started


if __name__ == "__main__":
    typer.run(main)

"""A province's run, stage by stage: `python -m benchmarks.province`. Spark, where it is, is the peer."""

import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from assets.province_store import Province
from benchmarks.counties import ROOT, YEAR, fingerprint, keeping, whole
from benchmarks.memory import Together
from benchmarks.table import Row, tell
from onevisit.draw.frozen import read_frozen
from onevisit.draw.select import draw
from onevisit.province.advance import Told
from onevisit.province.stages import STAGES
from pipelines.demonstration import write_county
from pipelines.engines import Engine, LocalEngine, SparkEngine
from pipelines.province import Outcome, run_province
from pipelines.settings import read_county

WHOLE = 10_000_000
"""Records of objects that a province's departments file: what limits are for."""
MEGABYTES = 8_192
LIMITS = {"registries": 300, "draw": 30, "visits": 3, "teams": 30}
"""Seconds by the clock for a whole province, by stage or part of one."""
PARTS = {"visits": "grouping", "teams": "teams"}
"""Row -> the part of a stage it is about."""


def made_province(cache: Path, province: Path, *, counties: int, entities: int, times: int = 1) -> None:
    """Write the folders of made counties into `province`, each so many times, under other codes.

    Only those are made that the cache has not. What departments handed in is linked, not copied.
    """
    cached = cache / f"province-{entities}-{fingerprint(read_county(ROOT / 'county'))}"
    for number in range(1, counties + 1):
        made = cached / f"{number:03d}"
        if not made.exists():
            with whole(made) as aside:
                write_county(aside.parent, number, year=YEAR, entities=entities)
        for turn in range(times):
            _linked(made, province / f"{number + turn * counties:04d}")


def _linked(made: Path, folder: Path) -> None:
    shutil.copytree(made / "county", folder / "county")
    settings = folder / "county" / "county.toml"
    # No two counties of a province have one code.
    code = f'code = "51{folder.name}"'
    settings.write_text(re.sub(r'(?m)^code = ".*"$', code, settings.read_text("utf-8"), count=1), "utf-8")
    for name in ("inbox", "pools"):
        if (made / name).exists():
            (folder / name).symlink_to((made / name).resolve())


@dataclass(frozen=True, slots=True)
class Run:
    """A province that was run."""

    province: Province
    outcomes: Sequence[Outcome]
    workers: int
    seconds: float
    megabytes: float

    @property
    def counties(self) -> int:
        """How many counties there are."""
        return len(self.outcomes)

    @property
    def records(self) -> int:
        """Records of objects that departments filed."""
        return sum(one.rows.get("registries/object_sources", 0) for one in self.outcomes)

    @property
    def is_whole(self) -> bool:
        """Whether no county stopped."""
        return not any(one.stopped_at for one in self.outcomes)

    def told(self, stage: str) -> list[Told]:
        """Return how a stage ended in every county that came to it."""
        return [told for one in self.outcomes if (told := self.province.told(stage, one.county))]

    def scaled(self, seconds: float) -> float:
        """Return seconds of all counties one after the other as seconds of a whole province, workers side by side."""
        return seconds / self.workers * WHOLE / max(self.records, 1)


def rows_of(run: Run) -> Iterator[Row]:
    """Yield a row for every stage and for its parts that have a limit, brought to a whole province."""
    between = run.seconds * run.workers
    for stage in STAGES:
        told = run.told(stage)
        clock, used = sum(one.seconds for one in told), sum(one.processor_seconds for one in told)
        between -= clock
        # What a province may take of the stage of visits is said by its parts.
        limit = None if stage in PARTS else LIMITS.get(stage)
        yield _row(run, f"stage {stage}", clock, used, limit, rows=sum(sum(one.rows.values()) for one in told))
    for name, part in PARTS.items():
        spent = [told.parts[part] for told in run.told("visits") if part in told.parts]
        yield _row(run, name, sum(clock for clock, _ in spent), sum(used for _, used in spent), LIMITS[name])
    clock, used = drawn_again(run)
    yield _row(run, "drawing alone", clock, used, LIMITS["draw"])
    yield _row(run, "between stages", between, 0.0, None)


def _row(run: Run, name: str, clock: float, used: float, limit: int | None, *, rows: int = 0) -> Row:
    bounds_memory = name == "stage registries"
    seconds = run.scaled(clock)
    processors = f" ({run.scaled(used) * run.workers:,.0f} s of processors)" if used else ""
    told = [f"{clock / run.counties:.2f} s a county"]
    told += [f"{used / run.counties:.2f} s of processors"] if used else []
    told += [f"{rows / run.counties:,.0f} rows"] if rows else []
    return Row(
        name,
        f"{run.counties} counties, {run.records:,} records",
        f"{seconds:,.1f} s{processors} for {WHOLE:,} records{f', {run.megabytes:,.0f} MB' if bounds_memory else ''}",
        f"≤ {limit} s{f', ≤ {MEGABYTES:,} MB' if bounds_memory else ''}" if limit else "told, not bounded",
        ", ".join(told),
        limit is None or (seconds <= limit and (not bounds_memory or run.megabytes <= MEGABYTES)),
    )


def drawn_again(run: Run) -> tuple[float, float]:
    """Draw the first county's rounds again from what was frozen.

    Returns seconds by the clock and of processors, brought to all counties.
    """
    first = next(one for one in run.outcomes if not one.stopped_at)
    evidence = pl.read_parquet(run.province.place("draw", first.county) / "draw_evidence.parquet")
    clock = used = 0.0
    for files in _attempts(evidence):
        if "SEED" in files:
            frozen, seed = read_frozen(files), files["SEED"].decode().strip()
            started, before = time.perf_counter(), time.process_time()
            draw(frozen, seed)
            clock, used = clock + time.perf_counter() - started, used + time.process_time() - before
    share = first.rows["registries/object_sources"] / run.records
    return clock / share, used / share


def _attempts(evidence: pl.DataFrame) -> list[dict[str, bytes]]:
    return [
        dict(files.select("file", "content").iter_rows())
        for files in evidence.partition_by("serial", maintain_order=True)
    ]


def main(
    counties: Annotated[int, typer.Option(help="How many counties are made.", min=1)] = 4,
    entities: Annotated[int, typer.Option(help="Subjects of each.")] = 25_000,
    times: Annotated[int, typer.Option(help="How often each is run, under other codes: few then stand for many.")] = 1,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps made counties from run to run.")] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    *,
    peer: Annotated[bool, typer.Option(help="Run Spark beside it, where it is installed.")] = True,
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Run made-up counties on processes, again with nothing to do, and on Spark: the tables must be the same.

    Example: python -m benchmarks.province --counties 17 --entities 25000 --times 9 --cache /tmp/counties --no-peer
    """
    with keeping(cache) as kept, TemporaryDirectory() as folder:
        made, to = Path(folder) / "counties", Path(folder) / "local"
        made_province(kept, made, counties=counties, entities=entities, times=times)
        local = LocalEngine(workers, MEGABYTES << 20)
        with Together() as together:
            outcomes, seconds = _timed(made, to, local)
        run = Run(Province(made, to, YEAR), outcomes, workers, seconds, together.megabytes)
        _, idle = _timed(made, to, local)
        beside, same = _beside(made, Path(folder) / "spark", run) if peer else ("", True)
        often = f", each {times} times under other codes" if times > 1 else ""
        size = f"{counties} made counties of {entities:,}{often}; {run.records:,} records"
        rows = [_whole(run, size, beside, is_met=same, kept=_bytes(to)), *rows_of(run)]
        rows.append(Row("the same again", size, f"{idle:.1f} s", "≤ 5 % of the first run", "–", idle <= seconds / 20))
    tell(rows, "benchmarks.province", output)


def _whole(run: Run, size: str, beside: str, *, is_met: bool, kept: int) -> Row:
    return Row(
        f"province, {run.workers} processes",
        f"{size}; load {os.getloadavg()[0]:.0f}",
        f"{run.seconds:.0f} s, {run.seconds / run.counties:.1f} s a county; {run.megabytes:,.0f} MB together; "
        f"{run.scaled(run.seconds * run.workers):,.0f} s for {WHOLE:,} records; {kept / 1e6:,.0f} MB of tables",
        f"every county whole, ≤ {MEGABYTES:,} MB",
        beside,
        run.is_whole and is_met and run.megabytes <= MEGABYTES,
    )


def _beside(made: Path, to: Path, run: Run) -> tuple[str, bool]:
    if not find_spec("pyspark"):
        return "Spark is not installed", True
    outcomes, seconds = _timed(made, to, SparkEngine("local-cluster[2,1,2048]", 8))
    same = _tables(outcomes) == _tables(run.outcomes)
    return f"two Spark workers {seconds:.0f} s, tables {'identical' if same else 'NOT identical'}", same


def _tables(outcomes: Sequence[Outcome]) -> list[Mapping[str, str]]:
    return [one.tables for one in outcomes]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _timed(counties: Path, to: Path, engine: Engine) -> tuple[list[Outcome], float]:
    started = time.perf_counter()
    outcomes = run_province(Province(counties, to, YEAR), engine, {}, Console(quiet=True))
    return outcomes, time.perf_counter() - started


if __name__ == "__main__":
    typer.run(main)

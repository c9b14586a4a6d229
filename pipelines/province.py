"""A province's run: what every county needs, an engine for it, progress, and one summary."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table as Grid

from assets.files import write_whole
from assets.province_store import Province, Seeds, Task
from onevisit.errors import RefusedError
from onevisit.province.digest import code_version, digest_of
from onevisit.province.stages import STAGES
from pipelines.engines import Engine, Job

FIGURES = {
    "objects": "registries/objects",
    "tasks": "plan/tasks",
    "drawn": "draw/drawn",
    "visits": "visits/visits",
    "seats": "visits/teams",
    "short": "visits/shortages",
}
"""Column of the summary -> the table whose rows it counts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a county stands after a run."""

    county: str
    digests: Mapping[str, str]
    """Stage -> digest of its tables; stages that failed or were not come to are missing."""
    tables: Mapping[str, str]
    """Table -> digest."""
    rows: Mapping[str, int]
    """Table -> rows."""
    seconds: float
    """Of the stages, whenever they were made."""
    is_made: bool
    """Whether anything of it was made in this run."""
    stopped_at: str = ""
    """The stage that failed; empty when all stand, `county` when it could not begin."""
    reasons: tuple[str, ...] = ()
    """Why, in Chinese."""


def run_province(province: Province, engine: Engine, seeds: Seeds, console: Console) -> list[Outcome]:
    """Bring every county up to date, write the summary and return how each stands, by name.

    Raises RefusedError where the whole cannot begin: no county (N008), no Spark (N009).
    """
    started = time.perf_counter()
    counties = province.folders
    province.to.mkdir(parents=True, exist_ok=True, mode=0o700)
    refused: dict[str, tuple[str, ...]] = {}
    begun: dict[str, Task] = {}
    made: set[str] = set()
    columns = (
        TextColumn("counties"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(), TextColumn("{task.fields[failed]} stopped"),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("counties", total=len(counties), failed=0)

        def jobs() -> Iterator[Job]:
            for one in counties:
                try:
                    task = province.task(one, seeds.get(one.name, {}))
                except RefusedError as error:
                    refused[one.name] = tuple(reason.text("zh") for reason in error.problems)
                    task = None
                if task:
                    begun[one.name] = task
                    yield one.name, task.stages[0], task.parcels
                else:
                    progress.advance(bar)

        for county, parcels in engine.run(jobs()):
            province.keep(begun.pop(county), parcels)
            made.add(county)
            stopped = sum(_outcome(province, name, refused, made).stopped_at != "" for name in {*made, *refused})
            progress.update(bar, advance=1, failed=stopped)
    outcomes = [_outcome(province, one.name, refused, made) for one in counties]
    write_whole(province.summary, _summary(province, outcomes, time.perf_counter() - started), mode=0o600)
    return outcomes


def print_outcomes(console: Console, province: Province, outcomes: list[Outcome]) -> None:
    """Print a line a county, their sum, and why counties stopped."""
    grid = Grid(title=f"{province.year}", title_justify="left", box=None, padding=(0, 1))
    for name in ("county", *FIGURES, "seconds", "digest", ""):
        grid.add_column(name, justify="left" if name in ("county", "digest", "") else "right")
    for one in outcomes:
        state = "stopped" if one.stopped_at else ("made" if one.is_made else "stands")
        figures = (f"{one.rows[table]:,}" if table in one.rows else "–" for table in FIGURES.values())
        grid.add_row(one.county, *figures, f"{one.seconds:.1f}", _whole(one)[:12], state)
    totals = (f"{sum(one.rows.get(table, 0) for one in outcomes):,}" for table in FIGURES.values())
    grid.add_section()
    grid.add_row(f"{len(outcomes)}", *totals, f"{sum(one.seconds for one in outcomes):.1f}", "", "")
    console.print(grid)
    for one in outcomes:
        for reason in one.reasons:
            console.print(f"{one.county} {one.stopped_at}: {reason}", style="red", markup=False, soft_wrap=True)
    console.print(f"{province.summary}", markup=False, soft_wrap=True)


def _outcome(province: Province, county: str, refused: Mapping[str, tuple[str, ...]], made: set[str]) -> Outcome:
    digests: dict[str, str] = {}
    tables: dict[str, str] = {}
    rows: dict[str, int] = {}
    seconds, stopped_at, reasons = 0.0, "", refused.get(county, ())
    if reasons:
        return Outcome(county, {}, {}, {}, 0.0, False, "county", reasons)
    for stage in STAGES:
        told = province.told(stage, county)
        if told is None or told.reasons:
            stopped_at, reasons = stage, told.reasons if told else ()
            break
        digests[stage] = digest_of(*(f"{name}={digest}" for name, digest in sorted(told.digests.items())))
        tables |= told.digests
        rows |= told.rows
        seconds += told.seconds
    return Outcome(county, digests, tables, rows, seconds, county in made, stopped_at, reasons)


def _whole(one: Outcome) -> str:
    return digest_of(*(f"{stage}={digest}" for stage, digest in one.digests.items())) if one.digests else ""


def _summary(province: Province, outcomes: list[Outcome], seconds: float) -> bytes:
    told = {
        "year": province.year,
        "code": code_version(),
        "seconds": round(seconds, 1),
        "totals": {name: sum(one.rows.get(table, 0) for one in outcomes) for name, table in FIGURES.items()},
        "stopped": [one.county for one in outcomes if one.stopped_at],
        "counties": {
            one.county: {
                "is_made": one.is_made,
                "stopped_at": one.stopped_at,
                "reasons": list(one.reasons),
                "seconds": round(one.seconds, 1),
                "rows": dict(one.rows),
                "digests": {
                    stage: dict(_of_stage(one.tables, stage), all=digest) for stage, digest in one.digests.items()
                },
            }
            for one in outcomes
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def _of_stage(tables: Mapping[str, str], stage: str) -> dict[str, str]:
    return {name.partition("/")[2]: digest for name, digest in tables.items() if name.startswith(f"{stage}/")}

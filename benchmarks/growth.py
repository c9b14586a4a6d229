"""How visits and teams grow from a county to a province: `python -m benchmarks.growth EXPORTS`."""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from benchmarks.chart import growth_chart
from benchmarks.departments import made_county, team_key
from benchmarks.table import Row, tell
from onevisit.county import VisitRules
from onevisit.visits.group import visits_of
from onevisit.visits.match import draw_teams

SIZES = (1, 10, 100, 300)
"""Counties: a county, a city, and on to a province."""
VISITS_LIMIT, TEAMS_LIMIT = 3.0, 30.0
"""Seconds of one processor for a province of 300 counties; smaller ones have their share of it."""


def visits_grow(exports: Path, sizes: Sequence[int]) -> Iterator[tuple[int, int, float, int]]:
    """Yield counties, visits, seconds of a processor, and objects whose number is not proven the least.

    The obligations of the county measured are repeated under other objects' ids, all in one table.
    """
    obligations, tasks, submitted = (
        pl.read_parquet(exports / f"{name}.parquet") for name in ("visits.obligations", "plan.tasks", "plan.submitted")
    )
    for size in sizes:
        many = pl.concat(
            obligations.with_columns(object_id=pl.format("{}{}", pl.col("object_id"), pl.lit(f"{number:03d}")))
            for number in range(size)
        )
        started = time.process_time()
        visits = visits_of(many, tasks, submitted, max_items=VisitRules().max_items_per_visit)
        yield (
            size,
            visits.height,
            time.process_time() - started,
            visits.filter(~pl.col("is_proven"))["object_id"].n_unique(),
        )


def teams_grow(sizes: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    """Yield counties, places in teams, and seconds of a processor; counties are made, one after another."""
    places, seconds = 0, 0.0
    for number in range(max(sizes)):
        made = made_county(number)
        by_department = [(name, list(those)) for name, those in groupby(made.duties, key=lambda duty: duty.department)]
        for department, duties in by_department:
            asked = {duty.visit: duty.seats for duty in duties}
            started = time.process_time()
            teams = draw_teams(asked, lot_key=team_key(made, department), start={})
            seconds += time.process_time() - started
            places += sum(map(len, teams.values()))
        if number + 1 in sizes:
            yield number + 1, places, seconds


def main(
    exports: Annotated[Path, typer.Argument(help="A county's exports of one year.", exists=True, file_okay=False)],
    sizes: Annotated[str, typer.Option(help="How many counties, by comma.")] = ",".join(map(str, SIZES)),
    chart: Annotated[Path | None, typer.Option(help="File for the chart, SVG.")] = None,
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Measure visits and teams of more and more counties, and draw how they grow."""
    asked = [int(size) for size in sizes.split(",")]
    visits, teams = list(visits_grow(exports, asked)), list(teams_grow(asked))
    rows = [
        _row("visits", size, f"{count:,} visits, {unproven:,} objects not proven", seconds, VISITS_LIMIT)
        for size, count, seconds, unproven in visits
    ]
    rows += [_row("teams", size, f"{count:,} places", seconds, TEAMS_LIMIT) for size, count, seconds in teams]
    if chart:
        lines = {
            "visits": [(size, seconds) for size, _, seconds, _ in visits],
            "teams": [(size, seconds) for size, _, seconds in teams],
        }
        chart.write_text(growth_chart("Seconds of one processor by the number of counties", "counties", lines), "utf-8")
    tell(rows, "benchmarks.growth", output)


def _row(name: str, size: int, made: str, seconds: float, limit: float) -> Row:
    share = max(limit * size / max(SIZES), limit / 10)
    return Row(
        name,
        f"{size:,} {'counties' if size > 1 else 'county'}",
        f"{seconds:.2f} s of one processor",
        f"≤ {share:.1f} s",
        made,
        seconds <= share,
    )


if __name__ == "__main__":
    typer.run(main)

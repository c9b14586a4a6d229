"""How visits and teams grow from a county to a province, beside OR-Tools: `python -m benchmarks.growth EXPORTS`."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from benchmarks import doors, solvers
from benchmarks.chart import growth_chart
from benchmarks.counties import ROOT
from benchmarks.departments import Made, made_county, team_key
from benchmarks.table import Row, tell
from onevisit.visits.deferred import limits_of
from onevisit.visits.group import Limits, visits_of, with_visits
from onevisit.visits.match import Seats, draw_teams, loads_of
from pipelines.settings import read_county

SIZES = (1, 10, 100, 300)
"""Counties: a county, a city, and on to a province."""
VISITS_LIMIT, TEAMS_LIMIT = 3.0, 30.0
"""Seconds of one processor for a province of 300 counties; smaller ones have their share of it."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What so many counties take, in seconds of one processor; the peer's are none where it is not installed."""

    counties: int
    seconds: float
    figure: int
    """What is to be the least there is: visits, or the sum of the squares of loads."""
    told: str
    peer_seconds: float | None = None
    peer_figure: int | None = None

    @property
    def beside(self) -> str:
        """What was made, and how the peer did."""
        if self.peer_figure is None or self.peer_seconds is None:
            return f"{self.told}; {solvers.MISSING}"
        found = "the same" if self.is_least else f"{self.peer_figure:,} instead of {self.figure:,}"
        return f"{self.told}; OR-Tools {self.peer_seconds:.2f} s, {found}"

    @property
    def is_least(self) -> bool:
        """Whether the peer found nothing less, as far as it was asked."""
        return self.peer_figure in (None, self.figure)


@dataclass(frozen=True, slots=True)
class Doors:
    """A county's obligations, for as many counties as are asked for."""

    counties: Sequence[pl.DataFrame]
    tasks: pl.DataFrame
    submitted: pl.DataFrame
    limits: Limits


def exported_doors(exports: Path, count: int) -> Doors:
    """Return the obligations of a county that was run, so many times under other objects' ids."""
    obligations, tasks, submitted = (
        pl.read_parquet(exports / f"{name}.parquet") for name in ("visits.obligations", "plan.tasks", "plan.submitted")
    )
    renamed = [
        obligations.drop("visit_id").with_columns(object_id=pl.format("{}{}", "object_id", pl.lit(f"{number:03d}")))
        for number in range(count)
    ]
    return Doors(renamed, tasks, submitted, limits_of(read_county(ROOT / "county")))


def made_doors(count: int) -> Doors:
    """Return made obligations that hardly fit into one visit."""
    return Doors([doors.made_doors(number) for number in range(count)], doors.TASKS, doors.SUBMITTED, doors.LIMITS)


def visits_grow(given: Doors, sizes: Sequence[int]) -> Iterator[Grown]:
    """Yield how grouping grows: ours has all counties in one table, the peer one after the other."""
    peer = _peer_visits(given, sizes)
    for size in sizes:
        many = pl.concat(given.counties[:size])
        started = time.process_time()
        grouped = with_visits(many, given.submitted, **given.limits)
        visits = visits_of(grouped, given.tasks, given.submitted, **given.limits)
        seconds = time.process_time() - started
        unproven = visits.filter(~pl.col("is_proven"))["object_id"].n_unique()
        told = f"{visits.height:,} visits, {unproven:,} objects not proven"
        yield Grown(size, seconds, visits.height, told, *peer.get(size, (None, None)))


def _peer_visits(given: Doors, sizes: Sequence[int]) -> dict[int, tuple[float, int]]:
    if not solvers.is_installed():
        return {}
    solvers.load()
    found: dict[int, tuple[float, int]] = {}
    seconds, visits = 0.0, 0
    caps = {"max_items": given.limits["max_items"], "max_departments": given.limits.get("max_departments")}
    for number, county in enumerate(given.counties[: max(sizes)], start=1):
        objects = doors.checks_of(county, given.submitted)
        started = time.process_time()
        visits += solvers.fewest_visits(objects, **caps)
        seconds += time.process_time() - started
        found[number] = seconds, visits
    return found


def teams_grow(sizes: Sequence[int]) -> Iterator[Grown]:
    """Yield how the drawing of teams grows; counties are made, one after another, and each is measured once."""
    has_peer = solvers.is_installed()
    if has_peer:
        solvers.load()
    seconds, peer_seconds, squares, peer_squares, places = 0.0, 0.0, 0, 0, 0
    for number in range(max(sizes)):
        made = made_county(number)
        for department, demands in _departments(made):
            started = time.process_time()
            teams = draw_teams(demands, lot_key=team_key(made, department), start={})
            seconds += time.process_time() - started
            places += sum(map(len, teams.values()))
            squares += sum(load**2 for load in loads_of(teams, {}).values())
            if has_peer:
                started = time.process_time()
                loads = solvers.evenest_loads(demands, {})
                peer_seconds += time.process_time() - started
                peer_squares += sum(load**2 for load in loads)
        if number + 1 in sizes:
            peer = (peer_seconds, peer_squares) if has_peer else (None, None)
            yield Grown(number + 1, seconds, squares, f"{places:,} places, squares of loads {squares:,}", *peer)


def _departments(made: Made) -> Iterator[tuple[str, dict[str, Seats]]]:
    for name, duties in groupby(made.duties, key=lambda duty: duty.department):
        yield name, {duty.visit: duty.seats for duty in duties}


def main(
    exports: Annotated[Path, typer.Argument(help="A county's exports of one year.", exists=True, file_okay=False)],
    sizes: Annotated[str, typer.Option(help="How many counties, by comma.")] = ",".join(map(str, SIZES)),
    chart: Annotated[Path | None, typer.Option(help="File for the chart, SVG.")] = None,
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Measure visits and teams of more and more counties, OR-Tools beside them, and draw how they grow."""
    asked = sorted(int(size) for size in sizes.split(","))
    grown = {
        "visits": list(visits_grow(exported_doors(exports, asked[-1]), asked)),
        "visits that hardly fit": list(visits_grow(made_doors(asked[-1]), asked)),
        "teams": list(teams_grow(asked)),
    }
    limits = {"visits": VISITS_LIMIT, "visits that hardly fit": None, "teams": TEAMS_LIMIT}
    rows = [row_of(name, one, limits[name]) for name, those in grown.items() for one in those]
    if chart:
        ours = {name: [(one.counties, one.seconds) for one in those] for name, those in grown.items()}
        theirs = {
            f"{name}, OR-Tools": [(one.counties, one.peer_seconds) for one in those if one.peer_seconds is not None]
            for name, those in grown.items()
        }
        title = "Seconds of one processor by the number of counties"
        chart.write_text(growth_chart(title, "counties", ours, {name: line for name, line in theirs.items() if line}))
    tell(rows, "benchmarks.growth", output)


def row_of(name: str, grown: Grown, limit: float | None) -> Row:
    """Return a line of the table; `limit` is a province's, of which a smaller one has its share."""
    share = limit and max(limit * grown.counties / max(SIZES), limit / 10)
    return Row(
        name,
        f"{grown.counties:,} {'counties' if grown.counties > 1 else 'county'}",
        f"{grown.seconds:.2f} s of one processor",
        f"≤ {share:.1f} s, no more than there must be" if share else "no more than there must be",
        grown.beside,
        grown.is_least and (not share or grown.seconds <= share),
    )


if __name__ == "__main__":
    typer.run(main)

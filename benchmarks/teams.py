"""The benchmark of teams: `python -m benchmarks.teams`. What each row means stands in README.md."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.chances import Drawn, chi_square, shares, shuffled
from benchmarks.departments import DEPARTMENTS, Made, equals, made_county, team_key
from benchmarks.evenest import evenest_loads, least_chance, least_highest_chance
from benchmarks.table import Row, tell
from onevisit.draw.ceremony import key
from onevisit.visits.demand import Duty
from onevisit.visits.match import Seats, draw_teams, improving_chain, loads_of
from onevisit.visits.teams import teams_of


@dataclass(frozen=True, slots=True)
class Setting:
    """How much a run measures; the tests make it small."""

    seeds: int = 2000
    shuffles: int = 199
    unequal: int = 6
    """Departments whose highest chances are looked at."""
    compared: int = 480
    """Departments whose loads are held against the optimum."""
    counties: int = 300


Measure = Callable[[Setting], Iterator[Row]]


def chances_of_equals(setting: Setting) -> Iterator[Row]:
    """Equal people at equal visits are drawn equally often."""
    for people, visits in ((9, 14), (19, 40)):
        drawn = _drawn({duty.visit: duty.seats for duty in equals(people, visits)}, setting.seeds)
        found, null = chi_square(drawn, people), shuffled(drawn, people, setting.shuffles)
        low, high = min(null), max(null)
        yield Row(
            "equals drawn equally often",
            f"{people} equal people, {visits} visits, {setting.seeds:,} seeds",
            f"chi-square by degrees of freedom {found:.3f}",
            "within what shuffled names give",
            f"names shuffled {setting.shuffles} times: {low:.3f} to {high:.3f}, mean {statistics.fmean(null):.3f}",
            low <= found <= high,
        )


def highest_chances(setting: Setting) -> Iterator[Row]:
    """Nobody can expect to meet a business much more than must be."""
    ratios: list[float] = []
    highest: list[float] = []
    for number in range(setting.unequal):
        made = made_county(number, departments=1)
        demands = {duty.visit: duty.seats for duty in made.duties}
        names = _names(demands)
        chances = shares(_drawn(demands, setting.seeds), len(names))
        least = np.array([least_chance(demands[visit]) for visit in sorted(demands)])
        ratios += (chances.max(axis=1) / least).tolist()
        loads = dict(zip(names, chances.sum(axis=0).tolist(), strict=True))
        highest.append(max(ratios[-len(demands) :]) / least_highest_chance(demands, loads))
    yield Row(
        "highest chance of one person at one visit",
        f"{len(ratios)} visits of {setting.unequal} made departments, {setting.seeds:,} seeds",
        f"{max(highest):.2f} of the least possible in the worst department, {statistics.fmean(highest):.2f} on average",
        "≤ 1.6 of the least possible",
        f"of the least where loads need not be even: {max(ratios):.2f} at the worst visit, "
        f"{statistics.fmean(ratios):.2f} on average",
        max(highest) <= 1.6,
    )


def evenness(setting: Setting) -> Iterator[Row]:
    """Loads are the most even there are."""
    even = best = spread_kept = spread_possible = 0
    for made, department, duties in _departments(setting.compared):
        demands = {duty.visit: duty.seats for duty in duties}
        start = {name: 0 for seats in demands.values() for seat in seats for name in seat}
        teams = draw_teams(demands, lot_key=team_key(made, department), start=start)
        found = sorted(loads_of(teams, start).values(), reverse=True)
        exact = evenest_loads(demands, start)
        best += found == exact
        even += not improving_chain(demands, teams, loads_of(teams, start))
        if exact[0] - exact[-1] <= 1:
            spread_possible += 1
            spread_kept += found[0] - found[-1] <= 1
    yield Row(
        "loads as even as can be",
        f"{setting.compared} made departments",
        f"{best} sorted loads equal to the optimum, {even} certified; "
        f"{spread_kept} of {spread_possible} with a spread of 1 or less where that is possible",
        "all",
        "optimum: a linear programme (HiGHS) that shares no code",
        best == even == setting.compared and spread_kept == spread_possible,
    )


def speed(setting: Setting) -> Iterator[Row]:
    """The teams of a province on one core."""
    drawing = whole = programme = 0.0
    visits = seats = solved = 0
    for number in range(setting.counties):
        made = made_county(number)
        demands = [
            (department, {duty.visit: duty.seats for duty in duties}) for department, duties in _by_department(made)
        ]
        started = time.process_time()
        for department, asked in demands:
            draw_teams(asked, lot_key=team_key(made, department), start={})
        drawing += time.process_time() - started
        started = time.process_time()
        rows = teams_of(
            made.duties,
            {made.serial: made.staff},
            seeds={made.serial: made.seed},
            grouped=frozenset(),
            pool=made.serial[:6],
            department_keys={department: department for department, _ in demands},
        )
        whole += time.process_time() - started
        visits, seats = visits + len(made.duties), seats + len(rows)
        if number % 20 == 0:
            department, asked = demands[number // 20 % len(demands)]
            started = time.process_time()
            evenest_loads(asked, {})
            programme += time.process_time() - started
            solved += 2 * len(asked)
    beside = (
        f"linear programme (HiGHS) of {solved:,} places, scaled: {programme / solved * seats:,.0f} s, without any lot"
    )
    size = (
        f"{setting.counties} made counties of {DEPARTMENTS} departments, {visits:,} parts of visits, {seats:,} places"
    )
    yield Row("drawing a province's teams", size, f"{drawing:.1f} s of one processor", "≤ 45 s", beside, drawing <= 45)
    yield Row(
        "with seats, alternates and records",
        size,
        f"{whole:.1f} s of one processor",
        "≤ 45 s",
        "–",
        whole <= 45,
    )


MEASURES: Mapping[str, Measure] = {
    "equals": chances_of_equals,
    "chances": highest_chances,
    "even": evenness,
    "speed": speed,
}


def main(
    rows: Annotated[str, typer.Option(help="Rows to measure, by comma.")] = ",".join(MEASURES),
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Measure how teams are drawn, on made departments; nothing is read."""
    setting = Setting()
    tell([row for name in rows.split(",") for row in MEASURES[name](setting)], "benchmarks.teams", output)


def _drawn(demands: Mapping[str, Seats], seeds: int) -> Drawn:
    """Return who was drawn with each seed, visits in their order."""
    number = {name: count for count, name in enumerate(_names(demands))}
    return np.array(
        [
            [[number[one] for one in teams[visit]] for visit in sorted(teams)]
            for teams in (draw_teams(demands, lot_key=key(str(seed), "teams"), start={}) for seed in range(seeds))
        ]
    )


def _names(demands: Mapping[str, Seats]) -> list[str]:
    return sorted(frozenset[str]().union(*(seat for seats in demands.values() for seat in seats)))


def _departments(count: int) -> Iterator[tuple[Made, str, Sequence[Duty]]]:
    for number in range(-(-count // DEPARTMENTS)):
        made = made_county(number)
        for place, (department, duties) in enumerate(_by_department(made)):
            if number * DEPARTMENTS + place < count:
                yield made, department, duties


def _by_department(made: Made) -> list[tuple[str, list[Duty]]]:
    return [(name, list(those)) for name, those in groupby(made.duties, key=lambda duty: duty.department)]


if __name__ == "__main__":
    typer.run(main)

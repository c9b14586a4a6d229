"""A made county drawn three years running, many times over, and who was drawn each time.

What draws is `replay_drawn` of the stand-alone verifier: a library call takes too long for a hundred
thousand seeds. Cells come from `history_of`, the flags from the year before's draw. `differences`
holds both to the library.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from onevisit.county import CLASSES
from onevisit.draw import select, verify
from onevisit.draw.form import sha256, tsv, tsv_of
from onevisit.draw.freeze import mark_of
from onevisit.draw.frozen import Settings, read_frozen
from onevisit.draw.history import history_of

Files = dict[str, bytes]
Place = tuple[str, str, str]
"""Task, item, stratum."""
Rows = Iterable[tuple[str, str, str, str, str]]
"""Task, item, stratum, id, ticket of everything drawn."""
Draw = Callable[[verify.Frozen, str], Rows]
Drawn = npt.NDArray[np.bool_]
"""Seeds × objects of every stratum in turn: was it drawn?"""
Asked = tuple[str, int, int]
"""Kind, value and least, as in plan.tsv."""

FIRST_YEAR = 2027


@dataclass(frozen=True, slots=True)
class Cohort:
    """Objects to which the same happens in every year."""

    size: int
    classes: str
    """One letter a year; `-` when it is not there yet, or gone."""
    items: str
    """Letters of the items in whose scope it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a task and what is asked of each class."""

    task: str
    asked: Mapping[str, Asked]


def _rates(*values: int, least: int = 0) -> dict[str, Asked]:
    return {letter: ("rate", value, least) for letter, value in zip(CLASSES, values, strict=True)}


def _counts(*values: int) -> dict[str, Asked]:
    return {letter: ("count", value, 0) for letter, value in zip(CLASSES, values, strict=True)}


ITEMS: dict[str, Item] = {
    # Two joint tasks of two items each, at rates as counties plan them.
    "P": Item("T001", _rates(500, 1000, 2000, 4000, 1000)),
    "Q": Item("T001", _rates(700, 1000, 1500, 3000, 1500)),
    "R": Item("T002", _counts(7, 5, 3, 3, 2)),
    "S": Item("T002", _rates(300, 500, 1000, 2000, 500, least=1)),
    # One object a class.
    "L": Item("T003", _rates(864, 3333, 50, 5000, 9999)),
    # Strata of one cell; another joint task.
    "V": Item("T004", _rates(333, 1234, 2000, 4500, 3000)),
    "W": Item("T004", _counts(20, 9, 4, 3, 2)),
    # Two tasks that between them draw more than half of the businesses every year.
    "X": Item("T005", _rates(4000, 4000, 4000, 4000, 4000)),
    "Y": Item("T006", _rates(4000, 4000, 4000, 4000, 4000)),
}
HEAVY = ("X", "Y")
"""Items by which more than half are drawn every year."""

COHORTS = (
    Cohort(70, "AAA", "PRS"),
    Cohort(14, "AAA", "PQRS"),
    Cohort(30, "-AA", "PRS"),
    Cohort(12, "--A", "PRS"),
    Cohort(10, "BBA", "PRS"),
    Cohort(5, "DDA", "PRS"),
    Cohort(10, "AA-", "PRS"),
    Cohort(34, "BBB", "PRS"),
    Cohort(24, "BBB", "PQRS"),
    Cohort(8, "AAB", "PRS"),
    Cohort(6, "-BB", "PQRS"),
    Cohort(18, "CCC", "PQRS"),
    Cohort(4, "BBC", "PQRS"),
    Cohort(3, "--C", "PRS"),
    Cohort(7, "DDD", "PQRS"),
    Cohort(3, "CCD", "PRS"),
    Cohort(1, "--D", "PRS"),
    Cohort(12, "NNN", "PQRS"),
    Cohort(3, "-NN", "PRS"),
    Cohort(2, "--N", "PQRS"),
    Cohort(1, "AAA", "L"),
    Cohort(1, "BBB", "L"),
    Cohort(1, "CCC", "L"),
    Cohort(1, "DDD", "L"),
    Cohort(1, "NNN", "L"),
    Cohort(110, "AAA", "VW"),
    Cohort(12, "AA-", "VW"),
    Cohort(40, "BBB", "VW"),
    Cohort(11, "CCC", "VW"),
    Cohort(6, "DDD", "VW"),
    Cohort(9, "--N", "VW"),
    Cohort(90, "AAA", "XY"),
    Cohort(20, "-AA", "XY"),
    Cohort(24, "BBB", "XY"),
    Cohort(6, "-BB", "XY"),
    Cohort(9, "CCC", "XY"),
    Cohort(2, "--C", "XY"),
    Cohort(2, "NNN", "X"),
    Cohort(1, "-NN", "X"),
)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of one year, as what happened to it is judged."""

    year: int
    place: Place
    columns: slice
    """Its objects in the rows of a year's `Drawn`."""
    cells: tuple[int, ...]
    """Per object the number of its cell; objects without a line of history share one."""
    asked: Asked

    @property
    def size(self) -> int:
        """Return N."""
        return len(self.cells)

    @property
    def cell_sizes(self) -> list[int]:
        """Return how many of its objects stand in each cell."""
        return np.bincount(self.cells).tolist()


@dataclass(frozen=True)
class Year:
    """A year's frozen files; the flags of its history are a matter of the seeds."""

    number: int
    files: Files
    """Without a history."""
    cells: Mapping[str, str]
    """Object -> its cell in the history."""

    @cached_property
    def frozen(self) -> verify.Frozen:
        """Return the files as the verifier reads them, without a history."""
        return verify.read_frozen(verify.Folder(dict(self.files)))

    @cached_property
    def columns(self) -> dict[tuple[str, str, str, str], int]:
        """Return the column of each object in each stratum."""
        places = [(*place, one) for place in sorted(self.frozen.scope) for one in self.frozen.scope[place]]
        return {place: column for column, place in enumerate(places)}

    @cached_property
    def strata(self) -> list[Stratum]:
        """Return the strata in the order of their columns."""
        found: list[Stratum] = []
        start = 0
        for place in sorted(self.frozen.scope):
            ids = self.frozen.scope[place]
            cells = [self.cells.get(one, "") for one in ids]
            numbers = {cell: number for number, cell in enumerate(sorted(set(cells)))}
            found.append(
                Stratum(
                    self.number,
                    place,
                    slice(start, start + len(ids)),
                    tuple(numbers[cell] for cell in cells),
                    self.frozen.plan[place],
                )
            )
            start += len(ids)
        return found


def made_years(*, sparing_bp: int, exempt: str, cohorts: Sequence[Cohort] = COHORTS) -> list[Year]:
    """Return three years of the made county."""
    years: list[Year] = []
    before = b""
    for number in range(3):
        files = _frozen_files(cohorts, number, sparing_bp=sparing_bp, exempt=exempt)
        cells = {line.split("\t")[0]: line.split("\t")[1] for line in before.decode().splitlines()}
        years.append(Year(number, files, cells))
        # Whom a seed draws changes the flags of a history, never its cells.
        before = history_after(files | {"history.tsv": before, "drawn.tsv": b""}, number)
    return years


def history_after(files: Mapping[str, bytes], number: int) -> bytes:
    """Return the history that a year's evidence leaves to the next."""
    return history_of({f"510923-{FIRST_YEAR + number}-01-1": files})


def draw_years(years: Sequence[Year], seed: str, draw: Draw = verify.replay_drawn) -> list[Rows]:
    """Draw every year, each with a seed of its own and the flags that the year before left to it."""
    drawn: list[Rows] = []
    chosen: set[str] = set()
    for year in years:
        history = {one: (cell, int(one in chosen)) for one, cell in year.cells.items()}
        rows = draw(replace(year.frozen, history=history), year_seed(seed, year.number))
        drawn.append(rows)
        chosen = {row[3] for row in rows}
    return drawn


def year_seed(seed: str, number: int) -> str:
    """Return the seed S of a year."""
    return sha256(f"{seed}\n{number}\n")


def seed_name(number: int) -> str:
    """Return the number's seed, from which those of the years are made."""
    return f"fairness {number}"


def drawn_in(years: Sequence[Year], numbers: range, draw: Draw = verify.replay_drawn) -> list[Drawn]:
    """Return per year who was drawn with each seed."""
    found = [np.zeros((len(numbers), len(year.columns)), dtype=np.bool_) for year in years]
    for line, number in enumerate(numbers):
        for year, drawn, rows in zip(years, found, draw_years(years, seed_name(number), draw), strict=True):
            drawn[line, [year.columns[row[:4]] for row in rows]] = True
    return found


def differences(years: Sequence[Year], numbers: range) -> int:
    """Count the draws in which the library, with the history it makes itself, draws anything else."""
    wrong = 0
    for number in numbers:
        history = b""
        for year, rows in zip(years, draw_years(years, seed_name(number)), strict=True):
            files = year.files | {"history.tsv": history}
            drawn = select.draw(read_frozen(files), year_seed(seed_name(number), year.number))
            wrong += drawn.rows() != sorted(rows)
            history = history_after(files | {"drawn.tsv": tsv_of(drawn)}, year.number)
    return wrong


def _frozen_files(cohorts: Sequence[Cohort], number: int, *, sparing_bp: int, exempt: str) -> Files:
    placed = [
        (f"DY-{first:02d}-{one:03d}", cohort.classes[number], cohort.items)
        for first, cohort in enumerate(cohorts)
        if cohort.classes[number] != "-"
        for one in range(cohort.size)
    ]
    scope = [(ITEMS[item].task, item, letter, one) for one, letter, items in placed for item in items]
    return frozen_files(
        objects=[(one, letter, mark_of(one, str(number))) for one, letter, _ in placed],
        scope=scope,
        plan={place[:3]: ITEMS[place[1]].asked[place[2]] for place in scope},
        settings=Settings("witnessed", 1, 1, sparing_bp, exempt),
    )


def frozen_files(
    *,
    objects: Sequence[tuple[str, str, str]],
    scope: Sequence[tuple[str, str, str, str]],
    plan: Mapping[Place, Asked],
    settings: Settings,
) -> Files:
    """Return the frozen files of a year without a history."""
    sizes: dict[Place, int] = dict.fromkeys(plan, 0)
    for task, item, stratum, _ in scope:
        sizes[task, item, stratum] += 1
    return {
        "chains.tsv": tsv((holder, sha256(holder)) for holder in ("enterprise", "notary")),
        "history.tsv": b"",
        "objects.tsv": tsv(objects),
        "plan.tsv": tsv(
            (*place, "general", str(sizes[place]), kind, str(value), str(least))
            for place, (kind, value, least) in plan.items()
        ),
        "scope.tsv": tsv(scope),
        "settings.tsv": tsv(settings.rows()),
        "sources.tsv": tsv([("beacon", "hall", f"{FIRST_YEAR}-03-01T10:00:00+08:00")]),
        "witnesses.tsv": tsv([("enterprise",), ("notary",)]),
    }

"""The demonstration county's filings spoilt at random and read, and what must hold of whatever comes of it.

`python -m tests.fuzz.inbox --count 20000` is the long form (`make faults`): it prints its seed, so that a
fault that was found is found again.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from onevisit.county import County, Department
from onevisit.demo.generator import demonstration_inbox
from onevisit.filings.accounts import account, refused_lines
from onevisit.filings.intake import Document, file_department
from onevisit.filings.kinds import KINDS
from onevisit.filings.notice import refusal_workbook
from onevisit.filings.rows import DERIVED_FIELDS, rows_of
from onevisit.filings.values import DATE_FIELDS
from pipelines.settings import ROOT, read_county
from tests.fuzz.mutations import Filing, Grid, filing, mutated

YEAR, ENTITIES = 2027, 200
LONGEST_SECONDS = 20.0
"""For one file, on a busy machine; most take hundredths."""
FILLED = re.compile(r"[^\s\u200b\ufeff]")
CHANGED_FIELDS = {
    *DATE_FIELDS,
    "code",
    "responsible_code",
    *(name for names in DERIVED_FIELDS.values() for name in names),
}
"""Fields that do not stay as filed: dates in one form, ID numbers masked, digests."""


@dataclass
class Tally:
    """What came of the files read so far."""

    states: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_name: str = ""


def county() -> County:
    return read_county(ROOT / "county")


def sound_filings(settled: County) -> list[tuple[Department, Filing]]:
    """Return every file of the demonstration county with the department that handed it in."""
    files = demonstration_inbox(settled, year=YEAR, entities=ENTITIES, seed=settled.demonstration.seed, first=YEAR)
    by_name = {one.name: one for one in settled.departments}
    named = ((name.split("/", 1), data) for name, data in sorted(files.items()))
    return [(by_name[folder], filing(name, data)) for (folder, name), data in named]


def fuzz(settled: County, *, count: int, seed: int, tally: Tally) -> Iterator[str]:
    """Read `count` spoilt files and yield what should never be, with the number that finds it again."""
    sound = sound_filings(settled)
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")  # noqa: S311
        department, one = rng.choice(sound)
        spoilt = mutated(rng, one)
        begun = time.monotonic()
        try:
            wrong = list(faults_of(settled, department, spoilt, tally, is_told=number % 20 == 0))
        except Exception as error:  # noqa: BLE001 any exception is a fault here, and is told with its file
            wrong = [f"{type(error).__name__}: {error}"[:300]]
        seconds = time.monotonic() - begun
        if seconds > tally.slowest:
            tally.slowest, tally.slowest_name = seconds, f"{seed}/{number} {spoilt.name[:40]}"
        if seconds > LONGEST_SECONDS:
            wrong.append(f"took {seconds:.0f} s")
        yield from (f"{seed}/{number} {spoilt.name[:60]!r}: {what}" for what in wrong)


def faults_of(settled: County, department: Department, one: Filing, tally: Tally, *, is_told: bool) -> Iterator[str]:
    """Read one file and yield every promise that does not hold of it."""
    rows = file_department(department, [Document(one.name, one.data)], settled, secret="s")  # noqa: S106
    rows = rows.filter(pl.col("file") != "")
    tally.states.update(rows["state"])
    problems = [json.loads(text) for text in rows["problems"]]
    tally.codes.update(found["code"] for found_there in problems for found in found_there)
    if rows.is_empty() or set(rows["file"]) != {one.name}:
        yield "the file is not accounted for"
    if any((state == "refused") != bool(found) for state, found in zip(rows["state"], problems, strict=True)):
        yield "a line is refused without a reason, or kept with one"
    if any(not (found["reason"] and found["fix"]) for found_there in problems for found in found_there):
        yield "a refusal does not say why and what to do"
    counted = account([rows])
    if (counted["read_count"] != counted["kept_count"] + counted["refused_count"]).any():
        yield "read is not kept and refused"
    if counted["read_count"].sum() + counted["noted_count"].sum() != rows.height:
        yield "lines are missing in the account"
    if rows.select("sheet", "row").is_duplicated().any():
        yield "a line is there twice"
    lines = refused_lines([rows])
    for kind in KINDS:
        rows_of(kind, [rows])
    if is_told:
        refusal_workbook(settled.name, YEAR, counted, lines)
    if one.grids is not None:
        yield from _differences(department, one, rows)


def _differences(department: Department, one: Filing, rows: pl.DataFrame) -> Iterator[str]:
    """Yield what was lost or changed of a table whose cells are known."""
    if (rows.height == 1 and rows["row"].item() == 0) or set(_codes(rows)) & {"F006", "F017", "F018"}:
        return
    known = one.grids or {}
    for sheet, grid in known.items():
        read = rows.filter(sheet=sheet)
        expected = [number for number, row in enumerate(grid, 1) if any(map(FILLED.search, row))]
        if sorted(read["row"]) != expected:
            yield f"sheet {sheet!r}: lines {sorted(read['row'])[:5]}... instead of {expected[:5]}..."
            continue
        for number, fields in read.filter(state="kept").select("row", "fields").iter_rows():
            yield from _changed(department, number, json.loads(fields), grid)


def _changed(department: Department, number: int, fields: dict[str, str], grid: Grid) -> Iterator[str]:
    for name, value in fields.items():
        if name not in CHANGED_FIELDS and name not in department.fixes and value not in grid[number - 1]:
            yield f"row {number}: {name} was read as {value[:40]!r}, which no cell of {grid[number - 1]!r:.200} holds"


def _codes(rows: pl.DataFrame) -> list[str]:
    return [found["code"] for text in rows["problems"] for found in json.loads(text)]


def main() -> int:
    """Read spoilt filings until the count is reached; tell every fault, and what came of the rest."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    asked = options.parse_args()
    say, tally, begun = sys.stdout.write, Tally(), time.monotonic()
    say(f"seed {asked.seed}\n")
    wrong = 0
    for what in fuzz(county(), count=asked.count, seed=asked.seed, tally=tally):
        say(f"{what}\n")
        wrong += 1
    seconds = time.monotonic() - begun
    say(f"{asked.count} files in {seconds:.0f} s, {wrong} faults; ")
    say(f"slowest {tally.slowest:.1f} s ({tally.slowest_name})\n")
    say(f"lines: {dict(tally.states)}\nproblems: {dict(sorted(tally.codes.items()))}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

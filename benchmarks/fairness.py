"""The benchmark of the draw's fairness: `python -m benchmarks.fairness`. What each row means stands in README.md.

A hundred thousand seeds are drawn by `replay_drawn` of the stand-alone verifier, shared out to processes
by number. Its agreement with the library is a row of its own, and a property the tests hold.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from assets.evidence import evidence_of
from assets.folders import Folders
from benchmarks.inclusion import (
    Tally,
    deviations,
    expected_number,
    p_of_cells,
    p_of_number,
    p_of_objects,
    rms,
    tallied,
    together,
    worst,
)
from benchmarks.table import Row, tell
from benchmarks.years import (
    HEAVY,
    Year,
    differences,
    drawn_in,
    frozen_files,
    history_after,
    made_years,
    year_seed,
)
from onevisit.draw.evidence import Evidence, disclosure_of, is_void, rows_of
from onevisit.draw.form import sha256, tsv, tsv_of
from onevisit.draw.freeze import mark_of
from onevisit.draw.frozen import WHOLE, Frozen, Settings, read_frozen
from onevisit.draw.history import histories_of
from onevisit.draw.select import draw

_BATCH = 500
_UNLIKELY = 0.001
"""What a whole row of tests may find by chance alone, shared out equally among them."""
_RATES = (300, 500, 1000, 2000, 3000, 4000, 5000, 5500, 6000, 8000)


@dataclass(frozen=True)
class Setting:
    """What a run measures; numbers are for the tests to make small."""

    sparing_bp: int = 8000
    exempt: str = "D"
    seeds: int = 100_000
    processes: int = 2
    compared: int = 200
    shops: int = 200
    """Businesses at each rate of the row of repeated visits."""
    repeats: int = 50
    evidence: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])
    """A real year's: serial -> files."""

    @property
    def words(self) -> str:
        """Return how the made county spares."""
        exempt = "no class exempt" if self.exempt == "-" else f"class {self.exempt} exempt"
        return f"sparing {self.sparing_bp / WHOLE:.0%}, {exempt}"

    @cached_property
    def tallies(self) -> list[Tally]:
        """Return the tallies of every stratum and year over all seeds."""
        parts = [range(first, min(first + _BATCH, self.seeds)) for first in range(0, self.seeds, _BATCH)]
        if self.processes == 1:
            return together(_tallies(self.sparing_bp, self.exempt, part) for part in parts)
        with ProcessPoolExecutor(self.processes) as pool:
            return together(pool.map(_tallies, [self.sparing_bp] * len(parts), [self.exempt] * len(parts), parts))

    def mixed(self, smallest: int, largest: int) -> list[Tally]:
        """Return the strata of several cells and of a size, but for those of which more than half are drawn."""
        return [
            tally
            for tally in self.tallies
            if len(tally.excess) > 1
            and smallest <= tally.stratum.size <= largest
            and tally.stratum.place[1] not in HEAVY
        ]

    def measured_on(self, strata: Sequence[object]) -> str:
        """Return what a row was measured on."""
        return f"{len(strata)} strata; {self.seeds:,} seeds; {self.words}"


@cache
def _made(sparing_bp: int, exempt: str) -> list[Year]:
    return made_years(sparing_bp=sparing_bp, exempt=exempt)


def _tallies(sparing_bp: int, exempt: str, numbers: range) -> list[Tally]:
    years = _made(sparing_bp, exempt)
    return [
        tallied(stratum, drawn)
        for year, drawn in zip(years, drawn_in(years, numbers), strict=True)
        for stratum in year.strata
    ]


def objects(setting: Setting) -> Iterator[Row]:
    """Every object of a cell is drawn as often as the others."""
    whole = [tally for tally in setting.tallies if len(tally.excess) == 1 and tally.stratum.size > 1]
    yield _chances("strata of one cell: every object n/N", setting, whole, p_of_objects)
    mixed = [tally for tally in setting.tallies if len(tally.excess) > 1]
    yield _chances("strata of several cells: objects of a cell alike", setting, mixed, p_of_objects)


def cells(setting: Setting) -> Iterator[Row]:
    """Cells within a stratum are drawn as often as each other, the nearer the larger the stratum is."""
    large = setting.mixed(100, WHOLE)
    tested = _chances("several cells, N ≥ 100: cells alike", setting, large, p_of_cells)
    yield replace(tested, beside=_deviation(large))
    for sizes, limit, most in (((20, 99), 0.003, 1.0), ((2, 19), 0.015, 0.059)):
        found = setting.mixed(*sizes)
        far = worst(found)
        yield Row(
            f"several cells, N {sizes[0]}–{sizes[1]}: deviation",
            setting.measured_on(found),
            _deviation(found),
            f"≤ {limit:.1%} rms" + (f", worst ≤ {most:.1%}" if most < 1 else ""),
            "",
            rms(found) <= limit and abs(far.relative) - 2 * far.error <= most,
        )


def heavy(setting: Setting) -> Iterator[Row]:
    """What deviates where more than half of a stratum were drawn last year."""
    for tally in setting.tallies:
        if len(tally.excess) > 1 and tally.stratum.place[1] == HEAVY[0] and tally.stratum.year == 2:
            told = ", ".join(f"{one.relative:+.2%} ± {one.error:.2%} ({one.cell_size})" for one in deviations(tally))
            yield Row(
                f"more than half drawn last year, N {tally.stratum.size}",
                f"1 stratum; {setting.seeds:,} seeds; {setting.words}",
                told,
                "told, not bounded",
                "deviation of each cell (its objects)",
                is_met=True,
            )


def numbers(setting: Setting) -> Iterator[Row]:
    """How many are drawn, and a stratum of one object."""
    alone = [tally for tally in setting.tallies if tally.stratum.size == 1]
    told = ", ".join(
        f"{tally.stratum.asked[1] / WHOLE:.2%}: {tally.counts[0] / tally.seeds:.3%}"
        for tally in alone
        if tally.stratum.year == 2
    )
    yield replace(
        _chances("strata of one object at their rate", setting, alone, p_of_number), beside=f"third year {told}"
    )
    rated = [tally for tally in setting.tallies if tally.stratum.asked[0] == "rate" and not tally.stratum.asked[2]]
    off = max(abs(_mean(tally) / expected_number(tally.stratum)[2] - 1) for tally in rated if tally.stratum.size > 1)
    yield replace(
        _chances("mean number drawn is N·v/10000", setting, rated, p_of_number),
        beside=f"furthest off by {off:.2%} (strata of one object aside)",
    )
    asked = [tally for tally in setting.tallies if tally.stratum.asked[0] == "count" or tally.stratum.asked[2]]
    yield _chances("numbers and least numbers held", setting, asked, p_of_number)


def library(setting: Setting) -> Iterator[Row]:
    """The library draws what the verifier drew."""
    wrong = differences(_made(setting.sparing_bp, setting.exempt), range(setting.compared))
    yield Row(
        "library and verifier draw the same",
        f"{setting.compared} seeds, three years; {setting.words}",
        f"{wrong} draws differ",
        "none",
        "",
        wrong == 0,
    )


def repeats(setting: Setting) -> Iterator[Row]:
    """Businesses drawn two years running, at each rate."""
    spared_share = setting.sparing_bp / WHOLE
    for rate, found in repeated(setting).items():
        share = rate / WHOLE
        # Where more than half are drawn, nobody can spare all of them: 2r - 1 come again at least.
        possible = spared_share * (1 - max(0.0, 2 * share - 1) / share**2)
        yield Row(
            f"drawn two years running, rate {share:.0%}",
            f"{setting.shops} businesses, {setting.repeats} seeds; {setting.words}",
            f"{found.spared / setting.repeats:.1f} instead of {found.unspared / setting.repeats:.1f}: "
            f"{found.fall:.0%} fewer",
            "≥ 50 % fewer, as many drawn" if possible >= 0.5 else f"as many drawn; {possible:.0%} fewer is possible",
            f"drawn {found.drawn_spared / setting.repeats:.1f} and {found.drawn_unspared / setting.repeats:.1f}",
            (found.fall >= 0.5 or possible < 0.5) and found.drawn_spared == found.drawn_unspared,
        )


@dataclass(slots=True)
class Repeated:
    """How many were drawn in both years, and how often items were drawn in the second, with sparing and without."""

    spared: int = 0
    unspared: int = 0
    drawn_spared: int = 0
    drawn_unspared: int = 0
    beyond: int = 0
    """Drawn in both years, whom sparing cannot touch; in a real county's rounds alone."""

    @property
    def fall(self) -> float:
        """Return the share of repeated visits that sparing saves."""
        return 1 - self.spared / self.unspared if self.unspared else 0.0


def repeated(setting: Setting) -> dict[int, Repeated]:
    """Draw two years of a county of one item a rate, by the library, the second with sparing and without."""
    sparing, plain = _plain_county(setting, setting.sparing_bp), _plain_county(setting, 0)
    found = {rate: Repeated() for rate in _RATES}
    for number in range(setting.repeats):
        name = f"repeats {number}"
        first = draw(read_frozen(plain), year_seed(name, 0))
        history = {"history.tsv": history_after(plain | {"drawn.tsv": tsv_of(first)}, 0)}
        spared, unspared = (_by_item(draw(read_frozen(own | history), year_seed(name, 1))) for own in (sparing, plain))
        before = _by_item(first)
        for rate, one in found.items():
            own = before[str(rate)]
            one.spared += len(own & spared[str(rate)])
            one.unspared += len(own & unspared[str(rate)])
            one.drawn_spared += len(spared[str(rate)])
            one.drawn_unspared += len(unspared[str(rate)])
    return found


def county(setting: Setting) -> Iterator[Row]:
    """Businesses drawn two years running when a county's rounds are held again the next year."""
    if not setting.evidence:
        return
    one = held_again(setting)
    yield Row(
        "a county's rounds held again",
        f"{setting.repeats} seeds; its own sparing",
        f"{one.spared / setting.repeats:.1f} instead of {one.unspared / setting.repeats:.1f} drawn in both years: "
        f"{one.fall:.0%} fewer",
        "≥ 50 % fewer, as many drawn",
        f"drawn {one.drawn_spared / setting.repeats:.1f} and {one.drawn_unspared / setting.repeats:.1f}; "
        f"{one.beyond / setting.repeats:.1f} more drawn in both years whom sparing cannot touch",
        one.fall >= 0.5 and one.drawn_spared == one.drawn_unspared,
    )


def held_again(setting: Setting) -> Repeated:
    """Draw a county's rounds with other seeds, and again the next year with the history that leaves.

    Whom sparing cannot touch (an exempt class, a cell drawn whole, a cell of one among them) is counted apart.
    """
    held = {serial: dict(files) for serial, files in setting.evidence.items() if not is_void(files)}
    found = Repeated()
    for number in range(setting.repeats):
        first = {serial: _drawn_again(files, f"{number} {serial} first") for serial, files in held.items()}
        drawn = {serial: files | {"drawn.tsv": tsv_of(first[serial])} for serial, files in held.items()}
        histories = histories_of(drawn)
        for serial, files in held.items():
            kept = dict(rows_of(files, "settings.tsv").iter_rows())
            known = files | {"history.tsv": histories[disclosure_of(files)]}
            plain = known | {"settings.tsv": tsv((kept | {"sparing": "0"}).items())}
            spared, unspared = (
                set(_drawn_again(one, f"{number} {serial} second").select("item", "id").rows())
                for one in (known, plain)
            )
            _count_again(found, read_frozen(known), spared, unspared)
    return found


def _count_again(found: Repeated, frozen: Frozen, spared: set[tuple[str, str]], unspared: set[tuple[str, str]]) -> None:
    """Add one round's second year: item and id of everything drawn, with sparing and without."""
    is_whole = pl.col("flag").min().over("cell") == 1
    is_exempt = pl.col("class").is_in(list(frozen.settings.exempt))
    before = frozen.history.with_columns(is_whole=is_whole).filter(pl.col("flag") == 1).join(frozen.objects, on="id")
    can_be = set(before.filter(~pl.col("is_whole") & ~is_exempt)["id"])
    again, again_unspared = ({one for _, one in drawn} & set(before["id"]) for drawn in (spared, unspared))
    found.spared += len(again & can_be)
    found.unspared += len(again_unspared & can_be)
    found.beyond += len(again - can_be)
    found.drawn_spared += len(spared)
    found.drawn_unspared += len(unspared)


def _drawn_again(files: Evidence, name: str) -> pl.DataFrame:
    return draw(read_frozen(files), sha256(name))


def _by_item(drawn: pl.DataFrame) -> dict[str, set[str]]:
    items: dict[str, set[str]] = {str(rate): set() for rate in _RATES}
    for item, one in drawn.select("item", "id").iter_rows():
        items[item].add(one)
    return items


def _plain_county(setting: Setting, sparing_bp: int) -> dict[str, bytes]:
    ids = {rate: [f"DY-{rate}-{number:04d}" for number in range(setting.shops)] for rate in _RATES}
    return frozen_files(
        objects=[(one, "B", mark_of(one, "repeats")) for own in ids.values() for one in own],
        scope=[(f"T{rate}", str(rate), "B", one) for rate, own in ids.items() for one in own],
        plan={(f"T{rate}", str(rate), "B"): ("rate", rate, 0) for rate in _RATES},
        settings=Settings("witnessed", 1, 1, sparing_bp, setting.exempt),
    )


def _chances(name: str, setting: Setting, found: Sequence[Tally], chance: Callable[[Tally], float | None]) -> Row:
    tested = [(p, tally) for tally in found if (p := chance(tally)) is not None]
    p, tally = min(tested, key=lambda one: one[0])
    return Row(
        name,
        setting.measured_on(found),
        f"smallest p {p:.2g} of {len(tested)}",
        f"≥ {_UNLIKELY / len(tested):.1g}",
        f"{' '.join(tally.stratum.place)}, year {tally.stratum.year + 1}",
        p >= _UNLIKELY / len(tested),
    )


def _deviation(found: Sequence[Tally]) -> str:
    far = worst(found)
    return f"{rms(found):.2%} rms, worst {far.relative:+.1%} ± {far.error:.1%}"


def _mean(tally: Tally) -> float:
    return int(tally.counts.sum()) / tally.seeds


def by_stratum(setting: Setting) -> str:
    """Return a table of the figures of every stratum, one line each."""
    lines = [
        (
            "year",
            "stratum",
            "cells",
            "asked",
            "drawn on average",
            "expected",
            "p number",
            "p objects",
            "p cells",
            "rms",
        ),
        ("---",) * 10,
    ]
    for tally in setting.tallies:
        stratum = tally.stratum
        kind, value, least = stratum.asked
        lines.append(
            (
                str(stratum.year + 1),
                " ".join(stratum.place),
                " + ".join(map(str, stratum.cell_sizes)),
                f"{kind} {value}" + (f", least {least}" if least else ""),
                f"{_mean(tally):.4f}",
                f"{expected_number(stratum)[2]:.4f}",
                *(_shown(chance(tally)) for chance in (p_of_number, p_of_objects, p_of_cells)),
                f"{rms([tally]):.2%}" if len(tally.excess) > 1 else "–",
            )
        )
    return f"{setting.words}, {setting.seeds:,} seeds\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _shown(p: float | None) -> str:
    return "–" if p is None else f"{p:.2g}"


ROWS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "objects": objects,
    "cells": cells,
    "heavy": heavy,
    "numbers": numbers,
    "library": library,
    "repeats": repeats,
    "county": county,
}

app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    rows: Annotated[str, typer.Option(help=f"Rows to measure: {', '.join(ROWS)}.")] = ",".join(ROWS),
    seeds: Annotated[int, typer.Option(help="How many seeds are drawn.")] = Setting.seeds,
    sparing: Annotated[
        int, typer.Option(help="Share of those drawn last year who are spared, in basis points.")
    ] = 8000,
    exempt: Annotated[str, typer.Option(help="Classes never spared; - for none.")] = "D",
    processes: Annotated[int, typer.Option(help="Processes that draw at the same time.")] = 2,
    data: Annotated[Path | None, typer.Option(help="Data folder of a county, for the row county.")] = None,
    year: Annotated[int, typer.Option(help="Year whose rounds are held again.")] = 2027,
    strata: Annotated[Path | None, typer.Option(help="File for the figures of every stratum.")] = None,
    output: Annotated[Path | None, typer.Option(help="File for the table; else it is printed.")] = None,
) -> None:
    """Draw a made county many times and print the table as Markdown; exit 1 when a figure is not reached.

    Example: python -m benchmarks.fairness --seeds 10000 --sparing 10000 --exempt -
    """
    evidence = evidence_of(Folders(data), year) if data else {}
    setting = Setting(sparing_bp=sparing, exempt=exempt, seeds=seeds, processes=processes, evidence=evidence)
    found = [row for name in rows.split(",") for row in ROWS[name](setting)]
    if strata:
        strata.write_text(by_stratum(setting), "utf-8")
    tell(found, "benchmarks.fairness", output)


if __name__ == "__main__":
    app()

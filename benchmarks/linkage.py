"""The benchmark of linkage: `python -m benchmarks.linkage`. What each row means stands in README.md."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import counties, peer
from benchmarks.counties import ROOT, Lists, keeping
from benchmarks.table import Row, tell
from onevisit.county import County
from onevisit.demo.registers import Dirt
from pipelines.settings import read_county

Run = Callable[[str, Path, Sequence[Lists | str], Mapping[str, str]], dict[str, float]]
"""Runs a measure on lists of a county, in an environment."""
DIRTY = Dirt(slips=2.0, codes_blank=0.7)
_NO_PEER = "Splink is not installed"
_VARIANTS: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("rows shuffled", {}, ("1",)),
    ("rows shuffled otherwise", {}, ("2",)),
    ("PYTHONHASHSEED=1", {"PYTHONHASHSEED": "1"}, ()),
    ("1 thread", {"POLARS_MAX_THREADS": "1"}, ()),
    ("2 threads", {"POLARS_MAX_THREADS": "2"}, ()),
)
"""What must not change a byte: a name, the environment, the seed of another order of rows."""
_USUAL = {"PYTHONHASHSEED": "0"}


def in_own_process(
    measure: str, county_folder: Path, given: Sequence[Lists | str], environment: Mapping[str, str]
) -> dict[str, float]:
    """Run a measure in a process of its own, so that its memory is its own and its environment as said."""
    arguments = [str(one.folder) if isinstance(one, Lists) else one for one in given]
    ended = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.measures", measure, str(county_folder), *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(ended.stdout.splitlines()[-1])


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run measures on; sizes are for the tests to make small."""

    county_folder: Path
    cache: Path
    """Folder that keeps made counties."""
    private: Path
    """Folder for lists read from an inbox; it goes when the run ends."""
    labelled: Path | None = None
    inbox: Path | None = None
    entities: int = 25_000
    labelled_entities: int = 5_000
    counties: int = 17
    times: int = 1
    """How often each of them is linked, so that few made counties stand for many."""
    processes: int = 2
    repeat: int = 3
    run: Run = in_own_process

    @property
    def county(self) -> County:
        """Return the county's settings."""
        return read_county(self.county_folder)

    def usual(self) -> tuple[str, Lists]:
        """Return the inbox, or a made county of the same size."""
        if self.inbox:
            return f"inbox {self.inbox.name}", counties.from_inbox(self.inbox, self.county, self.private / "inbox")
        return self._made(self.entities)

    def known(self) -> tuple[str, Lists]:
        """Return the labelled lists, or a smaller made county."""
        if self.labelled:
            return "labelled lists", counties.from_labelled(self.labelled, self.county, self.private / "labelled")
        return self._made(self.labelled_entities)

    def _made(self, entities: int) -> tuple[str, Lists]:
        return f"made county of {entities:,}", self.made(entities, "1")[0]

    def made(self, entities: int, seed: str, dirt: Dirt | None = None, years: int = 1) -> list[Lists]:
        """Return the lists of a made county."""
        return counties.made(self.cache, self.county, entities=entities, seed=seed, dirt=dirt, years=years)

    def measured(self, measure: str, *given: Lists | str, **environment: str) -> dict[str, float]:
        """Run a measure and return its answer; `environment` are variables of its process."""
        return self.run(measure, self.county_folder, given, environment)


def known_truth(setting: Setting) -> Iterator[Row]:
    """Objects of known truth."""
    name, lists = setting.known()
    found = setting.measured("quality", lists)
    yield Row(
        "objects of known truth",
        f"{name}, {found['records']:,} records",
        f"{_quality(found)}, review {found['review']:.2%}",
        "F1 ≥ .997, precision ≥ .998",
        _peer_quality(setting, lists),
        found["f1"] >= 0.997 and found["precision"] >= 0.998,
    )


def whole_inbox(setting: Setting) -> Iterator[Row]:
    """A county's whole inbox: the stage, and linkage beside the peer."""
    name, lists = setting.usual()
    runs = [setting.measured("stage", lists) for _ in range(setting.repeat)]
    seconds, peak = statistics.median(one["seconds"] for one in runs), max(one["peak"] for one in runs)
    yield Row(
        "whole registries stage",
        f"{name}, {runs[0]['records']:,} records",
        f"{seconds:.1f} s, {peak:,.0f} MB",
        "≤ 15 s, ≤ 2 GB",
        "",
        seconds <= 15 and peak <= 2048,
    )
    yield _beside_peer(setting, name, lists)


def _beside_peer(setting: Setting, name: str, lists: Lists) -> Row:
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    # In turn, so that a busy moment of the machine hits both.
    for _ in range(setting.repeat):
        ours.append(setting.measured("linkage", lists))
        if peer.is_installed():
            theirs.append(setting.measured("splink", lists))
    link, normalise, cpu = (statistics.median(one[part] for one in ours) for part in ("link", "normalise", "cpu"))
    seconds, their_cpu = (
        statistics.median(one[part] for one in theirs) if theirs else 0.0 for part in ("seconds", "cpu")
    )
    peak, their_peak = (max((one["peak"] for one in runs), default=0.0) for runs in (ours, theirs))
    times = seconds / link
    return Row(
        "linkage alone",
        f"{name}, {ours[0]['records']:,} records",
        f"{link:.1f} s ({cpu:.1f} s of processors), {peak:,.0f} MB: {times:.1f} times as fast; "
        f"normalising {normalise:.1f} s",
        "≥ 4 times as fast as Splink",
        f"Splink {seconds:.1f} s ({their_cpu:.1f} s of processors), {their_peak:,.0f} MB" if theirs else _NO_PEER,
        times >= 4,
    )


def few_codes(setting: Setting) -> Iterator[Row]:
    """A county with hardly any codes and twice the dirt."""
    lists = setting.made(setting.entities, "1", DIRTY)[0]
    found = setting.measured("quality", lists)
    yield Row(
        "70 % of codes blanked, twice the dirt",
        f"made county of {setting.entities:,}, {found['records']:,} records",
        f"{_quality(found)}, review {found['review']:.2%}; {found['seconds']:.1f} s, {found['peak']:,.0f} MB",
        "F1 ≥ .985, precision ≥ .995, review ≤ 3 %",
        _peer_quality(setting, lists),
        found["f1"] >= 0.985 and found["precision"] >= 0.995 and found["review"] <= 0.03,
    )


def a_million(setting: Setting) -> Iterator[Row]:
    """Many counties, shared out to processes side by side, each with one thread."""
    made = [setting.made(setting.entities, str(number))[0] for number in range(1, setting.counties + 1)]
    lists = made * setting.times
    shares = [lists[number :: setting.processes] for number in range(min(setting.processes, len(lists)))]
    with ThreadPoolExecutor(len(shares)) as side_by_side:
        found = list(
            side_by_side.map(lambda share: setting.measured("linkages", *share, POLARS_MAX_THREADS="1"), shares)
        )
    records, seconds = sum(one["records"] for one in found), max(one["seconds"] for one in found)
    a_million, cpu = seconds * 1e6 / records, sum(one["cpu"] for one in found) * 1e6 / records
    peak, lowest = sum(one["peak"] for one in found), min(one["f1"] for one in found)
    often = f", each linked {setting.times} times" if setting.times > 1 else ""
    yield Row(
        "normalising and linking a million records",
        f"{setting.counties} made counties of {setting.entities:,}{often}, {records:,} records",
        f"{a_million:.1f} s a million ({cpu:.1f} s of processors), {seconds:,.0f} s in all, {peak:,.0f} MB in "
        f"{len(shares)} processes; lowest F1 {_share(lowest)}",
        "≤ 60 s, ≤ 8 GB",
        "",
        a_million <= 60 and peak <= 8192,
    )


def inspectors(setting: Setting) -> Iterator[Row]:
    """Inspectors of known truth."""
    name, lists = setting.known()
    for where, one in ((name, lists), (f"made county of {setting.entities:,}", setting.made(setting.entities, "1")[0])):
        found = setting.measured("people", one)
        yield Row(
            "inspectors",
            f"{where}, {found['records']:,} records",
            f"{_quality(found)}; {found['seconds']:.1f} s",
            "F1 ≥ .98",
            "",
            found["f1"] >= 0.98,
        )


def kept_ids(setting: Setting) -> Iterator[Row]:
    """Ids kept from one year to the next."""
    before, after = setting.made(setting.entities, "1", years=2)
    found = setting.measured("kept_ids", before, after)
    yield Row(
        "ids kept over a year",
        f"made county of {setting.entities:,}, {found['entities']:,} entities of both years; "
        f"{found['left']:.1%} of records left, {found['arrived']:.1%} arrived",
        f"{found['kept']:.2%}; {found['followed']:.2%} with those whose register says what they became; "
        f"people {found['people']:.2%}",
        "≥ 99.5 %",
        "",
        found["kept"] >= 0.995,
    )


def same_bytes(setting: Setting) -> Iterator[Row]:
    """Exports that nothing but their content decides."""
    name, lists = setting.usual()
    usual = _tables(setting.measured("digests", lists, **_USUAL))
    changed: dict[str, list[str]] = {}
    for what, environment, seed in _VARIANTS:
        found = _tables(setting.measured("digests", lists, *seed, **(_USUAL | environment)))
        changed[what] = [table for table, digest in found.items() if digest != usual[table]]
    differing = {what: tables for what, tables in changed.items() if tables}
    yield Row(
        "the same bytes",
        f"{name}, {len(usual)} tables",
        "; ".join(f"{what}: {', '.join(tables)} differ" for what, tables in differing.items()) or "identical",
        "identical",
        ", ".join(changed),
        not differing,
    )


def _tables(answer: Mapping[str, float]) -> dict[str, float]:
    return {name: digest for name, digest in answer.items() if name != "peak"}


ROWS: dict[str, Callable[[Setting], Iterator[Row]]] = {
    "labelled": known_truth,
    "inbox": whole_inbox,
    "dirty": few_codes,
    "million": a_million,
    "inspectors": inspectors,
    "ids": kept_ids,
    "bytes": same_bytes,
}


def _quality(found: Mapping[str, float]) -> str:
    return ", ".join(
        f"{name} {_share(found[key])}" for name, key in (("F1", "f1"), ("precision", "precision"), ("recall", "recall"))
    )


def _share(share: float) -> str:
    return f"{share:.4f}".removeprefix("0")


def _peer_quality(setting: Setting, lists: Lists) -> str:
    if not peer.is_installed():
        return _NO_PEER
    found = setting.measured("splink", lists)
    figures = f"F1 {_share(found['f1'])}, precision {_share(found['precision'])}, {found['seconds']:.1f} s"
    return f"Splink at p ≥ {found['threshold']}: {figures}"


app = typer.Typer(add_completion=False)


@app.command()
def main(
    *,
    rows: Annotated[str, typer.Option(help=f"Rows to measure: {', '.join(ROWS)}.")] = ",".join(ROWS),
    labelled: Annotated[Path | None, typer.Option(help="Folder with inbox/<year>/ and truth.csv.")] = None,
    inbox: Annotated[Path | None, typer.Option(help="One year's inbox folder: <year>/<department>/<file>.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps made counties from run to run.")] = None,
    entities: Annotated[int, typer.Option(help="Subjects of a made county.")] = 25_000,
    counties: Annotated[int, typer.Option(help="Made counties of the row million.")] = 17,
    times: Annotated[int, typer.Option(help="How often each of them is linked: few then stand for many.", min=1)] = 1,
    processes: Annotated[int, typer.Option(help="Processes that share the row million out.")] = os.cpu_count() or 1,
    repeat: Annotated[int, typer.Option(help="How often times are taken; the median counts.")] = 3,
    county: Annotated[Path, typer.Option(help="Settings of the county.")] = ROOT / "county",
    output: Annotated[Path | None, typer.Option(help="File for the table; else it is printed.")] = None,
) -> None:
    """Measure linkage and print the table as Markdown; exit 1 when a figure is not reached.

    Example: python -m benchmarks.linkage --rows dirty,ids --cache /tmp/counties
    """
    with keeping(cache) as kept, tempfile.TemporaryDirectory() as private:
        setting = Setting(
            county_folder=county,
            cache=kept,
            private=Path(private),
            labelled=labelled,
            inbox=inbox,
            entities=entities,
            counties=counties,
            times=times,
            processes=processes,
            repeat=repeat,
        )
        found = [row for name in rows.split(",") for row in ROWS[name](setting)]
    tell(found, "benchmarks.linkage", output)


if __name__ == "__main__":
    app()

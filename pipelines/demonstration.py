"""The demonstration county on disk: its inbox, and the results its departments return."""

import re
from collections.abc import Callable
from pathlib import Path

from assets.folders import settings_in
from onevisit.county import County
from onevisit.decisions import Entry
from onevisit.demo.generator import demonstration_inbox
from onevisit.demo.pools import pool_files
from onevisit.demo.results import returned_results
from onevisit.demo.reviewer import demonstration_rulings
from onevisit.errors import RefusedError, problem
from onevisit.plan.rulings import entry_of
from onevisit.plan.signoff import demonstration_moment
from onevisit.registries.tables import Inspectors, Lent, Objects
from onevisit.results.returned import certificates_of
from onevisit.visits.lent import with_lent
from onevisit.visits.tables import Obligations, Teams
from pipelines.review.desk import Desk, View
from pipelines.settings import ROOT, Settings
from pipelines.summary import exported

REVIEW_ROUNDS = 3
"""A ruling changes the plan, which may then ask something new: so often the scripted reviewer answers."""


def write_inbox(settings: Settings, county: County, *, year: int, entities: int) -> None:
    """Write the made-up departments' files into the inbox; the county goes on from the year before, if it lies there.

    Raises RefusedError C006 when the county is not a demonstration, C007 when the inbox holds files
    that this did not make: real filings are never overwritten; C008 when rounds were drawn from a
    demonstration of another size.
    """
    if county.demonstration is None:
        raise RefusedError([problem("C006", file=settings.county_folder.name)])
    # Beside the inbox, not in it: everything in it is taken for a filing.
    marker = _marker(settings, year)
    if settings.folders.inbox(year).exists() and not marker.exists():
        raise RefusedError([problem("C007", file=str(settings.folders.inbox(year)))])
    # What was drawn from one made-up county cannot go on in another.
    if marker.exists() and marker.read_text("ascii") != str(entities) and settings.folders.draws(year).exists():
        raise RefusedError([problem("C008", file=str(settings.data), entities=marker.read_text("ascii"))])
    # First: an inbox half written is the demonstration's too, and the next run writes it whole.
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(str(entities), "ascii")
    first = _first_year(settings, year, entities)
    files = demonstration_inbox(county, year=year, entities=entities, seed=county.demonstration.seed, first=first)
    _write(settings.folders.inbox(year), files)
    _write(settings.folders.pools(year), pool_files(county, year=year, seed=county.demonstration.seed))


def rule_on_plan(settings: Settings, county: County, *, year: int) -> int:
    """Record the scripted reviewer's answer to every question of the plan that waits; return how many there were."""

    def make(view: View) -> tuple[list[Entry], Callable[[View], int]]:
        at = demonstration_moment(view.log, year).isoformat()
        entries = [
            entry_of(ruling, fingerprint=view.fingerprint, at=at, is_demonstration=True)
            for ruling in demonstration_rulings(view.questions)
        ]
        return entries, lambda _: len(entries)

    return Desk(settings, county, year).record(make)


def return_results(settings: Settings, county: County, *, year: int) -> None:
    """Write the results the made-up departments return for what was drawn."""
    if county.demonstration is None:
        raise RefusedError([problem("C006", file=settings.county_folder.name)])
    files = returned_results(
        exported(settings.folders, Obligations, year),
        exported(settings.folders, Objects, year),
        county=county,
        year=year,
        seed=county.demonstration.seed,
        today=county.demonstration.today,
        certificates=certificates_of(
            exported(settings.folders, Teams, year),
            with_lent(exported(settings.folders, Inspectors, year), exported(settings.folders, Lent, year)),
        ),
    )
    _write(settings.folders.inbox(year), files)


def _marker(settings: Settings, year: int) -> Path:
    """Return the file that says how many subjects the made-up county of a year has."""
    return settings.folders.inbox(year).with_suffix(".demonstration")


def _first_year(settings: Settings, year: int, entities: int) -> int:
    """Return the year in which the county was made up: the earliest of an unbroken run of years of its size."""
    marker = _marker(settings, year - 1)
    if marker.exists() and marker.read_text("ascii") == str(entities):
        return _first_year(settings, year - 1, entities)
    return year


def write_county(counties: Path, number: int, *, year: int, entities: int) -> Path:
    """Write a made-up county of a province, settings and inbox, and return its folder.

    Each has a name, a code and a seed of its own, and a neighbour: the first and the second, the third and the fourth.
    Raises RefusedError C007 when its folder holds filings that this did not make.
    """
    folder = counties / f"{number:03d}"
    texts = {name: data.decode() for name, data in settings_in(ROOT / "county").items()}
    own = texts["county.toml"]
    for setting, value in (
        ("name", f"示例{number:03d}县"),
        ("code", f"51{number:04d}"),
        ("seed", f"onevisit-province-{number:03d}"),
    ):
        own = re.sub(rf'(?m)^{setting} = "[^"]*"$', f'{setting} = "{value}"', own, count=1)
    neighbour = f"示例{number + 1 if number % 2 else number - 1:03d}县"
    texts["county.toml"] = own.replace('name = "蓬溪县"', f'name = "{neighbour}"')
    _write(folder / "county", {name: text.encode() for name, text in texts.items()})
    settings = Settings(folder / "county", folder)
    write_inbox(settings, settings.county(), year=year, entities=entities)
    return folder


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

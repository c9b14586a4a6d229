"""A province on disk: a folder per county in, Parquet partitioned by stage and county out.

    COUNTIES/<county>/county/…, inbox/<year>/<department>/… or filings/<year>/*.parquet, pools/<year>/…, sealed/<year>/…
    TO/<year>/stage=<stage>/county=<county>/<table>.parquet, told.json and made.json; TO/<year>/province.json

What a stage of a county is made from has a key, the digest of its parcels and of the rules; it stands in made.json,
written last, so that a stage broken off counts as not made. What earlier years hand on counts in it by the digests of
its rows: only a stage that is made again reads their tables.
"""

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from assets.clock import secret
from assets.files import write_whole
from assets.filings import documents_in, entries_of
from assets.folders import Folders, settings_in
from onevisit.county import County, parse_county
from onevisit.errors import Problem, RefusedError, problem
from onevisit.filings.intake import Document, kind_of
from onevisit.province.advance import TOLD, Told
from onevisit.province.digest import code_version, digest_of
from onevisit.province.stages import HANDED_ON, LASTING, READS, STAGES
from onevisit.province.work import ORDER, Order, Parcels, name_of
from onevisit.tables import table_of

RESERVED = "province"
"""The folder among the counties' that a run writes into, unless told otherwise."""
SEEDS = "seeds.csv"
"""The file among the counties' folders that makes a run a drill: county, round, seed."""
_MADE = "made.json"
_OWN = {
    "filings": ("county", "inbox", "filings"),
    "registries": ("decisions.jsonl", "before"),
    "plan": ("pools",),
    "draw": (),
    "visits": (),
}
"""Stage -> the parcels it is the first to read."""

Seeds = Mapping[str, Mapping[int, str]]
"""County folder -> round (0 = every other) -> seed of a drill."""


@dataclass(frozen=True)
class CountyFolder:
    """One county of a province."""

    path: Path
    county: County | None
    problems: tuple[Problem, ...] = ()
    """Why it takes no part; none when it does."""

    @property
    def name(self) -> str:
        """Name of the folder, and of the partition."""
        return self.path.name

    @property
    def folders(self) -> Folders:
        """The county's data: beside its settings."""
        return Folders(self.path)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one county."""

    county: str
    stages: tuple[str, ...]
    keys: Mapping[str, str]
    """Stage -> key of what it is made from."""
    parcels: Parcels


@dataclass(frozen=True, slots=True)
class HandedOn:
    """A table of an earlier year that a stage of this one reads."""

    name: str
    """`<stage>/<table>`."""
    path: Path
    digest: str
    """Of its rows."""


@dataclass(frozen=True, slots=True)
class Counties:
    """Counties in a folder, and where what is made of any year goes."""

    path: Path
    to: Path

    def province(self, year: int) -> "Province":
        """Return the province of a year."""
        return Province(self.path, self.to, year)

    def names(self) -> list[str]:
        """Return the names of the counties' folders."""
        return sorted(settings.parent.name for settings in self.path.glob("*/county"))


@dataclass(frozen=True)
class Province:
    """Counties in a folder, and where a run keeps what it makes."""

    counties: Path
    to: Path
    year: int

    @cached_property
    def folders(self) -> list[CountyFolder]:
        """Every folder among the counties', with what is wrong with it.

        Raises RefusedError (N008) when there is none.
        """
        paths = [
            path
            for path in sorted(self.counties.iterdir())
            if path.is_dir() and path.resolve() != self.to.resolve() and path.name[0] != "."
        ]
        found = [_folder(path, self.year) for path in paths if path.name != RESERVED]
        if not found:
            raise RefusedError([problem("N008", file=self.counties.name)])
        codes: dict[str, list[str]] = defaultdict(list)
        for one in found:
            if one.county:
                codes[one.county.code].append(one.name)
        return [_alone(one, codes) for one in found]

    def folder(self, name: str) -> CountyFolder:
        """Return a county's folder by its name. Raises RefusedError (N001) when there is none."""
        found = [one for one in self.folders if one.name == name]
        return found[0] if found else CountyFolder(self.counties / name, None, (_no_county(name, self.year),))

    @cached_property
    def seeds(self) -> Seeds:
        """The seeds of a drill that lie beside the counties, none when no file does. Raises RefusedError (N007)."""
        path = self.counties / SEEDS
        return read_seeds(path) if path.exists() else {}

    def task(self, one: CountyFolder, seeds: Mapping[int, str], *, only: str | None = None) -> Task | None:
        """Return what is to be done for a county, None when all of it stands; `only` asks for one stage alone.

        Raises RefusedError: what is wrong with its folder (N001, N002, C001-C014), nothing filed (N010).
        """
        parcels, before = self._parcels(one, seeds), self._before(one.name)
        keys = _keys(parcels, before)
        asked = (only,) if only else tuple(STAGES)
        stale = next((stage for stage in asked if self._key(stage, one.name) != keys[stage]), None)
        if stale is None:
            return None
        stages = asked[asked.index(stale) :]
        order = replace(Order.of(parcels[ORDER]), stages=stages)
        earlier = {read for stage in stages for read in READS[stage]} - set(stages)
        made = {
            f"made/{read}/{path.name}": path.read_bytes()
            for read in sorted(earlier)
            for folder in [self.place(read, one.name)]
            for path in sorted(folder.glob("*.parquet"))
        }
        handed = {
            f"before/{table.name}.parquet": table.path.read_bytes()
            for stage in stages
            for table in before.get(stage, ())
        }
        return Task(one.name, stages, keys, {**parcels, **made, **handed, ORDER: order.content()})

    def keep(self, task: Task, made: Parcels) -> None:
        """Keep what was made for a county; a stage that was to be made again and was not is gone."""
        for stage in task.stages:
            folder = self.place(stage, task.county)
            if folder.exists():
                shutil.rmtree(folder)
            own = {name.removeprefix(f"{stage}/"): data for name, data in made.items() if name.startswith(f"{stage}/")}
            for name, data in own.items():
                _private(folder / name, data)
            if own and not Told.of(own[TOLD]).reasons:
                _private(folder / _MADE, json.dumps({"key": task.keys[stage]}).encode())

    def told(self, stage: str, county: str) -> Told | None:
        """Return how a stage of a county ended; None when it was not come to."""
        path = self.place(stage, county) / TOLD
        return Told.of(path.read_bytes()) if path.exists() else None

    def place(self, stage: str, county: str) -> Path:
        """Return the folder of a stage of a county."""
        return self.to / str(self.year) / f"stage={stage}" / f"county={county}"

    @property
    def summary(self) -> Path:
        """The summary of the last run."""
        return self.to / str(self.year) / "province.json"

    def _before(self, county: str) -> dict[str, list[HandedOn]]:
        """Return, by stage, what earlier years hand on to a county, as far as they stand."""
        years = (int(path.name) for path in self.to.glob("[0-9][0-9][0-9][0-9]"))
        earlier = [Province(self.counties, self.to, year) for year in sorted(years, reverse=True) if year < self.year]
        found: dict[str, list[HandedOn]] = {}
        for stage, models in HANDED_ON.items():
            last = next((one for one in earlier if one._key(stage, county)), None)
            if last and (told := last.told(stage, county)):
                found[stage] = [
                    HandedOn(
                        name_of(model),
                        last.place(stage, county) / f"{table_of(model)}.parquet",
                        told.digests[name_of(model)],
                    )
                    for model in models
                    if model in LASTING or last.year == self.year - 1
                ]
        return found

    def _key(self, stage: str, county: str) -> str | None:
        path = self.place(stage, county) / _MADE
        return json.loads(path.read_text("ascii"))["key"] if path.exists() else None

    def _parcels(self, one: CountyFolder, seeds: Mapping[int, str]) -> Parcels:
        if one.county is None or one.problems:
            raise RefusedError(one.problems)
        county, year, folders = one.county, self.year, one.folders
        inbox, filings = folders.inbox(year), one.path / "filings" / str(year)
        rows = {f"filings/{path.name}": path.read_bytes() for path in sorted(filings.glob("*.parquet"))}
        entries = entries_of(folders, year) if inbox.is_dir() and not rows else {}
        if not rows and not inbox.is_dir():
            raise RefusedError([problem("N010", value=str(year))])
        documents = {
            f"inbox/{name}/{document.name}": document
            for name, is_folder in sorted(entries.items())
            if is_folder
            for document in documents_in(inbox, name)
        }
        documents |= {
            f"pools/{pool.name}/{lent.name}/{document.name}": document
            for pool in county.pools
            for lent in county.lent_by(pool)
            for document in self._lent(folders, pool.name, lent.name)
        }
        logs = {one: folders.decisions(one) for one in folders.sealed_years() if one <= year}
        order = Order(
            year,
            tuple(STAGES),
            _secret(one, county, year, seeds),
            dict(seeds),
            code=code_version(),
            entries=entries,
            hindrances={name: found.hindrance for name, found in documents.items() if found.hindrance},
        )
        return {
            **{f"county/{name}": data for name, data in settings_in(one.path / "county").items()},
            **rows,
            **{name: document.data for name, document in documents.items()},
            **{
                "decisions.jsonl" if one == year else f"before/decisions/{one}.jsonl": log.read_bytes()
                for one, log in logs.items()
                if log.exists()
            },
            ORDER: order.content(),
        }

    def _lent(self, folders: Folders, neighbour: str, department: str) -> list[Document]:
        """Return a neighbour's lists of people: of the county of that name in this province, else as handed in."""
        own = next((one for one in self.folders if one.county and neighbour in (one.county.name, one.name)), None)
        if own is None:
            return documents_in(folders.pools(self.year) / neighbour, department)
        filed = documents_in(own.folders.inbox(self.year), department)
        return [one for one in filed if (kind := kind_of(one.name)) and kind.key == "inspectors"]


def read_seeds(path: Path) -> dict[str, dict[int, str]]:
    """Return the seeds of a drill: a CSV file with the columns county, round, seed. Raises RefusedError (N007)."""
    seeds: dict[str, dict[int, str]] = defaultdict(dict)
    wrong: list[Problem] = []
    for number, row in enumerate(csv.DictReader(path.read_text("utf-8-sig").splitlines()), start=2):
        county, place, seed = (str(row.get(name) or "").strip() for name in ("county", "round", "seed"))
        if not county or not seed or not place.isdecimal():
            wrong.append(problem("N007", row=number, detail="county, round and seed are needed"))
        elif int(place) in seeds[county]:
            wrong.append(problem("N007", row=number, detail="the round has a seed already"))
        else:
            seeds[county][int(place)] = seed
    if wrong:
        raise RefusedError(wrong)
    return dict(seeds)


def _folder(path: Path, year: int) -> CountyFolder:
    if not (path / "county").is_dir():
        return CountyFolder(path, None, (_no_county(path.name, year),))
    texts = {name: data.decode("utf-8-sig") for name, data in settings_in(path / "county").items()}
    try:
        return CountyFolder(path, parse_county(texts))
    except RefusedError as refused:
        return CountyFolder(path, None, refused.problems)


def _no_county(name: str, year: int) -> Problem:
    return problem("N001", file=name, year=year)


def _alone(one: CountyFolder, codes: Mapping[str, Sequence[str]]) -> CountyFolder:
    same = codes[one.county.code] if one.county else []
    return replace(one, problems=(problem("N002", others="、".join(same)),)) if len(same) > 1 else one


def _secret(one: CountyFolder, county: County, year: int, seeds: Mapping[int, str]) -> str:
    """Return the year's secret; of a drill in a real county one that its own files never see."""
    if seeds and county.demonstration is None:
        return digest_of("drill", *(f"{number}={seed}" for number, seed in sorted(seeds.items())))
    return secret(one.folders, county, year)


def _keys(parcels: Parcels, before: Mapping[str, Sequence[HandedOn]]) -> dict[str, str]:
    """Return, for every stage, the key of what it is made from: the stage before it, and what it reads first."""
    order = Order.of(parcels[ORDER])
    settled = {"filings": (order.secret, json.dumps([order.entries, order.hindrances], sort_keys=True))}
    settled["draw"] = (json.dumps(sorted(order.seeds.items())), order.today)
    keys: dict[str, str] = {}
    last = f"{order.code} {order.year}"
    for stage in STAGES:
        own = [name for name in sorted(parcels) if name.partition("/")[0] in _OWN[stage]]
        handed = (f"{table.name}={table.digest}" for table in before.get(stage, ()))
        parts = (*settled.get(stage, ()), *(part for o in own for part in (o, parcels[o])), *handed)
        keys[stage] = last = digest_of(last, stage, *parts)
    return keys


def _private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, content, mode=0o600)

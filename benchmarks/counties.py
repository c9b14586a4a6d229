"""Filed lists to measure with: from an inbox folder or a made county, kept as Parquet with their truth.

Reading and making take longer than what is measured, so both happen once, before the clock starts.
"""

import hashlib
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from onevisit.county import County
from onevisit.demo.generator import DemonstrationCounty, demonstration_county, next_year
from onevisit.demo.registers import Dirt
from onevisit.filings.intake import Document, file_department
from onevisit.filings.rows import rows_of

ROOT = Path(__file__).resolve().parents[1]
YEAR = 2027
"""Year of made counties; the calendar of the county's settings must know it and the next."""
KINDS = ("objects", "inspectors", "experts", "items", "interests", "credit", "abnormal", "complaints")
"""Kinds of lists the registries stage reads."""
_SECRET = "benchmark"  # noqa: S105 - nothing made with it leaves the machine


@dataclass(frozen=True, slots=True)
class Lists:
    """One year's filed lists in a folder, one Parquet file a kind, with the truth where it is known."""

    folder: Path

    @property
    def year(self) -> int:
        """Return the year of the lists, which names the folder."""
        return int(self.folder.name)

    def rows(self, kind: str) -> pl.DataFrame:
        """Return the rows of a kind as `rows_of` gives them."""
        return pl.read_parquet(self.folder / f"{kind}.parquet")

    def truth(self, kind: str) -> pl.DataFrame:
        """Return record (number) and entity of objects or inspectors; FileNotFoundError when nobody knows."""
        return pl.read_parquet(self.folder / f"{kind}_truth.parquet")

    @property
    def has_truth(self) -> bool:
        """Tell whether the truth is known."""
        return (self.folder / "objects_truth.parquet").exists()


def from_inbox(inbox: Path, county: County, target: Path) -> Lists:
    """Read an inbox folder `<year>/<department>/<file>` into `target`, once."""
    if (target / inbox.name).exists():
        return Lists(target / inbox.name)
    files = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in sorted(inbox.glob("*/*"))}
    return _stored(files, county, target / inbox.name)


def from_labelled(labelled: Path, county: County, target: Path) -> Lists:
    """Read a labelled folder.

    It holds `inbox/<year>/`, `truth.csv` (rec_id, entity_id) and `inspectors_truth.csv` (rec_id, person_id).
    """
    lists = from_inbox(max((labelled / "inbox").iterdir()), county, target)
    for kind, name, entity in (
        ("objects", "truth.csv", "entity_id"),
        ("inspectors", "inspectors_truth.csv", "person_id"),
    ):
        told = pl.read_csv(labelled / name, infer_schema=False)
        told.select(record="rec_id", entity=entity).write_parquet(lists.folder / f"{kind}_truth.parquet")
    return lists


def made(
    cache: Path, county: County, *, entities: int, seed: str, dirt: Dirt | None = None, years: int = 1
) -> list[Lists]:
    """Return the lists of a made county, for so many years in a row; made only where the cache has none."""
    dirt = dirt or Dirt()
    name = f"{entities}-{seed}-{dirt.slips}-{dirt.codes_blank}-{fingerprint(county)}"
    lists = [Lists(cache / name / str(YEAR + number)) for number in range(years)]
    if all(one.has_truth for one in lists):
        return lists
    found = demonstration_county(county, year=YEAR, entities=entities, seed=seed, dirt=dirt)
    for number, one in enumerate(lists):
        found = next_year(county, found, year=one.year) if number else found
        _stored_made(found, county, one.folder)
    return lists


@contextmanager
def keeping(cache: Path | None) -> Generator[Path]:
    """Yield the folder that keeps made counties; without one, a folder that goes when the block ends."""
    if cache:
        cache.mkdir(parents=True, exist_ok=True)
        yield cache
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


@contextmanager
def whole(folder: Path) -> Generator[Path]:
    """Yield where to write a folder: it is renamed when it is whole, so that nothing broken off looks like a county."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        yield Path(aside) / folder.name
        if not folder.exists():
            (Path(aside) / folder.name).rename(folder)


def _stored_made(found: DemonstrationCounty, county: County, folder: Path) -> None:
    with whole(folder) as aside:
        lists = _stored(found.files, county, aside)
        for kind, truth in (("objects", found.truth.entity_ids), ("inspectors", found.truth.person_ids)):
            told = pl.DataFrame({"record": list(truth), "entity": list(truth.values())})
            # What intake refuses, nobody can link.
            filed = told.join(lists.rows(kind), left_on="record", right_on="source_id", how="semi")
            filed.write_parquet(lists.folder / f"{kind}_truth.parquet")


def _stored(files: Mapping[str, bytes], county: County, folder: Path) -> Lists:
    folder.mkdir(parents=True)
    frames = [
        file_department(department, list(_documents(files, department.name)), county, secret=_SECRET)
        for department in county.departments
    ]
    for kind in KINDS:
        rows_of(kind, frames).write_parquet(folder / f"{kind}.parquet")
    return Lists(folder)


def _documents(files: Mapping[str, bytes], department: str) -> Iterable[Document]:
    own = f"{department}/"
    return (Document(name.removeprefix(own), data) for name, data in files.items() if name.startswith(own))


def fingerprint(county: County) -> str:
    """Return a digest of everything that decides what a made county's lists hold."""
    digest = hashlib.sha256(county.model_dump_json().encode())
    for package in ("demo", "filings"):
        for path in sorted((ROOT / "onevisit" / package).glob("*.*")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

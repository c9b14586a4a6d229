"""The frozen files as values, and everything that is refused at freeze (protocol, section 1).

Files in, one `Frozen` out, or all the reasons why they may not be frozen. How the files are made
from the plan is in `freeze.py`.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import polars as pl

from onevisit.codes import is_uscc
from onevisit.draw.form import (
    CLASS,
    CODE,
    HASH,
    MARK,
    NAME,
    NUMBER,
    NUMBER_END,
    OBJECT_ID,
    TEXT,
    TIME,
    lines_of,
    numbers,
    read_rows,
    report,
    sha256,
)
from onevisit.errors import Problem, RefusedError, problem

Disclosure = Literal["open", "witnessed"]

FROZEN_FILES = (
    "chains.tsv",
    "history.tsv",
    "objects.tsv",
    "plan.tsv",
    "scope.tsv",
    "settings.tsv",
    "sources.tsv",
    "witnesses.tsv",
)
STAFF_FILES = ("demands.tsv", "experts.tsv", "fields.tsv", "people.tsv", "recusals.tsv")
"""Frozen beside them: what visits ask for and who may be sent; read where people are drawn."""
PERSONAL_FILES = ("experts.tsv", "people.tsv", "recusals.tsv")
"""Of these: who. Sealed for ever, so what is published of an open round lacks them."""
LENT_FILE = "lent.tsv"
"""Frozen where neighbours lend people: who, so sealed like them."""
VERIFIER = "verify.py"
ALGORITHM = "ov1"
SETTINGS = ("algorithm", "batches", "disclosure", "exempt", "sparing", "substitutes")
STRATUM = ["task", "item", "stratum"]
WHOLE = 10_000
"""Basis points of the whole."""


@dataclass(frozen=True, slots=True)
class Settings:
    """settings.tsv."""

    disclosure: Disclosure
    batches: int
    substitutes: int
    sparing_bp: int
    exempt: str

    def rows(self) -> list[tuple[str, str]]:
        """Return the settings as rows of settings.tsv."""
        values = (
            ALGORITHM,
            str(self.batches),
            self.disclosure,
            self.exempt,
            str(self.sparing_bp),
            str(self.substitutes),
        )
        return list(zip(SETTINGS, values, strict=True))


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a draw is a function of, besides the seed."""

    objects: pl.DataFrame
    """id, class, mark."""
    scope: pl.DataFrame
    """task, item, stratum, id, mark."""
    plan: pl.DataFrame
    """task, item, stratum, tier, count, kind, value, least."""
    history: pl.DataFrame
    """id, cell, flag."""
    settings: Settings
    witnesses: tuple[str, ...]
    sources: dict[str, str]
    """Kind of public randomness -> the moment it becomes known."""
    chains: dict[str, str]
    """Holder -> H^n."""


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """Return MANIFEST: the fingerprint of every file of a kind that is frozen, sorted by name."""
    return "".join(f"{sha256(files[name])}  {name}\n" for name in frozen_names(files)).encode()


def frozen_names(files: Mapping[str, bytes]) -> list[str]:
    """Return the files of a kind that is frozen, sorted."""
    return sorted({*FROZEN_FILES, *STAFF_FILES, LENT_FILE, VERIFIER}.intersection(files))


def read_frozen(files: Mapping[str, bytes]) -> Frozen:
    """Read the frozen files. Raises RefusedError (D001-D035) with everything that may not be frozen."""
    missing = [problem("D011", file=name) for name in FROZEN_FILES if name not in files]
    if missing:
        raise RefusedError(missing)
    problems: list[Problem] = []
    settings = _settings(files["settings.tsv"], problems)
    witnesses = tuple(_rows(files, "witnesses.tsv", {"name": NAME}, problems)["name"])
    sources = _sources(files, witnesses, problems)
    chains = _chains(files, witnesses, problems)
    objects = _objects(files, settings, problems)
    scope = _scope(files, objects, problems)
    plan = _plan(files, scope, problems)
    history = _history(files, problems)
    if problems or settings is None:
        raise RefusedError(problems)
    return Frozen(objects, scope, plan, history, settings, witnesses, sources, chains)


def _rows(files: Mapping[str, bytes], name: str, columns: Mapping[str, str], problems: list[Problem]) -> pl.DataFrame:
    return read_rows(name, files[name], columns, problems)


def _settings(data: bytes, problems: list[Problem]) -> Settings | None:
    name = "settings.tsv"
    found: dict[str, str] = {}
    before = len(problems)
    for row, key, value in read_rows(name, data, {"name": CODE, "value": TEXT}, problems).iter_rows():
        if key not in SETTINGS or key in found or not _is_setting(key, value):
            problems.append(problem("D012", file=name, row=row, column=key, value=value))
        found[key] = value
    problems += [problem("D013", file=name, column=key) for key in SETTINGS if key not in found]
    if len(problems) > before:
        return None
    return Settings(
        disclosure="open" if found["disclosure"] == "open" else "witnessed",
        batches=int(found["batches"]),
        substitutes=int(found["substitutes"]),
        sparing_bp=int(found["sparing"]),
        exempt=found["exempt"],
    )


def _is_setting(key: str, value: str) -> bool:
    if key == "algorithm":
        return value == ALGORITHM
    if key == "disclosure":
        return value in ("open", "witnessed")
    if key == "exempt":
        return value == "-" or bool(value and re.fullmatch("A?B?C?D?N?", value))
    least, most = (0, WHOLE) if key == "sparing" else (1, NUMBER_END - 1)
    return bool(re.fullmatch(NUMBER, value)) and least <= int(value) <= most


def _sources(files: Mapping[str, bytes], witnesses: tuple[str, ...], problems: list[Problem]) -> dict[str, str]:
    name = "sources.tsv"
    rows = _rows(files, name, {"kind": NAME, "name": TEXT, "moment": TIME}, problems)
    report("D008", name, rows.filter(~pl.col("moment").map_elements(is_time, pl.Boolean)), problems, column="moment")
    report("D014", name, rows.filter(~pl.col("kind").is_first_distinct()), problems, column="kind")
    report("D014", name, rows.filter(pl.col("kind").is_in(witnesses)), problems, column="kind")
    if rows.is_empty():
        problems.append(problem("D015", file=name))
    return dict(rows.select("kind", "moment").iter_rows())


def is_time(text: str) -> bool:
    """Tell whether a text of the form TIME is a moment that exists."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _chains(files: Mapping[str, bytes], witnesses: tuple[str, ...], problems: list[Problem]) -> dict[str, str]:
    name = "chains.tsv"
    rows = _rows(files, name, {"holder": NAME, "head": HASH}, problems)
    report("D014", name, rows.filter(~pl.col("holder").is_first_distinct()), problems, column="holder")
    report("D016", name, rows.filter(~pl.col("holder").is_in(witnesses)), problems, column="holder")
    if rows["holder"].n_unique() < 2:
        problems.append(problem("D017", file=name))
    return dict(rows.select("holder", "head").iter_rows())


@lru_cache(maxsize=1 << 17)
def _is_canonical(object_id: str) -> bool:
    """Tell whether an id of the right form is a credit code with its check character, or a minted id."""
    return "-" in object_id or is_uscc(object_id)


def _canonical_only(name: str, rows: pl.DataFrame, problems: list[Problem]) -> None:
    wrong = [not _is_canonical(object_id) for object_id in rows["id"]]
    report("D018", name, rows.filter(pl.Series(wrong, dtype=pl.Boolean)), problems, column="id")


def _objects(files: Mapping[str, bytes], settings: Settings | None, problems: list[Problem]) -> pl.DataFrame:
    name = "objects.tsv"
    is_open = settings is not None and settings.disclosure == "open"
    mark = OBJECT_ID if is_open else MARK
    rows = _rows(files, name, {"id": OBJECT_ID, "class": CLASS, "mark": mark}, problems)
    _canonical_only(name, rows, problems)
    report("D019", name, rows.filter(~pl.col("id").is_first_distinct()), problems, column="id")
    # A mark is secret: the problem names the object.
    report("D020", name, rows.filter(~pl.col("mark").is_first_distinct()), problems, column="id")
    if is_open:
        report(
            "D021",
            name,
            rows.filter((pl.col("class") != "N") | (pl.col("mark") != pl.col("id"))),
            problems,
            column="id",
        )
    return rows.drop("row")


def _scope(files: Mapping[str, bytes], objects: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    name = "scope.tsv"
    rows = _rows(files, name, {"task": CODE, "item": CODE, "stratum": CLASS, "id": OBJECT_ID}, problems)
    known = rows.join(objects.unique("id"), on="id", how="left", maintain_order="left")
    report("D022", name, known.filter(pl.col("class").is_null()), problems, column="id")
    report("D023", name, known.filter(pl.col("class") != pl.col("stratum")), problems, column="id")
    # Within one file sorted and without repeats, an id twice in an item is in two strata.
    twice = rows.filter(~pl.struct("task", "item", "id").is_first_distinct())
    report("D024", name, twice, problems, column="id")
    return known.drop("row", "class")


def _plan(files: Mapping[str, bytes], scope: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    name = "plan.tsv"
    columns = {"task": CODE, "item": CODE, "stratum": CLASS, "tier": NAME, "count": NUMBER, "kind": NAME}
    read = _rows(files, name, {**columns, "value": NUMBER, "least": NUMBER}, problems)
    rows = numbers(name, read, ["count", "value", "least"], problems)
    report("D025", name, rows.filter(~pl.col("tier").is_in(["general", "key"])), problems, column="tier")
    report("D026", name, rows.filter(~pl.col("kind").is_in(["rate", "count"])), problems, column="kind")
    report("D027", name, rows.filter(~pl.struct(STRATUM).is_first_distinct()), problems, column="item")
    too_much = (pl.col("kind") == "rate") & (pl.col("value") > WHOLE)
    report("D028", name, rows.filter(too_much), problems, column="value")
    counted = scope.group_by(STRATUM).len("found")
    matched = rows.join(counted, on=STRATUM, how="left", maintain_order="left").with_columns(
        pl.col("found").fill_null(0)
    )
    report("D029", name, matched.filter(pl.col("count") != pl.col("found")), problems, column="count")
    for task, item, stratum in counted.join(rows, on=STRATUM, how="anti").sort(STRATUM).select(STRATUM).iter_rows():
        problems.append(problem("D030", file=name, value=f"{task} {item} {stratum}"))
    return rows.drop("row")


def _history(files: Mapping[str, bytes], problems: list[Problem]) -> pl.DataFrame:
    name = "history.tsv"
    rows = _rows(files, name, {"id": OBJECT_ID, "cell": r"[0-9a-f]{16}", "flag": "[01]"}, problems)
    _canonical_only(name, rows, problems)
    report("D031", name, rows.filter(~pl.col("id").is_first_distinct()), problems, column="id")
    return rows.drop("row").with_columns(pl.col("flag").cast(pl.Int64))


def check_manifest(files: Mapping[str, bytes]) -> list[Problem]:
    """Report frozen files that MANIFEST does not list, or that changed since; further kinds are compared by hash."""
    problems: list[Problem] = []
    sealed = (*PERSONAL_FILES, LENT_FILE) if b"disclosure\topen\n" in files.get("settings.tsv", b"") else ()
    lines = lines_of("MANIFEST", files["MANIFEST"], problems)
    listed = {line[66:]: line[:64] for line in lines if line[64:66] == "  "}
    if list(listed) != sorted(listed) or len(listed) != len(lines):
        problems.append(problem("D032", file="MANIFEST"))
    problems += [problem("D033", file="MANIFEST", value=name) for name in FROZEN_FILES if name not in listed]
    for name, digest in listed.items():
        if name not in files:
            problems += [] if name in sealed else [problem("D011", file=name)]
        elif sha256(files[name]) != digest:
            problems.append(problem("D034", file=name))
    return problems

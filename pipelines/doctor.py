"""The doctor: what is wrong with an installation and its data, read without changing anything.

It is for engineers, so it speaks English; what it quotes of refusals is theirs.
"""

import datetime as dt
import hashlib
import importlib.metadata
import json
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb
from filelock import FileLock, Timeout

from assets.data_format import FORMAT, form_of
from assets.decisions import read_decision_log
from assets.evidence import evidence_folders, files_in, whole_folders
from assets.folders import PRIVATE, Folders
from assets.kept_plans import kept_plans
from onevisit.calendar import undeclared_years
from onevisit.county import County
from onevisit.decisions import parse_log
from onevisit.documents.fonts import installed
from onevisit.draw.evidence import replay
from onevisit.draw.trail import read_trail
from onevisit.errors import RefusedError
from onevisit.publish.tables import Released
from pipelines.lock import LOCK
from pipelines.settings import ROOT, Settings
from pipelines.summary import exported

Level = Literal["ok", "look", "bad"]
_FREE_BYTES = 1 << 30
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `bad` must be mended, `look` should be looked at."""

    level: Level
    what: str
    fix: str = ""


def examine(settings: Settings, *, head: str = "", now: dt.datetime | None = None) -> list[Finding]:
    """Return what was found, the installation first, then the data.

    Args:
        settings: where county and data are.
        head: a head of a trail or a hash of a decision, from signed minutes or the portal; it is looked for.
        now: the moment taken as now; the clock's if left out.
    """
    moment = now or dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    found = [*_installation(), *_county(settings, moment.date())]
    if not settings.data.is_dir():
        return [*found, Finding("look", f"no data folder {settings.data.name} yet", "It is made by the first run.")]
    return [*found, *_data(settings, head, moment)]


def _installation() -> Iterator[Finding]:
    wanted = (3, 11)
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < wanted:
        yield Finding("bad", f"Python {version}", "Use Python 3.11 or later.")
    else:
        yield Finding("ok", f"Python {version}")
    pins = {match[1]: match[2] for line in _lock_lines() if (match := _PIN.match(line))}
    differing = [
        f"{name} {has or 'missing'} (locked {pin})" for name, pin in pins.items() if (has := _has(name)) != pin
    ]
    if differing:
        yield Finding("look", f"packages unlike requirements.lock: {', '.join(differing)}", "Run `make` again.")
    else:
        yield Finding("ok", f"{len(pins)} packages as locked")
    yield _judged("typefaces for PDF", installed, "Install fonts-noto-cjk, or the package pylopdf-fonts-zh-cn.")


def _lock_lines() -> list[str]:
    path = ROOT / "requirements.lock"
    return path.read_text("utf-8").splitlines() if path.is_file() else []


def _has(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _judged(what: str, act: Callable[[], object], fix: str) -> Finding:
    try:
        act()
    except RefusedError as refused:
        return Finding("bad", f"{what}: {refused}", fix)
    return Finding("ok", what)


def _county(settings: Settings, today: dt.date) -> Iterator[Finding]:
    try:
        county = settings.county()
    except RefusedError as refused:
        yield Finding("bad", f"county settings: {refused}", "Correct the file and key it names.")
        return
    kind = "demonstration" if county.demonstration else "real county"
    yield Finding("ok", f"county settings of {county.name} ({kind}), {len(county.departments)} departments")
    yield from _calendar(county, today)


def _calendar(county: County, today: dt.date) -> Iterator[Finding]:
    days = [(day.on, day.state) for day in county.working_days(today.year).days if day.on.year >= today.year]
    for year in undeclared_years(days, today):
        fix = "Enter the State Council's notice in calendar.csv: nothing is drawn on days nobody declared."
        yield Finding("look", f"the official calendar of {year} is missing", fix)


def _data(settings: Settings, head: str, now: dt.datetime) -> Iterator[Finding]:
    folders = settings.folders
    yield from _format(folders)
    yield from _lock(settings)
    free = shutil.disk_usage(settings.data).free
    level: Level = "ok" if free >= _FREE_BYTES else "bad"
    yield Finding(level, f"{free / 1e9:,.1f} GB free", "" if level == "ok" else "Make room: a full disk stops a draw.")
    yield from _modes(settings.data)
    yield from _leftovers(settings.data)
    yield _database(folders)
    heads: dict[str, str] = {}
    times: list[tuple[str, str]] = []
    for year in folders.sealed_years():
        yield from _decisions(folders, year, heads, times)
        yield from _draws(folders, year, heads, times)
        plans = partial(kept_plans, folders, year)
        yield _judged(f"{year}: signed plans as they were signed", plans, "Restore them from a backup.")
        yield from _seats(folders, year)
        yield from _release(folders, year)
    yield from _clock(times, now)
    if head:
        yield _sought(head, heads)


def _format(folders: Folders) -> Iterator[Finding]:
    try:
        form = form_of(folders)
    except RefusedError as refused:
        yield Finding("bad", f"data of a newer form: {refused}", "Upgrade this program.")
        return
    if form is not None and form < FORMAT:
        fix = "Run `onevisit upgrade BACKUP`; until then nothing runs."
        yield Finding("bad", f"data of form {form}; this version works on form {FORMAT}", fix)
    elif form is not None:
        yield Finding("ok", f"data of form {form}")


def _lock(settings: Settings) -> Iterator[Finding]:
    if not (settings.data / LOCK).exists():
        return
    try:
        with FileLock(settings.data / LOCK, timeout=0):
            yield Finding("ok", "no run holds the data")
    except Timeout:
        yield Finding("look", "a run holds the data", "Wait until it ends, and ask again.")


def _modes(data: Path) -> Iterator[Finding]:
    paths = Folders(data).private_files()
    open_ = [path for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if open_:
        names = ", ".join(path.relative_to(data).as_posix() for path in open_[:3])
        fix = f"chmod -R go= {' '.join(PRIVATE)} onevisit.duckdb alerts.log"
        yield Finding("bad", f"{len(open_)} files with personal data that others may read: {names}", fix)
    else:
        yield Finding("ok", f"{len(paths):,} internal files are their owner's alone")


def _leftovers(data: Path) -> Iterator[Finding]:
    left = [path for path in data.rglob(".*.part") if "dagster" not in path.parts]
    if left:
        names = ", ".join(path.relative_to(data).as_posix() for path in left[:3])
        fix = "An interrupted write left them; the files themselves are whole. Run the stage again, or delete them."
        yield Finding("look", f"{len(left)} parts of files: {names}", fix)


def _database(folders: Folders) -> Finding:
    if not folders.database.exists():
        return Finding("look", "no DuckDB file yet", "The first run makes it; it can be made anew from the rest.")
    try:
        with duckdb.connect(folders.database, read_only=True) as connection:
            [(count,)] = connection.execute("select count(*) from duckdb_tables()").fetchall()
    except duckdb.Error as error:
        fix = "Close the program that has it open; if none has, restore a backup, or delete it and run every stage."
        return Finding("bad", f"DuckDB cannot open the file: {type(error).__name__}", fix)
    return Finding("ok", f"DuckDB file with {count} tables")


def _decisions(folders: Folders, year: int, heads: dict[str, str], times: list[tuple[str, str]]) -> Iterator[Finding]:
    try:
        log = parse_log(read_decision_log(folders, year))
    except RefusedError as refused:
        yield Finding("bad", f"{year}: decision log: {refused}", "Restore the last backup whose chain holds.")
        return
    for record in log:
        heads[record.hash] = f"record {record.seq} of {len(log)} of the decisions of {year}"
    if log:
        times.append((log[-1].at, f"decisions of {year}"))
        yield Finding("ok", f"{year}: {len(log)} decisions, head {log[-1].hash}")


def _draws(folders: Folders, year: int, heads: dict[str, str], times: list[tuple[str, str]]) -> Iterator[Finding]:
    for folder in whole_folders(folders.draws(year)):
        lines, _ = read_trail((folder / "TRAIL").read_bytes() if (folder / "TRAIL").is_file() else b"")
        for line in lines:
            digest = hashlib.sha256(line.text().encode()).hexdigest()
            heads[digest] = f"line {line.number} of {len(lines)} of the trail of {folder.name}"
        if lines:
            times.append((lines[-1].at, f"trail of {folder.name}"))
    latest = evidence_folders(folders, year)
    sound = 0
    for folder in latest:
        problems = replay(files_in(folder))
        if problems:
            what = "; ".join(one.text() for one in problems[:3])
            yield Finding("bad", f"{year}: draw {folder.name} does not replay: {what}", "Restore it from a backup.")
        else:
            sound += 1
    if latest:
        yield Finding("ok", f"{year}: {sound} of {len(latest)} draw attempts replay")


def _seats(folders: Folders, year: int) -> Iterator[Finding]:
    for log in (folders.teams(year), folders.experts(year)):
        text = log.read_text("utf-8") if log.exists() else ""
        for number, line in enumerate(text.split("\n")[:-1], start=1):
            try:
                json.loads(line)
            except ValueError:
                yield Finding("bad", f"{year}: {log.name} line {number} is no record", "Restore it from a backup.")
                break
        if text and not text.endswith("\n"):
            yield Finding("bad", f"{year}: the last line of {log.name} was not finished", "Take that line out.")


def _release(folders: Folders, year: int) -> Iterator[Finding]:
    released = exported(folders, Released, year)
    if released.is_empty():
        return
    public = folders.public(year)
    changed = [
        path
        for path, digest in released.select("path", "sha256").iter_rows()
        if not (public / path).is_file() or hashlib.sha256((public / path).read_bytes()).hexdigest() != digest
    ]
    if changed:
        fix = "Publish again: `onevisit run publish`."
        yield Finding("bad", f"{year}: {len(changed)} public files are not as released: {', '.join(changed[:3])}", fix)
    else:
        yield Finding("ok", f"{year}: {released.height} public files are as released")


def _clock(times: list[tuple[str, str]], now: dt.datetime) -> Iterator[Finding]:
    """Tell of records later than now; a demonstration's are scripted, and may be."""
    late = sorted(f"{what} ({at})" for at, what in times if dt.datetime.fromisoformat(at) > now)
    if late:
        fix = "Set the clock, or wait; the days of a demonstration are scripted."
        yield Finding("look", f"the clock is behind the records: {', '.join(late[:3])}", fix)


def _sought(head: str, heads: dict[str, str]) -> Finding:
    place = heads.get(head.strip().lower())
    if place:
        return Finding("ok", f"the head named is {place}")
    fix = (
        "The data is older than the paper, or another county's: it was rolled back. Do not draw, decide or publish "
        "with it; restore the newest backup that has this head."
    )
    return Finding("bad", "the head named is nowhere in this data", fix)

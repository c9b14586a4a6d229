"""Draw attempts on disk while people hold them: one folder a step, with the files the step added or changed.

sealed/<year>/ceremonies/<serial>/<number>/, each written whole or not at all and never again. An attempt
is its steps laid on one another, so a crash leaves it after the last whole step. When it is drawn or
given up, the whole goes to its evidence folder; losses and substitutes make further ones.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.evidence import files_in, serial_in, whole_folders, write_evidence
from assets.folders import Folders
from onevisit.draw.events import Files
from onevisit.draw.evidence import Evidence, parts_of
from onevisit.draw.steps import is_closed
from onevisit.errors import RefusedError, problem

_RECORD = "record.json"
"""Beside the evidence of the first step: which plan the attempt carries out, for the trail's last record."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as far as it got."""

    files: Evidence
    record: dict[str, Any]
    """Empty once it is closed: then the evidence holds it."""


def open_attempts(folders: Folders, year: int) -> list[str]:
    """Return the serials of the attempts of a year that are neither drawn nor void."""
    closed = {serial_in(folder) for folder in whole_folders(folders.draws(year))}
    return [
        folder.name
        for folder in whole_folders(folders.ceremonies(year))
        if folder.name not in closed and whole_folders(folder)
    ]


def attempt_of(folders: Folders, serial: str) -> Attempt:
    """Return an attempt by its serial. Raises RefusedError (D102) when there is none."""
    year = parts_of(serial).year
    if versions := _versions(folders, serial):
        return Attempt(files_in(versions[-1]), {})
    files: Files = {}
    for step in whole_folders(folders.ceremonies(year) / serial):
        files |= files_in(step)
    if not files:
        raise RefusedError([problem("D102", value=serial)])
    return Attempt(files, json.loads(files.pop(_RECORD)))


def keep_begun(folders: Folders, serial: str, attempt: Attempt) -> None:
    """Keep the freeze of an attempt. Raises RefusedError (D107) when another was begun under its serial."""
    record = json.dumps(attempt.record, ensure_ascii=False, sort_keys=True).encode()
    _write(folders.ceremonies(parts_of(serial).year) / serial / "001", {**attempt.files, _RECORD: record}, serial)


def keep_step(folders: Folders, serial: str, before: Evidence, after: Evidence) -> None:
    """Keep what a step added. Raises RefusedError (D107) when somebody else took a step meanwhile."""
    year = parts_of(serial).year
    if is_closed(before):
        count = len(_versions(folders, serial))
        _write(folders.draws(year) / f"{serial}.{count:03d}", after, serial)
    elif is_closed(after):
        _write(folders.draws(year) / serial, after, serial)
    else:
        own = folders.ceremonies(year) / serial
        added = {name: data for name, data in after.items() if before.get(name) != data}
        _write(own / f"{len(whole_folders(own)) + 1:03d}", added, serial)


def _versions(folders: Folders, serial: str) -> list[Path]:
    """Return the evidence folders of an attempt, oldest first."""
    draws = whole_folders(folders.draws(parts_of(serial).year))
    return [folder for folder in draws if serial_in(folder) == serial]


def _write(folder: Path, files: Evidence, serial: str) -> None:
    try:
        write_evidence(folder, files)
    except OSError as error:
        if folder.exists():
            raise RefusedError([problem("D107", value=serial)]) from error
        raise

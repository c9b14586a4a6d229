"""Evidence folders on disk: one per attempt at a round, sealed/<year>/draws/<serial>/, written once.

What is added after the draw (losses and substitutes) makes a new folder beside it, <serial>.001 and on:
the last one counts, the others stay as they were.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from assets.folders import Folders
from onevisit.draw.evidence import Evidence, held_of, parts_of, records_of
from onevisit.draw.frozen import LENT_FILE, STAFF_FILES

_HELD = ("DRAW", "plan.tsv", "settings.tsv", "RECORDS", "drawn.tsv")
"""What says which tasks were drawn under which plan; the registers beside it are large."""


def evidence_of(folders: Folders, year: int) -> dict[str, Evidence]:
    """Return the evidence of every attempt of a year: serial -> files."""
    return {serial_in(folder): files_in(folder) for folder in evidence_folders(folders, year)}


def evidence_folders(folders: Folders, year: int) -> list[Path]:
    """Return the last evidence folder of every attempt of a year."""
    return list({serial_in(folder): folder for folder in whole_folders(folders.draws(year))}.values())


def whole_folders(parent: Path) -> list[Path]:
    """Return the folders in a folder, by name; one still being written begins with a dot and does not count."""
    return sorted(folder for folder in parent.iterdir() if folder.name[0] != ".") if parent.is_dir() else []


def serial_in(folder: Path) -> str:
    """Return the serial of an evidence folder's attempt."""
    return folder.name.partition(".")[0]


def drawn_under(folders: Folders, year: int) -> dict[str, str]:
    """Return every task drawn in a year, with the fingerprint of the plan it was drawn under."""
    drawn: dict[str, str] = {}
    for files in _some_files(folders, year, _HELD).values():
        held = held_of(files)
        if not held.is_void:
            fingerprint = str([record["plan"] for record in records_of(files) if "plan" in record][-1])
            drawn.update((task, fingerprint) for task in held.items)
    return drawn


def staff_evidence(folders: Folders, year: int) -> dict[str, Evidence]:
    """Return the files about people of every attempt of a year: serial -> files."""
    return _some_files(folders, year, (*STAFF_FILES, LENT_FILE))


def _some_files(folders: Folders, year: int, names: Iterable[str]) -> dict[str, Evidence]:
    return {
        serial_in(folder): {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
        for folder in evidence_folders(folders, year)
    }


def write_evidence(folder: Path, files: Evidence) -> None:
    """Write an evidence folder whole or not at all; a folder that stands is never written again (OSError)."""
    aside = folder.with_name(f".{folder.name}.part")
    if aside.exists():
        shutil.rmtree(aside)
    for name, data in files.items():
        path = aside / name
        make_private(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    # All on their way at once, in half the time of one after the other; each then tells whether it arrived.
    os.sync()
    for name in files:
        with (aside / name).open("rb") as file:
            os.fsync(file.fileno())
    aside.rename(folder)


def keep_later(folders: Folders, serial: str, files: Evidence) -> None:
    """Write what an attempt's evidence has become beside what it was. Raises OSError when another process did."""
    versions = [folder for folder in whole_folders(folders.draws(parts_of(serial).year)) if serial_in(folder) == serial]
    write_evidence(folders.draws(parts_of(serial).year) / f"{serial}.{len(versions):03d}", files)


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, for its owner alone."""
    if not folder.exists():
        make_private(folder.parent)
        folder.mkdir(mode=0o700)


def files_in(folder: Path) -> Evidence:
    """Return every file below a folder: relative path -> bytes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

"""Evidence folders on disk: one per attempt at a round, sealed/<year>/draws/<serial>/, written once."""

import shutil
from pathlib import Path

from assets.folders import Folders
from onevisit.draw.evidence import Evidence, held_of, records_of

_HELD = ("DRAW", "plan.tsv", "settings.tsv", "RECORDS", "drawn.tsv")
"""What says which tasks were drawn under which plan; the registers beside it are large."""


def evidence_of(folders: Folders, year: int) -> dict[str, Evidence]:
    """Return the evidence of every attempt of a year: serial -> files."""
    return {folder.name: _files_of(folder) for folder in evidence_folders(folders, year)}


def evidence_folders(folders: Folders, year: int) -> list[Path]:
    """Return the evidence folders of a year; one still being written begins with a dot and does not count."""
    draws = folders.draws(year)
    return sorted(folder for folder in draws.iterdir() if folder.name[0] != ".") if draws.is_dir() else []


def drawn_under(folders: Folders, year: int) -> dict[str, str]:
    """Return every task drawn in a year, with the fingerprint of the plan it was drawn under."""
    drawn: dict[str, str] = {}
    for folder in evidence_folders(folders, year):
        files = {name: (folder / name).read_bytes() for name in _HELD if (folder / name).is_file()}
        held = held_of(files)
        if not held.is_void:
            fingerprint = str([record["plan"] for record in records_of(files) if "plan" in record][-1])
            drawn.update((task, fingerprint) for task in held.items)
    return drawn


def write_evidence(folder: Path, files: Evidence) -> None:
    """Write an evidence folder whole or not at all; a folder that stands is never written again."""
    aside = folder.with_name(f".{folder.name}.part")
    if aside.exists():
        shutil.rmtree(aside)
    for name, data in files.items():
        path = aside / name
        make_private(path.parent)
        path.touch(mode=0o600)
        path.write_bytes(data)
    aside.rename(folder)


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, for its owner alone."""
    if not folder.exists():
        make_private(folder.parent)
        folder.mkdir(mode=0o700)


def _files_of(folder: Path) -> Evidence:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

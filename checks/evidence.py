"""What is wrong with evidence folders, read by both programs; without Dagster, so that a worker begins at once."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from assets.evidence import files_in, serial_in
from onevisit.draw import verify
from onevisit.draw.evidence import replay
from onevisit.workers import each

Fault = tuple[str, str, str]
"""Serial, file and problem."""

_SCHEMA = {"serial": pl.String, "file": pl.String, "problem": pl.String}


def not_replayed(folders: Sequence[Path]) -> pl.DataFrame:
    """Return all that does not come out again when the library draws: serial, file, problem."""
    return _table(each(_faults, folders))


def not_verified(folders: Sequence[Path]) -> pl.DataFrame:
    """Return all that the stand-alone verifier refuses: serial, file, problem."""
    return _table(each(_refusal, folders))


def _faults(folder: Path) -> list[Fault]:
    return [(serial_in(folder), problem.file, problem.text("zh")) for problem in replay(files_in(folder))]


def _refusal(folder: Path) -> list[Fault]:
    try:
        verify.verify(verify.read_folder(folder))
    except verify.RefusedError as error:
        return [(folder.name, "", str(error))]
    return []


def _table(found: list[list[Fault]]) -> pl.DataFrame:
    return pl.DataFrame([fault for faults in found for fault in faults], schema=_SCHEMA, orient="row")

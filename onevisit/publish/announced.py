"""What is announced of a round from its freeze on: what was fixed, who witnesses, when the seed will come.

Of an attempt that is frozen and not drawn nothing else is public: what its witnesses revealed so far stays
sealed until its time lock ends (protocol ov1, sections 2 and 9).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from onevisit.draw.disclosure import commitment_of
from onevisit.draw.evidence import Evidence, disclosure_of
from onevisit.draw.steps import called, moment_of, witnesses_of
from onevisit.draw.trail import attempts_of, read_trail

WAITING_COLUMNS = {
    "serial": pl.String,
    "draws_on": pl.Date,
    "task_ids": pl.List(pl.String),
    "disclosure": pl.String,
    "state": pl.String,
    "locked_until": pl.Date,
    "commitment": pl.String,
    "merkle_root": pl.String,
    "seed": pl.String,
    "trail_head": pl.String,
    "drawn_count": pl.Int64,
}
"""What a round has before its draw as after it; names as in the table of rounds."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An attempt that is frozen and not drawn."""

    files: Evidence
    starts: Mapping[str, str]
    """Task -> first day of its window, ISO 8601."""


def waiting_rounds(waiting: Mapping[str, Waiting]) -> pl.DataFrame:
    """Return one row per attempt that waits for its draw, by serial; without seed, head of the trail and count."""
    rows = [
        {
            "serial": serial,
            "draws_on": dt.date.fromisoformat(moment_of(one.files)[:10]),
            "task_ids": sorted(one.starts),
            "disclosure": disclosure_of(one.files),
            "state": "frozen",
            "locked_until": dt.date.fromisoformat(max(one.starts.values())),
            "commitment": commitment_of(one.files),
            "merkle_root": one.files["ROOT"].decode().strip(),
        }
        for serial, one in sorted(waiting.items())
    ]
    return pl.DataFrame(rows, schema=WAITING_COLUMNS)


def announcements(attempts: Mapping[str, Evidence]) -> pl.DataFrame:
    """Return serial, frozen_on, witnesses and seed_at of every attempt, drawn or not."""
    rows = [
        {
            "serial": serial,
            "frozen_on": _frozen_on(files),
            "witnesses": "、".join(map(called, witnesses_of(files))),
            "seed_at": moment_of(files)[:16].replace("T", " "),
        }
        for serial, files in sorted(attempts.items())
    ]
    schema = {"serial": pl.String, "frozen_on": pl.Date, "witnesses": pl.String, "seed_at": pl.String}
    return pl.DataFrame(rows, schema=schema)


def _frozen_on(files: Evidence) -> dt.date:
    lines, _ = read_trail(files["TRAIL"])
    return dt.date.fromisoformat(attempts_of(lines)[-1][0].at[:10])

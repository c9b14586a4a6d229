"""Pins: a proposed day that has come near is kept by every later run, while it is possible at all.

A sealed log has one JSON line per proposal that differs from the visit's last, append-only: its last line
counts. Near is what comes within the next working days, what lies behind, and what papers were printed for.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the log says last of a visit: its day, and what became of a day it was pinned to before."""

    visit_on: dt.date | None
    moved_from: dt.date | None
    moved_why: str | None


def read_proposals(text: str) -> dict[str, Proposal]:
    """Return visit -> its last proposal."""
    lines = (json.loads(line) for line in text.splitlines())
    return {
        line["visit_id"]: Proposal(_day(line["visit_on"]), _day(line["moved_from"]), line["moved_why"])
        for line in lines
    }


def pinned_days(proposals: Mapping[str, Proposal], *, until: dt.date, printed: Collection[str]) -> dict[str, dt.date]:
    """Return the days to keep: those up to a day, and those of visits whose papers were printed."""
    return {
        visit_id: one.visit_on
        for visit_id, one in proposals.items()
        if one.visit_on and (one.visit_on <= until or visit_id in printed)
    }


def proposal_lines(schedule: pl.DataFrame, proposals: Mapping[str, Proposal], *, told_on: dt.date) -> str:
    """Return the lines to append for the visits of `Schedule` whose proposal is not the log's last."""
    rows = schedule.select("visit_id", "visit_on", "moved_from", "moved_why").sort("visit_id").iter_rows()
    fresh = [(visit_id, now) for visit_id, *rest in rows if (now := Proposal(*rest)) != proposals.get(visit_id)]
    return "".join(
        json.dumps(
            {
                "visit_id": visit_id,
                "visit_on": _text(now.visit_on),
                "moved_from": _text(now.moved_from),
                "moved_why": now.moved_why,
                "told_on": _text(told_on),
            },
            ensure_ascii=False,
            sort_keys=True,
        )
        + "\n"
        for visit_id, now in fresh
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None

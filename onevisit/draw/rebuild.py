"""Tables of the draw stage from the evidence; nothing here draws.

Whatever plan or registries say today, a round that was held stays as its folder says.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from onevisit.draw.evidence import Evidence, disclosure_of, is_void, parts_of, records_of, rows_of
from onevisit.draw.form import sha256
from onevisit.draw.frozen import frozen_names
from onevisit.draw.substitutes import NOBODY
from onevisit.draw.tables import Batches, Drawn, Frozen, Rounds, Substitutes, Trail
from onevisit.draw.trail import Line, attempts_of, read_trail
from onevisit.errors import RefusedError
from onevisit.tables import conform, frame_of

Held = Mapping[str, Evidence]
"""Serial -> evidence."""


def rounds_table(held: Held) -> pl.DataFrame:
    """Return one row per attempt, void ones included."""
    return frame_of(Rounds, [_round(serial, files) for serial, files in sorted(held.items())])


def _round(serial: str, files: Evidence) -> dict[str, object]:
    # The last record that knows the plan: of the draw, or of the attempt given up.
    record = [one for one in records_of(files) if "plan" in one][-1]
    starts = {task: dt.date.fromisoformat(start) for task, start in record["starts"].items()}
    return {
        "serial": serial,
        "round_no": int(parts_of(serial).round_text),
        "task_ids": sorted(starts),
        "disclosure": disclosure_of(files),
        "draws_on": _held_on(files),
        "opens_on": min(starts.values()),
        "locked_until": max(starts.values()),
        "state": "void" if is_void(files) else "drawn",
        "commitment": sha256(files["MANIFEST"]),
        "merkle_root": files["ROOT"].decode().strip(),
        "seed": None if is_void(files) else files["SEED"].decode().strip(),
        "trail_head": _head_of_result(files),
        "plan_fingerprint": record["plan"],
        "approval_hash": record["approval"],
        "object_count": rows_of(files, "objects.tsv").height,
        "drawn_count": rows_of(files, "drawn.tsv")["id"].n_unique(),
        "is_demonstration": record["is_demonstration"],
    }


def _head_of_result(files: Evidence) -> str:
    """Return the head of the trail as it was when the round was drawn or given up, whatever came later."""
    lines = attempts_of(_lines(files))[-1]
    results = [number for number, line in enumerate(lines) if line.event in ("batches", "void")]
    recorded = next((line for line in lines[results[-1] :] if line.event in ("plan", "void")), lines[-1])
    return sha256(recorded.text())


def _held_on(files: Evidence) -> dt.date:
    """Return the day of the draw, or of giving it up."""
    last = attempts_of(_lines(files))[-1]
    return next(dt.date.fromisoformat(line.at[:10]) for line in last if line.event in ("drawn", "void"))


def _lines(files: Evidence) -> list[Line]:
    lines, problems = read_trail(files["TRAIL"])
    if problems:
        raise RefusedError(problems)
    return lines


def frozen_table(held: Held) -> pl.DataFrame:
    """Return the fingerprints of every attempt's frozen files."""
    rows: list[dict[str, object]] = [
        {"serial": serial, "file": name, "sha256": sha256(files[name]), "line_count": files[name].count(b"\n")}
        for serial, files in sorted(held.items())
        for name in frozen_names(files)
    ]
    return frame_of(Frozen, rows)


def drawn_table(held: Held) -> pl.DataFrame:
    """Return everybody drawn, by task and plan row."""
    rows = _stacked(held, "drawn.tsv").rename({"task": "task_id", "item": "plan_row_id", "id": "object_id"})
    return conform(Drawn, rows).sort("serial", "task_id", "plan_row_id", "stratum", "object_id")


def batches_table(held: Held) -> pl.DataFrame:
    """Return the batch of everybody drawn, by task."""
    rows = _stacked(held, "batches.tsv").rename({"task": "task_id", "id": "object_id"})
    return conform(Batches, rows).sort("serial", "task_id", "object_id")


def substitutes_table(held: Held) -> pl.DataFrame:
    """Return every substitution, item by item; nobody left is null."""
    rows = _stacked(held, "substitutes.tsv").rename({"task": "task_id", "item": "plan_row_id", "lost": "lost_id"})
    new = pl.when(pl.col("new") != NOBODY).then("new").alias("new_id")
    return conform(Substitutes, rows.with_columns(new)).sort("serial", "number", "task_id", "plan_row_id")


def _stacked(held: Held, name: str) -> pl.DataFrame:
    empty = rows_of({}, name).select(pl.lit("").alias("serial"), pl.all())
    frames = [rows_of(files, name).select(pl.lit(serial).alias("serial"), pl.all()) for serial, files in held.items()]
    return pl.concat([empty.clear(), *frames])


def trail_table(held: Held) -> pl.DataFrame:
    """Return the trail of every round: of its latest attempt, whose trail goes on from the void ones."""
    latest = {serial.rsplit("-", 1)[0]: serial for serial in sorted(held, key=lambda one: parts_of(one).attempt)}
    rows: list[dict[str, object]] = [
        {
            "serial": f"{stem}-{attempt}",
            "number": line.number,
            "at": line.at,
            "event": line.event,
            "payload_sha256": line.payload,
            "previous_sha256": line.previous,
        }
        for stem, serial in sorted(latest.items())
        for attempt, lines in enumerate(attempts_of(_lines(held[serial])), start=1)
        for line in lines
    ]
    return frame_of(Trail, rows)

"""What departments answered of their problems (整改答复), and what stands of every problem now.

Answers are records in the decision logs, the last word on a problem counts. An answer closes nothing by
itself: a problem is closed when newer data no longer show it, and one that was reported as mended while newer
data still show it is open again (复查仍存在).
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

from onevisit.decisions import Decision, Entry
from onevisit.supervision.tables import FollowUps
from onevisit.tables import frame_of

Word = Literal["已整改", "属实未整改", "不属实"]
"""What a department chooses from."""
WORDS: tuple[Word, ...] = get_args(Word)
CLOSED = "已销号"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department says of one problem."""

    problem_id: str
    department: str
    word: Word
    by: str
    why: str
    mended_on: dt.date
    channel: str
    fingerprint: str
    """Of the data the problem was found in."""


def entry_of(answer: Answer, *, at: str, is_demonstration: bool) -> Entry:
    """Return an answer as it goes into the decision log."""
    return Entry(
        at=at,
        kind="mend",
        by=answer.by,
        role="mender",
        what=f"{answer.word}：{answer.problem_id}（{answer.department}）",
        why=answer.why,
        channel=answer.channel,
        details={
            "problem_id": answer.problem_id,
            "department": answer.department,
            "answer": answer.word,
            "mended_on": answer.mended_on.isoformat(),
            "data_fingerprint": answer.fingerprint,
        },
        is_demonstration=is_demonstration,
    )


def answers(logs: Sequence[tuple[int, Sequence[Decision]]]) -> dict[str, Answer]:
    """Return problem id -> the last answer in the decision logs (year, log)."""
    return {
        record.details["problem_id"]: _answer(record)
        for _, log in sorted(logs, key=lambda one: one[0])
        for record in log
        if record.kind == "mend"
    }


def _answer(record: Decision) -> Answer:
    details = record.details
    return Answer(
        problem_id=details["problem_id"],
        department=details["department"],
        word=next(word for word in WORDS if word == details["answer"]),
        by=record.by,
        why=record.why,
        mended_on=dt.date.fromisoformat(details["mended_on"]),
        channel=record.channel,
        fingerprint=details["data_fingerprint"],
    )


def data_fingerprint(frames: Iterable[pl.DataFrame]) -> str:
    """Return the SHA-256 of frames in the order given; the order of their rows does not count."""
    return joint_fingerprint(frame_digest(frame) for frame in frames)


def frame_digest(frame: pl.DataFrame) -> bytes:
    """Return the SHA-256 of a frame's rows, whatever their order."""
    lines = sorted(frame.write_ndjson().splitlines())
    return hashlib.sha256("\n".join(lines).encode()).digest()


def joint_fingerprint(digests: Iterable[bytes]) -> str:
    """Return the fingerprint of frames of which the digests are known: `data_fingerprint` of them."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


@dataclass(frozen=True, slots=True)
class Today:
    """The review that is followed up: its year and day, the last day to mend what it finds, and what it read."""

    year: int
    day: dt.date
    due_on: dt.date
    fingerprint: str


def follow_ups(
    problems: pl.DataFrame,
    before: pl.DataFrame,
    earlier: pl.DataFrame,
    answered: Mapping[str, Answer],
    today: Today,
) -> pl.DataFrame:
    """Return the table of follow-ups, in the order of the problems, closed ones behind.

    `before` are the follow-ups of the year before, `earlier` those that an earlier review of this year wrote:
    a problem keeps the day it was found on, and what it found and no longer shows is closed.
    """
    left = before.filter((pl.col("state") != CLOSED) | (pl.col("found_year") == today.year - 1))
    known = {row["problem_id"]: row for frame in (earlier, left) for row in frame.iter_rows(named=True)}
    open_rows = [_open(row, known.get(row["problem_id"]), answered, today) for row in problems.iter_rows(named=True)]
    shown = {row["problem_id"] for row in open_rows}
    closed = [_closed(known[number], answered) for number in sorted(known) if number not in shown]
    return frame_of(FollowUps, [*open_rows, *closed])


def _open(
    problem: Mapping[str, Any], known: Mapping[str, Any] | None, answered: Mapping[str, Answer], today: Today
) -> dict[str, object]:
    answer = answered.get(problem["problem_id"])
    found = known or {"found_year": today.year, "found_on": today.day, "due_on": today.due_on}
    return {
        **{name: problem[name] for name in ("problem_id", "department", "registry", "rule", "record")},
        **{name: found[name] for name in ("found_year", "found_on", "due_on")},
        "state": _state(answer, known, today),
        **_said(answer),
    }


def _closed(known: Mapping[str, Any], answered: Mapping[str, Answer]) -> dict[str, object]:
    return {**known, "state": CLOSED, **_said(answered.get(known["problem_id"]))}


def _state(answer: Answer | None, known: Mapping[str, Any] | None, today: Today) -> str:
    if answer is None:
        return "复查仍存在" if known and known["state"] in (CLOSED, "复查仍存在") else "待整改"
    match answer.word:
        case "已整改":
            return "待复查" if answer.fingerprint == today.fingerprint else "复查仍存在"
        case "属实未整改":
            return "属实未整改"
        case "不属实":
            return "报称不属实"


def _said(answer: Answer | None) -> dict[str, object]:
    return {
        "answer": answer.word if answer else None,
        "owner": answer.by if answer else None,
        "answered_on": answer.mended_on if answer else None,
    }

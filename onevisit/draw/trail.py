"""The trail (全程留痕): append-only lines, each chained to the one before (protocol, section 8).

Times are inputs. Nothing here removes or changes a line.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from onevisit.draw.form import HASH, NUMBER, TIME, lines_of, sha256
from onevisit.draw.frozen import is_time
from onevisit.errors import Problem, problem

Event = Literal[
    "freeze", "root", "commit", "reveal", "seed", "drawn", "batches", "substitute", "recusal", "plan", "void"
]
EVENTS: tuple[Event, ...] = (
    "freeze",
    "root",
    "commit",
    "reveal",
    "seed",
    "drawn",
    "batches",
    "substitute",
    "recusal",
    "plan",
    "void",
)
NO_HASH = "0" * 64
"""Hash before the first line."""

_LINE = re.compile(rf"({NUMBER})\t({TIME})\t({'|'.join(EVENTS)})\t({HASH})\t({HASH})")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of TRAIL."""

    number: int
    at: str
    event: str
    payload: str
    previous: str

    def text(self) -> str:
        """Return the line with its LF."""
        return f"{self.number}\t{self.at}\t{self.event}\t{self.payload}\t{self.previous}\n"


def append(trail: bytes, *, at: str, event: Event, payload: bytes) -> bytes:
    """Return a trail with one more event at its end."""
    lines = trail.splitlines(keepends=True)
    previous = sha256(lines[-1]) if lines else NO_HASH
    return trail + Line(len(lines) + 1, at, event, sha256(payload), previous).text().encode()


def head(trail: bytes) -> str:
    """Return the head of a trail: what the paper minutes have, and what shows a rollback of the whole folder."""
    return sha256(trail.splitlines(keepends=True)[-1])


def read_trail(trail: bytes) -> tuple[list[Line], list[Problem]]:
    """Return the lines, and what is wrong with numbers, times or links (D060-D062)."""
    problems: list[Problem] = []
    read: list[Line] = []
    for row, text in enumerate(lines_of("TRAIL", trail, problems), start=1):
        match = _LINE.fullmatch(text)
        if not match or not is_time(match[2]):
            problems.append(problem("D060", file="TRAIL", row=row))
            break
        line = Line(int(match[1]), match[2], match[3], match[4], match[5])
        previous = sha256(read[-1].text()) if read else NO_HASH
        if line.number != row or line.previous != previous:
            problems.append(problem("D061", file="TRAIL", row=row))
        if read and line.at < read[-1].at:
            problems.append(problem("D062", file="TRAIL", row=row))
        read.append(line)
    return read, problems


def attempts_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each attempt: one begins with every freeze."""
    attempts: list[list[Line]] = []
    for line in lines:
        if line.event == "freeze" or not attempts:
            attempts.append([])
        attempts[-1].append(line)
    return attempts


def record_line(record: Mapping[str, object]) -> bytes:
    """Return a record of a void, recusal or plan event: one line of JSON with sorted keys."""
    return (json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n").encode()

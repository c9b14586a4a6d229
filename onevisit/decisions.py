"""The decision log: what people decided in a year, one record a line, each chained to the one before.

Sign-off of the plan and judgements on records are written into the same log, so that one chain proves
the order of all of them. The log is JSON lines, only ever appended; each record carries the hash of
the one before. What a record means is said where it is used: `plan/signoff.py`, `plan/rulings.py`,
`registries/judgements.py`, `registries/suspicions.py`, `results/audit.py`, `supervision/mending.py`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast

from onevisit.errors import RefusedError, problem

DecisionKind = Literal[
    "approve", "withdraw", "decide", "confirm", "judge", "recuse", "mend",
    "enter_results", "check_results", "return_results", "approve_results", "correct_result",
]  # fmt: skip
Role = Literal["reviewer", "approver", "participant", "judge", "enterer", "mender"]

BEFORE_THE_DRAW: tuple[DecisionKind, ...] = ("approve", "withdraw", "decide", "confirm", "judge", "recuse")
"""Kinds of records about registers and plan; the others come after."""

NO_HASH = "0" * 64
"""Hash before the first record."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision before it is in the log."""

    at: str
    """ISO 8601 with +08:00."""
    kind: DecisionKind
    by: str
    role: Role
    what: str
    why: str
    plan_fingerprint: str = ""
    """SHA-256 of the plan decided on; empty for what is not about the plan."""
    channel: str = ""
    """How it came: `workbook <digest> <sheet> row <n>`, `review page`, `command line` or `demonstration`."""
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Decision(Entry):
    """A decision in the log, chained to the one before."""

    seq: int = 0
    previous_hash: str = NO_HASH
    hash: str = ""


def parse_log(text: str) -> list[Decision]:
    """Return the records of a log. Raises RefusedError (P060) naming the first record that breaks the chain."""
    log: list[Decision] = []
    *lines, rest = text.split("\n")
    for number, line in enumerate(lines, start=1):
        record = _record(line, number)
        previous = log[-1].hash if log else NO_HASH
        if record.seq != number:
            raise _broken(number, f"序号是 {record.seq}")
        if record.previous_hash != previous:
            raise _broken(number, "上一条摘要对不上")
        log.append(record)
    if rest:
        raise _broken(len(lines) + 1, "最后一行没有写完")
    return log


def decoded(data: bytes) -> str:
    """Return a log's file as text, every byte of it. Raises RefusedError (P060) naming the record that is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken(data.count(b"\n", 0, error.start) + 1, "不是 UTF-8 编码") from None


def extended(log: Sequence[Decision], entries: Sequence[Entry]) -> list[Decision]:
    """Return a log with entries appended, each chained to the one before."""
    longer = list(log)
    for entry in entries:
        previous = longer[-1].hash if longer else NO_HASH
        unsealed = Decision(**asdict(entry), seq=len(longer) + 1, previous_hash=previous)
        longer.append(replace(unsealed, hash=_hash(asdict(unsealed))))
    return longer


def log_text(log: Sequence[Decision]) -> str:
    """Return a log as its file holds it: one record a line."""
    return "".join(canonical_json(asdict(record)) + "\n" for record in log)


def canonical_json(content: Mapping[str, Any]) -> str:
    """Return values as the one JSON text there is of them: keys sorted, no blanks."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _record(line: str, number: int) -> Decision:
    try:
        values = cast(dict[str, Any], json.loads(line))
        record = Decision(**values)
    except (ValueError, TypeError, RecursionError):
        raise _broken(number, "不是一条记录") from None
    if canonical_json(values) != line:
        raise _broken(number, "写法不规范")
    # The hash is of the line as it stands: a record from before a field was added keeps its own.
    if record.hash != _hash(values):
        raise _broken(number, "内容与摘要不符")
    return record


def _hash(content: Mapping[str, Any]) -> str:
    sealed = {name: value for name, value in content.items() if name != "hash"}
    return hashlib.sha256(canonical_json(sealed).encode()).hexdigest()


def _broken(number: int, detail: str) -> RefusedError:
    return RefusedError([problem("P060", number=number, detail=detail)])

"""我的企业: what a business finds about itself, without a log-in and without a server.

The public lists say who was drawn; here a business also finds the tasks that can reach it. What is
said of one object lies under the SHA-256 of its code, cut and spelt in letters, in a shard named by how
that begins: who knows the code or the full name finds it, nobody reads the register off the site.
Only public tables, the reach of plan rows and the number of doors go in: no class, no ticket.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from onevisit.publish.scripts import script

KEY_LENGTH = 16
"""Characters of a digest that name an object: the odds that two of a million are alike are 3 in 100 million."""

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""A key has no digits: no run of them can look like a number that must not be public."""

KEYS_PER_SHARD = 400
"""About 30 kB; the reader loads one or two shards."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def key_of(text: str) -> str:
    """Return under which key a code or a name lies: blanks, case and full-width forms do not count."""
    folded = "".join(text.translate(_WIDE).upper().split())
    return hashlib.sha256(folded.encode()).hexdigest()[:KEY_LENGTH].translate(_LETTERS)


def shards(entries: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the entries as scripts by file name: all keys that begin alike in one."""
    digits = shard_digits(len(entries))
    parts: dict[str, dict[str, Any]] = {}
    for key in sorted(entries):
        parts.setdefault(key[:digits], {})[key] = entries[key]
    for start, part in parts.items():
        yield f"mine/{start}.js", script(f"ONEVISIT.mine['{start}']", part)


def shard_digits(key_count: int) -> int:
    """Return by how many characters shards are named."""
    digits = 1
    while key_count > KEYS_PER_SHARD * 16**digits:
        digits += 1
    return digits


def entries(
    *,
    register: pl.DataFrame,
    reach: pl.DataFrame,
    doors: pl.DataFrame,
    drawn: pl.DataFrame,
    results: pl.DataFrame,
    numbers: "Numbers",
) -> dict[str, Any]:
    """Return what is said of every object, and which object a name means, by key.

    `register` holds object_id, name and subject_id; `reach` object_id and plan_row_id; `doors` object_id,
    apart and together. A name is worth its object's key, or how many objects bear it.
    """
    reached = _lists(reach, "object_id", "plan_row_id")
    saved = {object_id: [apart, together] for object_id, apart, together in doors.iter_rows()}
    chosen = _by_object(drawn, lambda row: [numbers.tasks[row["task_id"]], row["batch"] or 0, _note(row)])
    found = _by_object(results, _result)
    kept = register.drop_nulls("subject_id").filter(pl.col("subject_id") != pl.col("object_id"))
    wards = _lists(kept, "subject_id", "object_id")
    names = dict(drawn.select("object_id", "name").iter_rows())
    known: dict[str, Any] = {}
    for object_id in register["object_id"].sort():
        rows = sorted(numbers.rows[row] for row in reached.get(object_id, ()) if row in numbers.rows)
        one: dict[str, Any] = {"p": rows}
        for letter, part in (("d", chosen), ("r", found), ("v", saved), ("c", wards)):
            if said := part.get(object_id):
                one[letter] = said
        if object_id in chosen:
            one["n"] = names[object_id]
        known[key_of(object_id)] = one
    return known | _named(register, known)


class Numbers:
    """Numbers that stand for tasks and plan rows in the shards."""

    def __init__(self, tasks: Sequence[Any]) -> None:
        self.tasks = {task.task_id: number for number, task in enumerate(tasks)}
        self.rows = {row: number for number, row in enumerate(row for task in tasks for row in task.rows)}


def _named(register: pl.DataFrame, known: Mapping[str, Any]) -> dict[str, Any]:
    named = [(key_of(name), key_of(object_id)) for object_id, name in register.select("object_id", "name").iter_rows()]
    times = Counter(name for name, _ in named)
    return {name: target if times[name] == 1 else times[name] for name, target in named if name not in known}


def _lists(frame: pl.DataFrame, key: str, value: str) -> dict[str, list[str]]:
    grouped = frame.select(key, value).unique().sort(key, value).group_by(key, maintain_order=True).agg(value)
    return dict(grouped.iter_rows())


def _by_object(frame: pl.DataFrame, said: Callable[[dict[str, Any]], list[Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["object_id"], []).append(said(row))
    return found


def _result(row: Mapping[str, Any]) -> list[str]:
    return [row["item_name"], row["department"], row["checked_on"].isoformat(), row["result"]]


def _note(row: Mapping[str, Any]) -> str:
    return "已退出" if row["is_lost"] else "递补" if row["is_substitute"] else ""

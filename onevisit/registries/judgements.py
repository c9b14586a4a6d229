"""Judgements (人工判断): what people said of pairs of records, and what holds of it now.

They stand in the decision logs, this year's and all earlier ones. The last word on a pair counts;
nothing is deleted, and `withdrawn` takes an earlier word back. What holds goes before clustering:
`same` joins two records, `different` keeps them apart, whatever the comparison says.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from onevisit.decisions import Decision, Entry
from onevisit.errors import Problem, problem
from onevisit.registries.tables import Judgements
from onevisit.tables import frame_of

Ruling = Literal["same", "different", "unsure", "withdrawn"]
Pair = tuple[str, str]
"""Two record keys, the lower first."""

WORDS: dict[Ruling, str] = {
    "same": "同一对象",
    "different": "不同对象",
    "unsure": "说不清",
    "withdrawn": "撤回原判断",
}
"""What officials choose from."""

_PAIR = ["left_key", "right_key"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement before it is in the log."""

    pair_id: str
    pair: Pair
    ruling: Ruling
    by: str
    why: str
    channel: str
    is_two_codes: bool = False
    """Whether it joins two records that carry different trusted codes."""


def pair_of(one: str, other: str) -> Pair:
    """Return two record keys as a pair, whichever was named first."""
    return (one, other) if one <= other else (other, one)


def entry_of(judgement: Judgement, *, at: str, is_demonstration: bool) -> Entry:
    """Return a judgement as it goes into the decision log."""
    left, right = judgement.pair
    codes = "，两个代码" if judgement.is_two_codes else ""
    return Entry(
        at=at,
        kind="judge",
        by=judgement.by,
        role="judge",
        what=f"{WORDS[judgement.ruling]}：{judgement.pair_id}（{left} 与 {right}{codes}）",
        why=judgement.why,
        channel=judgement.channel,
        details={
            "pair_id": judgement.pair_id,
            "left_key": left,
            "right_key": right,
            "judgement": judgement.ruling,
        },
        is_demonstration=is_demonstration,
    )


def judgements(logs: Sequence[tuple[int, Sequence[Decision]]]) -> pl.DataFrame:
    """Return the judgements in the decision logs (year, log) as the table `Judgements`, oldest first."""
    rows: list[dict[str, object]] = [
        {"log_year": year, "seq": record.seq, **record.details, "by": record.by, "at": record.at, "why": record.why}
        for year, log in sorted(logs, key=lambda one: one[0])
        for record in log
        if record.kind == "judge"
    ]
    frame = frame_of(Judgements, rows)
    return frame.with_columns(is_in_effect=pl.int_range(pl.len()).over(_PAIR) == pl.len().over(_PAIR) - 1)


def in_effect(table: pl.DataFrame) -> pl.DataFrame:
    """Return the judgements that hold: the last on each pair, unless it took the one before back."""
    return table.filter("is_in_effect", pl.col("judgement") != "withdrawn")


def rulings(table: pl.DataFrame) -> pl.DataFrame:
    """Return what clustering must keep to: `left_key`, `right_key`, `is_same`, one row a pair, sorted."""
    ruled = in_effect(table).filter(pl.col("judgement").is_in(["same", "different"]))
    return ruled.select(*_PAIR, is_same=pl.col("judgement") == "same").sort(_PAIR)


class Rulings:
    """Rulings that agree with each other, and what a further one would contradict."""

    def __init__(self) -> None:
        self._same: dict[str, set[str]] = {}
        self._different: dict[str, set[str]] = {}

    def add(self, pair: Pair, *, is_same: bool) -> None:
        """Add a ruling that contradicts none."""
        linked = self._same if is_same else self._different
        for one, other in (pair, pair[::-1]):
            linked.setdefault(one, set()).add(other)

    def against(self, pair: Pair, *, is_same: bool) -> list[Pair]:
        """Return the rulings that cannot all be true beside this one, in a chain; none when it agrees with all.

        A same B and B same C make A same C; one pair judged different among records that are all the
        same is a contradiction, whichever was said last.
        """
        left, right = pair
        near = self._reached(left)
        if not is_same:
            return _path(near, right) if right in near else []
        far = self._reached(right)
        for one in near:
            for other in sorted(self._different.get(one, ())):
                if other in far:
                    return [*_path(near, one), pair_of(one, other), *_path(far, other)]
        return []

    def _reached(self, start: str) -> dict[str, str | None]:
        """Return every record that is the same as one, nearest first, each with the record it was reached from."""
        reached: dict[str, str | None] = {start: None}
        waiting = deque([start])
        while waiting:
            record = waiting.popleft()
            for other in sorted(self._same.get(record, set[str]()) - reached.keys()):
                reached[other] = record
                waiting.append(other)
        return reached


def _path(reached: Mapping[str, str | None], end: str) -> list[Pair]:
    path: list[Pair] = []
    while (before := reached[end]) is not None:
        path.append(pair_of(before, end))
        end = before
    return path


def contradictions(table: pl.DataFrame) -> list[Problem]:
    """Return the judgements in effect that cannot stand beside earlier ones (R050), each with what it contradicts."""
    known, found = Rulings(), list[Problem]()
    ruled = in_effect(table).filter(pl.col("judgement").is_in(["same", "different"]))
    described = descriptions(ruled)
    for pair_id, left, right, judgement in ruled.select("pair_id", *_PAIR, "judgement").iter_rows():
        pair, is_same = (left, right), judgement == "same"
        if against := known.against(pair, is_same=is_same):
            found.append(contradiction(described[pair], [described[one] for one in against], value=pair_id))
        else:
            known.add(pair, is_same=is_same)
    return found


def descriptions(table: pl.DataFrame) -> dict[Pair, str]:
    """Return pair -> how a judgement in the logs is named to officials."""
    columns = table.select("pair_id", *_PAIR, "judgement", "log_year", "seq")
    return {
        (left, right): described(pair_id, (left, right), ruling, f"{year}年决定记录第{seq}条")
        for pair_id, left, right, ruling, year, seq in columns.iter_rows()
    }


def described(pair_id: str, pair: Pair, ruling: Ruling, where: str) -> str:
    """Return how a judgement is named to officials: number, records, judgement, place."""
    return f"{pair_id}（{pair[0]} 与 {pair[1]}）{WORDS[ruling]}（{where}）"


def contradiction(this: str, against: Sequence[str], *, value: str) -> Problem:
    """Return the problem that judgements, named as `described`, cannot all be true (R050)."""
    return problem("R050", value=value, this=this, others="；".join(against))

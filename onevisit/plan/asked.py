"""What people ruled on merging: which items are the same, which rows go together, which stay apart.

Rulings are kept in the order they were made. One that cannot be kept, because a rule that nobody may
override or an earlier ruling stands against it, is told with the reason and is never dropped in
silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl

from onevisit.errors import problem
from onevisit.plan.groups import HARD_STOPS, Groups
from onevisit.plan.rulings import ANSWERS, TITLES, Topic, parts_of, ruled
from onevisit.plan.tables import STOPS, UnkeptRulings
from onevisit.tables import frame_of

LATE = "所涉任务已经抽取，不再变动"


@dataclass(frozen=True, slots=True)
class Must:
    """A ruling that rows go together."""

    ruling: Mapping[str, Any]
    rows: list[int]
    missing: list[str]
    """Rows it names that do not stand."""
    is_late: bool
    """It would change a task that is drawn: that stays as it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rulings in effect ask of merging; rows by number."""

    same: dict[str, str]
    """Item -> the item that stands for all it was said to be the same as."""
    apart: list[tuple[int, int]]
    musts: list[Must]
    torn: list[tuple[Mapping[str, Any], str]]
    """Items said to be the same that others keep different, and why it cannot be kept."""
    late: list[Mapping[str, Any]]
    """Rulings that rows stay apart which a drawn task holds together: that stays as it is."""


def asked_of(row_ids: Sequence[str], rulings: pl.DataFrame, drawn: Sequence[frozenset[int]] = ()) -> Asked:
    """Return what the rulings ask of the rows that stand, numbered as they come; `drawn` are the tasks drawn."""
    numbers = {row_id: number for number, row_id in enumerate(row_ids)}
    apart: list[tuple[int, int]] = []
    musts: list[Must] = []
    late: list[Mapping[str, Any]] = []
    for ruling in ruled(rulings, "merge", "pair").iter_rows(named=True):
        sides = parts_of(ruling["topic"], ruling["subject"])
        standing = [[numbers[row] for row in side if row in numbers] for side in sides]
        if ruling["answer"] in ("reject", "must_not"):
            pairs = [{one, other} for one in standing[0] for other in standing[1]]
            free = [tuple(sorted(pair)) for pair in pairs if not any(pair <= task for task in drawn)]
            apart += [(one, other) for one, other in free]
            late += [ruling] if len(free) < len(pairs) else []
            continue
        rows = {number for side in standing for number in side}
        missing = [row for side in sides for row in side if row not in numbers]
        is_late = any(rows & task and not rows <= task for task in drawn)
        musts.append(Must(ruling, sorted(rows), missing, is_late))
    same, torn = same_items(ruled(rulings, "alias"))
    return Asked(same, apart, musts, torn, late)


def kept_joins(groups: Groups, musts: Iterable[Must]) -> Iterable[tuple[Must, int, int]]:
    """Give the two places to join next for each ruling that can be kept; the caller joins them."""
    for must in musts:
        if not must.is_late and not why_not(groups, must):
            first, *others = places_of(groups, must.rows)
            yield from ((must, first, other) for other in others)


def why_not(groups: Groups, must: Must) -> list[tuple[int, int, str]]:
    """Return for a ruling that rows go together which two places which rule keeps apart; none when it can be kept."""
    return [
        (one, other, rule)
        for one, other in combinations(places_of(groups, must.rows), 2)
        for rule, stopped in _hard_stops(groups, one).items()
        if stopped[other]
    ]


def places_of(groups: Groups, rows: Iterable[int]) -> list[int]:
    """Return the places of the groups the rows are in, each once, in order."""
    wanted = set(rows)
    return [place for place, members in enumerate(groups.members) if wanted.intersection(members)]


def unkept_rulings(groups: Groups, asked: Asked, row_ids: Sequence[str]) -> pl.DataFrame:
    """Return the rulings on merging that cannot be kept, as the table `UnkeptRulings`; joins what can be."""
    rows = [_unkept(ruling, ["RULED_APART"], why) for ruling, why in asked.torn]
    rows += [_unkept(ruling, [], LATE) for ruling in asked.late]
    for must in asked.musts:
        against = why_not(groups, must)
        reasons = [
            f"{_names(groups, one, row_ids)}与{_names(groups, other, row_ids)}：{STOPS[rule]}"
            for one, other, rule in against
        ]
        if must.missing:
            reasons.append(f"{'、'.join(must.missing)}不在采用的计划之内")
        # What no rule stands against was ruled after the draw; all else keeps the reason it had before.
        if must.is_late and not against:
            reasons.append(LATE)
        if reasons:
            stopping = {rule for *_, rule in against}
            rows.append(_unkept(must.ruling, [rule for rule in STOPS if rule in stopping], "；".join(reasons)))
        for _, left, right in kept_joins(groups, [must]):
            groups.joined(left, right)
    return frame_of(UnkeptRulings, rows).sort("log_year", "seq")


def same_items(aliases: pl.DataFrame) -> tuple[dict[str, str], list[tuple[Mapping[str, Any], str]]]:
    """Return what stands for each item, and the rulings that would make one of what others keep different."""
    sides = [
        (ruling, [part[0] for part in parts_of("alias", ruling["subject"])]) for ruling in aliases.iter_rows(named=True)
    ]
    different = [set(codes) for ruling, codes in sides if ruling["answer"] == "different"]
    together: dict[str, set[str]] = {}
    torn: list[tuple[Mapping[str, Any], str]] = []
    for ruling, codes in sides:
        if ruling["answer"] != "same":
            continue
        united = set[str]().union(*(together.get(code, {code}) for code in codes))
        against = [pair for pair in different if pair <= united]
        if against:
            torn.append((ruling, f"{'、'.join(sorted(against[0]))}已定为不同事项"))
        else:
            together |= dict.fromkeys(united, united)
    return {code: min(united) for code, united in together.items()}, torn


def _hard_stops(groups: Groups, place: int) -> dict[str, Any]:
    stops = {**groups.stops(place), "WINDOW": groups.common_days(place) < 1}
    return {rule: stops[rule] for rule in HARD_STOPS}


def _names(groups: Groups, place: int, row_ids: Sequence[str]) -> str:
    return "、".join(row_ids[number] for number in groups.members[place])


def _unkept(ruling: Mapping[str, Any], rules: list[str], why: str) -> dict[str, object]:
    topic: Topic = ruling["topic"]
    one = problem(
        "P070",
        number=ruling["seq"],
        what=f"{TITLES[topic]}（{ruling['subject']}）{ANSWERS[topic][ruling['answer']]}",
        why=why,
    )
    return {
        **{name: ruling[name] for name in ("log_year", "seq", "topic", "subject")},
        "rules": rules,
        "code": one.code,
        "reason": one.reason,
        "fix": one.fix,
    }

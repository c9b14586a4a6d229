"""Alternates (候补): who comes when somebody drawn has to stay away, known before it is known that anybody must.

Everybody drawn has one, by the same lot: of the frozen people who may take the place and leave the team
legal, the least loaded, by ticket among equals. A recusal (回避) told later then moves one place and
nothing else. When the alternate must stay away too, the next one comes by the same rule.

What is a legal team is the caller's to say; here is only who comes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, tee
from typing import Any

from onevisit.errors import problem
from onevisit.visits.lots import ticket
from onevisit.visits.match import in_turn


@dataclass(frozen=True, slots=True)
class Bench:
    """Who may be called to one unit of a visit: a department's team, or a task's experts."""

    visit: str
    """As tickets name it."""
    lot_key: str
    candidates: frozenset[str]
    """Everybody frozen who may come now; who was drawn and may not stay is not in it."""
    is_legal: Callable[[Sequence[str]], bool]
    """Whether these people can do what the unit has to."""

    def turns(self, team: Sequence[str], loads: Mapping[str, int]) -> Iterator[str]:
        """Yield who may be called to a team, in the order of the lot."""
        return in_turn(self.candidates - frozenset(team), visit=self.visit, lot_key=self.lot_key, loads=loads)


def alternate_of(member: str, team: Sequence[str], bench: Bench, loads: Mapping[str, int]) -> str | None:
    """Return who takes a member's place, None when nobody may."""
    return _first_fit(member, team, bench, bench.turns(team, loads))


def with_alternates(rows: Sequence[dict[str, Any]], bench: Bench, loads: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return a unit's seats, each with its alternate (null when nobody may come) and the alternate's ticket.

    An alternate drawn before stays while he or she may come.
    """
    team = [row["commitment"] for row in rows]
    free = bench.candidates - frozenset(team)
    turns = bench.turns(team, loads)
    told: list[dict[str, Any]] = []
    for row in rows:
        member, alternate = row["commitment"], row.get("alternate")
        if alternate not in free or not _may_replace(member, alternate, team, bench):
            # The order is the same for everybody of a team: its tickets are made once.
            turns, own = tee(turns)
            alternate = _first_fit(member, team, bench, own)
        drawn_ticket = ticket(bench.lot_key, bench.visit, alternate) if alternate else None
        told.append({**row, "alternate": alternate, "alternate_ticket": drawn_ticket})
    return told


def successors(
    team: Sequence[str],
    leaving: Mapping[str, str | None],
    bench: Bench,
    loads: Mapping[str, int],
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return who stays and who comes, None when no legal team is left.

    Args:
        team: the people of the unit.
        leaving: those who have to stay away -> their alternates.
        bench: who may be called.
        loads: seats everybody holds.

    As few as possible go with those who leave: somebody else does only where nobody can come who leaves
    the team legal. Alternates come first, then by lot.
    """
    stay = [one for one in team if one not in leaving]
    free = bench.candidates - frozenset(team)
    first = [one for one in dict.fromkeys(leaving.values()) if one in free]
    order = [*first, *(one for one in bench.turns(team, loads) if one not in first)]
    return next(
        (
            (those, come)
            for size in range(len(stay), -1, -1)
            for those in combinations(stay, size)
            for come in combinations(order, len(team) - size)
            if bench.is_legal([*those, *come])
        ),
        None,
    )


def relieved(
    rows: Sequence[dict[str, Any]],
    reasons: Mapping[str, str],
    bench: Bench,
    loads: dict[str, int],
    seats_of: Callable[[str], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Return a unit's seats after everybody with a reason left it; no seats when no legal team is left.

    Args:
        rows: the seats of the unit.
        reasons: who has to stay away -> why.
        bench: who may be called.
        loads: seats everybody holds; changed with the unit.
        seats_of: a newcomer's commitment -> the seats he or she takes, without what is said here.

    Each newcomer's seat says whom it replaces, and why.
    """
    team = list(dict.fromkeys(row["commitment"] for row in rows))
    alternates = {row["commitment"]: row["alternate"] for row in rows}
    found = successors(team, {one: alternates[one] for one in team if one in reasons}, bench, loads)
    for one in set(team) - set(found[0] if found else ()):
        loads[one] -= 1
    if not found:
        return []
    stay, come = found
    kept = [row for row in rows if row["commitment"] in stay]
    for left, newcomer in _places([one for one in team if one not in stay], alternates, come):
        loads[newcomer] = loads.get(newcomer, 0) + 1
        why = reasons.get(left) or problem("V011").reason
        kept += [{**seat, "replaces": left, "reason": why} for seat in seats_of(newcomer)]
    return kept


def _first_fit(member: str, team: Sequence[str], bench: Bench, turns: Iterator[str]) -> str | None:
    return next((one for one in turns if _may_replace(member, one, team, bench)), None)


def _may_replace(member: str, newcomer: str, team: Sequence[str], bench: Bench) -> bool:
    return bench.is_legal([newcomer if one == member else one for one in team])


def _places(
    left: Sequence[str], alternates: Mapping[str, str | None], come: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield who takes whose place: an alternate the place he or she was drawn for, the others what is left."""
    own: dict[str, str] = {}
    for one in left:
        alternate = alternates[one]
        if alternate and alternate in come and alternate not in own.values():
            own[one] = alternate
    others = [one for one in come if one not in own.values()]
    yield from own.items()
    yield from zip([one for one in left if one not in own], others, strict=True)

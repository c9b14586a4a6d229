"""Matching: people drawn by lot, loads as even as any legal assignment can make them.

Each visit has seats, each seat the people who may take it. People are drawn seat by seat, the least
loaded first, by ticket among equals; then duties are handed along chains of legal swaps until nobody
can give one to somebody with at least two fewer. The seats of a visit make a transversal matroid, so
the loads that leave no such chain are the most even there are (decreasingly minimal: the least
possible greatest load, then the next). `improving_chain` is the certificate, for anybody to run.

Everything depends on hashes of published names alone, never on the order of the input.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from onevisit.visits.lots import ticket, turn

Seats = tuple[frozenset[str], ...]
"""Who may take each seat of one visit; a person takes at most one."""

Teams = dict[str, list[str]]
"""Visit -> the people drawn for it."""

Swap = tuple[str, str, str]
"""(visit, who leaves, who comes)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One seat taken."""

    visit: str
    slot: int
    candidates: int
    """Who may take the seat and sits in no earlier one of the visit."""
    load: int
    """What the one who is drawn carried before."""
    chosen: str


@dataclass(slots=True)
class Account:
    """A draw told step by step, for whoever replays it."""

    steps: list[Step] = field(default_factory=list[Step])
    chains: list[list[Swap]] = field(default_factory=list[list[Swap]])


def can_sit(seats: Sequence[frozenset[str]], people: Sequence[str]) -> bool:
    """Tell whether these people can take exactly these seats, one each."""
    return len(people) == len(seats) and any(
        all(person in seat for seat, person in zip(order, people, strict=True)) for order in permutations(seats)
    )


def can_fill(seats: Sequence[frozenset[str]], taken: frozenset[str] = frozenset()) -> bool:
    """Tell whether different people, none of them taken, can take every seat."""
    if not seats:
        return True
    free = sorted((seat - taken for seat in seats), key=len)
    # With as many candidates as seats in the narrowest seat, any choice leaves enough for the others.
    return len(free[0]) >= len(free) or any(can_fill(free[1:], taken | {person}) for person in free[0])


def draw_teams(
    demands: Mapping[str, Seats], *, lot_key: str, start: Mapping[str, int], account: Account | None = None
) -> Teams:
    """Draw people for every visit; `start` is what they carry from earlier in the year, `account` is told the steps.

    Every visit's seats must be fillable (`can_fill`): who cannot be fielded is a shortage, told before.
    """
    loads = dict(start)
    teams: Teams = {}
    told = account or Account()
    for visit in sorted(demands, key=lambda one: turn(lot_key, one)):
        teams[visit] = _draw_team(visit, demands[visit], lot_key=lot_key, loads=loads, told=told)
        for person in teams[visit]:
            loads[person] = loads.get(person, 0) + 1
    _even_out(demands, teams, loads, told)
    return teams


def in_turn(people: Iterable[str], *, visit: str, lot_key: str, loads: Mapping[str, int]) -> Iterator[str]:
    """Yield people in the order in which a visit's lot takes them: the least loaded first, by ticket among equals."""
    by_load: dict[int, list[str]] = {}
    for person in people:
        by_load.setdefault(loads.get(person, 0), []).append(person)
    # Whoever stands behind a lighter load is rarely asked for, so no ticket is made before its load's turn.
    for load in sorted(by_load):
        yield from sorted(by_load[load], key=lambda person: ticket(lot_key, visit, person))


def improving_chain(
    demands: Mapping[str, Seats], teams: Mapping[str, list[str]], loads: Mapping[str, int]
) -> list[Swap]:
    """Return a shortest chain of swaps that evens the loads out, empty when there is none.

    Looks from the most loaded person down; a person reached from a heavier one in vain need not be asked.
    """
    visits = _visits_of(teams)
    hopeless: set[str] = set()
    for person in sorted(visits, key=lambda one: (-loads.get(one, 0), one)):
        if person in hopeless:
            continue
        chain, reached = _search(person, demands, teams, loads, visits)
        if chain:
            return chain
        hopeless |= reached
    return []


def loads_of(teams: Mapping[str, list[str]], start: Mapping[str, int]) -> dict[str, int]:
    """Return everybody's load: what they carried before and what these teams add."""
    loads = dict(start)
    for team in teams.values():
        for person in team:
            loads[person] = loads.get(person, 0) + 1
    return loads


def _draw_team(visit: str, seats: Seats, *, lot_key: str, loads: Mapping[str, int], told: Account) -> list[str]:
    team: list[str] = []
    for number, seat in enumerate(seats):
        taken, rest = frozenset(team), seats[number + 1 :]
        turns = in_turn(seat - taken, visit=visit, lot_key=lot_key, loads=loads)
        chosen = next(one for one in turns if can_fill(rest, taken | {one}))
        told.steps.append(Step(visit, number + 1, len(seat - taken), loads.get(chosen, 0), chosen))
        team.append(chosen)
    return team


def _even_out(demands: Mapping[str, Seats], teams: Teams, loads: dict[str, int], told: Account) -> None:
    while chain := improving_chain(demands, teams, loads):
        told.chains.append(chain)
        for visit, leaves, comes in chain:
            teams[visit] = [comes if person == leaves else person for person in teams[visit]]
        loads[chain[0][1]] -= 1
        loads[chain[-1][2]] = loads.get(chain[-1][2], 0) + 1


def _visits_of(teams: Mapping[str, list[str]]) -> dict[str, list[str]]:
    visits: dict[str, list[str]] = {}
    for visit in sorted(teams):
        for person in teams[visit]:
            visits.setdefault(person, []).append(visit)
    return visits


def _search(
    first: str,
    demands: Mapping[str, Seats],
    teams: Mapping[str, list[str]],
    loads: Mapping[str, int],
    visits: Mapping[str, list[str]],
) -> tuple[list[Swap], set[str]]:
    """Search breadth first, so that the chain found is a shortest one: only then are its swaps legal together."""
    came: dict[str, Swap | None] = {first: None}
    queue = deque([first])
    while queue:
        leaves = queue.popleft()
        for visit, comes in _handovers(leaves, demands, teams, visits, came):
            came[comes] = (visit, leaves, comes)
            if loads.get(comes, 0) <= loads.get(first, 0) - 2:
                return _chain(comes, came), set(came)
            queue.append(comes)
    return [], set(came)


def _handovers(
    leaves: str,
    demands: Mapping[str, Seats],
    teams: Mapping[str, list[str]],
    visits: Mapping[str, list[str]],
    came: Mapping[str, Swap | None],
) -> Iterator[tuple[str, str]]:
    for visit in visits.get(leaves, ()):
        team, seats = teams[visit], demands[visit]
        strangers = frozenset[str]().union(*seats) - came.keys() - frozenset(team)
        for comes in sorted(strangers):
            if can_sit(seats, [comes if person == leaves else person for person in team]):
                yield visit, comes


def _chain(last: str, came: Mapping[str, Swap | None]) -> list[Swap]:
    chain: list[Swap] = []
    swap = came[last]
    while swap is not None:
        chain.append(swap)
        swap = came[swap[1]]
    return chain[::-1]

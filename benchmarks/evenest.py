"""The most even loads of any legal assignment, as a linear programme: the oracle and peer of the drawing of teams.

It shares no code with `onevisit/visits/match.py`. The least sum of squares of loads is reached by one
sorted list of loads alone, the decreasingly minimal one (Frank and Murota, arXiv 1808.08477); the
programme is a network, so its corners are whole numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

Seats = Sequence[frozenset[str]]
"""Who may take each seat of one visit; a person takes at most one."""


def evenest_loads(demands: Mapping[str, Seats], start: Mapping[str, int]) -> list[int]:
    """Return everybody's load in the most even assignment, heaviest first; ValueError where there is none.

    `start` is what people carry already; who can take no seat counts only there.
    """
    places = [
        (visit, number, one) for visit, seats in demands.items() for number, seat in enumerate(seats) for one in seat
    ]
    doors = Counter(one for _, _, one in {(visit, "", one) for visit, _, one in places})
    steps = [(one, level) for one in sorted(doors) for level in range(doors[one])]
    # The squares of loads, step by step: each further visit of a person costs two more than the one before.
    costs = [0] * len(places) + [2 * (start.get(one, 0) + level) + 1 for one, level in steps]
    seat_of = _numbered((visit, number) for visit, number, _ in places)
    person_of = {one: len(seat_of) + number for number, one in enumerate(sorted(doors))}
    filled = [(seat_of[visit, number], column, 1) for column, (visit, number, _) in enumerate(places)]
    balance = [(person_of[one], column, 1) for column, (_, _, one) in enumerate(places)]
    balance += [(person_of[one], len(places) + column, -1) for column, (one, _) in enumerate(steps)]
    once_of = _numbered((visit, one) for visit, _, one in places)
    once = [(once_of[visit, one], column, 1) for column, (visit, _, one) in enumerate(places)]
    width, height = len(costs), len(seat_of) + len(person_of)
    found = linprog(
        costs,
        A_eq=_matrix(filled + balance, height, width),
        b_eq=[1] * len(seat_of) + [0] * len(person_of),
        A_ub=_matrix(once, len(once_of), width),
        b_ub=np.ones(len(once_of)),
        bounds=(0, 1),
        method="highs-ds",
    )
    if not found.success:
        raise ValueError(found.message)
    loads = Counter(start)
    for (_, _, one), part in zip(places, found.x[: len(places)], strict=True):
        loads[one] += part
    return sorted((round(load) for load in loads.values()), reverse=True)


def least_highest_chance(demands: Mapping[str, Seats], loads: Mapping[str, float]) -> float:
    """Return how high the highest chance of one person at one visit must be, in any draw with such loads.

    Measured at every visit by `least_chance`; `loads` are how many visits everybody goes to on average.
    Who may go to few visits must be likelier there, if loads are to be even.
    """
    places = [
        (visit, number, one) for visit, seats in demands.items() for number, seat in enumerate(seats) for one in seat
    ]
    highest = len(places)
    seat_of = _numbered((visit, number) for visit, number, _ in places)
    person_of = {one: len(seat_of) + number for number, one in enumerate(sorted(loads))}
    filled = [(seat_of[visit, number], column, 1.0) for column, (visit, number, _) in enumerate(places)]
    shared = [(person_of[one], column, 1.0) for column, (_, _, one) in enumerate(places)]
    pair_of = _numbered((visit, one) for visit, _, one in places)
    pairs = [(pair_of[visit, one], column, 1.0) for column, (visit, _, one) in enumerate(places)]
    pairs += [(row, highest, -least_chance(demands[visit])) for (visit, _), row in pair_of.items()]
    found = linprog(
        [0.0] * highest + [1.0],
        A_eq=_matrix(filled + shared, len(seat_of) + len(person_of), highest + 1),
        b_eq=[1.0] * len(seat_of) + [loads[one] for one in sorted(loads)],
        A_ub=_matrix(pairs, len(pair_of), highest + 1),
        b_ub=np.zeros(len(pair_of)),
        method="highs",
    )
    if not found.success:
        raise ValueError(found.message)
    return float(found.fun)


def least_chance(seats: Seats) -> float:
    """Return the least that the highest chance of anybody at a visit can be, each seat nested in the next."""
    return max(number / len(seat) for number, seat in enumerate(sorted(seats, key=len), start=1))


def _numbered(keys: Iterable[tuple[str, object]]) -> dict[tuple[str, object], int]:
    return {one: number for number, one in enumerate(dict.fromkeys(keys))}


def _matrix(entries: Sequence[tuple[int, int, float]], height: int, width: int) -> csr_array:
    rows, columns, values = zip(*entries, strict=True)
    return csr_array((values, (rows, columns)), shape=(height, width))

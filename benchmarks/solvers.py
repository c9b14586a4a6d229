"""The peer of visits and teams: OR-Tools, each problem in the form in which it is quickest.

Fewest visits are a set covering that SCIP solves: CP-SAT took twenty-five times as long for each object by itself, and
longer for many at once. The most even loads are a flow of least cost, the squares of loads step by step. No code is
shared with ours.

OR-Tools is an optional extra (`bench`): it is imported where it is used, and typed as anything.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.evenest import Seats
from onevisit.visits.group import Check

MISSING = "OR-Tools is not installed"


def is_installed() -> bool:
    """Tell whether OR-Tools can be asked."""
    return find_spec("ortools") is not None


def load() -> None:
    """Import OR-Tools, which takes a moment that is not counted."""
    import_module("ortools.linear_solver.pywraplp")
    import_module("ortools.graph.python.min_cost_flow")


def fewest_visits(objects: Iterable[Sequence[Check]], *, max_items: int, max_departments: int | None = None) -> int:
    """Return the fewest visits that serve the checks of all objects; RuntimeError when it is not proven."""
    solver: Any = import_module("ortools.linear_solver.pywraplp").Solver.CreateSolver("SCIP")
    for checks in objects:
        visits = sorted(set(_largest_visits(checks, max_items, max_departments)))
        made = [solver.BoolVar("") for _ in visits]
        for number in range(len(checks)):
            solver.Add(sum(one for one, visit in zip(made, visits, strict=True) if number in visit) >= 1)
    solver.Minimize(sum(solver.variables()))
    if solver.Solve() != solver.OPTIMAL:
        raise RuntimeError("no fewest visits were found")
    return round(solver.Objective().Value())


def evenest_loads(demands: Mapping[str, Seats], start: Mapping[str, int]) -> list[int]:
    """Return everybody's load in the most even assignment, heaviest first; ValueError where there is none.

    `start` is what people carry already; who can take no seat counts only there.
    """
    people = sorted(frozenset[str]().union(*(seat for seats in demands.values() for seat in seats)))
    doors = Counter(one for seats in demands.values() for one in frozenset[str]().union(*seats))
    # Node 0 is where all seats end up, then one for every person.
    number = {one: place for place, one in enumerate(people, start=1)}
    arcs: list[tuple[int, int, int]] = []
    supplies = [0] * (1 + len(people))
    for seats in demands.values():
        _add_visit(seats, number, arcs, supplies)
    places = len(arcs)
    # Each further visit of a person costs two more than the one before.
    arcs += [(number[one], 0, 2 * (start.get(one, 0) + level) + 1) for one in people for level in range(doors[one])]
    supplies[0] = -sum(supplies)
    flow: Any = import_module("ortools.graph.python.min_cost_flow").SimpleMinCostFlow()
    tails, heads, costs = np.array(arcs).T
    flow.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones_like(tails), costs)
    flow.set_nodes_supplies(np.arange(len(supplies)), np.array(supplies))
    if flow.solve() != flow.OPTIMAL:
        raise ValueError("the seats cannot all be taken")
    taken = flow.flows(np.arange(places, len(arcs)))
    loads = Counter(start)
    for (tail, _, _), one in zip(arcs[places:], taken.tolist(), strict=True):
        loads[people[tail - 1]] += one
    return sorted(loads.values(), reverse=True)


def _largest_visits(checks: Sequence[Check], max_items: int, max_departments: int | None) -> Iterator[tuple[int, ...]]:
    """Yield visits as numbers of checks, on some check's last day, filled to the caps: any other is part of one."""
    for day in {check.last for check in checks}:
        open_ = [number for number, check in enumerate(checks) if check.first <= day <= check.last]
        for kind in {checks[number].alone for number in open_}:
            fitting = [number for number in open_ if checks[number].alone == kind]
            departments = sorted({checks[number].department for number in fitting})
            for some in combinations(departments, min(max_departments or len(departments), len(departments))):
                inside = [number for number in fitting if checks[number].department in some]
                yield from combinations(inside, min(max_items, len(inside)))


def _add_visit(seats: Seats, number: Mapping[str, int], arcs: list[tuple[int, int, int]], supplies: list[int]) -> None:
    """Add a visit's seats; where they differ, every person passes a node of the visit, to be there once."""
    if len(set(seats)) == 1:
        arcs += [(len(supplies), number[one], 0) for one in seats[0]]
        supplies.append(len(seats))
        return
    there = {one: len(supplies) + place for place, one in enumerate(frozenset[str]().union(*seats))}
    supplies += [0] * len(there)
    arcs += [(place, number[one], 0) for one, place in there.items()]
    for seat in seats:
        arcs += [(len(supplies), there[one], 0) for one in seat]
        supplies.append(1)

"""Whether teams can be formed at all, and whether few people are asked for too much together.

Asked before anything is public. A department sends a team to each door, and each of the team must be able to
check something there. So a task may fail although `capacity.py` finds hours enough: nobody holds a
qualification, fewer people may come than a team needs, or the checks of several items all wait for the same
few people. The last is a question of flow: from the doors to those who may come to them, to the days on which
those have time. What the largest flow cannot carry must stay undone, and its smallest cut names whom and what
(Hall's theorem).

The rows of a task are drawn with one ticket, so the doors that several of them reach are counted once, with
all that is checked there. Firms that two tasks draw count twice: expected numbers err on the safe side.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array  # pyright: ignore[reportMissingTypeStubs]
from scipy.sparse.csgraph import (  # pyright: ignore[reportMissingTypeStubs]
    breadth_first_order,  # pyright: ignore[reportUnknownVariableType]
    connected_components,  # pyright: ignore[reportUnknownVariableType]
    maximum_flow,  # pyright: ignore[reportUnknownVariableType]
)

from onevisit.calendar import WorkingDays
from onevisit.county import VisitRules
from onevisit.errors import problem
from onevisit.plan.cells import WHOLE, Cells, to_objects
from onevisit.plan.tables import Capacity
from onevisit.tables import frame_of
from onevisit.visits.borrowing import missing_people
from onevisit.visits.demand import Duty, Person

UNIT = WHOLE // 100
"""Flow counts hundredths of a person-visit: scipy counts in 32 bits."""

Kind = tuple[frozenset[str], dt.date]
"""People who are the same here: what they may check, and the last day of their certificates."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Doors of one task at which a department checks the same items."""

    department: str
    needs: tuple[tuple[str, str | None], ...]
    """Items, sorted, each with the qualification it needs."""
    task_id: str
    starts_on: dt.date
    ends_on: dt.date
    parts: int
    """Expected doors, in parts of `cells.WHOLE`."""


def doors_asked(tasks: pl.DataFrame, task_items: pl.DataFrame, items: pl.DataFrame, cells: Cells) -> list[Asked]:
    """Return the doors that each on-site task asks of each department, apart by what is checked there."""
    needed: dict[str, str | None] = dict(items.select("item_code", "qualification").iter_rows())
    number = {row_id: place for place, row_id in enumerate(cells.row_ids)}
    checks: dict[tuple[str, str], dict[int, frozenset[str]]] = defaultdict(dict)
    listed = task_items.filter("is_on_site").group_by("department", "task_id", "plan_row_id").agg("item_code")
    for department, task_id, plan_row_id, codes in listed.sort("department", "task_id", "plan_row_id").iter_rows():
        checks[department, task_id][number[plan_row_id]] = frozenset(codes)
    windows = {task_id: window for task_id, *window in tasks.select("task_id", "starts_on", "ends_on").iter_rows()}
    return [
        Asked(department, tuple((code, needed.get(code)) for code in codes), task_id, *windows[task_id], parts=parts)
        for (department, task_id), codes_of in sorted(checks.items())
        for codes, parts in sorted(_doors_by_codes(cells, codes_of).items())
    ]


def _doors_by_codes(cells: Cells, codes_of: Mapping[int, frozenset[str]]) -> dict[tuple[str, ...], int]:
    """Return how many doors have which items checked, for rows (place -> items) that are drawn with one ticket.

    An object's ticket is below the rates of the rows that draw it: in each cell the rows with the highest
    rates, as many as the ticket lets.
    """
    places = sorted(codes_of)
    rates = cells.rates[places]
    order = np.argsort(-rates, axis=0, kind="stable")
    ranked = np.take_along_axis(rates, order, axis=0)
    steps = (ranked - np.vstack([ranked[1:], np.zeros_like(ranked[:1])])) * cells.sizes
    drawn = np.bitwise_or.accumulate(1 << order, axis=0)
    doors: dict[tuple[str, ...], int] = defaultdict(int)
    for rows in np.unique(drawn[steps > 0]).tolist():
        codes = frozenset[str]().union(*(codes_of[place] for n, place in enumerate(places) if rows >> n & 1))
        doors[tuple(sorted(codes))] += int(steps[drawn == rows].sum())
    return doors


def fielding_table(
    asked: Iterable[Asked], people: Mapping[str, Sequence[Person]], *, days: WorkingDays, rules: VisitRules
) -> pl.DataFrame:
    """Return rows of `plan.capacity`: doors for which no team can be formed, then sets asked for too much together."""
    of_department: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.parts:
            of_department[one.department].append(one)
    rows: list[dict[str, object]] = []
    for department, own in sorted(of_department.items()):
        staff = people.get(department, ())
        duties = [_duty(one, staff, rules) for one in own]
        missing = [missing_people(duty) for duty in duties]
        rows += [
            _row(
                [one],
                "P144",
                days=days,
                seats=duty.seat_count,
                people=len(duty.people),
                people_short=count,
                available=0,
                visits_short=-(-one.parts // WHOLE),
            )
            for one, duty, count in zip(own, duties, missing, strict=True)
            if count
        ]
        rows += _tight_sets([one for one, count in zip(own, missing, strict=True) if not count], staff, days, rules)
    return frame_of(Capacity, rows)


def told_once(capacity: pl.DataFrame, fielding: pl.DataFrame) -> pl.DataFrame:
    """Return both as one table, without what the other says as well.

    That nobody may check an item is said by the doors without a team, with the whole team that is missing. That
    all of a department's people, or those of one item, have too little time is said by the windows.
    """
    teams = fielding.filter(pl.col("code") == "P144").explode("item_codes").explode("task_ids")
    unmanned = set(teams.select("department", "item_codes", "task_ids").iter_rows())
    short = capacity.filter(pl.col("visits_short") > 0)
    of_item = set(short.drop_nulls("item_code").select("department", "item_code").iter_rows())
    of_all = set(short.filter(pl.col("item_code").is_null()).select("department", "people").iter_rows())
    is_said_by_teams = [
        people == 0 and code is not None and all((department, code, task) in unmanned for task in task_ids)
        for department, code, people, task_ids in capacity.select(
            "department", "item_code", "people", "task_ids"
        ).iter_rows()
    ]
    is_said_by_windows = [
        code == "P145" and ((department, people) in of_all or (len(codes) == 1 and (department, codes[0]) in of_item))
        for department, code, codes, people in fielding.select("department", "code", "item_codes", "people").iter_rows()
    ]
    kept = [
        frame.filter(~pl.Series(is_said, dtype=pl.Boolean))
        for frame, is_said in ((capacity, is_said_by_teams), (fielding, is_said_by_windows))
    ]
    return pl.concat(kept).sort("department", maintain_order=True)


def _duty(one: Asked, staff: Iterable[Person], rules: VisitRules) -> Duty:
    may_come = (
        person for person in staff if person.valid_to >= one.ends_on and not person.scope.isdisjoint(_codes(one))
    )
    return Duty("", "", one.department, one.needs, tuple(may_come), rules.inspectors_per_department)


def _tight_sets(
    asked: Sequence[Asked], staff: Sequence[Person], days: WorkingDays, rules: VisitRules
) -> Iterator[dict[str, object]]:
    """Yield a row for every set of doors that waits for people who cannot do it all."""
    codes = frozenset[str]().union(*map(_codes, asked))
    # A seat is for whoever has an item in scope: that one of the team is qualified is asked item by item.
    network = _Network(asked, Counter((one.scope & codes, one.valid_to) for one in staff), days, rules)
    for places in network.tight_sets():
        own = [asked[place] for place in places]
        carried = sum(network.carried[place] for place in places)
        lacking = sum(network.demand[place] for place in places) - carried
        able = sum(
            count
            for (items, _), count in network.kinds.items()
            if any(not items.isdisjoint(_codes(one)) for one in own)
        )
        each = days.between(*_window(own)) * rules.visits_per_person_day * (WHOLE // UNIT)
        yield _row(
            own,
            "P145",
            days=days,
            seats=rules.inspectors_per_department,
            people=able,
            people_short=-(-lacking // each) if each else 0,
            available=carried * UNIT // WHOLE,
            visits_short=-(-lacking * UNIT // (rules.inspectors_per_department * WHOLE)),
        )


class _Network:
    """One department's doors, those who may come to them, and the days on which these have time."""

    def __init__(self, asked: Sequence[Asked], kinds: Mapping[Kind, int], days: WorkingDays, rules: VisitRules) -> None:
        self.kinds = {kind: kinds[kind] for kind in sorted(kinds, key=lambda kind: (sorted(kind[0]), kind[1]))}
        self.demand = [one.parts // UNIT * rules.inspectors_per_department for one in asked]
        source, sink = 0, 1
        edges: dict[tuple[int, int], int] = {}
        node: dict[object, int] = {}

        def place(key: object) -> int:
            return node.setdefault(key, len(node) + 2)

        for number, demand in enumerate(self.demand):
            edges[source, place(number)] = demand
        ends = {kind[1] + dt.timedelta(days=1) for kind in self.kinds}
        bounds = sorted(
            {*ends, *(one.starts_on for one in asked), *(one.ends_on + dt.timedelta(days=1) for one in asked)}
        )
        spans = [(first, after - dt.timedelta(days=1)) for first, after in pairwise(bounds)]
        for number, one in enumerate(asked):
            for kind, count in self.kinds.items():
                if kind[0].isdisjoint(_codes(one)):
                    continue
                # Nobody is counted twice at one door.
                edges[place(number), place((number, kind))] = count * (one.parts // UNIT)
                for first, last in spans:
                    if one.starts_on <= first and last <= min(one.ends_on, kind[1]):
                        time = count * days.between(first, last) * rules.visits_per_person_day * (WHOLE // UNIT)
                        edges[place((number, kind)), place((kind, first))] = time
                        edges[place((kind, first)), sink] = time
        sent, self._open = _largest_flow(edges, len(node) + 2)
        self._doors = [node[number] for number in range(len(asked))]
        self.carried = [sent[at] for at in self._doors]

    def tight_sets(self) -> list[list[int]]:
        """Return the doors of the smallest cut, apart where they share nobody's time, those that lack something."""
        apart = _apart(self._open, source=0)
        sets: dict[int, list[int]] = defaultdict(list)
        for number, at in enumerate(self._doors):
            if at in apart:
                sets[apart[at]].append(number)
        return [one for one in sets.values() if sum(self.demand[n] - self.carried[n] for n in one) > 0]


def _largest_flow(edges: Mapping[tuple[int, int], int], size: int) -> tuple[list[int], Any]:
    """Return the largest flow from node 0 to node 1: what 0 sends to each node, and the graph of what is left open."""
    ends = np.array(list(edges), dtype=np.int32).reshape(-1, 2)
    amounts = np.array(list(edges.values()), dtype=np.int32)
    array, solve = cast(Any, csr_array), cast(Any, maximum_flow)
    graph = array((amounts, (ends[:, 0], ends[:, 1])), shape=(size, size))
    flow = solve(graph, 0, 1).flow
    left = array(graph - flow)
    left.eliminate_zeros()
    return flow[[0]].toarray()[0].tolist(), left


def _apart(left: Any, *, source: int) -> dict[int, int]:
    """Return the nodes that the source still reaches (its side of the smallest cut), each with the part it is in."""
    reached = cast(NDArray[np.int32], breadth_first_order(left, source, return_predecessors=False))
    inside = sorted({*reached.tolist()} - {source})
    if not inside:
        return {}
    labels = cast(NDArray[np.int32], connected_components(left[inside][:, inside], directed=False)[1])
    return dict(zip(inside, labels.tolist(), strict=True))


def _codes(one: Asked) -> frozenset[str]:
    return frozenset(code for code, _ in one.needs)


def _window(asked: Sequence[Asked]) -> tuple[dt.date, dt.date]:
    return min(one.starts_on for one in asked), max(one.ends_on for one in asked)


def _row(asked: Sequence[Asked], code: str, *, days: WorkingDays, seats: int, **figures: int) -> dict[str, object]:
    first, last = _window(asked)
    codes = sorted(frozenset[str]().union(*map(_codes, asked)))
    needed = to_objects(sum(one.parts for one in asked) * seats)
    tasks = list(dict.fromkeys(one.task_id for one in sorted(asked, key=lambda one: (-one.parts, one.task_id))))
    facts: dict[str, Any] = {
        "department": asked[0].department,
        "item_code": codes[0] if len(codes) == 1 else None,
        "item_codes": codes,
        "starts_on": first,
        "ends_on": last,
        "workdays": days.between(first, last),
        "needed": needed,
        "share": round(needed / figures["available"], 4) if figures["available"] else None,
        "is_tightest": False,
        "task_ids": tasks,
        **figures,
    }
    needs = sorted({need for one in asked for need in one.needs}, key=lambda need: need[0])
    shown: dict[str, Any] = facts | {
        "needed": f"{needed:.1f}",
        "items": _some([f"{item}（{qualification}）" if qualification else item for item, qualification in needs]),
        "tasks": _some(tasks),
        "seats": seats,
    }
    found = problem(code, **shown)
    return {**facts, "code": code, "reason": found.reason, "fix": found.fix}


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:3]) + ("等" if len(names) > 3 else "")

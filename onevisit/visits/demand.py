"""Demand: whom each department can send to each visit, and whom it cannot.

A department sends a fixed number of people. Each may check at least one of its items there, and one
of them may check all of them and holds every qualification they need. Where nobody can do all, the
items are shared out among the seats; where even that fails, a pool (片区) lends the missing people, and
where none can, the visit is a named shortage.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, product
from typing import Any

import polars as pl

from onevisit.errors import Problem, problem
from onevisit.visits.match import Seats, can_fill
from onevisit.visits.staff import NONE, Staff


@dataclass(frozen=True)
class Person:
    """One inspector as one department lists him or her; `name` is the commitment, all that lots ever see."""

    person_id: str
    name: str
    valid_to: dt.date
    scope: frozenset[str]
    qualifications: frozenset[str]


@dataclass(frozen=True)
class LendingPool:
    """One neighbour's people who may come to one department's part of one visit."""

    name: str
    people: tuple[Person, ...]
    most: int | None
    """Seats it lends a year; None: any number."""


@dataclass(frozen=True)
class Duty:
    """One department's part of one visit: its items, and everybody who may come."""

    visit_id: str
    serial: str
    department: str
    needs: tuple[tuple[str, str | None], ...]
    """Items checked, sorted, each with the qualification it needs."""
    people: tuple[Person, ...]
    """Who may check at least one item, holds a valid certificate on the last day, and is not recused."""
    seat_count: int
    pools: tuple[LendingPool, ...] = ()
    """Who could lend people, in the order of the settings."""
    lender: LendingPool | None = None
    """Whose people complete the team, where its own cannot be one."""
    full: tuple[str, ...] = ()
    """Pools that could, and have lent all the seats they lend a year."""
    lent: int = 0
    """How many of the seats are the lender's: the first ones that it takes; at least one is the department's own."""

    @property
    def visit(self) -> str:
        """The visit as tickets name it: object id and ordinal, without the round."""
        return self.visit_id.partition("-")[2]

    @cached_property
    def seats(self) -> Seats:
        """Who may take each seat; empty when the department cannot field the people."""
        items = frozenset(item for item, _ in self.needs)
        own = self._able(self.people)
        if self.lender:
            return _mixed_seats(own, self._able(self.lender.people), items, self.seat_count, self.lent)
        return _seats(own, items, self.seat_count)

    @property
    def candidates(self) -> tuple[Person, ...]:
        """Everybody who may sit: its own people, and those of the pool that completes the team."""
        return (*self.people, *(self.lender.people if self.lender else ()))

    def _able(self, people: Sequence[Person]) -> dict[str, frozenset[str]]:
        return {person.name: able_items(person, self.needs) for person in people}

    def is_specialist(self, person: Person) -> bool:
        """Tell whether a person holds a qualification that one of the items needs."""
        able = able_items(person, self.needs)
        return any(qualification and item in able for item, qualification in self.needs)

    def shortage(self) -> Problem:
        """Say why the department cannot field the people, and no pool completes its team."""
        if self.full:
            return problem("V070", department=self.department, pools="、".join(self.full))
        if len(self.people) < self.seat_count:
            return problem("V002", department=self.department, needed=self.seat_count, eligible=len(self.people))
        able = [able_items(person, self.needs) for person in self.people]
        orphans = [need for need in self.needs if not any(need[0] in items for items in able)]
        if orphans:
            named = "、".join(
                f"{item}（{qualification}）" if qualification else item for item, qualification in orphans
            )
            return problem("V003", department=self.department, items=named)
        return problem("V004", department=self.department, needed=self.seat_count)


def able_items(person: Person, needs: Sequence[tuple[str, str | None]]) -> frozenset[str]:
    """Return the items a person may check and is qualified for."""
    return frozenset(
        item
        for item, qualification in needs
        if item in person.scope and (qualification is None or qualification in person.qualifications)
    )


def rosters(staff: Staff) -> dict[str, list[Person]]:
    """Return each department's people who may be sent in a round, by name: the commitment that lots see."""
    qualification: dict[str, str] = dict(staff.demands.select("code", "qualification").iter_rows())
    rows = (
        staff.people.group_by("department", "name", "person_id", "valid_to")
        .agg("code", qualified=pl.col("code").filter("is_qualified"))
        .sort("department", "name")
    )
    people: dict[str, list[Person]] = {}
    for department, name, person_id, valid_to, codes, qualified in rows.iter_rows():
        held = frozenset(qualification[code] for code in qualified) - {NONE}
        people.setdefault(department, []).append(Person(person_id, name, valid_to, frozenset(codes), held))
    return people


def lent_rosters(staff: Staff) -> dict[str, list[LendingPool]]:
    """Return, by department, the pools that lend it people in a round, in the order of the settings."""
    pools: dict[str, list[LendingPool]] = {}
    for (_, name, most), rows in staff.lent.sort("rank").group_by("rank", "pool", "most", maintain_order=True):
        of_pool = replace(staff, people=rows.drop("rank", "pool", "most"))
        for department, people in rosters(of_pool).items():
            pools.setdefault(department, []).append(LendingPool(str(name), tuple(people), most))
    return pools


def duties_of(*, visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> list[Duty]:
    """Return what every department of every visit must field, in order of visit and department.

    `staff` is what was frozen of each round, by its serial.
    """
    people = {serial: rosters(one) for serial, one in staff.items()}
    lent = {serial: lent_rosters(one) for serial, one in staff.items()}
    seats = {
        (serial, department): count
        for serial, one in staff.items()
        for department, count in one.demands.select("department", "seats").iter_rows()
    }
    duties: list[Duty] = []
    for (visit_id, serial, object_id, ends_on), parts in groupby(
        _parts(visits, obligations, staff), lambda row: row[:4]
    ):
        needs = {department: tuple(zip(codes, wanted, strict=True)) for *_, department, codes, wanted in parts}
        door = _Door(object_id, ends_on, staff[serial].avoided)
        eligible = {
            department: door.open_to(people[serial].get(department, ()), needs[department]) for department in needs
        }
        _one_department_each(eligible)
        duties.extend(
            Duty(
                visit_id,
                serial,
                department,
                needs[department],
                tuple(eligible[department]),
                seats[serial, department],
                tuple(
                    replace(pool, people=tuple(door.open_to(pool.people, needs[department])))
                    for pool in lent[serial].get(department, ())
                ),
            )
            for department in needs
        )
    return duties


def shortages_of(duties: Sequence[Duty]) -> list[dict[str, object]]:
    """Return a record for every department and visit that cannot be fielded."""
    return [
        {
            "visit_id": duty.visit_id,
            "department": duty.department,
            "kind": "inspectors",
            "needed": duty.seat_count,
            "eligible": len(duty.people),
            "reason": duty.shortage().reason,
        }
        for duty in duties
        if not duty.seats
    ]


@dataclass(frozen=True, slots=True)
class _Door:
    """Where and until when a visit is made, and who stays away from which object."""

    object_id: str
    last: dt.date
    avoided: Mapping[str, frozenset[str]]

    def open_to(self, people: Sequence[Person], needs: Sequence[tuple[str, str | None]]) -> list[Person]:
        """Return who of these may come for some of the items."""
        return [
            person
            for person in people
            if not person.scope.isdisjoint(item for item, _ in needs)
            and person.valid_to >= self.last
            and self.object_id not in self.avoided.get(person.name, ())
        ]


def _parts(visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> Iterator[tuple[Any, ...]]:
    checks = obligations.filter(pl.col("visit_id").is_not_null()).select("visit_id", "department", "item_code").unique()
    asked = pl.concat(
        [
            pl.DataFrame(schema={"serial": pl.String, "item_code": pl.String, "qualification": pl.String}),
            *(
                one.demands.select(serial=pl.lit(serial), item_code="code", qualification="qualification").unique()
                for serial, one in staff.items()
            ),
        ]
    ).with_columns(pl.col("qualification").replace(NONE, None))
    return (
        checks.join(visits.select("visit_id", "serial", "object_id", "ends_on"), on="visit_id")
        .join(asked, on=["serial", "item_code"])
        .sort("visit_id", "department", "item_code")
        .group_by("visit_id", "serial", "object_id", "ends_on", "department", maintain_order=True)
        .agg("item_code", "qualification")
        .iter_rows()
    )


def _one_department_each(eligible: dict[str, list[Person]]) -> None:
    """Count a person whom two departments list for the one that has fewer to choose from."""
    scarce_first = sorted(eligible, key=lambda department: (len(eligible[department]), department))
    counted: set[str] = set()
    for department in scarce_first:
        eligible[department] = [person for person in eligible[department] if person.name not in counted]
        counted.update(person.name for person in eligible[department])


def _seats(able: Mapping[str, frozenset[str]], items: frozenset[str], count: int) -> Seats:
    everybody = frozenset(able)
    whole = frozenset(name for name in everybody if able[name] == items)
    if len(everybody) < count:
        return ()
    if whole:
        return (whole, *[everybody] * (count - 1))
    shared = [
        seats
        for parts in _shares(sorted(items), count)
        if can_fill(seats := tuple(frozenset(n for n in everybody if able[n] >= part) for part in parts))
    ]
    # The widest choice: whoever can foresee the team could also prepare for it.
    return max(shared, key=lambda seats: sorted(len(seat) for seat in seats), default=())


def _mixed_seats(
    own: Mapping[str, frozenset[str]],
    lent: Mapping[str, frozenset[str]],
    items: frozenset[str],
    count: int,
    borrowed: int,
) -> Seats:
    """Return who may take each seat where a pool's people take so many and its own the others."""
    sides = [*[lent] * borrowed, *[own] * (count - borrowed)]
    for number, side in ((0, lent), (borrowed, own)):
        whole = frozenset(name for name in side if side[name] == items)
        if whole:
            seats = (whole, *(frozenset(one) for place, one in enumerate(sides) if place != number))
            return seats if can_fill(seats) else ()
    shared: list[Seats] = []
    for places in product(range(count), repeat=len(items)):
        given = list(zip(sorted(items), places, strict=True))
        parts = [frozenset(item for item, place in given if place == number) for number in range(count)]
        seats = tuple(frozenset(n for n in side if side[n] >= part) for side, part in zip(sides, parts, strict=True))
        if can_fill(seats):
            shared.append(seats)
    return max(shared, key=lambda seats: sorted(len(seat) for seat in seats), default=())


def _shares(items: Sequence[str], count: int) -> Iterator[list[frozenset[str]]]:
    """Yield every way of sharing items out among at most `count` seats; a seat without any is anybody's."""
    if not items:
        yield [frozenset()] * count
        return
    for parts in _shares(items[:-1], count):
        for number in range(count):
            yield [part | {items[-1]} if number == place else part for place, part in enumerate(parts)]
            if not parts[number]:
                break  # Empty seats are alike.

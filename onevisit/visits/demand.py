"""Demand: whom each department can send to each visit, and whom it cannot.

A department sends a fixed number of people. Each may check at least one of its items there, and one
of them may check all of them and holds every qualification they need. Where nobody can do all, the
items are shared out among the seats; where even that fails, the visit is a named shortage.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
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

    @property
    def visit(self) -> str:
        """The visit as tickets name it: object id and ordinal, without the round."""
        return self.visit_id.partition("-")[2]

    @cached_property
    def seats(self) -> Seats:
        """Who may take each seat; empty when the department cannot field the people."""
        able = {person.name: able_items(person, self.needs) for person in self.people}
        return _seats(able, frozenset(item for item, _ in self.needs), self.seat_count)

    def is_specialist(self, person: Person) -> bool:
        """Tell whether a person holds a qualification that one of the items needs."""
        able = able_items(person, self.needs)
        return any(qualification and item in able for item, qualification in self.needs)

    def shortage(self) -> Problem:
        """Say why the department cannot field the people."""
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


def duties_of(*, visits: pl.DataFrame, obligations: pl.DataFrame, staff: Mapping[str, Staff]) -> list[Duty]:
    """Return what every department of every visit must field, in order of visit and department.

    `staff` is what was frozen of each round, by its serial.
    """
    people = {serial: rosters(one) for serial, one in staff.items()}
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
        eligible = {
            department: [
                person
                for person in people[serial].get(department, ())
                if not person.scope.isdisjoint(item for item, _ in needs[department])
                and person.valid_to >= ends_on
                and object_id not in staff[serial].avoided.get(person.name, ())
            ]
            for department in needs
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

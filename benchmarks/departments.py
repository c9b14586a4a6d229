"""Made departments for the benchmark of teams: people, their powers, and the visits of a year that need them."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.draw.form import sha256
from onevisit.visits.demand import Duty, Person
from onevisit.visits.staff import Staff

DEPARTMENTS = 16
DAY = dt.date(2030, 1, 1)
"""Nobody's certificate ends before a visit here: who may not go is not on the list at all."""
QUALIFICATION = "专业资质"


@dataclass(frozen=True, slots=True)
class Made:
    """One county's round: what its departments must field, and from whom."""

    serial: str
    seed: str
    duties: list[Duty]
    staff: Staff


def made_county(number: int, *, departments: int = DEPARTMENTS) -> Made:
    """Return a county of so many departments.

    A department has 10 to 28 people (19 on average) and 54 to 215 visits (134), two people each. Of the
    people three in ten hold a qualification that four visits in ten need; each is left out of one visit
    in five, for want of the item or for an interest.
    """
    chance = random.Random(f"teams/{number}")  # noqa: S311 - made lists, not a draw
    serial = f"{100000 + number}-2027-01-1"
    duties: list[Duty] = []
    rows: list[dict[str, object]] = []
    for department in (f"d{count:02d}" for count in range(departments)):
        people = [_person(chance) for _ in range(chance.randint(10, 28))]
        rows += [_row(department, person) for person in people]
        duties += _duties(chance, department, people, serial)
    demands = {"task": "T001", "item": "R1", "code": "1", "department": "d00", "seats": 2}
    return Made(
        serial,
        sha256(f"seed/{number}"),
        duties,
        Staff(
            demands=pl.DataFrame([{**demands, "expert": False, "qualification": QUALIFICATION}]),
            people=pl.DataFrame(rows),
            fields=pl.DataFrame(),
            experts=pl.DataFrame(),
            avoided={},
        ),
    )


def equals(count: int, visits: int) -> list[Duty]:
    """Return visits to which everybody of a department may go, all with the same powers."""
    people = tuple(
        Person(f"P{number}", sha256(f"p{number}"), DAY, frozenset("1"), frozenset()) for number in range(count)
    )
    return [_duty(number, "d00", people, "100000-2027-01-1", needs=None) for number in range(visits)]


def team_key(made: Made, department: str) -> str:
    """Return the key of a department's lots, as `teams_of` makes it."""
    return key(made.seed, f"teams/{made.serial[:6]}/{department}")


def _person(chance: random.Random) -> Person:
    name = f"{chance.getrandbits(256):064x}"
    held = frozenset({QUALIFICATION} if chance.random() < 0.3 else ())
    return Person(f"P-{name[:8]}", name, DAY, frozenset("1"), held)


def _row(department: str, person: Person) -> dict[str, object]:
    return {
        "department": department,
        "name": person.name,
        "code": "1",
        "is_qualified": bool(person.qualifications),
        "valid_to": person.valid_to,
        "person_id": person.person_id,
    }


def _duties(chance: random.Random, department: str, people: list[Person], serial: str) -> Iterator[Duty]:
    for number in range(chance.randint(54, 215)):
        may_go = tuple(person for person in people if chance.random() < 0.8)
        needs = QUALIFICATION if chance.random() < 0.4 else None
        duty = _duty(number, department, may_go, serial, needs=needs)
        if duty.seats:
            yield duty


def _duty(number: int, department: str, people: tuple[Person, ...], serial: str, *, needs: str | None) -> Duty:
    return Duty(f"01-DY-{number:010d}-01", serial, department, (("1", needs),), people, 2)

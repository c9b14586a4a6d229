"""The demonstration county: every file that sixteen made-up departments hand in for a year.

The same county settings, year, size and seed give the same bytes, for ever. Nothing is taken from
a real register: names are composed of our own lists, numbers belong to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from onevisit.county import County
from onevisit.demo.catalogue import DRIFTS, Item, item_files, items_of
from onevisit.demo.plans import PlanRow, numbered, plan_files, plans
from onevisit.demo.population import Subject, population
from onevisit.demo.registers import Record, register, register_files
from onevisit.demo.signals import other_check_files, signal_files
from onevisit.demo.staff import (
    Expert,
    Interest,
    Listing,
    Person,
    expert_files,
    experts,
    inspector_files,
    interest_files,
    interests,
    listings,
    people,
)

_CHECKS_FOR_CAUSE = ("scjg", "wj", "yj")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true behind the files, for tests and benchmarks to score against."""

    subjects: Sequence[Subject]
    records: Sequence[tuple[str, Record]]
    """Department name and line of a list of objects; `record.subject.entity_id` is the truth."""
    people: Sequence[Person]
    listings: Sequence[tuple[str, Listing]]
    """Department name and line of a list of inspectors; `listing.person.person_id` is the truth."""
    experts: Sequence[Expert]
    interests: Sequence[Interest]
    plan_rows: Sequence[tuple[str, PlanRow]]
    """Number as filed and row; `row.fault` names the planted mistake."""
    drifted_items: Sequence[str]
    """Codes of the list of record where a department's copy differs."""


@dataclass(frozen=True, slots=True)
class DemonstrationCounty:
    """The files of an inbox by `<department>/<file>`, and the truth behind them."""

    files: dict[str, bytes]
    truth: Truth


def demonstration_inbox(county: County, *, year: int, entities: int = 3000, seed: str) -> dict[str, bytes]:
    """Return the inbox of a made-up county of so many subjects: `<department>/<file>` -> bytes."""
    return demonstration_county(county, year=year, entities=entities, seed=seed).files


def demonstration_county(county: County, *, year: int, entities: int = 3000, seed: str) -> DemonstrationCounty:
    """Return the inbox together with the truth behind it; at least 200 subjects."""
    if entities < 200:
        raise ValueError(f"a county of {entities} subjects is too small: at least 200")

    def stream(part: str) -> Random:
        # One stream per part: a change in one list leaves the others as they were.
        return Random(f"onevisit.demo|{seed}|{year}|{entities}|{part}")  # noqa: S311 - made up, not drawn

    items = items_of(county)
    by_department = {d.key: [item for item in items if item.department == d.name] for d in county.departments}
    subjects = population(county, year=year, entities=entities, rng=stream("population"))
    lists = {
        d.name: register(
            county, d, subjects, year=year, own_tags=_tags(by_department[d.key]), rng=stream(f"list {d.key}")
        )
        for d in county.departments
    }
    staff = people(county, by_department, year=year, entities=entities, rng=stream("people"))
    lines = listings(county, staff, by_department, year=year, rng=stream("listings"))
    specialists = experts(items, stream("experts"))
    declared = interests(county, lines, specialists, subjects, stream("interests"))
    planned = plans(county, items, lists, year=year, entities=entities, rng=stream("plans"))

    files: dict[str, bytes] = {}
    for department in county.departments:
        own = {
            **register_files(county, department, lists[department.name], stream(f"notes {department.key}")),
            **inspector_files(county, department, lines[department.key]),
            **item_files(county, department, by_department[department.key]),
            **plan_files(county, department, planned[department.name], year),
        }
        if department.registers:
            own |= expert_files(county, department, specialists)
            own |= interest_files(county, department, declared)
            own |= signal_files(county, department, subjects, year=year, rng=stream("signals"))
        if department.key in _CHECKS_FOR_CAUSE:
            item = by_department[department.key][0].cells
            checks = stream(f"checks {department.key}")
            own |= other_check_files(county, department, subjects, item, year=year, rng=checks)
        files |= {f"{department.name}/{name}": data for name, data in own.items()}

    truth = Truth(
        subjects=subjects,
        records=[(name, record) for name, found in lists.items() for record in found],
        people=staff,
        listings=[(d.name, line) for d in county.departments for line in lines[d.key]],
        experts=specialists,
        interests=declared,
        plan_rows=[row for d in county.departments for row in numbered(d, planned[d.name], year)],
        drifted_items=[item.item_code for item in items if item.item_code in DRIFTS],
    )
    return DemonstrationCounty(files, truth)


def _tags(items: Sequence[Item]) -> frozenset[str]:
    return frozenset(tag for item in items for tag in item.tags)

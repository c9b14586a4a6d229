"""The demonstration county: every file that sixteen made-up departments hand in for a year.

The same county settings, year, size and seed give the same bytes, for ever. Nothing is taken from
a real register: names are composed of our own lists, numbers belong to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from onevisit.county import County, Department
from onevisit.demo.catalogue import DRIFTS, Item, item_files, items_of
from onevisit.demo.later import listings_a_year_later, people_a_year_later, subjects_a_year_later
from onevisit.demo.plans import PlanRow, numbered, plan_files, plans
from onevisit.demo.population import Maker, Subject, population, with_ids
from onevisit.demo.registers import Dirt, Record, Scribe, register, register_a_year_later, register_files
from onevisit.demo.rosters import FILES_ONE, roster_files
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
from onevisit.demo.things import thing_files, with_things
from onevisit.demo.traps import with_traps

_CHECKS_FOR_CAUSE = ("scjg", "wj", "yj")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true behind the files, for tests and benchmarks to score against."""

    subjects: Sequence[Subject]
    things: Sequence[Subject]
    """Products and conduct; projects are among the subjects."""
    answers: Mapping[str, str]
    """Entity id of a project, product or conduct -> of who answers for it; empty for nobody on the register."""
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

    @property
    def entity_ids(self) -> dict[str, str]:
        """Return the entity behind each line of the lists of objects, by record number."""
        return {record.record_id: record.subject.entity_id for _, record in self.records}

    @property
    def person_ids(self) -> dict[str, str]:
        """Return the person behind each line of the lists of inspectors, by record number."""
        return {line.record_id: line.person.person_id for _, line in self.listings}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a county is made from: the same recipe, the same bytes."""

    year: int
    entities: int
    seed: str
    dirt: Dirt = field(default_factory=Dirt)

    def stream(self, part: str) -> Random:
        """Return the stream of one part: a change in one list leaves the others as they were."""
        return Random(f"onevisit.demo|{self.seed}|{self.year}|{self.entities}|{part}")  # noqa: S311 - made up, not drawn


@dataclass(frozen=True, slots=True)
class DemonstrationCounty:
    """The files of an inbox by `<department>/<file>`, the truth behind them, and what they are made from."""

    files: dict[str, bytes]
    truth: Truth
    recipe: Recipe


def demonstration_inbox(
    county: County, *, year: int, entities: int = 3000, seed: str, first: int | None = None
) -> dict[str, bytes]:
    """Return the inbox of a made-up county of so many subjects: `<department>/<file>` -> bytes.

    A county that was made up in the year `first` has gone on from there year by year.
    """
    made = demonstration_county(county, year=first or year, entities=entities, seed=seed)
    for later in range(made.recipe.year + 1, year + 1):
        made = next_year(county, made, year=later)
    return made.files


def demonstration_county(
    county: County, *, year: int, entities: int = 3000, seed: str, dirt: Dirt | None = None
) -> DemonstrationCounty:
    """Return the inbox together with the truth behind it; at least 200 subjects."""
    if entities < 200:
        raise ValueError(f"a county of {entities} subjects is too small: at least 200")
    recipe = Recipe(year, entities, seed, dirt or Dirt())
    items = items_of(county)
    own = _own(county, items)
    living = recipe.stream("population")
    maker = Maker(county, year, living)
    subjects = with_ids(with_traps(population(maker, entities, living), maker, living))
    staff = people(county, own, year=year, entities=entities, rng=recipe.stream("people"))
    return _assembled(
        county,
        recipe,
        subjects=subjects,
        lists={d.name: register(_scribe(county, d, subjects, own, recipe)) for d in county.departments},
        staff=staff,
        lines=listings(county, staff, own, year=year, rng=recipe.stream("listings")),
        specialists=experts(items, recipe.stream("experts")),
    )


def next_year(county: County, made: DemonstrationCounty, *, year: int) -> DemonstrationCounty:
    """Return the county a year later: some records leave, others arrive, the rest keep their numbers.

    Entities and people keep their ids. ValueError when `year` does not follow the county's.
    """
    if year != made.recipe.year + 1:
        raise ValueError(f"{year} does not follow {made.recipe.year}")
    recipe = replace(made.recipe, year=year)
    own = _own(county, items_of(county))
    things = {one.entity_id for one in made.truth.things}
    stood = [(name, record) for name, record in made.truth.records if record.subject.entity_id not in things]
    last = {d.name: [record for name, record in stood if name == d.name] for d in county.departments}
    lines = {d.key: [line for name, line in made.truth.listings if name == d.name] for d in county.departments}
    living = recipe.stream("population")
    subjects = subjects_a_year_later(made.truth.subjects, Maker(county, year, living, made.truth.subjects), living)
    staff = people_a_year_later(made.truth.people, county, year, recipe.stream("people"))
    return _assembled(
        county,
        recipe,
        subjects=subjects,
        lists={
            d.name: register_a_year_later(_scribe(county, d, subjects, own, recipe), last[d.name])
            for d in county.departments
        },
        staff=staff,
        lines=listings_a_year_later(county, lines, staff, recipe.stream("listings")),
        specialists=made.truth.experts,
    )


def _own(county: County, items: Sequence[Item]) -> dict[str, list[Item]]:
    """Return each department's items of the list of record, by its key."""
    return {d.key: [item for item in items if item.department == d.name] for d in county.departments}


def _scribe(
    county: County,
    department: Department,
    subjects: Sequence[Subject],
    own: Mapping[str, Sequence[Item]],
    recipe: Recipe,
) -> Scribe:
    return Scribe(
        county,
        department,
        recipe.year,
        own_tags=frozenset(tag for item in own[department.key] for tag in item.tags),
        listed=[one for one in subjects if department.key in one.listed_by],
        dirt=recipe.dirt,
        rng=recipe.stream(f"list {department.key}"),
        blanks=recipe.stream(f"blanks {department.key}"),
    )


def _assembled(
    county: County,
    recipe: Recipe,
    *,
    subjects: Sequence[Subject],
    lists: Mapping[str, Sequence[Record]],
    staff: Sequence[Person],
    lines: Mapping[str, Sequence[Listing]],
    specialists: Sequence[Expert],
) -> DemonstrationCounty:
    """Return the files about who and what there is; `lists` by department name, `lines` by its key."""
    year, stream = recipe.year, recipe.stream
    items = items_of(county)
    own_items = _own(county, items)
    declared = interests(county, lines, specialists, subjects, stream("interests"))
    found = with_things(county, lists, subjects, year=year, seed=recipe.seed)
    planned = plans(county, items, found.lists, year=year, entities=recipe.entities, rng=stream("plans"))

    files: dict[str, bytes] = {}
    for department in county.departments:
        own = {
            **register_files(county, department, found.lists[department.name], stream(f"notes {department.key}")),
            **thing_files(county, department, found.lists[department.name]),
            **inspector_files(county, department, lines[department.key]),
            **item_files(county, department, own_items[department.key]),
            **plan_files(county, department, planned[department.name], year),
        }
        if department.key == county.bureau.key:
            own |= expert_files(county, department, specialists)
            own |= interest_files(county, department, declared)
            own |= signal_files(county, department, subjects, year=year, rng=stream("signals"))
        if department.key == FILES_ONE:
            rows = numbered(department, planned[department.name], year)
            own |= roster_files(county, department, lines[department.key], rows)
        if department.key in _CHECKS_FOR_CAUSE:
            item = own_items[department.key][0].cells
            checks = stream(f"checks {department.key}")
            own |= other_check_files(county, department, subjects, item, year=year, rng=checks)
        files |= {f"{department.name}/{name}": data for name, data in own.items()}

    truth = Truth(
        subjects=subjects,
        things=found.subjects,
        answers=found.answers,
        records=[(name, record) for name, records in found.lists.items() for record in records],
        people=staff,
        listings=[(d.name, line) for d in county.departments for line in lines[d.key]],
        experts=specialists,
        interests=declared,
        plan_rows=[row for d in county.departments for row in numbered(d, planned[d.name], year)],
        drifted_items=[item.item_code for item in items if item.item_code in DRIFTS],
    )
    return DemonstrationCounty(files, truth, recipe)

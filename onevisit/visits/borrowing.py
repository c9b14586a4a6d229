"""Borrowing from district pools (片区): the fewest people who fill every team, and from where (policy IV.1).

A department that cannot field a visit asks a neighbour for exactly the people it lacks there. Nobody is
capped, so each visit's need is its own, and the sum of the least numbers is the least sum. The proof is
printed beside each: no smaller number would do, were they able to check everything.

Who comes is drawn from the people of the pools that were frozen with the round: as many as the least number,
beside at least one of the department's own, who leads if anybody has to. What no frozen list fills stays a
shortage, with a proposal that counts people and names nobody.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from onevisit.county import County, Pool
from onevisit.errors import problem
from onevisit.filings.rows import rows_of
from onevisit.registries.inspectors import inspector_sources, inspectors, sendable
from onevisit.registries.tables import InspectorIdRecords, InspectorIds
from onevisit.tables import frame_of
from onevisit.visits.demand import Duty, LendingPool, Person, able_items
from onevisit.visits.tables import Borrowing, Pools


@dataclass(frozen=True, slots=True)
class Lender:
    """A neighbour's people, by the department they would come to."""

    name: str
    people: Mapping[str, Sequence[Person]]


def people_of(inspectors: pl.DataFrame, sources: pl.DataFrame) -> dict[str, list[Person]]:
    """Return whom each department may send, by their ids."""
    people: dict[str, list[Person]] = defaultdict(list)
    for row in sendable(inspectors, sources).sort("department", "person_id").iter_rows(named=True):
        one, scope, held = row["person_id"], frozenset[str](row["scope"]), frozenset[str](row["qualifications"])
        people[row["department"]].append(Person(one, one, row["certificate_valid_to"], scope, held))
    return people


def registered(filed: Sequence[pl.DataFrame], county: County, *, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a pool's people as `registries.inspectors` and `registries.inspector_sources` have the county's own.

    Raises RefusedError (R001) for kinds of people nobody knows.
    """
    rows = rows_of("inspectors", filed)
    none = [frame_of(model, []).rename({"person_id": "id"}) for model in (InspectorIds, InspectorIdRecords)]
    sources, _ = inspector_sources(rows, county, *none, year=year)
    return inspectors(rows, sources, year=year, retirement_age=county.visits.retirement_age), sources


def lender_of(pool: Pool, filed: Sequence[pl.DataFrame], county: County, *, year: int) -> Lender:
    """Return whom a pool can lend, from its departments' lists: filed rows as the county's own are (`file_department`).

    Raises RefusedError (R001) for kinds of people nobody knows.
    """
    return Lender(pool.name, people_of(*registered(filed, county, year=year)))


def pools_table(lenders: Iterable[Lender], filed: Mapping[tuple[str, str], pl.DataFrame]) -> pl.DataFrame:
    """Return the table `visits.pools`; `filed` is (pool, department) -> the rows of its list."""
    by_name = {one.name: one for one in lenders}
    rows: list[dict[str, object]] = []
    for (pool, department), frame in sorted(filed.items()):
        # A list that was not handed in is refused too, without a file: it has no rows.
        lines = frame.filter(pl.col("kind") == "inspectors", pl.col("file") != "")
        states = Counter(lines["state"].to_list())
        rows.append(
            {
                "pool": pool,
                "department": department,
                "kept_count": states["kept"],
                "refused_count": states["refused"],
                "people": len(by_name[pool].people.get(department, ())),
            }
        )
    return frame_of(Pools, rows)


def missing_people(duty: Duty) -> int:
    """Return how many people able to check everything a department lacks at a door: 0 where it can field its team.

    The least number: every smaller one was tried, with the best people there could be.
    """
    codes, held = zip(*duty.needs, strict=True)
    for count in range(duty.seat_count):
        lent = [
            Person(f"+{n}", f"+{n}", dt.date.max, frozenset(codes), frozenset(one for one in held if one))
            for n in range(count)
        ]
        if replace(duty, people=(*duty.people, *lent)).seats:
            return count
    return duty.seat_count


def fewest_lent(duty: Duty, people: Iterable[Person]) -> int | None:
    """Return how few of these people fill the department's team, None where even all of them do not.

    Every number of them is tried, from none; of people who may check the same no more than a team has seats.
    """
    of_kind: dict[frozenset[str], list[Person]] = defaultdict(list)
    for person in sorted(people, key=lambda one: one.name):
        of_kind[able_items(person, duty.needs)].append(replace(person, name=f"+{person.name}"))
    candidates = [
        one
        for _, kind in sorted(of_kind.items(), key=lambda entry: sorted(entry[0]))
        for one in kind[: duty.seat_count]
    ]
    for count in range(duty.seat_count + 1):
        for lent in combinations(candidates, count):
            if replace(duty, people=(*duty.people, *lent)).seats:
                return count
    return None


def completed(duties: Iterable[Duty], lent: Mapping[str, int]) -> list[Duty]:
    """Return the duties, each that its department cannot field with the pool that completes its team, if any may.

    The pool that needs to lend fewest, of equals the one the county names first; `lent` is the seats that each
    pool lends already this year. Duties are completed in their order of round, visit and department.
    """
    loads = dict(lent)
    done: list[Duty] = []
    for duty in sorted(duties, key=lambda one: (one.serial, one.visit_id, one.department)):
        if duty.seats:
            done.append(duty)
            continue
        offers = [
            replace(duty, lender=pool, lent=count)
            for pool in duty.pools
            if (count := fewest_beside_own(duty, pool)) is not None
        ]
        open_offers = [one for one in offers if one.lender and _is_within(one.lender, loads, one.lent)]
        if open_offers:
            best = min(open_offers, key=lambda one: one.lent)
            loads[_lender(best)] = loads.get(_lender(best), 0) + best.lent
            done.append(best)
        else:
            done.append(replace(duty, full=tuple(_lender(one) for one in offers)))
    return done


def fewest_beside_own(duty: Duty, pool: LendingPool) -> int | None:
    """Return how few of a pool's people complete the team beside at least one of its own, None where none can."""
    counts = range(1, duty.seat_count)
    return next((count for count in counts if replace(duty, lender=pool, lent=count).seats), None)


def lent_as(duty: Duty, lenders: Sequence[str | None]) -> Duty:
    """Return a duty with the pool that lends some of its seats; `lenders` are the seats' pools, None for its own."""
    names = {one for one in lenders if one}
    lender = next((pool for pool in duty.pools if pool.name in names), None)
    return replace(duty, lender=lender, lent=sum(one is not None for one in lenders))


def _is_within(pool: LendingPool, lent: Mapping[str, int], count: int) -> bool:
    return pool.most is None or lent.get(pool.name, 0) + count <= pool.most


def _lender(duty: Duty) -> str:
    return duty.lender.name if duty.lender else ""


def lent_seats(teams: pl.DataFrame) -> dict[str, int]:
    """Return how many seats each pool lends, by the seats of `visits.teams`."""
    return dict(teams.drop_nulls("lender").group_by("lender").len().sort("lender").iter_rows())


def borrowing_table(
    duties: Iterable[Duty],
    lenders: Sequence[Lender],
    last_days: Mapping[str, dt.date],
    teams: pl.DataFrame,
) -> pl.DataFrame:
    """Return the table `visits.borrowing`, one row for every department and visit of `duties` that it cannot field.

    What `teams` (`visits.teams`) has borrowed stands in it as drawn. For the others the pool that needs to lend
    fewest is asked, of equals the one the county names first. `last_days` is visit -> last day of its window:
    a certificate must be valid then.
    """
    drawn = _drawn(teams)
    rows: list[dict[str, object]] = []
    for duty in sorted(duties, key=lambda one: (one.visit_id, one.department)):
        able = [(one.name, _may_come(duty, one, last_days[duty.visit_id])) for one in lenders]
        offers = [(count, n) for n, (_, people) in enumerate(able) if (count := fewest_lent(duty, people)) is not None]
        # A team may be short only because somebody of its own sits elsewhere in the visit: it lacks one even so.
        least = max(missing_people(duty), 1)
        lent, pool = (min(offers)[0], able[min(offers)[1]][0]) if offers else (0, None)
        unit = duty.visit_id, duty.department
        if unit in drawn:
            lent, pool = drawn[unit]
            least = min(least, lent)
        items = [code for code, _ in duty.needs]
        found = None if pool else problem("V023", department=duty.department, items="、".join(items), count=least)
        rows.append(
            {
                "visit_id": duty.visit_id,
                "department": duty.department,
                "item_codes": items,
                "qualifications": sorted({one for _, one in duty.needs if one}),
                "state": "drawn" if unit in drawn else "proposed",
                "needed": duty.seat_count,
                "eligible": len(duty.people),
                "least": least,
                "pool": pool,
                "lent": lent,
                "is_least": pool is not None and lent == least,
                "code": found.code if found else None,
                "reason": found.reason if found else None,
                "fix": found.fix if found else None,
            }
        )
    return frame_of(Borrowing, rows)


def units_short(shortages: pl.DataFrame, teams: pl.DataFrame) -> set[tuple[str, str]]:
    """Return visit and department of every team that the department cannot field itself, filled by a pool or not."""
    unit = "visit_id", "department"
    unfilled = shortages.filter(pl.col("kind") == "inspectors").select(unit)
    return set(pl.concat([unfilled, teams.drop_nulls("lender").select(unit)]).iter_rows())


def _drawn(teams: pl.DataFrame) -> dict[tuple[str, str], tuple[int, str]]:
    lent = teams.drop_nulls("lender").group_by("visit_id", "department", "lender").len().iter_rows()
    return {(visit_id, department): (count, pool) for visit_id, department, pool, count in lent}


def _may_come(duty: Duty, lender: Lender, last: dt.date) -> list[Person]:
    codes = frozenset(code for code, _ in duty.needs)
    people = lender.people.get(duty.department, ())
    return [person for person in people if person.valid_to >= last and person.scope & codes]

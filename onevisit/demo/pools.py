"""The made-up neighbours: for every pool of the county's settings a few people whom it could lend."""

from dataclasses import replace
from random import Random

from onevisit.county import County
from onevisit.demo.catalogue import items_of
from onevisit.demo.numbers import Numbers
from onevisit.demo.staff import Listing, inspector_files, listing, person

LENT = 4
"""People a department of a neighbour lists; each may check everything."""


def pool_files(county: County, *, year: int, seed: str) -> dict[str, bytes]:
    """Return the lists of every pool: `<neighbour>/<department>/<file>` -> bytes."""
    items, files = items_of(county), dict[str, bytes]()
    for pool in county.pools:
        rng = Random(f"onevisit.demo|{seed}|{year}|pool|{pool.name}")  # noqa: S311 - made up, not drawn
        numbers, serial = Numbers(county.code, rng), 0
        for department in county.lent_by(pool):
            own = [item for item in items if item.department == department.name]
            lines: list[Listing] = []
            while len(lines) < LENT:
                one = person(department.key, year, numbers, rng)
                if one.is_eligible(year):
                    serial += 1
                    skilled = replace(
                        one,
                        qualifications=tuple(sorted({item.qualification for item in own if item.qualification})),
                        item_codes=tuple(sorted(item.item_code for item in own)),
                    )
                    lines.append(listing(department, skilled, "", f"PQ{serial:05d}", rng))
            for name, data in inspector_files(county, department, lines).items():
                files[f"{pool.name}/{department.name}/{name}"] = data
    return files

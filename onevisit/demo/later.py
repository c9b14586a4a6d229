"""What a year changes in the made-up county: who closes, comes, moves, is renamed, led or staffed anew.

Entity and person ids stay with whom they belong to; a business that is registered again and an
enterprise that was self-employed before (个转企) are new subjects with new ids. What the lists make
of it is in `registers.py`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from onevisit.county import County, Department
from onevisit.demo.numbers import Numbers
from onevisit.demo.population import Maker, Subject, with_ids
from onevisit.demo.staff import Listing, Person, listing, person, spoil
from onevisit.demo.traps import renewed, upgraded

_EVENTS = {"close": 45, "rename": 8, "move": 20, "lead": 15, "renew": 5, "upgrade": 4}
"""What happens to a living subject, and to how many in a thousand."""
_KINDS = {
    "close": ("ind", "co", "branch", "coop", "home", "site"),
    "rename": ("ind", "co", "coop", "npo"),
    "move": ("ind", "co", "branch", "npo"),
    "lead": ("co", "branch", "coop", "inst", "npo", "village"),
    "renew": ("ind",),
    "upgrade": ("ind",),
}
"""To which kinds it can happen."""
_FORGOTTEN = 0.5
"""Chance that a closed subject is on nobody's list a year later, and that a list drops one that closes."""
_DROPPED, _FOUND = 0.023, 0.028
"""Chances that a list drops a living subject, and that one who would list a subject comes to it late."""
_ARRIVING = 0.057
"""New subjects among all."""
_RENAMINGS = ("新", "大", "老", "金")
_LEAVING, _FRESH = 0.04, 0.1
"""People who leave, and lines about people that are written anew though nothing changed."""
_SECOND_LINES = ("twice", "second_department")


def subjects_a_year_later(subjects: Sequence[Subject], maker: Maker, rng: Random) -> list[Subject]:
    """Return the subjects of the next year: those that stay in their order, then the new ones with new ids."""
    stay: list[Subject] = []
    come: list[Subject] = []
    for one in subjects:
        now, follower = _a_year_later(one, maker, rng)
        if now.listed_by:
            stay.append(now)
        if follower:
            come.append(follower)
    come += maker.arrivals(round(len(subjects) * _ARRIVING))
    newest = max(int(one.entity_id[1:]) for one in subjects)
    return stay + with_ids(come, newest + 1)


def _a_year_later(one: Subject, maker: Maker, rng: Random) -> tuple[Subject, Subject | None]:
    """Return a subject as it is a year later, listed by nobody when it is gone, and who took its place if anybody."""
    if one.state != "存续":
        return (replace(one, listed_by=()) if rng.random() < _FORGOTTEN else one), None
    one = _relisted(one, maker, rng)
    event = _event(one, rng)
    if event in ("close", "renew", "upgrade"):
        closed = _closed(one, maker.county, rng)
        return closed, {"renew": renewed, "upgrade": upgraded}[event](one, maker) if event != "close" else None
    if event == "rename":
        name = one.name.replace(one.core, rng.choice(_RENAMINGS) + one.core)
        return replace(one, old_name=one.name, name=name), None
    if event == "move":
        return maker.moved(one), None
    return (maker.led_anew(one) if event == "lead" else one), None


def _event(one: Subject, rng: Random) -> str:
    """Return what happens to a living subject, mostly nothing."""
    mark = rng.random() * 1000
    for event, weight in _EVENTS.items():
        mark -= weight
        if mark < 0:
            return event if one.kind in _KINDS[event] else ""
    return ""


def _closed(one: Subject, county: County, rng: Random) -> Subject:
    listed = [key for key in one.listed_by if key == county.bureau.key or rng.random() >= _FORGOTTEN]
    return replace(one, state="注销", listed_by=tuple(listed))


def _relisted(one: Subject, maker: Maker, rng: Random) -> Subject:
    """Return a subject that some lists drop and some come to late; one list at least keeps it."""
    kept = {key for key in one.listed_by if key == maker.county.bureau.key or rng.random() >= _DROPPED}
    found = set(maker.listed_by(one)) if rng.random() < _FOUND else set[str]()
    listed = kept | found or one.listed_by
    return one if set(listed) == set(one.listed_by) else replace(one, listed_by=tuple(sorted(listed)))


def people_a_year_later(staff: Sequence[Person], county: County, year: int, rng: Random) -> list[Person]:
    """Return the people of the year: those who stay in their order, then the newcomers who took over a post."""
    given = (n for one in staff for n in (one.id_number, one.phone, one.certificate_no))
    numbers = Numbers(county.code, rng, given)
    stay: list[Person] = []
    come: list[Person] = []
    for one in staff:
        if rng.random() < _LEAVING:
            fresh = person(one.department, year, numbers, rng)
            come.append(replace(fresh, item_codes=one.item_codes, qualifications=one.qualifications))
        else:
            stay.append(_present(one, year, rng))
    newest = max(int(one.person_id[1:]) for one in staff)
    return stay + [replace(one, person_id=f"P{number:04d}") for number, one in enumerate(come, start=newest + 1)]


def _present(one: Person, year: int, rng: Random) -> Person:
    """Return a person a year later: certificates that ran out are renewed, who was away is mostly back."""
    is_out = one.certificate_valid_to < dt.date(year, 1, 1) and rng.random() < 0.8
    is_back = one.unavailability != "无" and rng.random() < 0.7
    return replace(
        one,
        certificate_valid_to=dt.date(year + 3, 6, 30) if is_out else one.certificate_valid_to,
        unavailability="无" if is_back else one.unavailability,
    )


def listings_a_year_later(
    county: County, last: Mapping[str, Sequence[Listing]], staff: Sequence[Person], rng: Random
) -> dict[str, list[Listing]]:
    """Return every department's list of inspectors a year after `last`, by department key.

    Lines keep their numbers; lines of people who left are gone, newcomers stand at the end.
    """
    now = {one.person_id: one for one in staff}
    known = {line.person.person_id for lines in last.values() for line in lines}
    numbers = [int(line.record_id[2:]) for lines in last.values() for line in lines if not line.fault]
    newest = max(numbers)
    result: dict[str, list[Listing]] = {}
    for department in county.departments:
        lines = [one for one in last[department.key] if not one.fault and one.person.person_id in now]
        kept = [_line_a_year_later(one, now[one.person.person_id], department, rng) for one in lines]
        come = [one for one in staff if one.department == department.key and one.person_id not in known]
        fresh = [listing(department, one, "", f"RY{n:05d}", rng) for n, one in enumerate(come, start=newest + 1)]
        newest += len(come)
        result[department.key] = kept + fresh
    spoil(result)
    return result


def _line_a_year_later(line: Listing, now: Person, department: Department, rng: Random) -> Listing:
    own = replace(line.person, certificate_valid_to=now.certificate_valid_to, unavailability=now.unavailability)
    if own == line.person and rng.random() >= _FRESH:
        return line
    slip = next((slip for slip in line.slip.split(";") if slip in _SECOND_LINES), "")
    return listing(department, own, slip, line.record_id, rng)

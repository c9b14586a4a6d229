"""Who comes along: partner departments of a row, and what the bureau must settle about them.

A partner adds a demand for people only when it names an item of its own: an inspector checks
something or stays at home. Everything else is a conflict, and the row stands without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onevisit.county import County
from onevisit.errors import Problem, problem
from onevisit.text import fold, split_list


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """What was ruled on a partner: items it checks besides those filed, or that it does not take part."""

    added: list[str]
    stays_away: bool = False


@dataclass(frozen=True, slots=True)
class Partners:
    """Partners that count, their items, and the conflicts (kind, problem) about the rest."""

    departments: list[str]
    item_codes: list[str]
    conflicts: list[tuple[str, Problem]]


def read_partners(
    department: str,
    *,
    partners: str | None,
    items: str | None,
    owners: Mapping[str, str],
    county: County,
    answers: Mapping[str, PartnerAnswer] | None = None,
) -> Partners:
    """Return a row's partners; `owners` are the departments of the items of record.

    `answers` say by partner department what was ruled: items it checks besides, or that it stays away.
    """
    answers = answers or {}
    named = split_list(partners)
    inside = [name for name in named if name in county.department_by_name and name != department]
    conflicts = [("partner_outside", _outside(name, department, county)) for name in named if name not in inside]
    item_codes: list[str] = []
    for code in (fold(part).upper() for part in split_list(items)):
        owner = owners.get(code)
        if owner in inside:
            item_codes.append(code)
        else:
            conflicts.append(("partner_item_not_listed", _item_conflict(code, owner)))
    for name, answer in answers.items():
        own = [code for code in answer.added if owners.get(code) == name]
        foreign = [code for code in answer.added if code not in own]
        conflicts += [("partner_item_not_listed", _foreign_item(code, name, owners.get(code))) for code in foreign]
        item_codes += own
    item_codes = [code for code in item_codes if not (owners[code] in answers and answers[owners[code]].stays_away)]
    acting = [name for name in inside if any(owners[code] == name for code in item_codes)]
    conflicts += [("partner_without_item", problem("P053", value=name)) for name in inside if name not in acting]
    return Partners(sorted(acting), sorted(set(item_codes)), conflicts)


def _outside(name: str, department: str, county: County) -> Problem:
    if name == department:
        return problem("P052", value=name)
    return problem("P050" if name in county.outside_partners else "P051", value=name)


def _foreign_item(code: str, name: str, owner: str | None) -> Problem:
    return problem("P047", value=code, department=name, owner=f"“{owner}”" if owner else "清单之外")


def _item_conflict(code: str, owner: str | None) -> Problem:
    return problem("P055", value=code, owner=owner) if owner else problem("P054", value=code)

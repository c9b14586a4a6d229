"""Teams: who goes to each visit, round after round (联合检查组).

A visit in fixed groups (分组) takes the least loaded group that may go as a whole; where none may, its
people are drawn one by one (分散), as everywhere else. Rounds are drawn in their order, each from the
loads the earlier ones left, so a later round never changes an earlier one.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.visits.demand import Duty, Person, rosters
from onevisit.visits.groups import Group, deal, is_fit
from onevisit.visits.lots import ticket
from onevisit.visits.match import draw_teams, loads_of
from onevisit.visits.staff import Staff


def teams_of(
    duties: Sequence[Duty],
    staff: Mapping[str, Staff],
    *,
    seeds: Mapping[str, str],
    grouped: frozenset[str],
    pool: str,
    department_keys: Mapping[str, str],
    carried: Mapping[str, int] | None = None,
) -> list[dict[str, object]]:
    """Return a record per visit, department and person drawn.

    Args:
        duties: what must be fielded; the ones that cannot be are left out.
        staff: what was frozen of each round's serial: its people, of whom fixed groups are dealt.
        seeds: seed of each round's serial.
        grouped: visits matched in fixed groups (分组); the others person by person (分散).
        pool: whose people are drawn from, the county's code.
        department_keys: full Chinese name -> ASCII key, as lots name departments.
        carried: seats everybody holds already, by commitment.
    """
    rows: list[dict[str, object]] = []
    loads = dict(carried or {})
    people = {serial: rosters(one) for serial, one in staff.items()}
    fieldable = [duty for duty in duties if duty.seats]
    for (serial, department), unit in groupby(sorted(fieldable, key=_unit), key=_unit):
        lot = _Lot(seeds[serial], pool, department_keys[department])
        those = list(unit)
        groups = deal(
            people[serial][department], lot_key=lot.group_key, department=lot.department, size=those[0].seat_count
        )
        fit = {
            duty.visit_id: [one for one in groups if is_fit(one, duty)] for duty in those if duty.visit_id in grouped
        }
        together = [duty for duty in those if fit.get(duty.visit_id)]
        apart = [duty for duty in those if not fit.get(duty.visit_id)]
        drawn = _drawn_groups(together, fit, lot, loads) + _drawn_people(apart, lot, loads)
        rows.extend(drawn)
    return rows


class _Lot:
    """The keys of one unit of drawing: a department of a pool, in one round."""

    def __init__(self, seed: str, pool: str, department: str) -> None:
        self.department = department
        self.team_key = key(seed, f"teams/{pool}/{department}")
        self.group_key = key(seed, f"groups/{pool}")


def _unit(duty: Duty) -> tuple[str, str]:
    return duty.serial, duty.department


def _drawn_groups(
    duties: Sequence[Duty], fit: Mapping[str, list[Group]], lot: _Lot, loads: dict[str, int]
) -> list[dict[str, object]]:
    groups = {group.name: group for duty in duties for group in fit[duty.visit_id]}
    # A group is as tired as its most tired member.
    start = {name: max(loads.get(one.name, 0) for one in group.people) for name, group in groups.items()}
    demands = {duty.visit: (frozenset(group.name for group in fit[duty.visit_id]),) for duty in duties}
    teams = draw_teams(demands, lot_key=lot.team_key, start=start)
    rows: list[dict[str, object]] = []
    for duty in duties:
        group = groups[teams[duty.visit][0]]
        for person in group.people:
            loads[person.name] = loads.get(person.name, 0) + 1
            rows.append(_row(duty, person, ticket(lot.team_key, duty.visit, group.name), group.number))
    return rows


def _drawn_people(duties: Sequence[Duty], lot: _Lot, loads: dict[str, int]) -> list[dict[str, object]]:
    teams = draw_teams({duty.visit: duty.seats for duty in duties}, lot_key=lot.team_key, start=loads)
    loads.update(loads_of(teams, loads))
    return [
        _row(duty, person, ticket(lot.team_key, duty.visit, person.name), None)
        for duty in duties
        for person in duty.people
        if person.name in teams[duty.visit]
    ]


def _row(duty: Duty, person: Person, drawn_ticket: str, group_no: int | None) -> dict[str, object]:
    return {
        "visit_id": duty.visit_id,
        "department": duty.department,
        "person_id": person.person_id,
        "commitment": person.name,
        "ticket": drawn_ticket,
        "group_no": group_no,
        "is_specialist": duty.is_specialist(person),
    }


def grouped_visits(visits: pl.DataFrame, tasks: pl.DataFrame) -> frozenset[str]:
    """Return the visits matched in fixed groups: those forced by a task whose matching is 分组."""
    modes = tasks.explode("plan_rows", empty_as_null=True).select(opened_by="plan_rows", matching="matching")
    return frozenset(visits.join(modes, on="opened_by").filter(pl.col("matching") == "分组").get_column("visit_id"))

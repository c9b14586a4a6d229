"""Teams: who goes to each visit, round after round (联合检查组).

A visit in fixed groups (分组) takes the least loaded group that may go as a whole; where none may, its
people are drawn one by one (分散), as everywhere else. A team that a pool (片区) completes is drawn before
its department's own, with the pool's own lot: who must go counts in what the others even out. Rounds are
drawn in their order, each from the loads the earlier ones left, so a later round never changes an earlier one.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import groupby
from typing import Any

import polars as pl

from onevisit.draw.ceremony import key
from onevisit.visits.alternates import Bench, with_alternates
from onevisit.visits.borrowing import lent_as
from onevisit.visits.demand import Duty, Person, able_items, lent_rosters, rosters
from onevisit.visits.groups import Group, deal, is_fit
from onevisit.visits.lots import ticket
from onevisit.visits.match import Account, draw_teams, loads_of
from onevisit.visits.staff import Staff
from onevisit.visits.standing import Post, Unit
from onevisit.visits.told import Drawing


def teams_of(
    duties: Sequence[Duty],
    staff: Mapping[str, Staff],
    *,
    seeds: Mapping[str, str],
    grouped: frozenset[str],
    pool: str,
    department_keys: Mapping[str, str],
    carried: Mapping[str, int] | None = None,
    told: list[Drawing] | None = None,
) -> list[dict[str, Any]]:
    """Return a record per visit, department and person drawn, each with its alternate and the alternate's ticket.

    Args:
        duties: what must be fielded; the ones that cannot be are left out.
        staff: what was frozen of each round's serial: its people, of whom fixed groups are dealt.
        seeds: seed of each round's serial.
        grouped: visits matched in fixed groups (分组); the others person by person (分散).
        pool: whose people are drawn from, the county's code.
        department_keys: full Chinese name -> ASCII key, as lots name departments.
        carried: seats everybody holds already, by commitment.
        told: is told every drawing, in order.
    """
    rows: list[dict[str, Any]] = []
    loads = dict(carried or {})
    drawings = [] if told is None else told
    people = {serial: rosters(one) for serial, one in staff.items()}
    fieldable = [duty for duty in duties if duty.seats]
    for (serial, department, *_), unit in groupby(sorted(fieldable, key=_unit), key=_unit):
        those = list(unit)
        lender = those[0].lender
        lot = Lot(seeds[serial], lender.name if lender else pool, department_keys[department])
        fit: dict[str, list[Group]] = {}
        by_groups, by_people = (Drawing(serial, lot.name, dict(loads)) for _ in range(2))
        if not lender and any(duty.visit_id in grouped for duty in those):
            everybody = people[serial][department]
            groups = deal(everybody, lot_key=lot.group_key, department=lot.department, size=those[0].seat_count)
            by_groups = replace(by_groups, groups=tuple(groups))
            fit = {
                duty.visit_id: [one for one in groups if is_fit(one, duty)]
                for duty in those
                if duty.visit_id in grouped
            }
        together = [duty for duty in those if fit.get(duty.visit_id)]
        apart = [duty for duty in those if not fit.get(duty.visit_id)]
        drawn = _drawn_groups(together, fit, lot, loads, by_groups.account)
        drawn += _drawn_people(apart, lot, loads, by_people.account)
        drawings += [*([by_groups] if by_groups.groups else []), by_people]
        rows.extend(_fixed_alternates(those, drawn, lot, loads))
    return rows


class Lot:
    """The keys of one unit of drawing: a department (its ASCII key) of a pool, in one round."""

    def __init__(self, seed: str, pool: str, department: str) -> None:
        self.department = department
        self.name = f"teams/{pool}/{department}"
        self.team_key = key(seed, self.name)
        self.group_key = key(seed, f"groups/{pool}")


def _unit(duty: Duty) -> tuple[str, str, bool, str]:
    return duty.serial, duty.department, duty.lender is None, duty.lender.name if duty.lender else ""


def _drawn_groups(
    duties: Sequence[Duty], fit: Mapping[str, list[Group]], lot: Lot, loads: dict[str, int], account: Account
) -> list[dict[str, Any]]:
    groups = {group.name: group for duty in duties for group in fit[duty.visit_id]}
    # A group is as tired as its most tired member.
    start = {name: max(loads.get(one.name, 0) for one in group.people) for name, group in groups.items()}
    demands = {duty.visit: (frozenset(group.name for group in fit[duty.visit_id]),) for duty in duties}
    teams = draw_teams(demands, lot_key=lot.team_key, start=start, account=account)
    rows: list[dict[str, Any]] = []
    for duty in duties:
        group = groups[teams[duty.visit][0]]
        for person in group.people:
            loads[person.name] = loads.get(person.name, 0) + 1
            rows.append(seat_row(duty, person, ticket(lot.team_key, duty.visit, group.name), group.number))
    return rows


def _drawn_people(duties: Sequence[Duty], lot: Lot, loads: dict[str, int], account: Account) -> list[dict[str, Any]]:
    demands = {duty.visit: duty.seats for duty in duties}
    teams = draw_teams(demands, lot_key=lot.team_key, start=loads, account=account)
    loads.update(loads_of(teams, loads))
    return [
        seat_row(duty, person, ticket(lot.team_key, duty.visit, person.name), None)
        for duty in duties
        for person in duty.candidates
        if person.name in teams[duty.visit]
    ]


def bench_of(duty: Duty, candidates: Sequence[Person], members: Sequence[Person], lot: Lot, *, is_group: bool) -> Bench:
    """Return who may be called to a department's part of a visit.

    Args:
        duty: what must be fielded.
        candidates: who may come.
        members: who was drawn.
        lot: the keys of the draw.
        is_group: whether a fixed group goes. It must be able to check every item together; of people drawn
            one by one somebody can do all, wherever anybody can. Of a pool that completes the team as many go
            as were borrowed: whoever it lends is replaced by somebody it lends, the others by their own.
    """
    lent = frozenset(person.name for person in duty.lender.people) if duty.lender else frozenset[str]()
    items = frozenset(item for item, _ in duty.needs)
    able = {person.name: able_items(person, duty.needs) for person in (*members, *candidates)}
    wants_whole = not is_group and any(able[person.name] == items for person in candidates)

    def is_legal(team: Sequence[str]) -> bool:
        if len(lent.intersection(team)) != duty.lent:
            return False
        parts = [able[name] for name in team]
        return items in parts if wants_whole else frozenset[str]().union(*parts) == items

    return Bench(duty.visit, lot.team_key, frozenset(person.name for person in candidates), is_legal)


def _fixed_alternates(
    duties: Sequence[Duty], drawn: Sequence[dict[str, Any]], lot: Lot, loads: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Give everybody drawn an alternate, by the loads this unit's draw left."""
    teams: dict[str, list[dict[str, Any]]] = {}
    for row in drawn:
        teams.setdefault(row["visit_id"], []).append(row)
    rows: list[dict[str, Any]] = []
    for duty in duties:
        team = teams[duty.visit_id]
        is_group = team[0]["group_no"] is not None
        rows += with_alternates(team, bench_of(duty, duty.candidates, (), lot, is_group=is_group), loads)
    return rows


def seat_row(duty: Duty, person: Person, drawn_ticket: str, group_no: int | None) -> dict[str, Any]:
    """Return a person's record on a visit."""
    return {
        "visit_id": duty.visit_id,
        "department": duty.department,
        "person_id": person.person_id,
        "commitment": person.name,
        "ticket": drawn_ticket,
        "group_no": group_no,
        "is_specialist": duty.is_specialist(person),
        "lender": duty.lender.name if duty.lender and person not in duty.people else None,
    }


def team_posts(
    duties: Sequence[Duty],
    staff: Mapping[str, Staff],
    *,
    seeds: Mapping[str, str],
    pool: str,
    department_keys: Mapping[str, str],
    present: AbstractSet[str],
) -> Callable[[Unit, list[dict[str, Any]], frozenset[str]], Post]:
    """Return how each unit that stands can be filled today, for `standing.after_recusals`.

    Arguments as in `teams_of`; `present` are the commitments of those who may be sent today. Only they
    can be called now, whoever else was frozen.
    """
    duty_of = {(duty.visit_id, duty.department): duty for duty in duties}
    people = {
        (serial, department): {one.name: one for one in those}
        for serial, one in staff.items()
        for department, those in rosters(one).items()
    }

    lent = {
        (serial, department, one.name): one.people
        for serial, frozen in staff.items()
        for department, pools in lent_rosters(frozen).items()
        for one in pools
    }

    def post_of(unit: Unit, rows: list[dict[str, Any]], others: frozenset[str]) -> Post:
        duty, group_no = lent_as(duty_of[unit], [row["lender"] for row in rows]), rows[0]["group_no"]
        known = people.get((duty.serial, duty.department), {})
        if duty.lender:
            known = known | {one.name: one for one in lent[duty.serial, duty.department, duty.lender.name]}
        lot = Lot(seeds[duty.serial], duty.lender.name if duty.lender else pool, department_keys[duty.department])
        free = [one for one in duty.candidates if one.name in present and one.name not in others]
        members = [known[row["commitment"]] for row in rows]

        def seats_of(name: str) -> list[dict[str, Any]]:
            return [seat_row(duty, known[name], ticket(lot.team_key, duty.visit, name), group_no)]

        return Post(bench_of(duty, free, members, lot, is_group=group_no is not None), seats_of)

    return post_of


def grouped_visits(visits: pl.DataFrame, tasks: pl.DataFrame) -> frozenset[str]:
    """Return the visits matched in fixed groups: those forced by a task whose matching is 分组."""
    modes = tasks.explode("plan_rows", empty_as_null=True).select(opened_by="plan_rows", matching="matching")
    return frozenset(visits.join(modes, on="opened_by").filter(pl.col("matching") == "分组").get_column("visit_id"))

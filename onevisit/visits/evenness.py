"""Evenness: the certificate that loads are as even as they can be, for a check or a witness to run.

It needs no seed and trusts no draw: who was drawn, who could have been, and nothing else.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

import polars as pl

from onevisit.visits.demand import Duty
from onevisit.visits.match import improving_chain, loads_of
from onevisit.visits.staff import Staff


def uneven_units(duties: Sequence[Duty], teams: pl.DataFrame) -> list[dict[str, object]]:
    """Return a record for every round and department where handing a duty on would even the loads out.

    Judges people drawn one by one (分散); a fixed group moves as a whole and is balanced as a group, and
    where somebody came for another later on nothing was drawn.
    """
    name = {person.person_id: person.name for duty in duties for person in duty.people}
    drawn = _people(teams, name)
    is_as_drawn = pl.col("replaces").is_null().all().over("visit_id", "department")
    alone = _people(teams.filter(pl.col("group_no").is_null() & is_as_drawn), name)
    loads: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    for (serial, department), unit in groupby(
        sorted(duties, key=lambda duty: (duty.serial, duty.department)), lambda duty: (duty.serial, duty.department)
    ):
        those = list(unit)
        loads = loads_of({duty.visit: drawn.get((duty.visit_id, department), []) for duty in those}, loads)
        judged = [duty for duty in those if (duty.visit_id, department) in alone and duty.seats]
        demands = {duty.visit: duty.seats for duty in judged}
        chain = improving_chain(demands, {one.visit: alone[one.visit_id, department] for one in judged}, loads)
        if chain:
            rows.append({"serial": serial, "department": department, "visit": chain[0][0], "swaps": len(chain)})
    return rows


def spread_of(teams: pl.DataFrame, staff: Mapping[str, Staff]) -> pl.DataFrame:
    """Return, per department, how many may be sent, and the least and the greatest number of visits of one of them."""
    everybody = {pair for one in staff.values() for pair in one.people.select("department", "person_id").iter_rows()}
    loads = teams.group_by("department", "person_id").agg(load=pl.len())
    return (
        pl.DataFrame(sorted(everybody), schema={"department": pl.String, "person_id": pl.String}, orient="row")
        .join(loads, on=["department", "person_id"], how="left")
        .group_by("department")
        .agg(people=pl.len(), least=pl.col("load").fill_null(0).min(), greatest=pl.col("load").fill_null(0).max())
        .sort("department")
    )


def _people(teams: pl.DataFrame, name: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    people: dict[tuple[str, str], list[str]] = {}
    for visit_id, department, person_id in teams.select("visit_id", "department", "person_id").iter_rows():
        if person_id in name:
            people.setdefault((visit_id, department), []).append(name[person_id])
    return people

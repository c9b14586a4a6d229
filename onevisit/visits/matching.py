"""A year's matching: teams, experts, alternates and shortages of every visit, from the lists frozen before the draw.

Who was drawn before stays, or an alternate came; what is drawn now is told as lines for the logs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from onevisit.county import County
from onevisit.draw.evidence import Evidence
from onevisit.tables import conform, frame_of
from onevisit.visits import tables
from onevisit.visits.borrowing import completed, lent_seats
from onevisit.visits.demand import Duty, duties_of, shortages_of
from onevisit.visits.evenness import spread_of
from onevisit.visits.experts import Call, assigned_experts, calls_of, expert_posts, expert_shortages
from onevisit.visits.leaders import leaders_of, with_leaders
from onevisit.visits.proof import DrawnPeople, with_tasks
from onevisit.visits.recusal import avoided_by, reasons_of
from onevisit.visits.staff import Staff, ids_of, lent_id, read_staff
from onevisit.visits.standing import EXPERTS, TEAMS, after_recusals, alternates_of, kept, loads_of, open_duties, renewed
from onevisit.visits.teams import grouped_visits, team_posts, teams_of
from onevisit.visits.told import Drawing


@dataclass(frozen=True, slots=True)
class People:
    """Whom a year's matching is about: frozen, and as the registers have them today."""

    staff: dict[str, Staff]
    ids: dict[str, str]
    """Commitment -> today's id of a person or an expert."""
    present: frozenset[str]
    """Commitments of those who may be sent today."""
    reasons: dict[tuple[str, str], str]
    """Why a person or an expert keeps away from an object."""


@dataclass(frozen=True, slots=True)
class Logs:
    """The texts of the logs of who was drawn for which visit."""

    teams: str = ""
    experts: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """The tables of the matching, how evenly it loads people, and what the logs do not say yet."""

    teams: pl.DataFrame
    experts: pl.DataFrame
    alternates: pl.DataFrame
    shortages: pl.DataFrame
    spread: pl.DataFrame
    lines: Logs
    seats: tuple[pl.DataFrame, pl.DataFrame]
    """Every seat of teams and of experts, with its alternate."""
    drawn: DrawnPeople
    """What was drawn now, and from what: for the proof."""


def people_of(
    evidence: Mapping[str, Evidence],
    inspectors: pl.DataFrame,
    experts: pl.DataFrame,
    recusals: pl.DataFrame,
    county: County,
    *,
    secret: str,
    lent: Collection[str] = (),
) -> People:
    """Return the people of a year; `evidence` holds, by serial, the files about people of every attempt.

    `lent` are the commitments of those whom pools lend today.
    """
    ids = {**{name: lent_id(name) for name in lent}, **ids_of(inspectors, experts, secret=secret)}
    avoided = avoided_by(recusals)
    may_go = {
        *inspectors.filter("is_eligible")["person_id"],
        *experts.filter("is_valid")["expert_id"],
        *map(lent_id, lent),
    }
    staff = {
        serial: read_staff(
            files,
            departments={key: name for name, key in county.department_keys.items()},
            ids=ids,
            avoided={name: avoided[one] for name, one in ids.items() if one in avoided},
        )
        for serial, files in evidence.items()
    }
    present = frozenset(name for name, one in ids.items() if one in may_go)
    return People(staff, ids, present, reasons_of(recusals))


def match_people(
    *,
    visits: pl.DataFrame,
    obligations: pl.DataFrame,
    tasks: pl.DataFrame,
    rounds: pl.DataFrame,
    people: People,
    county: County,
    drawn: Logs,
) -> Matched:
    """Match people with visits; `drawn` is what the logs say of earlier runs."""
    duties = duties_of(visits=visits, obligations=obligations, staff=people.staff)
    calls = calls_of(visits=visits, obligations=obligations, staff=people.staff)
    seeds = dict(rounds.filter(pl.col("state") == "drawn").select("serial", "seed").iter_rows())
    fielded, unfielded = _teams(visits, tasks, duties, people, county, seeds=seeds, log=drawn.teams)
    called, unanswered = _experts(calls, people, seeds, log=drawn.experts)
    shown = conform(tables.Teams, fielded.seats)
    needing = {(call.visit_id, call.task_id): call.department for call in calls}
    rows = sorted(
        shortages_of(unfielded) + expert_shortages(calls),
        key=lambda row: (str(row["visit_id"]), str(row["department"]), str(row["kind"]), str(row["reason"])),
    )
    return Matched(
        shown,
        conform(tables.ExpertAssignments, called.seats).sort("visit_id", "expert_id", "specialty"),
        alternates_of(fielded.seats, called.seats, needing, people.ids),
        frame_of(tables.Shortages, rows),
        spread_of(shown, people.staff),
        Logs(fielded.lines, called.lines),
        (fielded.seats, called.seats),
        DrawnPeople(
            visits=with_tasks(visits, tasks),
            obligations=obligations,
            staff=people.staff,
            grouped=grouped_visits(visits, tasks),
            duties=duties,
            open_duties=unfielded,
            open_calls=unanswered,
            teams=fielded.drawn,
            experts=called.drawn,
            leaders=fielded.leaders,
            told=[*fielded.told, *called.told],
            seeds=seeds,
            department_keys=county.department_keys,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Sent:
    """Who is sent to the duties, or on the calls for experts."""

    seats: pl.DataFrame
    drawn: list[dict[str, Any]]
    """The seats drawn now."""
    lines: str
    """What to append to the log."""
    told: list[Drawing]
    leaders: dict[str, str] = field(default_factory=dict[str, str])
    """Visit -> leader drawn now."""


def _teams(
    doors: pl.DataFrame,
    tasks: pl.DataFrame,
    duties: Sequence[Duty],
    people: People,
    county: County,
    *,
    seeds: Mapping[str, str],
    log: str,
) -> tuple[_Sent, list[Duty]]:
    """Return who is sent, and the duties without a team: who was drawn before stays, or an alternate came."""
    told: list[Drawing] = []
    standing = TEAMS.read(log)
    lots: dict[str, Any] = {"seeds": seeds, "pool": county.code, "department_keys": county.department_keys}
    due = {(duty.visit_id, duty.department) for duty in duties}
    posts = team_posts(duties, people.staff, present=people.present, **lots)
    stands = after_recusals(kept(standing, TEAMS, due, people.ids), TEAMS, posts, people.reasons)
    unfielded = completed(open_duties(duties, stands, standing, people.present), lent_seats(stands))
    grouped, carried = grouped_visits(doors, tasks), loads_of(stands)
    rows = teams_of(unfielded, people.staff, grouped=grouped, carried=carried, told=told, **lots)
    drawn = renewed(pl.concat([TEAMS.seats(rows), stands]), TEAMS, posts).drop("is_leader")
    led = stands.filter("is_leader").select("visit_id", "commitment")
    unled = doors.join(led, on="visit_id", how="anti")
    often = dict(led.group_by("commitment").len().iter_rows())
    new_leaders = leaders_of(drawn.filter(pl.col("lender").is_null()), unled, tasks, seeds, often, told=told)
    formed = with_leaders(drawn, pl.concat([led, new_leaders]))
    lines = TEAMS.new_lines(formed, standing)
    return _Sent(formed, rows, lines, told, dict(new_leaders.iter_rows())), unfielded


def _experts(calls: Sequence[Call], people: People, seeds: Mapping[str, str], *, log: str) -> tuple[_Sent, list[Call]]:
    """Return who is sent, and the calls nobody answered before: who was drawn before stays, or an alternate came."""
    told: list[Drawing] = []
    standing = EXPERTS.read(log)
    due = {(call.visit_id, call.task_id) for call in calls}
    posts = expert_posts(calls, people.staff, seeds, people.present)
    stands = after_recusals(kept(standing, EXPERTS, due, people.ids), EXPERTS, posts, people.reasons)
    answered = set(stands.select(EXPERTS.unit).iter_rows())
    waiting = [call for call in calls if (call.visit_id, call.task_id) not in answered]
    drawn = assigned_experts(waiting, seeds, loads_of(stands), told=told)
    seats = renewed(pl.concat([EXPERTS.seats(drawn), stands]), EXPERTS, posts)
    return _Sent(seats, drawn, EXPERTS.new_lines(seats, standing), told), waiting

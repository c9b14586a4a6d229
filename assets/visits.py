"""The visits stage: from what was drawn to who goes where, and by when (policy IV)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets.catalogue import keys_of, table_asset, tables_asset, year_of
from assets.clock import now, secret
from assets.evidence import evidence_of, keep_later, staff_evidence
from assets.files import append_private
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.evidence import is_void
from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, Interests, Items
from onevisit.tables import conform, frame_of
from onevisit.visits import tables
from onevisit.visits.deadlines import deadlines_of
from onevisit.visits.deferred import Formed, caps_of, within_caps
from onevisit.visits.demand import Duty, duties_of, shortages_of
from onevisit.visits.evenness import spread_of
from onevisit.visits.experts import Call, assigned_experts, calls_of, expert_posts, expert_shortages
from onevisit.visits.group import Limits, visits_of
from onevisit.visits.leaders import leaders_of, with_leaders
from onevisit.visits.obligations import obligations_of
from onevisit.visits.proof import DrawnPeople, acts_of, digests_of, replaced_in, seated_of, with_acts, with_tasks
from onevisit.visits.recusal import avoided_by, reasons_of, recusals_of
from onevisit.visits.staff import Staff, ids_of, read_staff
from onevisit.visits.standing import EXPERTS, TEAMS, after_recusals, alternates_of, kept, loads_of, open_duties, renewed
from onevisit.visits.teams import grouped_visits, team_posts, teams_of
from onevisit.visits.told import Drawing


@table_asset(tables.Recusals, deps=keys_of(Interests))
def recusals(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """回避：与检查对象有利害关系的执法检查人员和专家，不参加对该对象的检查。"""
    year = year_of(context)
    return warehouse.replace(tables.Recusals, recusals_of(warehouse.read(Interests, year)), year)


OWED = keys_of(Rounds, Drawn, Batches, Substitutes, Tasks, TaskItems, Submitted, Items)
"""What is owed after the draw, and the caps it is held to."""


@tables_asset(
    {
        tables.Obligations: "应查事项：每个抽中对象由哪个部门查哪一事项，归入哪一次入户；书面检查和网络监测不上门。",
        tables.Deferred: "暂缓的检查：同一部门对同一对象、同一事项对同一对象超过年度频次上限的，写明原因，由人决定。",
    },
    deps=OWED,
)
def owed(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Say what is owed after the draw, and what of it goes beyond the caps."""
    year = year_of(context)
    formed = _formed(warehouse, county, year)
    yield warehouse.replace(tables.Obligations, formed.kept, year)
    yield warehouse.replace(tables.Deferred, formed.deferred, year)


@table_asset(tables.Visits, deps=keys_of(tables.Obligations, tables.Deferred, Tasks, Submitted))
def visits(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """入户：同一场次中同一对象的事项合并为最少的上门次数（进一次门、查多项事），并附最少的证明。"""
    year = year_of(context)
    grouped = visits_of(
        warehouse.read(tables.Obligations, year),
        warehouse.read(Tasks, year),
        warehouse.read(Submitted, year),
        **limits_of(county),
    )
    return warehouse.replace(tables.Visits, grouped, year)


@tables_asset(
    {
        tables.Teams: "联合检查组：每次入户每个部门随机匹配的执法检查人员和一名组长，负担均衡，回避者不在其中。",
        tables.ExpertAssignments: "专家选派：需要专家的事项，从专家名录库随机选派，不计入法定检查人数。",
        tables.Alternates: "候补人员：随检查组和专家一并抽定；有人事后应当回避的，只由候补接替这一人，其他人员不变。",
        tables.Shortages: "人员缺口：哪次入户、哪个部门派不出足够的合格人员或专家，原因是什么；从不悄悄少派。",
    },
    deps=keys_of(tables.Visits, tables.Obligations, tables.Recusals, Rounds, Tasks, Inspectors, Experts),
)
def matching(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Match people with visits, from the lists frozen before the draw."""
    year = year_of(context)
    people = _people_of(warehouse, county, year)
    met = {"visits": warehouse.read(tables.Visits, year), "obligations": warehouse.read(tables.Obligations, year)}
    duties, calls = duties_of(**met, staff=people.staff), calls_of(**met, staff=people.staff)
    fielded, unfielded = _teams(warehouse, county, year, duties, people)
    called, unanswered = _experts(warehouse, year, calls, people)
    teams, experts = fielded.seats, called.seats
    doors, tasks = warehouse.read(tables.Visits, year), warehouse.read(Tasks, year)
    drawn = DrawnPeople(
        visits=with_tasks(doors, tasks),
        obligations=met["obligations"],
        staff=people.staff,
        grouped=grouped_visits(doors, tasks),
        duties=duties,
        open_duties=unfielded,
        open_calls=unanswered,
        teams=fielded.drawn,
        experts=called.drawn,
        leaders=fielded.leaders,
        told=[*fielded.told, *called.told],
        seeds=_seeds(warehouse, year),
        department_keys=county.department_keys,
    )
    _keep_proof(warehouse, county, year, drawn, (teams, experts))
    for log, sent in ((warehouse.folders.teams(year), fielded), (warehouse.folders.experts(year), called)):
        append_private(log, sent.lines)
    shown = conform(tables.Teams, teams)
    yield warehouse.replace(tables.Teams, shown, year, load_spread=_shown(spread_of(shown, people.staff)))
    assigned = conform(tables.ExpertAssignments, experts).sort("visit_id", "expert_id", "specialty")
    yield warehouse.replace(tables.ExpertAssignments, assigned, year)
    needing = {(call.visit_id, call.task_id): call.department for call in calls}
    alternates = alternates_of(teams, experts, needing, people.ids)
    yield warehouse.replace(tables.Alternates, alternates, year)
    rows = sorted(
        shortages_of(unfielded) + expert_shortages(calls),
        key=lambda row: (str(row["visit_id"]), str(row["department"]), str(row["kind"]), str(row["reason"])),
    )
    yield warehouse.replace(tables.Shortages, frame_of(tables.Shortages, rows), year)


@table_asset(tables.Deadlines, deps=keys_of(tables.Visits, Rounds))
def deadlines(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """期限：抽取后五个工作日内启动，在检查时段内入户，检查后二十个工作日内公示。"""
    year = year_of(context)
    clocks = deadlines_of(
        warehouse.read(tables.Visits, year),
        warehouse.read(Rounds, year),
        county.working_days(year),
        start_within=county.visits.start_within_workdays,
        publish_within=county.results.publish_within_workdays,
        close_before_end=county.results.close_before_end_workdays,
    )
    return warehouse.replace(tables.Deadlines, clocks, year)


def _formed(warehouse: Warehouse, county: County, year: int) -> Formed:
    owed = obligations_of(
        rounds=warehouse.read(Rounds, year),
        drawn=warehouse.read(Drawn, year),
        batches=warehouse.read(Batches, year),
        substitutes=warehouse.read(Substitutes, year),
        tasks=warehouse.read(Tasks, year),
        task_items=warehouse.read(TaskItems, year),
    )
    submitted = warehouse.read(Submitted, year)
    caps = caps_of(county, items=warehouse.read(Items, year), submitted=submitted)
    return within_caps(owed, submitted, caps, **limits_of(county))


def limits_of(county: County) -> Limits:
    """Return what the county's settings hold a visit to."""
    rules = county.visits
    return {
        "max_items": rules.max_items_per_visit,
        "max_departments": rules.max_departments_per_visit,
        "min_days": rules.min_days_between_visits,
    }


def _seeds(warehouse: Warehouse, year: int) -> dict[str, str]:
    return dict(warehouse.read(Rounds, year).filter(pl.col("state") == "drawn").select("serial", "seed").iter_rows())


def _shown(frame: pl.DataFrame) -> dg.TableMetadataValue:
    records = [dg.TableRecord(row) for row in frame.iter_rows(named=True)]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in frame.columns]))


@dataclass(frozen=True, slots=True)
class _People:
    """Whom a year's matching is about: frozen, and as the registers have them today."""

    staff: dict[str, Staff]
    ids: dict[str, str]
    """Commitment -> today's id of a person or an expert."""
    present: frozenset[str]
    """Commitments of those who may be sent today."""
    reasons: dict[tuple[str, str], str]
    """Why a person or an expert keeps away from an object."""


def staff_of(warehouse: Warehouse, county: County, year: int) -> dict[str, Staff]:
    """Return what was frozen of people with every attempt, serial -> staff; recusals told since are in it."""
    return _people_of(warehouse, county, year).staff


def _people_of(warehouse: Warehouse, county: County, year: int) -> _People:
    folders = warehouse.folders
    salt = secret(folders, county, year)
    inspectors, experts = warehouse.read(Inspectors, year), warehouse.read(Experts, year)
    recusals = warehouse.read(tables.Recusals, year)
    ids, avoided = ids_of(inspectors, experts, secret=salt), avoided_by(recusals)
    may_go = {*inspectors.filter("is_eligible")["person_id"], *experts.filter("is_valid")["expert_id"]}
    staff = {
        serial: read_staff(
            files,
            departments={key: name for name, key in county.department_keys.items()},
            ids=ids,
            avoided={name: avoided[one] for name, one in ids.items() if one in avoided},
        )
        for serial, files in staff_evidence(folders, year).items()
    }
    present = frozenset(name for name, one in ids.items() if one in may_go)
    return _People(staff, ids, present, reasons_of(recusals))


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
    warehouse: Warehouse, county: County, year: int, duties: list[Duty], people: _People
) -> tuple[_Sent, list[Duty]]:
    """Return who is sent, and the duties without a team: who was drawn before stays, or an alternate came."""
    told: list[Drawing] = []
    doors, tasks, seeds = warehouse.read(tables.Visits, year), warehouse.read(Tasks, year), _seeds(warehouse, year)
    lots: dict[str, Any] = {"seeds": seeds, "pool": county.code, "department_keys": county.department_keys}
    standing = TEAMS.read(_text_of(warehouse.folders.teams(year)))
    due = {(duty.visit_id, duty.department) for duty in duties}
    posts = team_posts(duties, people.staff, present=people.present, **lots)
    stands = after_recusals(kept(standing, TEAMS, due, people.ids), TEAMS, posts, people.reasons)
    unfielded = open_duties(duties, stands, standing, people.present)
    grouped, carried = grouped_visits(doors, tasks), loads_of(stands)
    rows = teams_of(unfielded, people.staff, grouped=grouped, carried=carried, told=told, **lots)
    drawn = renewed(pl.concat([TEAMS.seats(rows), stands]), TEAMS, posts).drop("is_leader")
    led = stands.filter("is_leader").select("visit_id", "commitment")
    unled = doors.join(led, on="visit_id", how="anti")
    often = dict(led.group_by("commitment").len().iter_rows())
    new_leaders = leaders_of(drawn, unled, tasks, seeds, often, told=told)
    formed = with_leaders(drawn, pl.concat([led, new_leaders]))
    lines = TEAMS.new_lines(formed, standing)
    return _Sent(formed, rows, lines, told, dict(new_leaders.iter_rows())), unfielded


def _experts(warehouse: Warehouse, year: int, calls: list[Call], people: _People) -> tuple[_Sent, list[Call]]:
    """Return who is sent, and the calls nobody answered before: who was drawn before stays, or an alternate came."""
    told: list[Drawing] = []
    seeds = _seeds(warehouse, year)
    standing = EXPERTS.read(_text_of(warehouse.folders.experts(year)))
    due = {(call.visit_id, call.task_id) for call in calls}
    posts = expert_posts(calls, people.staff, seeds, people.present)
    stands = after_recusals(kept(standing, EXPERTS, due, people.ids), EXPERTS, posts, people.reasons)
    answered = set(stands.select(EXPERTS.unit).iter_rows())
    waiting = [call for call in calls if (call.visit_id, call.task_id) not in answered]
    drawn = assigned_experts(waiting, seeds, loads_of(stands), told=told)
    seats = renewed(pl.concat([EXPERTS.seats(drawn), stands]), EXPERTS, posts)
    return _Sent(seats, drawn, EXPERTS.new_lines(seats, standing), told), waiting


def _keep_proof(
    warehouse: Warehouse, county: County, year: int, drawn: DrawnPeople, seats: tuple[pl.DataFrame, pl.DataFrame]
) -> None:
    """Add to every round's evidence how people were drawn for it, and who came in whose place since."""
    folders, keys = warehouse.folders, county.department_keys
    standing = {serial: files for serial, files in evidence_of(folders, year).items() if not is_void(files)}
    salt = secret(folders, county, year)
    for serial, files in standing.items():
        acts = acts_of(
            files,
            serial,
            drawn,
            now={place: there for one in seats for place, there in seated_of(one, serial, keys).items()},
            replaced={pair: left for one in seats for pair, left in replaced_in(one, serial, keys).items()},
            earlier=[sitting for other in standing.values() for sitting in digests_of(other)],
        )
        after = with_acts(files, acts, secret=salt, at=now(county))
        if after != files:
            keep_later(folders, serial, after)
            standing[serial] = after


def _text_of(log: Path) -> str:
    return log.read_text("utf-8") if log.exists() else ""

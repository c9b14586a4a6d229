"""The visits stage: from what was drawn to who goes where, and by when (policy IV)."""

from collections.abc import Iterator
from pathlib import Path

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
from onevisit.registries.tables import Experts, Inspectors, Interests, Items, Lent
from onevisit.visits import tables
from onevisit.visits.deadlines import deadlines_of
from onevisit.visits.deferred import Formed, caps_of, limits_of, within_caps
from onevisit.visits.group import visits_of
from onevisit.visits.lent import lent_today
from onevisit.visits.matching import Logs, Matched, People, match_people, people_of
from onevisit.visits.obligations import obligations_of
from onevisit.visits.proof import proven
from onevisit.visits.recusal import recusals_of
from onevisit.visits.staff import Staff


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
    deps=keys_of(tables.Visits, tables.Obligations, tables.Recusals, Rounds, Tasks, Inspectors, Experts, Lent),
)
def matching(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Match people with visits, from the lists frozen before the draw."""
    year = year_of(context)
    folders = warehouse.folders
    logs = folders.teams(year), folders.experts(year)
    matched = match_people(
        visits=warehouse.read(tables.Visits, year),
        obligations=warehouse.read(tables.Obligations, year),
        tasks=warehouse.read(Tasks, year),
        rounds=warehouse.read(Rounds, year),
        people=_people_of(warehouse, county, year),
        county=county,
        drawn=Logs(*map(_text_of, logs)),
    )
    _keep_proof(warehouse, county, year, matched)
    for log, lines in zip(logs, (matched.lines.teams, matched.lines.experts), strict=True):
        append_private(log, lines)
    yield warehouse.replace(tables.Teams, matched.teams, year, load_spread=_shown(matched.spread))
    yield warehouse.replace(tables.ExpertAssignments, matched.experts, year)
    yield warehouse.replace(tables.Alternates, matched.alternates, year)
    yield warehouse.replace(tables.Shortages, matched.shortages, year)


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


def _shown(frame: pl.DataFrame) -> dg.TableMetadataValue:
    records = [dg.TableRecord(row) for row in frame.iter_rows(named=True)]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in frame.columns]))


def staff_of(warehouse: Warehouse, county: County, year: int) -> dict[str, Staff]:
    """Return what was frozen of people with every attempt, serial -> staff; recusals told since are in it."""
    return _people_of(warehouse, county, year).staff


def _people_of(warehouse: Warehouse, county: County, year: int) -> People:
    return people_of(
        staff_evidence(warehouse.folders, year),
        warehouse.read(Inspectors, year),
        warehouse.read(Experts, year),
        warehouse.read(tables.Recusals, year),
        county,
        secret=secret(warehouse.folders, county, year),
        lent=lent_today(warehouse.read(Lent, year), secret=secret(warehouse.folders, county, year)),
    )


def _keep_proof(warehouse: Warehouse, county: County, year: int, matched: Matched) -> None:
    """Add to every round's evidence how people were drawn for it, and who came in whose place since."""
    folders, salt = warehouse.folders, secret(warehouse.folders, county, year)
    standing = {serial: files for serial, files in evidence_of(folders, year).items() if not is_void(files)}
    for serial, files in proven(standing, matched.drawn, matched.seats, secret=salt, at=now(county)):
        keep_later(folders, serial, files)


def _text_of(log: Path) -> str:
    return log.read_text("utf-8") if log.exists() else ""

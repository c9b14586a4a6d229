"""The visits stage: from what was drawn to who goes where, and by when (policy IV)."""

import dagster as dg
import polars as pl

from assets.catalogue import keys_of, table_asset, year_of
from assets.clock import secret
from assets.files import append_private
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.tables import Batches, Drawn, Rounds, Substitutes
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Experts, Inspectors, InspectorSources, Interests, Items, Objects
from onevisit.tables import frame_of
from onevisit.visits import tables
from onevisit.visits.deadlines import deadlines_of
from onevisit.visits.deferred import Formed, caps_of, within_caps
from onevisit.visits.demand import Duty, Person, duties_of, rosters, shortages_of
from onevisit.visits.evenness import spread_of
from onevisit.visits.experts import Call, assigned_experts, calls_of, expert_shortages
from onevisit.visits.group import visits_of
from onevisit.visits.leaders import leaders_of, with_leaders
from onevisit.visits.obligations import obligations_of
from onevisit.visits.recusal import avoided_by, recusals_of
from onevisit.visits.standing import kept, loads_of, new_lines, read_standing
from onevisit.visits.teams import grouped_visits, teams_of


@table_asset(tables.Recusals, deps=keys_of(Interests))
def recusals(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """回避：与检查对象有利害关系的执法检查人员和专家，不参加对该对象的检查。"""
    year = year_of(context)
    return warehouse.replace(tables.Recusals, recusals_of(warehouse.read(Interests, year)), year)


OWED = keys_of(Rounds, Drawn, Batches, Substitutes, Tasks, TaskItems, Submitted, Items)
"""What is owed after the draw, and the caps it is held to."""


@table_asset(tables.Obligations, deps=OWED)
def obligations(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """应查事项：每个抽中对象由哪个部门查哪一事项，归入哪一次入户；书面检查和网络监测不上门。"""
    year = year_of(context)
    return warehouse.replace(tables.Obligations, _formed(warehouse, county, year).kept, year)


@table_asset(tables.Deferred, deps=OWED)
def deferred(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """暂缓的检查：同一部门对同一对象、同一事项对同一对象超过年度频次上限的，不安排上门，写明原因，由人决定。"""
    year = year_of(context)
    return warehouse.replace(tables.Deferred, _formed(warehouse, county, year).deferred, year)


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
        max_items=county.visits.max_items_per_visit,
    )
    return warehouse.replace(tables.Visits, grouped, year)


@table_asset(
    tables.Teams,
    deps=keys_of(
        tables.Visits, tables.Obligations, tables.Recusals, Rounds, Tasks, Items, Inspectors, InspectorSources
    ),
)
def teams(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """联合检查组：每次入户每个部门随机匹配的执法检查人员和一名组长，负担均衡，回避者不在其中。"""
    year = year_of(context)
    people = _people(warehouse, county, year)
    doors, tasks, seeds = warehouse.read(tables.Visits, year), warehouse.read(Tasks, year), _seeds(warehouse, year)
    duties, log = _duties(warehouse, county, year, people), warehouse.folders.teams(year)
    standing = read_standing(log.read_text("utf-8") if log.exists() else "")
    stands = kept(standing, duties, people, avoided_by(warehouse.read(tables.Recusals, year), "person_id"))
    units = set(stands.select("visit_id", "department").iter_rows())
    rows = teams_of(
        [duty for duty in duties if (duty.visit_id, duty.department) not in units],
        people,
        seeds=seeds,
        grouped=grouped_visits(doors, tasks),
        pool=county.code,
        department_keys={department.name: department.key for department in county.departments},
        carried=loads_of(stands),
    )
    drawn = pl.concat([frame_of(tables.Teams, rows), stands.drop("take")]).drop("is_leader")
    led = stands.filter("is_leader").select("visit_id", "commitment")
    unled = doors.join(led, on="visit_id", how="anti")
    formed = with_leaders(drawn, pl.concat([led, leaders_of(drawn, unled, tasks, seeds)]))
    append_private(log, new_lines(formed, standing))
    return warehouse.replace(tables.Teams, formed, year, load_spread=_shown(spread_of(formed, people)))


@table_asset(
    tables.Shortages,
    deps=keys_of(
        tables.Teams,
        tables.Visits,
        tables.Obligations,
        tables.Recusals,
        Items,
        Objects,
        Experts,
        Inspectors,
        InspectorSources,
    ),
)
def shortages(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """人员缺口：哪次入户、哪个部门派不出足够的合格人员或专家，原因是什么；从不悄悄少派。"""
    year = year_of(context)
    fielded = set(warehouse.read(tables.Teams, year).select("visit_id", "department").iter_rows())
    duties = _duties(warehouse, county, year, _people(warehouse, county, year))
    short = shortages_of([duty for duty in duties if (duty.visit_id, duty.department) not in fielded])
    rows = sorted(
        short + expert_shortages(_calls(warehouse, county, year)),
        key=lambda row: (str(row["visit_id"]), str(row["department"]), str(row["kind"]), str(row["reason"])),
    )
    return warehouse.replace(tables.Shortages, frame_of(tables.Shortages, rows), year)


@table_asset(
    tables.ExpertAssignments,
    deps=keys_of(tables.Visits, tables.Obligations, tables.Recusals, Rounds, Items, Objects, Experts),
)
def expert_assignments(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """专家选派：需要专家的事项，从专家名录库随机选派，不计入法定检查人数。"""
    year = year_of(context)
    rows = assigned_experts(_calls(warehouse, county, year), _seeds(warehouse, year))
    return warehouse.replace(tables.ExpertAssignments, frame_of(tables.ExpertAssignments, rows), year)


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
    return within_caps(owed, submitted, caps, max_items=county.visits.max_items_per_visit)


def _seeds(warehouse: Warehouse, year: int) -> dict[str, str]:
    return dict(warehouse.read(Rounds, year).filter(pl.col("state") == "drawn").select("serial", "seed").iter_rows())


def _shown(frame: pl.DataFrame) -> dg.TableMetadataValue:
    records = [dg.TableRecord(row) for row in frame.iter_rows(named=True)]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(name) for name in frame.columns]))


def _people(warehouse: Warehouse, county: County, year: int) -> dict[str, list[Person]]:
    inspectors, sources = warehouse.read(Inspectors, year), warehouse.read(InspectorSources, year)
    return rosters(inspectors, sources, secret=secret(warehouse.folders, county, year))


def _duties(warehouse: Warehouse, county: County, year: int, people: dict[str, list[Person]]) -> list[Duty]:
    return duties_of(
        visits=warehouse.read(tables.Visits, year),
        obligations=warehouse.read(tables.Obligations, year),
        items=warehouse.read(Items, year),
        people=people,
        avoided=avoided_by(warehouse.read(tables.Recusals, year), "person_id"),
        seat_count=county.visits.inspectors_per_department,
    )


def _calls(warehouse: Warehouse, county: County, year: int) -> list[Call]:
    return calls_of(
        visits=warehouse.read(tables.Visits, year),
        obligations=warehouse.read(tables.Obligations, year),
        items=warehouse.read(Items, year),
        objects=warehouse.read(Objects, year),
        experts=warehouse.read(Experts, year),
        avoided=avoided_by(warehouse.read(tables.Recusals, year), "expert_id"),
        secret=secret(warehouse.folders, county, year),
    )

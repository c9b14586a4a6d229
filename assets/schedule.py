"""Which day each visit is made, and whom pools could lend, to the plan and to the visits (policy IV.1)."""

from collections.abc import Iterator, Mapping

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, keys_of, table_asset, tables_asset, year_of
from assets.clock import today
from assets.files import append_private, write_whole
from assets.filings import filed_by_pools
from assets.papers import printed_visits
from assets.visits import staff_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.tables import Rounds
from onevisit.plan.lenders import lenders_table
from onevisit.plan.rosters import days_away
from onevisit.plan.tables import Capacity, Lenders, Rosters
from onevisit.registries.tables import Items, Objects
from onevisit.visits.borrowing import Lender, borrowing_table, lender_of, pools_table, units_short
from onevisit.visits.demand import duties_of
from onevisit.visits.pins import pinned_days, proposal_lines, read_proposals
from onevisit.visits.schedule import doors_of, least_unplaced, schedule_table
from onevisit.visits.schedule_workbook import schedule_workbook
from onevisit.visits.tables import (
    Borrowing,
    Deadlines,
    Obligations,
    Pools,
    Recusals,
    Schedule,
    Shortages,
    Teams,
    Visits,
)


@table_asset(Schedule, deps=keys_of(Visits, Obligations, Teams, Deadlines, Objects, Rosters))
def schedule(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """上门日程：每次入户建议哪天去，批次依次、同镇同日，不超过各部门人手；排不进去的写明原因。内部使用，不事先告知。"""
    year = year_of(context)
    objects = warehouse.read(Objects, year).drop_nulls("town")
    doors = doors_of(
        visits=warehouse.read(Visits, year),
        obligations=warehouse.read(Obligations, year),
        teams=warehouse.read(Teams, year),
        deadlines=warehouse.read(Deadlines, year),
        towns=dict(objects.select("object_id", "town").iter_rows()),
    )
    days, per_day = county.working_days(year), county.visits.visits_per_person_day
    log, on = warehouse.folders.proposals(year), today(county)
    proposals = read_proposals(log.read_text("utf-8") if log.exists() else "")
    near = county.working_days(on.year).after(on, county.visits.start_within_workdays)
    planned = schedule_table(
        doors,
        days,
        visits_per_day=per_day,
        min_days=county.visits.min_days_between_visits,
        away=days_away(warehouse.read(Rosters, year)),
        proposals=proposals,
        pinned=pinned_days(proposals, until=near, printed=printed_visits(warehouse.folders, year)),
    )
    append_private(log, proposal_lines(planned, proposals, told_on=on))
    return warehouse.replace(
        Schedule,
        planned,
        year,
        unplaced_count=planned["visit_on"].null_count(),
        unplaced_at_least=least_unplaced(doors, days, visits_per_day=per_day),
        moved_count=len(planned) - planned["moved_from"].null_count(),
        late_task_count=planned["late_tasks"].explode().drop_nulls().n_unique(),
    )


@tables_asset(
    {
        Pools: "片区执法检查人员库：相邻县可以借出的执法检查人员，每县每部门多少名；只计数，不列姓名。",
        Borrowing: "片区商借：本部门派不出检查组的入户，至少向哪个片区借几名，并附最少的证明；已抽定的和待商定的。",
    },
    deps=keys_of(Visits, Obligations, Shortages, Teams, Recusals, Rounds),
)
def borrowing(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Say whom to borrow where a department cannot field a visit."""
    year = year_of(context)
    filed = filed_by_pools(warehouse, county, year)
    lenders = _lenders(filed, county, year)
    yield warehouse.replace(Pools, pools_table(lenders, filed), year)
    visits, obligations = warehouse.read(Visits, year), warehouse.read(Obligations, year)
    teams = warehouse.read(Teams, year)
    short = units_short(warehouse.read(Shortages, year), teams)
    duties = duties_of(visits=visits, obligations=obligations, staff=staff_of(warehouse, county, year)) if short else []
    wanted = [duty for duty in duties if (duty.visit_id, duty.department) in short]
    last_days = dict(visits.select("visit_id", "ends_on").iter_rows())
    proposed = borrowing_table(wanted, lenders, last_days, teams)
    yield warehouse.replace(Borrowing, proposed, year, unfilled_count=proposed["pool"].null_count())


@dg.asset(
    key=["visits", "schedule_workbook"],
    group_name="visits",
    partitions_def=YEARS,
    deps=keys_of(Schedule, Borrowing, Pools, Visits, Objects),
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def workbook(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """上门日程表：逐日、逐镇的入户安排，排不进去的入户，缺人的入户和商借建议；内部使用，不事先告知。"""
    year = year_of(context)
    content = schedule_workbook(
        county.name,
        year,
        schedule=warehouse.read(Schedule, year),
        visits=warehouse.read(Visits, year),
        borrowing=warehouse.read(Borrowing, year),
        pools=warehouse.read(Pools, year),
        names=warehouse.read(Objects, year).select("object_id", "name"),
    )
    path = warehouse.folders.schedule(year)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content, mode=0o600)
    return dg.MaterializeResult(metadata={"workbook": dg.MetadataValue.path(path), "byte_count": len(content)})


@table_asset(Lenders, deps=keys_of(Capacity, Items))
def plan_lenders(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """片区可借：计划公开之前，人手不足的时段和事项，每个片区可以借出多少名能查的执法人员、够不够。"""
    year = year_of(context)
    capacity, items = warehouse.read(Capacity, year), warehouse.read(Items, year)
    is_short = not capacity.filter(pl.col("visits_short") > 0).is_empty()
    lenders = _lenders(filed_by_pools(warehouse, county, year), county, year) if is_short else []
    return warehouse.replace(Lenders, lenders_table(capacity, lenders, items), year)


def _lenders(filed: Mapping[tuple[str, str], pl.DataFrame], county: County, year: int) -> list[Lender]:
    return [
        lender_of(pool, [filed[pool.name, one.name] for one in county.lent_by(pool)], county, year=year)
        for pool in county.pools
    ]

"""The schedule of the visits: which day, and whom a pool could lend (policy IV.1)."""

import dagster as dg

from assets.catalogue import keys_of, table_asset, year_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.registries.tables import Objects
from onevisit.visits.schedule import doors_of, least_unplaced, schedule_table
from onevisit.visits.tables import Deadlines, Obligations, Schedule, Teams, Visits


@table_asset(Schedule, deps=keys_of(Visits, Obligations, Teams, Deadlines, Objects))
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
    planned = schedule_table(doors, days, visits_per_day=per_day)
    return warehouse.replace(
        Schedule,
        planned,
        year,
        unplaced_count=planned["visit_on"].null_count(),
        unplaced_at_least=least_unplaced(doors, days, visits_per_day=per_day),
        late_task_count=planned["late_tasks"].explode().drop_nulls().n_unique(),
    )

"""The results stage: what the departments found, and how far they are."""

import dagster as dg

from assets.catalogue import key_of, table_asset, year_of
from assets.clock import today
from assets.filings import read_filed
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.filings.tables import Accounting
from onevisit.results import tables
from onevisit.results.findings import Judged, judge
from onevisit.results.progress import progress_of
from onevisit.tables import stage_of, table_of
from onevisit.visits.deadlines import published_by
from onevisit.visits.tables import Obligations

# Whoever waits for the account waits for every department.
_FILED = key_of(Accounting)
_FOUND = dg.AssetKey([stage_of(tables.Findings), table_of(tables.Findings)])
_OWED = key_of(Obligations)


@table_asset(tables.Findings, deps=[_FILED, _OWED])
def findings(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """检查结果：各部门对每个抽中对象、每一事项报送的结果，使用标准结果类型，一项一条。"""
    year = year_of(context)
    return warehouse.replace(tables.Findings, _judged(warehouse, county, year).findings, year)


@table_asset(tables.Refused, deps=[_FILED, _OWED, _FOUND])
def refused(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """结果退回清单：与应查事项对不上或者填写有误的结果，写明原因和改法，由报送部门更正。"""
    year = year_of(context)
    return warehouse.replace(tables.Refused, _judged(warehouse, county, year).refused, year)


@table_asset(tables.Progress, deps=[_FOUND, _OWED])
def progress(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """完成情况：每项任务、每个部门应检查、已检查、发现问题和逾期的数量。"""
    year = year_of(context)
    owed, found = warehouse.read(Obligations, year), warehouse.read(tables.Findings, year)
    return warehouse.replace(tables.Progress, progress_of(owed, found, today=today(county)), year)


def _judged(warehouse: Warehouse, county: County, year: int) -> Judged:
    days = county.working_days(year)
    return judge(
        read_filed(warehouse, county, year, "results"),
        warehouse.read(Obligations, year),
        today=today(county),
        publish_by=lambda on: published_by(days, on, within=county.results.publish_within_workdays),
    )

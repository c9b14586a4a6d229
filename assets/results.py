"""The results stage: what the departments found, how it was audited, and how far they are."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.audits import audited, record_audit, reports_named
from assets.catalogue import keys_of, tables_asset, year_of
from assets.clock import today
from assets.filings import read_filed
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.demo.auditor import demonstration_audit
from onevisit.filings.tables import Accounting
from onevisit.plan.tables import Tasks
from onevisit.registries.tables import Inspectors
from onevisit.results import tables
from onevisit.results.audit import History, history_of, in_force
from onevisit.results.corrections import corrections_of
from onevisit.results.findings import Judged, clocked, judge
from onevisit.results.lateness import Clocks, disposals_of, overdue_of, starts_of
from onevisit.results.progress import progress_of
from onevisit.results.returned import known_of
from onevisit.text import fold
from onevisit.visits.deadlines import published_by
from onevisit.visits.tables import Deadlines, Obligations, Teams


@tables_asset(
    {
        tables.Findings: "检查结果：每个抽中对象的每一事项一条，用标准结果类型，写明审核到哪一步；以批准公示的为准。",
        tables.Refused: "结果退回清单：与应查事项对不上或者填写有误的结果，写明原因和改法，由报送部门更正。",
        tables.Corrections: "更正：当事人异议、录入有误或者撤回，改了什么、为什么、谁提出、谁批准；原来的版本留存。",
        tables.Disposals: "后续处置：发现问题的每一项怎样处置、移送或抄告至何处、期限和完结日期、是否逾期。",
        tables.Overdue: "逾期清单：到今天没有启动、检查、录入、审核、公示、处置完结的，写明部门、负责人和超期天数。",
        tables.Progress: "完成情况：每项任务、每个部门应检查、已检查、已公示和逾期的数量；查了没有公示的不算完成。",
    },
    # Whoever waits for the account waits for every department.
    deps=keys_of(Accounting, Obligations, Teams, Deadlines, Inspectors, Tasks),
)
def results(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Judge what was returned once, and say of all of it where it stands."""
    year, day = year_of(context), today(county)
    owed = warehouse.read(Obligations, year)
    judged = judged_results(warehouse, county, year)
    history = _history(warehouse, county, year, judged)
    standing, refused = in_force(judged, history, owed)
    days = county.working_days(year)
    within = county.results.publish_within_workdays
    found = clocked(standing, owed, lambda on: published_by(days, on, within=within))
    yield warehouse.replace(tables.Findings, found, year)
    yield warehouse.replace(tables.Refused, refused, year)
    yield warehouse.replace(tables.Corrections, corrections_of(history), year)
    followed = disposals_of(found, today=day)
    yield warehouse.replace(tables.Disposals, followed, year)
    starts = starts_of(owed, warehouse.read(Deadlines, year), warehouse.read(Tasks, year))
    owners = {one.name: one.owner for one in county.departments}
    clocks = Clocks(day, days, county.results)
    yield warehouse.replace(
        tables.Overdue, overdue_of(owed, found, followed, starts, owners=owners, clocks=clocks), year
    )
    yield warehouse.replace(tables.Progress, progress_of(owed, found, today=day), year)


def judged_results(warehouse: Warehouse, county: County, year: int) -> Judged:
    """Return every filed result as a finding as entered, or refused."""
    filed = read_filed(warehouse, county, year, "results")
    reports = filed.drop_nulls("report_file").select("department", "report_file").iter_rows()
    named = [(department, fold(report)) for department, report in reports]
    known = known_of(
        warehouse.read(Teams, year),
        warehouse.read(Inspectors, year),
        warehouse.read(Deadlines, year),
        reports_named(warehouse.folders, year, named),
    )
    days = county.working_days(year)
    return judge(
        filed,
        warehouse.read(Obligations, year),
        today=today(county),
        publish_by=lambda on: published_by(days, on, within=county.results.publish_within_workdays),
        known=known,
    )


def _history(warehouse: Warehouse, county: County, year: int, judged: Judged) -> History:
    """Return what the log says; in a demonstration, after its script has audited what waits."""
    log, batches = audited(warehouse.folders, year)
    history = history_of(log, batches)
    if county.demonstration is None:
        return history
    standing, _ = in_force(judged, history, warehouse.read(Obligations, year))
    waiting = pl.DataFrame(standing, schema=judged.findings.schema)
    days, day = county.working_days(year), today(county)
    entries, texts = demonstration_audit(waiting, log, batches, days=days, today=day)
    record_audit(warehouse.folders, year, entries, texts)
    return history_of(*audited(warehouse.folders, year))

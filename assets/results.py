"""The results stage: what the departments found, how it was audited, and how far they are."""

from collections.abc import Callable, Iterator

import dagster as dg
import polars as pl

from assets.audits import audit_history, audited, record_audit, reports_named
from assets.catalogue import YEARS, keys_of, tables_asset, year_of
from assets.clock import today
from assets.files import write_changed
from assets.filings import read_filed
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.demo.auditor import demonstration_audit
from onevisit.filings.tables import Accounting
from onevisit.plan.tables import Tasks
from onevisit.registries.tables import Inspectors, Items, Lent, Objects
from onevisit.results import tables
from onevisit.results.audit import History, history_of, in_force, waiting
from onevisit.results.audit_workbook import Audits, audit_workbook
from onevisit.results.corrections import corrections_of
from onevisit.results.entry_workbook import Entries, entry_workbooks
from onevisit.results.findings import Judged, clocked, judge
from onevisit.results.lateness import Clocks, disposals_of, overdue_of, starts_of
from onevisit.results.progress import progress_of
from onevisit.results.returned import known_of
from onevisit.tables import Table
from onevisit.text import fold
from onevisit.visits.deadlines import published_by
from onevisit.visits.dossier import TABLES as DOSSIER_TABLES
from onevisit.visits.dossier import dossiers_of
from onevisit.visits.lent import with_lent
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
    deps=keys_of(Accounting, Obligations, Teams, Deadlines, Inspectors, Lent, Tasks),
)
def results(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Judge what was returned once, and say of all of it where it stands."""
    year, day = year_of(context), today(county)
    owed = warehouse.read(Obligations, year)
    filed = read_filed(warehouse, county, year, "results")
    judged = judged_rows(lambda model: warehouse.read(model, year), county, year, filed, warehouse.folders)
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


@dg.asset(
    key=["results", "results_workbooks"],
    group_name="results",
    partitions_def=YEARS,
    deps=keys_of(tables.Findings, tables.Corrections, *DOSSIER_TABLES),
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def results_workbooks(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """检查结果录入表和审核表：每个部门一个工作簿，待录入、退回待改正和待审核、待批准的都在其中。"""
    year, folders = year_of(context), warehouse.folders

    def read(model: type[Table]) -> pl.DataFrame:
        return warehouse.read(model, year)

    found, history = read(tables.Findings), audit_history(folders, year)
    entries, audits = entries_of(read, county, year, found), audits_of(read, county, year, found, history)
    made = {
        **{folders.entries(year) / f"{name}.xlsx": content for name, content in entry_workbooks(entries).items()},
        **{folders.audits(year) / f"{name}.xlsx": audit_workbook(audits, name) for name in audits.departments()},
    }
    for folder in (folders.entries(year), folders.audits(year)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted(folder.glob("*.xlsx")):
            if path not in made and path.stem in county.department_names:
                path.unlink()
    for path, content in made.items():
        write_changed(path, content, mode=0o600)
    return dg.MaterializeResult(metadata={"workbook_count": len(made), "waiting_count": len(audits.waiting)})


Read = Callable[[type[Table]], pl.DataFrame]
"""Returns a year's table: from the warehouse in a run, from the exports on the command line."""


def entries_of(read: Read, county: County, year: int, findings: pl.DataFrame) -> Entries:
    """Return what departments have to enter."""
    dossiers = {one.visit_id: one for one in dossiers_of({model: read(model) for model in DOSSIER_TABLES})}
    return Entries(county.name, year, read(Obligations), findings, _names(read), dossiers)


def audits_of(read: Read, county: County, year: int, findings: pl.DataFrame, history: History) -> Audits:
    """Return what waits for a second or third person."""
    return Audits(county.name, year, list(waiting(findings, history)), history, _names(read))


def judged_rows(read: Read, county: County, year: int, filed: pl.DataFrame, folders: Folders) -> Judged:
    """Return filed results, each as a finding as entered or refused."""
    reports = filed.drop_nulls("report_file").select("department", "report_file").iter_rows()
    named = [(department, fold(report)) for department, report in reports]
    found = reports_named(folders, year, named)
    days = county.working_days(year)
    return judge(
        filed,
        read(Obligations),
        today=today(county),
        publish_by=lambda on: published_by(days, on, within=county.results.publish_within_workdays),
        known=known_of(read(Teams), with_lent(read(Inspectors), read(Lent)), read(Deadlines), found),
    )


def _names(read: Read) -> dict[str, str]:
    objects = read(Objects).select("object_id", "name").iter_rows()
    return dict(objects) | dict(read(Items).select("item_code", "item_name").iter_rows())


def _history(warehouse: Warehouse, county: County, year: int, judged: Judged) -> History:
    """Return what the log says; in a demonstration, after its script has audited what waits."""
    log, batches = audited(warehouse.folders, year)
    history = history_of(log, batches)
    if county.demonstration is None:
        return history
    standing, _ = in_force(judged, history, warehouse.read(Obligations, year))
    entered = pl.DataFrame(standing, schema=judged.findings.schema)
    days, day = county.working_days(year), today(county)
    entries, texts = demonstration_audit(entered, log, batches, days=days, today=day)
    record_audit(warehouse.folders, year, entries, texts)
    return history_of(*audited(warehouse.folders, year))

"""The yearly plan: judged, merged, signed off. What a row must satisfy is said in `onevisit/plan/`."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, key_of, keys_of, table_asset, tables_asset, year_of
from assets.clock import today
from assets.decisions import append_decisions, decision_logs, read_decision_log
from assets.files import write_whole
from assets.filings import read_filed
from assets.kept_plans import drawn_part, keep_plan, kept_plans
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.decisions import extended, parse_log
from onevisit.filings.tables import Accounting
from onevisit.plan.aliases import propose_aliases
from onevisit.plan.bound import price_rules
from onevisit.plan.capacity import undone
from onevisit.plan.cells import make_cells
from onevisit.plan.days import calendar_table
from onevisit.plan.merge import Plan, list_unkept_rulings, plan_of, propose_merges
from onevisit.plan.moves import propose_moves
from onevisit.plan.neighbours import list_carried_along, list_neighbours
from onevisit.plan.questions import plan_tables
from onevisit.plan.raises import raised, raises_of
from onevisit.plan.review_workbook import changes_since, plan_review
from onevisit.plan.review_workbook import review_workbook as workbook_of
from onevisit.plan.rosters import rosters_table
from onevisit.plan.rows import Judged, judge_plan
from onevisit.plan.rulings import rulings as rulings_of
from onevisit.plan.signoff import (
    current_approval,
    decisions_table,
    demonstration_entries,
    plan_fingerprint,
    stated,
)
from onevisit.plan.staffing import staffing as staffing_of
from onevisit.plan.tables import (
    AliasProposals,
    Calendar,
    Capacity,
    CarriedAlong,
    Conflicts,
    Decisions,
    Load,
    Moves,
    Neighbours,
    Proposals,
    Raises,
    Refused,
    Rosters,
    RulePrices,
    Rulings,
    Schemes,
    Scope,
    Submitted,
    TaskItems,
    Tasks,
    UnkeptRulings,
    VersionChanges,
    Versions,
)
from onevisit.plan.tasks import form_tasks, list_task_items
from onevisit.plan.versions import (
    KeptPlan,
    number_tasks,
    signed_tasks,
    undrawn_tasks,
    version_changes,
    versions_table,
    with_drawn,
    with_drawn_items,
)
from onevisit.registries.items import own_limits
from onevisit.registries.tables import Inspectors, InspectorSources, Items, ObjectIds, Objects, ObjectSources
from onevisit.results.feedback import under_new_ids
from onevisit.results.tables import Feedback

FILED: list[dg.AssetsDefinition | dg.AssetKey] = [
    dg.AssetKey(["filings", "accounting"]),
    dg.AssetKey(["registries", "items"]),
    dg.AssetKey(["registries", "objects"]),
    dg.AssetKey(["registries", "object_sources"]),
    dg.AssetKey(["plan", "rulings"]),
    dg.AssetKey(["plan", "raises"]),
]
"""What judging the plan rows reads: the filings as accounted for, the registries, and what was ruled on the rows."""


@table_asset(Calendar)
def calendar(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """工作日历：上年、本年、下年的每一天是否上班，以及依据（国务院通知、示例、尚未公布）。"""
    year = year_of(context)
    return warehouse.replace(Calendar, calendar_table(county.working_days(year)), year)


@table_asset(Rulings)
def rulings(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """审核决定：审核人对计划提出的每个问题怎样答复，以最后一次为准；撤回的决定仍留在记录里。"""
    year = year_of(context)
    return warehouse.replace(Rulings, rulings_of(decision_logs(warehouse.folders, year), year), year)


@table_asset(Raises, deps=keys_of(Objects, ObjectIds))
def raises(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """提高抽查类别：投诉举报多、列入经营异常名录或者上年检查发现问题的对象，在计划和抽取中按风险更高的一类对待，写明原因；只提高、不降低。"""
    year = year_of(context)
    # As far as last year's results are known by now: the plan is made before all of them are in.
    found = under_new_ids(warehouse.read(Feedback, year - 1), warehouse.read(ObjectIds, year))
    return warehouse.replace(Raises, raises_of(warehouse.read(Objects, year), county.plan.raises, found), year)


@tables_asset(
    {
        Submitted: "采用的抽查计划：事项在省级清单上、比例不超上限、时间在本年度、范围内有存续的检查对象。",
        Refused: "退回的抽查计划：每个问题一行，写明原因和怎么改；一行有任何问题，整行退回。",
        Conflicts: "待协调的冲突：计划照常，但配合部门不在十六个部门之内、没有自己的事项等，由县市场监管局协调。",
        Scope: "抽查对象范围：每行计划能抽到哪些对象，即发起部门自己名录中带有该标签、在该镇（街道）、存续的对象。",
    },
    deps=FILED,
)
def judged_plan(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Judge the plan rows that were filed."""
    year = year_of(context)
    judged = _judged(warehouse, county, year)
    yield warehouse.replace(Submitted, judged.submitted, year)
    yield warehouse.replace(Refused, judged.refused, year)
    yield warehouse.replace(Conflicts, judged.conflicts, year)
    yield warehouse.replace(Scope, judged.scope, year)


@tables_asset(
    {
        Proposals: "整合重复检查事项：逐步合并，每一步写明合并了哪些计划、为什么、预计少上门多少户次。",
        UnkeptRulings: "没有照办的审核决定：要求合并的计划中有不合并或者不上门的检查、时段不相交，或者与其他决定矛盾。",
        Neighbours: "未能合并的任务：合并后本可再少上门，因哪条规则不能合并、少减多少户次。",
        RulePrices: "合并规则的代价：现行规则下合并减少多少上门，放宽每条规则又能减少多少，"
        "以及任何计划都超不过的上限。",
        Moves: "时段调整建议：哪些计划换个时段就能与别的任务一次上门，换到何时，各再少上门多少户次。",
        AliasProposals: "疑似同类事项：编码不同、名称相近、检查对象有重合的事项，由人判断是否同类；不凭名称自动合并。",
    },
    deps=keys_of(Submitted, Scope, Rulings, Raises),
    also={Neighbours: keys_of(Proposals), Moves: keys_of(Proposals)},
)
def merges(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Propose merges, and tell what stands in the way of more."""
    year = year_of(context)
    plan, ruled = _plan(warehouse, county, year), warehouse.read(Rulings, year)
    proposals = propose_merges(plan)
    yield warehouse.replace(Proposals, proposals, year)
    yield warehouse.replace(UnkeptRulings, list_unkept_rulings(plan), year)
    yield warehouse.replace(Neighbours, list_neighbours(plan, proposals), year)
    yield warehouse.replace(RulePrices, price_rules(plan), year)
    yield warehouse.replace(Moves, propose_moves(plan, proposals, ruled), year)
    yield warehouse.replace(AliasProposals, propose_aliases(plan, ruled), year)


@table_asset(Tasks, deps=keys_of(Submitted, Scope, Proposals, Raises))
def tasks(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽查任务：合并后的年度计划，一项任务只抽一次、只进一次门；编号全年不变，抽取过的任务不再变动。"""
    year, folders = year_of(context), warehouse.folders
    drawn = drawn_part(folders, year)
    formed = form_tasks(
        warehouse.read(Submitted, year),
        scope=warehouse.read(Scope, year),
        objects=objects_of(warehouse, year),
        proposals=warehouse.read(Proposals, year),
    )
    signed = signed_tasks(parse_log(read_decision_log(folders, year)), kept_plans(folders, year))
    numbered = number_tasks(undrawn_tasks(formed, drawn), signed, drawn)
    return warehouse.replace(Tasks, pl.concat([numbered, drawn.tasks]).sort("task_id"), year)


@table_asset(CarriedAlong, deps=keys_of(Submitted, Scope, Raises, Rulings, Tasks))
def carried_along(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """随带的书面、网络检查：与某项上门任务对象、时段相合，可一并准备和告知；仍单独抽取，不增加上门。"""
    year = year_of(context)
    listed = list_carried_along(_plan(warehouse, county, year), warehouse.read(Tasks, year))
    return warehouse.replace(CarriedAlong, listed, year)


@table_asset(TaskItems, deps=keys_of(Tasks, Submitted, Items))
def task_items(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """任务事项：每项任务检查哪些事项、由哪个部门检查、是发起还是配合。"""
    year = year_of(context)
    drawn = drawn_part(warehouse.folders, year)
    listed = list_task_items(
        warehouse.read(Tasks, year).join(drawn.tasks, on="task_id", how="anti"),
        submitted=warehouse.read(Submitted, year),
        items=warehouse.read(Items, year),
    )
    return warehouse.replace(TaskItems, with_drawn_items(listed, drawn), year)


@tables_asset(
    {
        Capacity: "人手测算：每个部门最紧的时段；人手不足的时段逐一写明谁、何时、需要多少、能做多少、怎么办，"
        "在计划公开之前解决。",
        Load: "各月工作量：每个部门每月预计上门多少人次、占可用人手的多少，过于集中的月份有标记。",
    },
    deps=keys_of(Submitted, Scope, Tasks, TaskItems, Raises, Inspectors, InspectorSources, Items),
)
def staffing(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Hold what the plan asks for against the people there are."""
    year = year_of(context)
    cells = make_cells(warehouse.read(Submitted, year), warehouse.read(Scope, year), objects_of(warehouse, year))
    capacity, load = staffing_of(
        warehouse.read(Tasks, year),
        warehouse.read(TaskItems, year),
        cells,
        items=warehouse.read(Items, year),
        inspectors=warehouse.read(Inspectors, year),
        sources=warehouse.read(InspectorSources, year),
        county=county,
        year=year,
    )
    yield warehouse.replace(Capacity, capacity, year)
    yield warehouse.replace(Load, load, year)


@table_asset(Rosters, deps=[key_of(Accounting), *keys_of(Tasks, TaskItems, Inspectors, InspectorSources)])
def rosters(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """任务参加人员：部门为某项任务报送名单的，只从名单中抽取检查人员；用不上的行写明原因。"""
    year = year_of(context)
    named = rosters_table(
        read_filed(warehouse, county, year, "rosters"),
        inspectors=warehouse.read(Inspectors, year),
        sources=warehouse.read(InspectorSources, year),
        tasks=warehouse.read(Tasks, year),
        task_items=warehouse.read(TaskItems, year),
    )
    return warehouse.replace(Rosters, named, year, refused_count=len(named) - named["code"].null_count())


@table_asset(Decisions, deps=keys_of(Submitted, Scope, Tasks, TaskItems, Capacity, Schemes))
def decisions(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """决定记录：年度计划的审核、签批、撤回和对疑似重复的判断，只追加、不修改，环环相扣；示例县由程序补上标明“示例”的签批。"""
    year = year_of(context)
    log = parse_log(read_decision_log(warehouse.folders, year))
    # Kept before anybody can sign it: what is drawn from it later stays as it is here.
    fingerprint = keep_plan(warehouse.folders, year, plan_held(warehouse, year))
    if county.demonstration and not current_approval(log, fingerprint):
        told = undone(warehouse.read(Capacity, year))
        longer = extended(log, demonstration_entries(log, fingerprint, year, told=told))
        append_decisions(warehouse.folders, year, longer[len(log) :])
        log = longer
    return warehouse.replace(
        Decisions,
        decisions_table(log),
        year,
        plan_fingerprint=fingerprint,
        sign_off=dg.MetadataValue.text(stated(log, fingerprint)),
    )


@tables_asset(
    {
        Versions: "版本记录：本年度签批过的每一版计划，何时、依据哪几条记录签批，以及向社会公开的变更说明。",
        VersionChanges: "版本变更：每一版计划与上一版相比，哪些任务、哪些计划行增加、减少或者改了什么；内部使用。",
    },
    deps=keys_of(Decisions),
)
def plan_versions(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult]:
    """List the plans that were signed, and what each changed."""
    year, folders = year_of(context), warehouse.folders
    log, kept = parse_log(read_decision_log(folders, year)), kept_plans(folders, year)
    yield warehouse.replace(Versions, versions_table(log, kept), year)
    yield warehouse.replace(VersionChanges, version_changes(log, kept), year)


@dg.asset(
    key=["plan", "review_workbook"],
    group_name="plan",
    partitions_def=YEARS,
    deps=[
        *keys_of(Submitted, Refused, Conflicts, Scope, Proposals, Tasks, TaskItems, Decisions, Rulings, Raises),
        *keys_of(Items, Objects),
    ],
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def review_workbook(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """年度抽查计划审核表：计划提出的每个问题由审核人在表中答复，填好后导入；内部使用，不公开。"""
    year, folders = year_of(context), warehouse.folders
    tables = plan_tables(lambda model: warehouse.read(model, year), year=year, rules=county.plan)
    fingerprint = fingerprint_of(warehouse, year) if tables.tasks.height else ""
    log = parse_log(read_decision_log(folders, year))
    changes = changes_since(log, kept_plans(folders, year), plan_held(warehouse, year))
    review = plan_review(tables, log, fingerprint, changes=changes, county=county, today=today(county))
    content = workbook_of(review)
    path = folders.plan_review(year)
    write_whole(path, content, mode=0o600)
    return dg.MaterializeResult(metadata={"workbook": dg.MetadataValue.path(path), "byte_count": len(content)})


def objects_of(warehouse: Warehouse, year: int) -> pl.DataFrame:
    """Return the objects in the classes that the plan and the draw count them in, raises included."""
    return raised(warehouse.read(Objects, year), warehouse.read(Raises, year))


def plan_held(warehouse: Warehouse, year: int) -> KeptPlan:
    """Return the plan as the tables hold it now."""
    return KeptPlan(*(warehouse.read(model, year) for model in (Submitted, Scope, Tasks, TaskItems)))


def fingerprint_of(warehouse: Warehouse, year: int) -> str:
    """Return the fingerprint of the plan as the tables hold it now."""
    plan = plan_held(warehouse, year)
    return plan_fingerprint(plan.submitted, plan.scope, plan.tasks, plan.task_items)


def _plan(warehouse: Warehouse, county: County, year: int) -> Plan:
    """Return the plan rows as merging sees them; the tasks that are drawn stay as they are."""
    return plan_of(
        warehouse.read(Submitted, year),
        scope=warehouse.read(Scope, year),
        objects=objects_of(warehouse, year),
        rules=county.plan,
        days=county.working_days(year),
        rulings=warehouse.read(Rulings, year),
        drawn=drawn_part(warehouse.folders, year).tasks["plan_rows"],
    )


def _judged(warehouse: Warehouse, county: County, year: int) -> Judged:
    judged = judge_plan(
        read_filed(warehouse, county, year, "plan"),
        items=warehouse.read(Items, year),
        objects=objects_of(warehouse, year),
        sources=warehouse.read(ObjectSources, year),
        own_limits=own_limits(read_filed(warehouse, county, year, "items")),
        rulings=warehouse.read(Rulings, year),
        county=county,
        year=year,
    )
    return with_drawn(judged, drawn_part(warehouse.folders, year), warehouse.read(Rulings, year))

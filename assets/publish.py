"""The publish stage: the public tables, and the release that is switched whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg

from assets.attempts import attempt_of, open_attempts
from assets.catalogue import keys_of, table_asset, tables_asset, year_of
from assets.clock import today
from assets.decisions import read_decision_log
from assets.evidence import evidence_of
from assets.files import exchange
from assets.folders import Folders
from assets.kept_plans import kept_plans
from assets.plan import fingerprint_of
from assets.warehouse import Warehouse
from onevisit.county import Contact, County
from onevisit.decisions import parse_log
from onevisit.draw import tables as draw
from onevisit.draw.disclosure import announced_files, public_files
from onevisit.plan import tables as plan
from onevisit.plan.signoff import current_approval
from onevisit.plan.versions import versions_of, versions_table
from onevisit.publish import lists
from onevisit.publish.announced import Waiting, announcements, waiting_rounds
from onevisit.publish.open_data import open_data
from onevisit.publish.privacy import Known, known_of
from onevisit.publish.release import assemble, released_table
from onevisit.publish.releases import LISTING, LOG, History, parse_history
from onevisit.publish.site import Site
from onevisit.publish.tables import (
    PublicChanges,
    PublicDrawn,
    PublicItems,
    PublicPlan,
    PublicResults,
    PublicRounds,
    PublicSupervision,
    PublicVersions,
    Released,
)
from onevisit.registries import tables as registries
from onevisit.results.tables import Findings, Progress
from onevisit.supervision.tables import Scores
from onevisit.visits.lent import with_lent
from onevisit.visits.tables import Obligations


@table_asset(PublicItems, deps=keys_of(registries.Items))
def public_items(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽查事项清单（公开）：依据、内容、方式和需准备的材料。"""
    year = year_of(context)
    return warehouse.replace(PublicItems, lists.public_items(warehouse.read(registries.Items, year)), year)


@table_asset(PublicPlan, deps=keys_of(plan.Tasks, plan.Submitted, plan.TaskItems, plan.Decisions, registries.Items))
def public_plan(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """年度抽查计划（公开）：签批之后公开整合后的任务，未签批的改动不公开；各类比例只说明实施差异化抽查。"""
    year = year_of(context)
    _, approved_at = _sign_off(warehouse, year)
    if approved_at is None:
        return warehouse.replace(PublicPlan, warehouse.read(PublicPlan, year), year)
    models = (plan.Tasks, plan.Submitted, plan.TaskItems, registries.Items)
    return warehouse.replace(PublicPlan, lists.public_plan(*(warehouse.read(model, year) for model in models)), year)


@tables_asset(
    {
        PublicVersions: "版本记录（公开）：本年度签批过的每一版计划，何时签批、为什么变更；不含签批人姓名和内部理由。",
        PublicChanges: "计划变更（公开）：每一版的公开计划与上一版相比，新增、取消和调整了哪些任务；不含信用风险类别。",
    },
    deps=keys_of(plan.Decisions),
    also={PublicChanges: keys_of(registries.Items)},
)
def public_versions(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult]:
    """Say which plans were signed, and what each changed of the public plan."""
    year, folders = year_of(context), warehouse.folders
    log, kept = parse_log(read_decision_log(folders, year)), kept_plans(folders, year)
    yield warehouse.replace(PublicVersions, lists.public_versions(versions_table(log, kept)), year)
    items = warehouse.read(registries.Items, year)
    published = [
        (one.number, lists.public_plan(held.tasks, held.submitted, held.task_items, items))
        for one in versions_of(log)
        if (held := kept.get(one.fingerprint))
    ]
    yield warehouse.replace(PublicChanges, lists.public_changes(published), year)


@table_asset(PublicRounds, deps=keys_of(draw.Rounds))
def public_rounds(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽取公告：冻结之后、抽取之前公开冻结指纹和名录根；种子、留痕链首和户数在时间锁期满后公开。"""
    year = year_of(context)
    held, waiting = evidence_of(warehouse.folders, year), _waiting(warehouse.folders, year)
    rounds = warehouse.read(draw.Rounds, year)
    announced = announcements(held | {serial: one.files for serial, one in waiting.items()})
    notices = lists.public_rounds(rounds, waiting_rounds(waiting), announced, today=today(county))
    return warehouse.replace(PublicRounds, notices, year)


def _waiting(folders: Folders, year: int) -> dict[str, Waiting]:
    """Return the attempts that are frozen and not drawn, by serial."""
    attempts = {serial: attempt_of(folders, serial) for serial in open_attempts(folders, year)}
    return {serial: Waiting(one.files, one.record["starts"]) for serial, one in attempts.items()}


@table_asset(
    PublicDrawn,
    deps=keys_of(
        draw.Rounds, draw.Drawn, draw.Substitutes, Obligations, plan.Tasks, plan.TaskItems, registries.Objects
    ),
)
def public_drawn(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽取结果（公开）：任务开始检查之日起公布抽中名单，不含信用风险类别和票号；递补和退出都有标明。"""
    year = year_of(context)
    listed = lists.public_drawn(
        rounds=warehouse.read(draw.Rounds, year),
        drawn=warehouse.read(draw.Drawn, year),
        substitutes=warehouse.read(draw.Substitutes, year),
        obligations=warehouse.read(Obligations, year),
        tasks=warehouse.read(plan.Tasks, year),
        task_items=warehouse.read(plan.TaskItems, year),
        objects=warehouse.read(registries.Objects, year),
        today=today(county),
    )
    return warehouse.replace(PublicDrawn, listed, year)


@table_asset(PublicResults, deps=[public_drawn, *keys_of(Findings, plan.Tasks, registries.Items)])
def public_results(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽查结果公示：已公布对象的检查结果，只用标准结果类型，不含发现问题的文字描述。"""
    year = year_of(context)
    models = (Findings, PublicDrawn, plan.Tasks, registries.Items)
    shown = lists.public_results(*(warehouse.read(model, year) for model in models))
    return warehouse.replace(PublicResults, shown, year)


@table_asset(PublicSupervision, deps=keys_of(Scores))
def public_supervision(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult:
    """两库督查（公开）：名录库和清单各项指标的合格数，不点到任何一条记录。"""
    year = year_of(context)
    return warehouse.replace(PublicSupervision, lists.public_supervision(warehouse.read(Scores, year)), year)


@table_asset(
    Released,
    deps=[
        public_items,
        public_plan,
        public_versions,
        public_rounds,
        public_drawn,
        public_results,
        public_supervision,
        *keys_of(plan.Scope, plan.Proposals, plan.Decisions, draw.Trail, Progress),
        *keys_of(registries.Inspectors, registries.Lent, registries.Experts, registries.Objects),
    ],
)
def released(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """公示网站和开放数据：逐个文件通过隐私检查后整体切换；有一处不合格就停止，原有内容不变。"""
    year = year_of(context)
    site = site_held(warehouse, county, year)
    files = assemble(site, known_held(warehouse, site, year))
    folder = warehouse.folders.public(year)
    switch(folder, files)
    return warehouse.replace(
        Released,
        released_table(files),
        year,
        page=dg.MetadataValue.path(folder / "index.html"),
        byte_count=sum(map(len, files.values())),
    )


def switch(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a release in place of the last one: written aside, on disk, then exchanged by one rename.

    A failure leaves the last one standing; what a killed run left aside is removed by the next.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    aside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
    new, old = aside / "new", aside / "old"
    try:
        for name, data in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        # Once for all: to wait for each of a thousand files takes longer than to write them.
        os.sync()
        if not folder.exists():
            new.rename(folder)
        elif not exchange(new, folder):
            folder.rename(old)
            new.rename(folder)
    finally:
        _clear(folder)


def _clear(folder: Path) -> None:
    """Remove what an earlier switch left aside; a release it had already moved away comes back first."""
    for aside in folder.parent.glob(f"{folder.name}.part-*"):
        if not folder.exists() and (aside / "old").exists():
            (aside / "old").rename(folder)
        shutil.rmtree(aside)


def site_held(warehouse: Warehouse, county: County, year: int) -> Site:
    """Return everything the pages of a year are made of, as the warehouse and the evidence hold it today."""
    models = {
        "items": PublicItems,
        "plan": PublicPlan,
        "versions": PublicVersions,
        "changes": PublicChanges,
        "rounds": PublicRounds,
        "drawn": PublicDrawn,
        "results": PublicResults,
        "supervision": PublicSupervision,
    }
    tables = {key: warehouse.read(model, year) for key, model in models.items()}
    day = today(county)
    fingerprint, approved_at = _sign_off(warehouse, year)
    return Site(
        county=county.name,
        bureau=county.bureau.name,
        year=year,
        today=day,
        is_demonstration=county.demonstration is not None,
        fingerprint=fingerprint,
        approved_at=approved_at,
        tables=tables,
        task_items=warehouse.read(plan.TaskItems, year),
        submitted=warehouse.read(plan.Submitted, year),
        proposals=warehouse.read(plan.Proposals, year),
        progress=warehouse.read(Progress, year),
        draws=_public_evidence(warehouse, county, year),
        open_data=open_data(
            tables,
            title=f"{county.name}{year}年度“双随机、一公开”开放数据",
            data_date=day,
            is_demonstration=county.demonstration is not None,
            previous={
                path.name: path.read_bytes() for path in (warehouse.folders.public(year) / "open-data").glob("*")
            },
        ),
        register=lists.public_register(warehouse.read(registries.Objects, year)),
        reach=warehouse.read(plan.Scope, year),
        doors=lists.public_doors(warehouse.read(Obligations, year), tables["drawn"]),
        contact=_contact(county),
        history=_history(warehouse.folders.public(year)),
    )


def _contact(county: County) -> Contact:
    return county.contact.model_copy(update={"office": county.contact.office or county.bureau.name})


def _history(folder: Path) -> History:
    """Return what the release that stands says of itself and of those before."""
    texts = [path.read_bytes() if (path := folder / name).exists() else b"" for name in (LISTING, LOG)]
    return parse_history(*texts)


def _public_evidence(warehouse: Warehouse, county: County, year: int) -> dict[str, dict[str, bytes]]:
    evidence, day = evidence_of(warehouse.folders, year), today(county)
    held = warehouse.read(draw.Rounds, year).select("serial", "disclosure", "locked_until").iter_rows()
    waiting = _waiting(warehouse.folders, year)
    return {
        serial: public_files(evidence[serial], disclosure=disclosure, locked_until=locked_until, today=day)
        for serial, disclosure, locked_until in held
    } | {serial: announced_files(one.files) for serial, one in waiting.items()}


def known_held(warehouse: Warehouse, site: Site, year: int) -> Known:
    """Return what the privacy gate must know of the county."""
    return known_of(
        inspectors=with_lent(warehouse.read(registries.Inspectors, year), warehouse.read(registries.Lent, year)),
        experts=warehouse.read(registries.Experts, year),
        objects=warehouse.read(registries.Objects, year),
        items=site.tables["items"],
    )


def _sign_off(warehouse: Warehouse, year: int) -> tuple[str, str | None]:
    """Return the fingerprint of the plan as it stands, and when it was signed off: None when it was not."""
    fingerprint = fingerprint_of(warehouse, year)
    approval = current_approval(parse_log(read_decision_log(warehouse.folders, year)), fingerprint)
    return fingerprint, approval.at if approval else None

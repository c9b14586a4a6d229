"""The publish stage: the public lists, and the release switched in whole by one rename."""

import shutil
from pathlib import Path

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, table_asset, year_of
from assets.clock import today
from assets.draw import evidence_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw import tables as draw
from onevisit.draw.disclosure import public_files
from onevisit.plan import tables as plan
from onevisit.plan.signoff import plan_fingerprint
from onevisit.publish import lists
from onevisit.publish.privacy import Guarded
from onevisit.publish.release import build_release, data_files, released
from onevisit.publish.site import Site
from onevisit.publish.tables import PublicDrawn, PublicItems, PublicPlan, PublicResults, PublicRounds, Released
from onevisit.publish.workbook import plan_workbook
from onevisit.registries import tables as registries
from onevisit.results.tables import Findings
from onevisit.tables import Table, stage_of, table_of
from onevisit.visits.tables import Obligations


def _keys(*models: type[Table]) -> list[dg.AssetsDefinition | dg.AssetKey]:
    return [dg.AssetKey([stage_of(model), table_of(model)]) for model in models]


@table_asset(PublicItems, deps=_keys(registries.Items))
def public_items(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """抽查事项清单：依据、内容、方式和需准备的材料，向社会公开。"""
    year = year_of(context)
    return warehouse.replace(PublicItems, lists.public_items(warehouse.read(registries.Items, year)), year)


@table_asset(PublicPlan, deps=_keys(plan.Tasks, plan.TaskItems, plan.Submitted, registries.Items))
def public_plan(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """年度抽查计划：整合后的任务，各类比例只说明实施差异化抽查，不公开分类。"""
    year = year_of(context)
    models = (plan.Tasks, plan.TaskItems, plan.Submitted, registries.Items)
    return warehouse.replace(PublicPlan, lists.public_plan(*(warehouse.read(model, year) for model in models)), year)


@table_asset(PublicRounds, deps=_keys(draw.Rounds))
def public_rounds(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽取公告：冻结指纹即时公开，种子和留痕在时间锁到期后公开。"""
    year = year_of(context)
    notices = lists.public_rounds(warehouse.read(draw.Rounds, year), today=today(county))
    return warehouse.replace(PublicRounds, notices, year)


@table_asset(PublicDrawn, deps=_keys(draw.Drawn, Obligations, draw.Substitutes, plan.Tasks, registries.Objects))
def public_drawn(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽取结果：任务的检查时段开始之日起公开抽中名单，不含分类和票号。"""
    year = year_of(context)
    models = (draw.Drawn, Obligations, draw.Substitutes, plan.Tasks, registries.Objects)
    listed = lists.public_drawn(*(warehouse.read(model, year) for model in models), today=today(county))
    return warehouse.replace(PublicDrawn, listed, year)


@table_asset(PublicResults, deps=_keys(Findings, plan.Tasks, registries.Items, registries.Objects))
def public_results(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽查结果公示：按统一的结果类型公示，谁检查、谁公示。"""
    year = year_of(context)
    models = (Findings, plan.Tasks, registries.Items, registries.Objects)
    shown = lists.public_results(*(warehouse.read(model, year) for model in models), today=today(county))
    return warehouse.replace(PublicResults, shown, year)


@table_asset(
    Released, deps=[public_items, public_plan, public_rounds, public_drawn, public_results, *_keys(draw.Trail)]
)
def release(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """公示发布：网站、开放数据和抽取留痕整体切换；隐私检查发现任何个人信息即停止，上一版保持不变。"""
    year = year_of(context)
    evidence = _public_evidence(warehouse, county, year)
    site, data = _site(warehouse, county, year, evidence)
    files = build_release(site, data, evidence, _guarded(warehouse, year))
    switch(warehouse.folders.public(year), files)
    return warehouse.replace(
        Released, released(files), year, site=dg.MetadataValue.path(warehouse.folders.public(year) / "index.html")
    )


@dg.asset(
    key=["publish", "workbook"],
    group_name="publish",
    partitions_def=YEARS,
    deps=_keys(plan.Tasks, plan.Proposals, plan.Refused, plan.Conflicts, plan.Submitted),
    kinds={"xlsx"},
    owners=["team:market_supervision"],
)
def workbook(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """年度抽查计划审核表：计划、合并建议、退回和冲突，供市场监管局审核。"""
    year = year_of(context)
    models = (
        plan.Tasks,
        plan.TaskItems,
        plan.Submitted,
        plan.Proposals,
        plan.Refused,
        plan.Conflicts,
        registries.Items,
    )
    content = plan_workbook(county, year, *(warehouse.read(model, year) for model in models))
    path = warehouse.folders.bureau(year) / "年度抽查计划审核表.xlsx"
    write_whole(path, content)
    return dg.MaterializeResult(metadata={"workbook": dg.MetadataValue.path(path), "bytes": len(content)})


def switch(target: Path, files: dict[str, bytes]) -> None:
    """Put a release in place of the last one: built aside, then renamed; a failure leaves the last one."""
    aside, last = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.last")
    for leftover in (aside, last):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, content in files.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if target.exists():
        target.rename(last)
    aside.rename(target)
    shutil.rmtree(last, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_bytes(content)
    aside.replace(path)


def _public_evidence(warehouse: Warehouse, county: County, year: int) -> dict[str, dict[str, bytes]]:
    evidence, day = evidence_of(warehouse.folders, year), today(county)
    held = warehouse.read(draw.Rounds, year).select("serial", "disclosure", "locked_until").iter_rows()
    return {
        serial: public_files(evidence[serial], disclosure=disclosure, locked_until=locked_until, today=day)
        for serial, disclosure, locked_until in held
    }


def _site(
    warehouse: Warehouse, county: County, year: int, evidence: dict[str, dict[str, bytes]]
) -> tuple[Site, dict[str, bytes]]:
    """Return what the pages show, and the open data they link to."""
    fingerprint = plan_fingerprint(
        *(warehouse.read(model, year) for model in (plan.Submitted, plan.Scope, plan.Tasks, plan.TaskItems))
    )
    frames = [warehouse.read(m, year) for m in (PublicItems, PublicPlan, PublicRounds, PublicDrawn, PublicResults)]
    sizes = {serial: {name: len(content) for name, content in files.items()} for serial, files in evidence.items()}
    about = (county.name, year, today(county), county.demonstration is not None, fingerprint)
    data = data_files(Site(*about, *frames, evidence=sizes, open_data={}))
    return Site(*about, *frames, evidence=sizes, open_data={name: len(b) for name, b in data.items()}), data


def _guarded(warehouse: Warehouse, year: int) -> Guarded:
    people = warehouse.read(registries.Inspectors, year)
    objects = warehouse.read(registries.Objects, year)
    names = pl.concat([people["name"], warehouse.read(registries.Experts, year)["name"]])
    return Guarded(
        names=frozenset(names),
        certificates=frozenset(people["certificate_no"].drop_nulls()),
        codes=frozenset(objects["object_id"]),
        business_names=frozenset(objects["name"]),
    )

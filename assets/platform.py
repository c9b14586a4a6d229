"""Files for the provincial platform, and what it refused of them."""

import hashlib
from collections.abc import Callable, Mapping

import dagster as dg
import polars as pl

from assets.catalogue import key_of, keys_of, table_asset, year_of
from assets.files import write_changed
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County, PlatformForm, PlatformKind
from onevisit.errors import Problem, RefusedError
from onevisit.filings.tables import FiledRows
from onevisit.plan.tables import Submitted
from onevisit.publish import platform_rows
from onevisit.publish.platform import Part, failures_table, read_back, written
from onevisit.publish.platform_rows import KINDS, Reported, records
from onevisit.publish.tables import PlatformFailures, PlatformFiles, PublicDrawn, PublicPlan, PublicResults
from onevisit.registries.tables import Inspectors, InspectorSources, Items, Objects
from onevisit.tables import frame_of

MODE = 0o600
"""The list of inspectors is personal."""


@table_asset(
    PlatformFiles,
    deps=keys_of(PublicPlan, PublicDrawn, PublicResults, Submitted, Objects, Items, Inspectors, InspectorSources),
)
def platform_files(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """省级平台导入文件：任务公告、结果公示、检查对象名录和执法检查人员名录，按平台模板逐列生成，超过行数上限的分成几个文件。"""
    year = year_of(context)
    folder = warehouse.folders.platform(year)
    problems: list[Problem] = []
    made: list[tuple[PlatformForm, Reported, Part]] = []
    reporters = _reporters(warehouse, county, year)
    for form in county.platform:
        reported = reporters[form.kind]()
        try:
            parts = written(form, records(reported, form.kind), county=county.name, year=year)
        except RefusedError as refused:
            problems += refused.problems
            continue
        made += [(form, reported, part) for part in parts]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for _, _, part in made:
        write_changed(folder / part.name, part.content, mode=MODE)
    for old in folder.glob("*.xlsx"):
        if old.name not in {part.name for _, _, part in made}:
            old.unlink()
    if problems:
        raise RefusedError(problems)
    rows: list[dict[str, object]] = [
        {
            "file": part.name,
            "kind": KINDS[form.kind].title,
            "row_count": part.row_count,
            "left_out_count": reported.left_out,
            "sha256": hashlib.sha256(part.content).hexdigest(),
        }
        for form, reported, part in made
    ]
    return warehouse.replace(PlatformFiles, frame_of(PlatformFiles, rows), year, folder=dg.MetadataValue.path(folder))


@table_asset(PlatformFailures, deps=[key_of(PlatformFiles)])
def platform_failures(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.MaterializeResult:
    """省级平台导入失败：平台失败回执中的每一行，对应到任务、对象或人员，写明由谁改、怎么改；每类只看最近一份回执。"""
    year = year_of(context)
    return warehouse.replace(PlatformFailures, failures_table(read_receipts(warehouse.folders, year)), year)


def read_receipts(folders: Folders, year: int) -> str:
    """Return the log of the platform's refusals; empty when there is none."""
    path = folders.platform_receipts(year)
    return path.read_text("utf-8") if path.exists() else ""


def rows_written(folders: Folders, county: County, year: int) -> dict[str, list[list[str]]]:
    """Return the rows of the platform files as they lie, by the mapping's file."""
    folder = folders.platform(year)
    return {
        form.file: [
            row
            for path in sorted([*folder.glob(f"{form.file}.xlsx"), *folder.glob(f"{form.file}-*.xlsx")])
            for row in read_back(form, path.name, path.read_bytes())
        ]
        for form in county.platform
    }


def _reporters(warehouse: Warehouse, county: County, year: int) -> Mapping[PlatformKind, Callable[[], Reported]]:
    plan_name = f"{county.name}{year}年度“双随机、一公开”抽查计划"

    def notices() -> Reported:
        plan, drawn = (warehouse.read(model, year) for model in (PublicPlan, PublicDrawn))
        return platform_rows.task_notices(plan, drawn, plan_name=plan_name)

    def results() -> Reported:
        found, submitted = (warehouse.read(model, year) for model in (PublicResults, Submitted))
        return platform_rows.result_notices(found, submitted, plan_name=plan_name)

    def objects() -> Reported:
        return platform_rows.object_rows(*(warehouse.read(model, year) for model in (Objects, Items)))

    def inspectors() -> Reported:
        people, sources, items = (warehouse.read(model, year) for model in (Inspectors, InspectorSources, Items))
        keys = list(county.department_keys.values())
        filed = warehouse.read_each(FiledRows, year, keys, kind="inspectors", state="kept")
        return platform_rows.inspector_rows(people, sources, pl.concat(filed), items, county=county.name)

    return {"task_notices": notices, "results": results, "objects": objects, "inspectors": inspectors}

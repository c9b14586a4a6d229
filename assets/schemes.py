"""Joint schemes of the plan stage: one Word document a joint task, and what its participants say of it."""

import dagster as dg

from assets.catalogue import YEARS, keys_of, table_asset, year_of
from assets.decisions import decision_logs, read_decision_log, record_decisions
from assets.files import write_whole
from assets.plan import fingerprint_of
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.decisions import parse_log
from onevisit.documents.word import word
from onevisit.plan.rulings import Ruling, entry_of, rulings
from onevisit.plan.schemes import PlanOnPaper, demonstration_words, scheme_document, scheme_file, schemes
from onevisit.plan.signoff import demonstration_moment
from onevisit.plan.tables import Schemes, Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Items
from onevisit.workers import each

_PLAN = keys_of(Tasks, TaskItems, Submitted, Items)


@table_asset(Schemes, deps=[*_PLAN, *keys_of(Scope)])
def scheme_words(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """联合抽查方案的确认：每项部门联合任务的各参与部门是否确认方案；方案有改动的，须重新确认。"""
    year = year_of(context)
    plan = _on_paper(warehouse, year)
    words = schemes(plan, rulings(decision_logs(warehouse.folders, year), year))
    if county.demonstration and (said := demonstration_words(words)):
        _append(warehouse, year, said)
        words = schemes(plan, rulings(decision_logs(warehouse.folders, year), year))
    return warehouse.replace(Schemes, words, year)


@dg.asset(
    key=["plan", "scheme_documents"],
    group_name="plan",
    partitions_def=YEARS,
    deps=[scheme_words, *_PLAN],
    kinds={"word"},
    owners=["team:market_supervision"],
)
def scheme_documents(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """联合抽查方案：每项部门联合任务一份 Word 文件，写明事项、范围、数量、比例、匹配方式和各部门意见；内部使用。"""
    year = year_of(context)
    plan, words, folder = _on_paper(warehouse, year), warehouse.read(Schemes, year), warehouse.folders.schemes(year)
    tasks = list(plan.tasks.filter("is_joint").iter_rows(named=True))
    contents = each(word, [scheme_document(task, plan, words, county=county, year=year) for task in tasks])
    documents = {scheme_file(task): content for task, content in zip(tasks, contents, strict=True)}
    for name, content in documents.items():
        write_whole(folder / name, content)
    for old in folder.glob("*.docx"):
        if old.name not in documents:
            old.unlink()
    return dg.MaterializeResult(
        metadata={"folder": dg.MetadataValue.path(folder), "scheme_count": len(documents), "word_count": words.height}
    )


def _on_paper(warehouse: Warehouse, year: int) -> PlanOnPaper:
    return PlanOnPaper(*(warehouse.read(model, year) for model in (Tasks, TaskItems, Submitted, Items)))


def _append(warehouse: Warehouse, year: int, said: list[Ruling]) -> None:
    log = parse_log(read_decision_log(warehouse.folders, year))
    at, fingerprint = demonstration_moment(log, year).isoformat(), fingerprint_of(warehouse, year)
    entries = [entry_of(one, fingerprint=fingerprint, at=at, is_demonstration=True) for one in said]
    record_decisions(warehouse.folders, year, entries)

"""The registries stage: the two registers and the one list (两库一单), and what is known about them."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, key_of, keys_of, table_asset, tables_asset, year_of
from assets.clock import review_due, secret
from assets.decisions import decision_logs
from assets.files import write_whole
from assets.filings import filed_by_pools, read_filed
from assets.id_registers import ids_of_later_years, known_ids
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.errors import RefusedError
from onevisit.filings.tables import Accounting
from onevisit.registries import changes as change_rules
from onevisit.registries import experts as expert_rules
from onevisit.registries import inspectors as inspector_rules
from onevisit.registries import interests as interest_rules
from onevisit.registries import items as item_rules
from onevisit.registries import judgements as judgement_rules
from onevisit.registries import objects as object_rules
from onevisit.registries import signals as signal_rules
from onevisit.registries import suspicions as suspicion_rules
from onevisit.registries import tables
from onevisit.registries.crosswalk import crosswalk as crosswalk_rule
from onevisit.registries.finding import findable
from onevisit.registries.recusal_workbook import Asked, recusal_workbook
from onevisit.registries.review_workbook import Review, review_workbook
from onevisit.registries.subjects import with_own_codes
from onevisit.visits.lent import lent_interests, lent_table

# Whoever waits for the account waits for every department.
_FILED = key_of(Accounting)


@table_asset(tables.Judgements)
def judgements(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """人工判断：历年决定记录中对疑似重复的判断，以最后一次为准，可以撤回，不会删除；互相矛盾的，改正后才归并。"""
    year = year_of(context)
    judged = judgement_rules.judgements(decision_logs(warehouse.folders, year))
    if contradictory := judgement_rules.contradictions(judged):
        raise RefusedError(contradictory)
    return warehouse.replace(tables.Judgements, judged, year)


@tables_asset(
    {
        tables.ObjectSources: "对象来源对照：报送的每一条对象记录归到哪个检查对象、凭什么归并；一条不多，一条不少。",
        tables.ObjectIds: "对象编号登记：用过的每一个编号，年年沿用；合并、停用都有去向。",
        tables.ObjectIdRecords: "对象编号与记录：每一条记录最近归在哪个对象，明年据此找回编号。",
        tables.LinkageWeights: "归并分值：两条记录每一项相同或不同算几分，由代码已知的记录学得。",
        tables.DuplicatesToReview: "疑似重复：把握不够、代码可疑或者代码不同却相像的记录，由人判断，系统不自动合并。",
    },
    deps=[_FILED, judgements],
)
def crosswalk(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Link the objects of a year and find their ids again."""
    year = year_of(context)
    found = crosswalk_rule(
        with_own_codes(read_filed(warehouse, county, year, "objects")),
        judgement_rules.rulings(warehouse.read(tables.Judgements, year)),
        *known_ids(warehouse, tables.ObjectIds, tables.ObjectIdRecords, year),
        year=year,
        county=county,
    )
    yield warehouse.replace(tables.ObjectSources, found.sources, year)
    yield warehouse.replace(tables.ObjectIds, found.identified.ids.rename({"id": "object_id"}), year)
    yield warehouse.replace(tables.ObjectIdRecords, found.identified.records.rename({"id": "object_id"}), year)
    yield warehouse.replace(tables.LinkageWeights, found.weights, year)
    yield warehouse.replace(tables.DuplicatesToReview, found.duplicates, year)


@dg.asset(
    key=["registries", "review_workbooks"],
    group_name="registries",
    partitions_def=YEARS,
    deps=[judgements, *keys_of(tables.DuplicatesToReview, tables.ObjectSources)],
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def review_workbooks(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """疑似重复核对表：每个部门一份，逐对判断是不是同一个检查对象，填好后导入；内部使用，不公开。"""
    year, due = year_of(context), review_due(county)
    frames = (warehouse.read(one, year) for one in (tables.DuplicatesToReview, tables.Judgements, tables.ObjectSources))
    review = Review(county.name, year, *frames)
    asked, folder = review.departments(), warehouse.folders.reviews(year)
    for department in asked:
        write_whole(folder / f"{department}.xlsx", review_workbook(review, department, due=due), mode=0o600)
    for department in set(county.department_names) - set(asked):
        (folder / f"{department}.xlsx").unlink(missing_ok=True)
    return dg.MaterializeResult(
        metadata={"folder": dg.MetadataValue.path(folder), "departments": len(asked), "pairs": review.pairs.height}
    )


@table_asset(tables.Signals, deps=[_FILED, *keys_of(tables.ObjectSources)])
def signals(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """风险信号：信用风险分类、经营异常名录和投诉举报，逐条对应到检查对象；对应不上的留空，由人核对。"""
    year = year_of(context)
    credit, abnormal, complaints = (
        read_filed(warehouse, county, year, kind) for kind in ("credit", "abnormal", "complaints")
    )
    known = findable(warehouse.read(tables.ObjectSources, year), county)
    tied = signal_rules.signals(credit, abnormal, complaints, known, year=year)
    return warehouse.replace(tables.Signals, tied, year)


@tables_asset(
    {
        tables.Objects: "检查对象名录库：一个主体或客体一行，合并各部门的记录和标签；存续且未被承接的才参加抽取。",
        tables.ObjectFields: "字段来源：各部门为每个对象填报的每一个值，名录采用哪一个、凭什么采用。",
        tables.Successors: "承接关系：重新登记和个转企的前后主体是两个对象，已停业、注销的不再参加抽取。",
    },
    deps=[_FILED, *keys_of(tables.ObjectSources), signals],
)
def objects(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Choose the register's values among those filed."""
    year = year_of(context)
    filed = with_own_codes(read_filed(warehouse, county, year, "objects"))
    sources, known = warehouse.read(tables.ObjectSources, year), warehouse.read(tables.Signals, year)
    register = object_rules.register(filed, sources, known, county)
    yield warehouse.replace(tables.Objects, register.objects, year)
    yield warehouse.replace(tables.ObjectFields, register.fields, year)
    yield warehouse.replace(tables.Successors, register.successors, year)


@table_asset(tables.Changes, deps=keys_of(tables.Objects, tables.ObjectSources, tables.ObjectFields, tables.ObjectIds))
def changes(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """动态管理：检查对象名录库比上一年度新增、不再列管、迁址、更名、合并、拆分、改变状态和换码的对象；写法不同不算变动。"""
    year = year_of(context)
    models = (tables.Objects, tables.ObjectSources, tables.ObjectFields)
    now, before = (
        change_rules.Registered(*(warehouse.read(model, one) for model in models)) for one in (year, year - 1)
    )
    ids = warehouse.read(tables.ObjectIds, year)
    return warehouse.replace(tables.Changes, change_rules.changes(now, before, ids, county), year)


@tables_asset(
    {
        tables.InspectorSources: "人员来源对照：各部门报送的每一条执法检查人员记录是哪一个人、凭什么认定。",
        tables.InspectorIds: "人员编号登记：用过的每一个编号，年年沿用；合并、停用都有去向。内部使用，不公开。",
        tables.InspectorIdRecords: "人员编号与记录：每一条记录最近是哪一个人，明年据此找回编号。",
    },
    deps=[_FILED],
)
def inspector_sources(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Tell which rows are one inspector and find the ids again."""
    year = year_of(context)
    sources, identified = inspector_rules.inspector_sources(
        read_filed(warehouse, county, year, "inspectors"),
        county,
        *known_ids(warehouse, tables.InspectorIds, tables.InspectorIdRecords, year),
        year=year,
        taken=ids_of_later_years(warehouse, tables.InspectorIds, year),
    )
    yield warehouse.replace(tables.InspectorSources, sources, year)
    yield warehouse.replace(tables.InspectorIds, identified.ids.rename({"id": "person_id"}), year)
    yield warehouse.replace(tables.InspectorIdRecords, identified.records.rename({"id": "person_id"}), year)


@table_asset(tables.Inspectors, deps=[_FILED, *keys_of(tables.InspectorSources)])
def inspectors(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """执法检查人员名录库：一人一行，合并各部门的事项范围和资质，并判断本年度能否派出。"""
    year = year_of(context)
    filed = read_filed(warehouse, county, year, "inspectors")
    sources = warehouse.read(tables.InspectorSources, year)
    people = inspector_rules.inspectors(filed, sources, year=year, retirement_age=county.visits.retirement_age)
    return warehouse.replace(tables.Inspectors, people, year)


@table_asset(tables.Experts, deps=[_FILED])
def experts(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """专家名录库：在满足执法检查人数之外，按专业领域随机选派。"""
    year = year_of(context)
    filed = read_filed(warehouse, county, year, "experts")
    return warehouse.replace(tables.Experts, expert_rules.experts(filed), year)


@table_asset(tables.Items)
def items(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """随机抽查事项清单：省级清单连同工作指引，抽查只能按它进行。"""
    return warehouse.replace(tables.Items, item_rules.items(county), year_of(context))


@table_asset(tables.ItemDrift, deps=[_FILED, items])
def item_drift(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """清单差异：部门报送的事项清单与省级清单不一致之处；以省级清单为准，部门不能自行认定。"""
    year = year_of(context)
    filed, recorded = read_filed(warehouse, county, year, "items"), warehouse.read(tables.Items, year)
    return warehouse.replace(tables.ItemDrift, item_rules.item_drift(filed, recorded), year)


@table_asset(tables.Lent, deps=[_FILED])
def lent(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """片区执法检查人员：相邻县报送的可借人员，本部门派不出检查组时从中随机抽取；内部使用。"""
    year = year_of(context)
    filed, salt = filed_by_pools(warehouse, county, year), secret(warehouse.folders, county, year)
    return warehouse.replace(tables.Lent, lent_table(filed, county, year=year, secret=salt), year)


@table_asset(
    tables.Interests, deps=[_FILED, *keys_of(tables.ObjectSources, tables.InspectorSources, tables.Inspectors)]
)
def interests(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """利害关系：谁不能检查谁。包括本人申报、组织核查、曾任职，以及系统比对出的同一电话、同一证件。"""
    year = year_of(context)
    objects = read_filed(warehouse, county, year, "objects")
    known = findable(warehouse.read(tables.ObjectSources, year), county)
    found = interest_rules.interests(
        read_filed(warehouse, county, year, "interests"),
        inspectors=read_filed(warehouse, county, year, "inspectors"),
        inspector_sources=warehouse.read(tables.InspectorSources, year),
        experts=read_filed(warehouse, county, year, "experts"),
        objects=objects,
        known=known,
        year=year,
    )
    of_pools = lent_interests(
        filed_by_pools(warehouse, county, year),
        county,
        objects=objects,
        known=known,
        year=year,
        secret=secret(warehouse.folders, county, year),
    )
    said = suspicion_rules.answers(decision_logs(warehouse.folders, year))
    confirmed = suspicion_rules.confirmed(said, warehouse.read(tables.Inspectors, year))
    return warehouse.replace(tables.Interests, pl.concat([found, confirmed, of_pools]), year)


@table_asset(tables.Suspicions, deps=keys_of(tables.Interests, tables.Inspectors, tables.Objects))
def suspicions(context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
    """疑似利害关系：执法检查人员与检查对象负责人同名的，由所在部门核对应不应当回避；没有答复的不影响抽取。"""
    year = year_of(context)
    asked = suspicion_rules.suspicions(
        suspicion_rules.answers(decision_logs(warehouse.folders, year)),
        inspectors=warehouse.read(tables.Inspectors, year),
        objects=warehouse.read(tables.Objects, year),
        interests=warehouse.read(tables.Interests, year),
    )
    return warehouse.replace(tables.Suspicions, asked, year, open_count=asked["answer"].null_count())


@dg.asset(
    key=["registries", "recusal_workbooks"],
    group_name="registries",
    partitions_def=YEARS,
    deps=keys_of(tables.Suspicions, tables.Inspectors, tables.Objects),
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def recusal_workbooks(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """回避核对表：每个部门一份，逐条答复同名的执法检查人员应不应当回避，填好后导入；内部使用，不公开。"""
    year, due = year_of(context), review_due(county)
    frames = (warehouse.read(one, year) for one in (tables.Suspicions, tables.Inspectors, tables.Objects))
    asked = Asked(county.name, year, *frames)
    departments, folder = asked.departments(), warehouse.folders.recusal_reviews(year)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for department in departments:
        write_whole(folder / f"{department}.xlsx", recusal_workbook(asked, department, due=due), mode=0o600)
    for department in set(county.department_names) - set(departments):
        (folder / f"{department}.xlsx").unlink(missing_ok=True)
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(folder), "departments": len(departments)})

"""The registries stage: the two registers and the one list (两库一单), and what is known about them."""

import dagster as dg

from assets.catalogue import key_of, table_asset, year_of
from assets.filings import read_filed
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.filings.tables import Accounting
from onevisit.registries import experts as expert_rules
from onevisit.registries import inspectors as inspector_rules
from onevisit.registries import interests as interest_rules
from onevisit.registries import items as item_rules
from onevisit.registries import objects as object_rules
from onevisit.registries import signals as signal_rules
from onevisit.registries import tables

# Whoever waits for the account waits for every department.
_FILED = key_of(Accounting)


@table_asset(tables.ObjectSources, deps=[_FILED])
def object_sources(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """对象来源对照：各部门报送的每一条对象记录归到哪个检查对象、凭什么归并；一条不多，一条不少。"""
    year = year_of(context)
    filed = read_filed(warehouse, county, year, "objects")
    return warehouse.replace(tables.ObjectSources, object_rules.object_sources(filed, county), year)


@table_asset(tables.Signals, deps=[_FILED, object_sources])
def signals(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """风险信号：信用风险分类、经营异常名录和投诉举报，逐条对应到检查对象；对应不上的留空，由人核对。"""
    year = year_of(context)
    credit, abnormal, complaints = (
        read_filed(warehouse, county, year, kind) for kind in ("credit", "abnormal", "complaints")
    )
    sources = warehouse.read(tables.ObjectSources, year)
    tied = signal_rules.signals(credit, abnormal, complaints, sources, year=year, county=county)
    return warehouse.replace(tables.Signals, tied, year)


@table_asset(tables.Objects, deps=[_FILED, object_sources, signals])
def objects(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """检查对象名录库：一个主体或场所一行，合并各部门的记录和标签；存续的才参加抽取。"""
    year = year_of(context)
    filed = read_filed(warehouse, county, year, "objects")
    sources, known = warehouse.read(tables.ObjectSources, year), warehouse.read(tables.Signals, year)
    return warehouse.replace(tables.Objects, object_rules.objects(filed, sources, known, county), year)


@table_asset(tables.DuplicatesToReview, deps=[object_sources, objects])
def duplicates_to_review(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """疑似重复：名称和镇（街道）相同而代码不同的对象，以及代码可疑的记录，由人判断，系统不自动合并。"""
    year = year_of(context)
    sources, known = warehouse.read(tables.ObjectSources, year), warehouse.read(tables.Objects, year)
    pairs = object_rules.duplicates_to_review(sources, known, county)
    return warehouse.replace(tables.DuplicatesToReview, pairs, year)


@table_asset(tables.InspectorSources, deps=[_FILED])
def inspector_sources(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """人员来源对照：各部门报送的每一条执法检查人员记录是哪一个人。"""
    year = year_of(context)
    filed = read_filed(warehouse, county, year, "inspectors")
    return warehouse.replace(tables.InspectorSources, inspector_rules.inspector_sources(filed), year)


@table_asset(tables.Inspectors, deps=[_FILED, inspector_sources])
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


@table_asset(tables.Interests, deps=[_FILED, object_sources, inspector_sources, experts])
def interests(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """利害关系：谁不能检查谁。包括本人申报、组织核查，以及系统比对出的同一电话、同一证件。"""
    year = year_of(context)
    found = interest_rules.interests(
        read_filed(warehouse, county, year, "interests"),
        inspectors=read_filed(warehouse, county, year, "inspectors"),
        inspector_sources=warehouse.read(tables.InspectorSources, year),
        experts=warehouse.read(tables.Experts, year),
        objects=read_filed(warehouse, county, year, "objects"),
        object_sources=warehouse.read(tables.ObjectSources, year),
        county=county,
    )
    return warehouse.replace(tables.Interests, found, year)

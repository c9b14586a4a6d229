"""What the year's results say: indicators, visits that came too soon, and what follows for next year."""

from collections.abc import Iterator

import dagster as dg

from assets.catalogue import YEARS, key_of, keys_of, table_asset, tables_asset, year_of
from assets.files import write_changed
from assets.filings import read_filed
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.filings.tables import Accounting
from onevisit.plan.tables import Submitted, Tasks
from onevisit.publish.tables import PublicResults
from onevisit.registries.tables import Items, Objects, ObjectSources
from onevisit.results.feedback import feedback_of
from onevisit.results.frequency import Occasions, frequency_warnings, joined, occasions_of, other_checks
from onevisit.results.indicator_workbook import indicator_workbook
from onevisit.results.indicators import YearTables, indicators_of, problem_rates
from onevisit.results.tables import Feedback, Findings, FrequencyWarnings, Indicators, OtherChecks, ProblemRates
from onevisit.visits.deferred import exempt_rows
from onevisit.visits.tables import Obligations, Visits


@table_asset(OtherChecks, deps=[key_of(Accounting), *keys_of(ObjectSources)])
def other(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """其他检查：随机抽查之外报送的检查记录，逐条对到检查对象；因投诉举报、上级交办等原因的不计入频次。"""
    year = year_of(context)
    filed, sources = read_filed(warehouse, county, year, "other_checks"), warehouse.read(ObjectSources, year)
    checks = other_checks(filed, sources, county)
    return warehouse.replace(OtherChecks, checks, year, uncounted_count=checks.filter(~checks["is_counted"]).height)


@table_asset(FrequencyWarnings, deps=keys_of(OtherChecks, Findings, Obligations, Submitted))
def warnings(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """频次预警：同一对象在规定天数内两次被上门检查的，以及这样的对象在全县达到规定户数的；因故检查不计入。"""
    year = year_of(context)
    # A visit in December and another in January are as close as any.
    came = joined(_occasions(warehouse, county, year - 1), _occasions(warehouse, county, year))
    return warehouse.replace(FrequencyWarnings, frequency_warnings(came, county.results.warnings, year=year), year)


@tables_asset(
    {
        Indicators: "抽查工作指标：抽查完成率、完结率、计划完成率、检查完成率、部门联合检查率、减少入户次数等，"
        "分全县、部门、任务，写明公式、分子和分母。",
        ProblemRates: "问题检出率：按事项、按信用风险类别统计；类别不公开，户数过少的不公开。",
    },
    deps=keys_of(Findings, Obligations, Visits, Tasks),
    also={
        Indicators: keys_of(Items, PublicResults, FrequencyWarnings),
        ProblemRates: keys_of(Objects),
    },
)
def measured(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult]:
    """Measure the year."""
    year = year_of(context)
    findings = warehouse.read(Findings, year)
    tables = YearTables(
        tasks=warehouse.read(Tasks, year),
        items=warehouse.read(Items, year),
        obligations=warehouse.read(Obligations, year),
        visits=warehouse.read(Visits, year),
        findings=findings,
        published=warehouse.read(PublicResults, year),
        warnings=warehouse.read(FrequencyWarnings, year),
        last_visits=warehouse.read(Visits, year - 1),
    )
    yield warehouse.replace(Indicators, indicators_of(tables), year)
    yield warehouse.replace(ProblemRates, problem_rates(findings, warehouse.read(Objects, year)), year)


@table_asset(Feedback, deps=keys_of(Findings))
def feedback(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """检查结果运用：每户、每种结果对下一年度抽查类别意味着什么，写明来自哪些部门、哪些任务；下一年度编制计划时使用。"""
    year = year_of(context)
    found = feedback_of(warehouse.read(Findings, year), county.plan.feedback, year=year)
    return warehouse.replace(Feedback, found, year)


@dg.asset(
    key=["results", "indicator_workbook"],
    group_name="results",
    partitions_def=YEARS,
    deps=keys_of(Indicators, ProblemRates, FrequencyWarnings, OtherChecks, Feedback, Tasks, Objects, Items),
    kinds={"excel"},
    owners=["team:market_supervision"],
)
def workbook(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """抽查工作指标表：全县、各部门、各任务的指标和公式，问题检出率，频次预警，检查结果在下一年度的运用；内部使用。"""
    year = year_of(context)
    models = (Indicators, ProblemRates, FrequencyWarnings, OtherChecks, Feedback, Tasks, Objects, Items)
    content = indicator_workbook(county.name, year, {model: warehouse.read(model, year) for model in models})
    path = warehouse.folders.indicators(year)
    write_changed(path, content, mode=0o600)
    return dg.MaterializeResult(metadata={"workbook": dg.MetadataValue.path(path), "byte_count": len(content)})


def _occasions(warehouse: Warehouse, county: County, year: int) -> Occasions:
    exempt = exempt_rows(warehouse.read(Submitted, year), county.plan.frequency.exempt_words)
    obligations, findings, others = (warehouse.read(model, year) for model in (Obligations, Findings, OtherChecks))
    return occasions_of(obligations, findings, others, exempt_rows=exempt)

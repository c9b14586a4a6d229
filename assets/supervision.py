"""The yearly review of the two registries: scores, expectations, problems, and the report for the joint conference."""

import datetime as dt
from collections.abc import Iterator, Mapping

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, keys_of, table_asset, tables_asset, year_of
from assets.clock import today
from assets.files import write_whole
from assets.filings import read_filed
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.filings import tables as filings
from onevisit.plan import tables as plan
from onevisit.registries import tables as registries
from onevisit.supervision import problems as rules
from onevisit.supervision.html import html
from onevisit.supervision.measures import Grain, measures
from onevisit.supervision.records import Registers, records
from onevisit.supervision.report import build_report
from onevisit.supervision.review import review
from onevisit.supervision.scores import scores as score
from onevisit.supervision.tables import Expectations, Problems, Scores
from onevisit.supervision.workbook import workbook

REGISTERS = [
    dg.AssetKey(["filings", "accounting"]),
    *(
        dg.AssetKey(["registries", table])
        for table in ("objects", "object_sources", "duplicates_to_review", "inspectors", "inspector_sources")
    ),
    *(dg.AssetKey(["registries", table]) for table in ("items", "item_drift")),
    *(dg.AssetKey(["plan", table]) for table in ("submitted", "refused", "conflicts")),
]
"""What the frames of the review are made of."""
EVIDENCE = [
    dg.AssetKey(["filings", "refused"]),
    dg.AssetKey(["registries", "interests"]),
    dg.AssetKey(["registries", "signals"]),
]
"""What besides names defects."""


@tables_asset(
    {
        Scores: "两库得分：每个部门每项指标看了多少行、多少行合格，全县合计在前。",
        Expectations: "期望检查：用 Great Expectations 审查每项指标是否达到要求、名录行数是否合理。",
    },
    deps=REGISTERS,
    # The check on the expectations compares the two counts.
    also={Expectations: keys_of(Scores)},
)
def reviewed(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> Iterator[dg.MaterializeResult]:
    """Count every measure twice: for the scores, and by Great Expectations."""
    year = year_of(context)
    frames, asked = _frames(warehouse, county, year), measures(county, today(county))
    yield warehouse.replace(Scores, score(frames, asked, departments=county.department_names), year)
    expectations = review(frames, asked, county=county, last_year=_last_year(warehouse, year))
    yield warehouse.replace(Expectations, expectations, year)


# A step of its own: two counts that differ hold the list of problems back.
@table_asset(Problems, deps=[*keys_of(Expectations), *REGISTERS, *EVIDENCE])
def problems(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """问题清单：每项未达标指标、每个具体问题一条，写明责任部门、位置和怎么改。"""
    year = year_of(context)
    frame = rules.problems(
        _frames(warehouse, county, year),
        measures(county, today(county)),
        warehouse.read(Expectations, year),
        _evidence(warehouse, year),
        county=county,
    )
    return warehouse.replace(Problems, frame, year)


@dg.asset(
    key=["supervision", "report"],
    group_name="supervision",
    partitions_def=YEARS,
    deps=keys_of(Scores, Expectations, Problems),
    kinds={"html", "excel"},
    owners=["team:market_supervision"],
)
def report(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """两库督查报告：呈县级联席会议的网页（可打印）和工作簿，每年一份。"""
    year = year_of(context)
    day = today(county)
    model = build_report(
        county=county,
        year=year,
        today=day,
        measures=measures(county, day),
        scores=warehouse.read(Scores, year),
        expectations=warehouse.read(Expectations, year),
        problems=warehouse.read(Problems, year),
        last_year=_last_year(warehouse, year),
    )
    folder = warehouse.folders.bureau(year)
    folder.mkdir(parents=True, exist_ok=True)
    page, book = folder / "两库督查报告.html", folder / "两库督查报告.xlsx"
    write_whole(page, html(model))
    write_whole(book, workbook(model))
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(page),
            "workbook": dg.MetadataValue.path(book),
            "problem_count": len(model.problems),
            "findings": dg.MetadataValue.md("\n".join(f"- {finding}" for finding in model.findings)),
        }
    )


def _frames(warehouse: Warehouse, county: County, year: int) -> Mapping[Grain, pl.DataFrame]:
    registers = Registers(
        filed=read_filed(warehouse, county, year, "objects"),
        accounting=warehouse.read(filings.Accounting, year),
        objects=warehouse.read(registries.Objects, year),
        object_sources=warehouse.read(registries.ObjectSources, year),
        duplicates=warehouse.read(registries.DuplicatesToReview, year),
        inspectors=warehouse.read(registries.Inspectors, year),
        inspector_sources=warehouse.read(registries.InspectorSources, year),
        items=warehouse.read(registries.Items, year),
        drift=warehouse.read(registries.ItemDrift, year),
        submitted=warehouse.read(plan.Submitted, year),
        plan_refused=warehouse.read(plan.Refused, year),
        conflicts=warehouse.read(plan.Conflicts, year),
    )
    return records(registers, today=today(county), due=dt.date(year - 1, 12, 31))


def _evidence(warehouse: Warehouse, year: int) -> rules.Evidence:
    return rules.Evidence(
        filings_refused=warehouse.read(filings.Refused, year),
        drift=warehouse.read(registries.ItemDrift, year),
        duplicates=warehouse.read(registries.DuplicatesToReview, year),
        object_sources=warehouse.read(registries.ObjectSources, year),
        interests=warehouse.read(registries.Interests, year),
        signals=warehouse.read(registries.Signals, year),
        plan_refused=warehouse.read(plan.Refused, year),
        conflicts=warehouse.read(plan.Conflicts, year),
        submitted=warehouse.read(plan.Submitted, year),
    )


def _last_year(warehouse: Warehouse, year: int) -> dict[str, int]:
    """Return how many rows each department's 检查对象名录 had a year ago."""
    counts = warehouse.read(registries.ObjectSources, year - 1).group_by("department").len().sort("department")
    return dict(counts.iter_rows())

"""The yearly review of the two registries: scores, expectations, problems, and the report for the joint conference."""

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import polars as pl

from assets.catalogue import YEARS, keys_of, table_asset, tables_asset, year_of
from assets.clock import today
from assets.decisions import decision_logs
from assets.files import write_whole
from assets.filings import read_filed
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.documents.content import Document
from onevisit.documents.fonts import installed
from onevisit.documents.pdf import pdf
from onevisit.documents.word import word
from onevisit.errors import RefusedError, problem
from onevisit.filings import tables as filings
from onevisit.plan import tables as plan
from onevisit.registries import tables as registries
from onevisit.supervision import problems as rules
from onevisit.supervision.background import Background
from onevisit.supervision.chapters import TREND_YEARS
from onevisit.supervision.html import html
from onevisit.supervision.measures import Grain, measures, responsible
from onevisit.supervision.mending import Today, answers, data_fingerprint, follow_ups, frame_digest, joint_fingerprint
from onevisit.supervision.mending_workbook import Sent, mending_workbook
from onevisit.supervision.paper import notice_document, report_document
from onevisit.supervision.records import Registers, records
from onevisit.supervision.report import Report, build_report
from onevisit.supervision.review import review
from onevisit.supervision.scores import scores as score
from onevisit.supervision.tables import Expectations, FollowUps, Problems, Scores
from onevisit.supervision.workbook import workbook
from onevisit.workers import begun, each

_NOTICE, _TO_MEND = "整改通知.docx", "整改清单.xlsx"

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
AROUND = [
    *(dg.AssetKey(["registries", table]) for table in ("interests", "judgements", "changes", "experts")),
    *(dg.AssetKey(["plan", table]) for table in ("capacity", "task_items")),
]
"""What besides is told in the report."""


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
    # Elsewhere, where Great Expectations is imported before it is needed.
    expectations = begun(review, frames, asked, county=county, last_year=_last_year(warehouse, year))
    yield warehouse.replace(Scores, score(frames, asked, departments=county.department_names), year)
    yield warehouse.replace(Expectations, expectations.result(), year)


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


@table_asset(FollowUps, deps=[*keys_of(Problems), *REGISTERS])
def followed_up(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """整改跟踪：今年和上年发现的每个问题，部门怎样答复，现在是待整改、复查仍存在还是已销号。"""
    year, day = year_of(context), today(county)
    due_on = county.working_days(day.year).after(day, county.review.mend_within_workdays)
    read = _tables_read(_registers(warehouse, county, year), _evidence(warehouse, year))
    fingerprint = data_fingerprint(table.frame for table in read)
    frame = follow_ups(
        warehouse.read(Problems, year),
        warehouse.read(FollowUps, year - 1),
        warehouse.read(FollowUps, year),
        answers(decision_logs(warehouse.folders, year)),
        Today(year, day, due_on, fingerprint),
    )
    return warehouse.replace(FollowUps, frame, year)


@dg.asset(
    key=["supervision", "report"],
    group_name="supervision",
    partitions_def=YEARS,
    deps=[*keys_of(Scores, Expectations, Problems, FollowUps), *REGISTERS, *AROUND],
    kinds={"html", "word", "pdf", "excel"},
    owners=["team:market_supervision"],
)
def report(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse], county: dg.ResourceParam[County]
) -> dg.MaterializeResult:
    """两库督查报告：呈县级联席会议的网页、Word、PDF 和工作簿，以及每个部门的整改通知和整改清单，每年一份。"""
    year = year_of(context)
    model, fingerprint = _report(warehouse, county, year)
    folder = warehouse.folders.bureau(year)
    document = report_document(model)
    write_whole(folder / "两库督查报告.html", html(model))
    write_whole(folder / "两库督查报告.docx", word(document))
    write_whole(folder / "两库督查报告.xlsx", workbook(model))
    left_out = _write_pdf(folder / "两库督查报告.pdf", document)
    sent = _write_notices(warehouse.folders, model, fingerprint)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(folder / "两库督查报告.html"),
            "notices": dg.MetadataValue.path(warehouse.folders.notices(year)),
            "notice_count": len(sent),
            "problem_count": len(model.problems),
            "findings": dg.MetadataValue.md("\n".join(f"- {finding}" for finding in model.findings)),
            **({"pdf_left_out": left_out} if left_out else {}),
        }
    )


def write_data_docs(warehouse: Warehouse, county: County, year: int) -> Path:
    """Write Great Expectations' own pages of the review (Data Docs) and return the first of them.

    For engineers: the review is held once more over the tables as they stand, and nothing of it is recorded. Older
    pages are removed. Raises RefusedError (S061) where the year was not reviewed yet.
    """
    if warehouse.read(Scores, year).is_empty():
        raise RefusedError([problem("S061", year=year)])
    folder = warehouse.folders.data_docs(year)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    frames, asked = _frames(warehouse, county, year), measures(county, today(county))
    review(frames, asked, county=county, last_year=_last_year(warehouse, year), docs=folder)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder / "index.html"


def _report(warehouse: Warehouse, county: County, year: int) -> tuple[Report, str]:
    day, registers = today(county), _registers(warehouse, county, year)
    around = _background(warehouse, year, registers, _tables_read(registers, _evidence(warehouse, year)))
    model = build_report(
        county=county,
        year=year,
        today=day,
        measures=measures(county, day),
        scores=warehouse.read(Scores, year),
        expectations=warehouse.read(Expectations, year),
        problems=warehouse.read(Problems, year),
        follow_ups=warehouse.read(FollowUps, year),
        objects=_records(registers, county, year)["objects"],
        around=around,
        last_year=_last_year(warehouse, year),
    )
    return model, around.fingerprint


def _write_pdf(path: Path, document: Document) -> str:
    """Write a document as PDF; without the fonts for it, remove an older one and return why (W001, W002)."""
    try:
        write_whole(path, pdf(document, installed()))
    except RefusedError as refused:
        path.unlink(missing_ok=True)
        return refused.zh()
    return ""


def _write_notices(folders: Folders, model: Report, fingerprint: str) -> list[str]:
    """Write a notice and a workbook for everybody with problems; return for whom. Others' of before are removed."""
    folder = folders.notices(model.year)
    # What the whole county has goes to the conference's office.
    departments = [line.department for line in model.overview]
    concerned = [name for name in departments if model.problems_of(name)]
    notices = each(word, [notice_document(model, name) for name in concerned])
    sent = [
        Sent(model.county, model.year, responsible(name), model.problems_of(name), fingerprint) for name in concerned
    ]
    for one, notice, book in zip(sent, notices, each(mending_workbook, sent), strict=True):
        write_whole(folder / one.department / _NOTICE, notice, mode=0o600)
        write_whole(folder / one.department / _TO_MEND, book, mode=0o600)
    for name in departments:
        if name not in concerned:
            (folder / responsible(name) / _NOTICE).unlink(missing_ok=True)
            (folder / responsible(name) / _TO_MEND).unlink(missing_ok=True)
    return [one.department for one in sent]


@dataclass(frozen=True, slots=True)
class _Read:
    """A table the review reads: what people call it, and its rows."""

    title: str
    frame: pl.DataFrame


def _tables_read(registers: Registers, evidence: rules.Evidence) -> list[_Read]:
    return [
        _Read("检查对象名录（采用的行）", registers.filed),
        _Read("报送情况", registers.accounting),
        _Read("退回清单", evidence.filings_refused),
        _Read("检查对象名录库", registers.objects),
        _Read("检查对象来源对照", registers.object_sources),
        _Read("疑似重复", registers.duplicates),
        _Read("执法检查人员名录库", registers.inspectors),
        _Read("执法检查人员来源对照", registers.inspector_sources),
        _Read("随机抽查事项清单", registers.items),
        _Read("与省级清单的差异", registers.drift),
        _Read("利害关系申报", evidence.interests),
        _Read("信用和投诉信息", evidence.signals),
        _Read("年度抽查计划", registers.submitted),
        _Read("计划退回行", registers.plan_refused),
        _Read("计划冲突", registers.conflicts),
    ]


def _background(warehouse: Warehouse, year: int, registers: Registers, read: list[_Read]) -> Background:
    years = [kept for kept in warehouse.years(Scores) if kept <= year][-TREND_YEARS:]
    digests = {one.title: frame_digest(one.frame) for one in read}
    return Background(
        registers=registers,
        interests=warehouse.read(registries.Interests, year),
        judgements=warehouse.read(registries.Judgements, year),
        changes=warehouse.read(registries.Changes, year),
        capacity=warehouse.read(plan.Capacity, year),
        experts=warehouse.read(registries.Experts, year),
        task_items=warehouse.read(plan.TaskItems, year),
        objects_before=warehouse.read(registries.Objects, year - 1),
        scores_by_year={kept: warehouse.read(Scores, kept) for kept in years},
        fingerprints={one.title: (one.frame.height, joint_fingerprint([digests[one.title]])) for one in read},
        fingerprint=joint_fingerprint(digests.values()),
    )


def _frames(warehouse: Warehouse, county: County, year: int) -> Mapping[Grain, pl.DataFrame]:
    return _records(_registers(warehouse, county, year), county, year)


def _records(registers: Registers, county: County, year: int) -> Mapping[Grain, pl.DataFrame]:
    return records(registers, today=today(county), due=dt.date(year - 1, 12, 31))


def _registers(warehouse: Warehouse, county: County, year: int) -> Registers:
    return Registers(
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


def _evidence(warehouse: Warehouse, year: int) -> rules.Evidence:
    return rules.Evidence(
        filings_refused=warehouse.read(filings.Refused, year),
        drift=warehouse.read(registries.ItemDrift, year),
        duplicates=warehouse.read(registries.DuplicatesToReview, year),
        objects=warehouse.read(registries.Objects, year),
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

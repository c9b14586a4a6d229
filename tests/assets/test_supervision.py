"""The supervision stage through Dagster, on a county of two departments."""

import json
import stat
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.supervision
import checks.supervision
from assets.folders import Folders
from assets.supervision import write_data_docs
from assets.warehouse import Warehouse
from onevisit.errors import RefusedError
from onevisit.filings.rows import fields_of
from onevisit.filings.tables import Accounting, FiledRows
from onevisit.filings.tables import Refused as FilingsRefused
from onevisit.plan.tables import Conflicts, Submitted
from onevisit.plan.tables import Refused as PlanRefused
from onevisit.registries.tables import (
    DuplicatesToReview,
    Inspectors,
    InspectorSources,
    Interests,
    ItemDrift,
    Items,
    Objects,
    ObjectSources,
    Signals,
)
from onevisit.supervision.measures import OFFICE
from onevisit.supervision.tables import Expectations, Problems, Scores
from onevisit.tables import frame_of
from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import reviewed

YEAR = 2027
COUNTY = samples.county(demonstration=True)


def fill(warehouse: Warehouse, case: samples.Case) -> None:
    registers, evidence = case.registers, case.evidence
    tables = {
        Accounting: registers.accounting,
        Objects: registers.objects,
        ObjectSources: registers.object_sources,
        DuplicatesToReview: registers.duplicates,
        Inspectors: registers.inspectors,
        InspectorSources: registers.inspector_sources,
        Items: registers.items,
        ItemDrift: registers.drift,
        Submitted: registers.submitted,
        PlanRefused: registers.plan_refused,
        Conflicts: registers.conflicts,
        FilingsRefused: evidence.filings_refused,
        Interests: evidence.interests,
        Signals: evidence.signals,
    }
    for model, frame in tables.items():
        warehouse.replace(model, frame, YEAR)
    for department in COUNTY.departments:
        own = registers.filed.filter(pl.col("department") == department.name)
        warehouse.replace(FiledRows, filed_rows(own), YEAR, table=department.key)


def filed_rows(filed: pl.DataFrame) -> pl.DataFrame:
    names = fields_of("objects")
    return frame_of(
        FiledRows,
        [
            {
                **{name: row[name] for name in ("department", "file", "sheet", "row")},
                "kind": "objects",
                "state": "kept",
                "fields": json.dumps({name: row[name] for name in names}, ensure_ascii=False),
                "problems": "[]",
            }
            for row in filed.iter_rows(named=True)
        ],
    )


def run(warehouse: Warehouse) -> dg.ExecuteInProcessResult:
    loaded = [
        *dg.load_assets_from_modules([assets.supervision]),
        *dg.load_asset_checks_from_modules([checks.supervision]),
    ]
    with warehouse.held():
        return dg.materialize(loaded, partition_key=str(YEAR), resources={"warehouse": warehouse, "county": COUNTY})


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    filled = Warehouse(Folders(tmp_path_factory.mktemp("data")))
    fill(filled, samples.dirty())
    # The police had as many rows a year ago; the health department had a third.
    filled.replace(ObjectSources, samples.clean().registers.object_sources, YEAR - 1)
    return filled


@pytest.fixture(scope="module")
def result(warehouse: Warehouse) -> dg.ExecuteInProcessResult:
    return run(warehouse)


def bureau(warehouse: Warehouse) -> Path:
    return warehouse.folders.bureau(YEAR)


def written(warehouse: Warehouse) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in bureau(warehouse).rglob("*") if path.is_file()}


def test_the_whole_stage_runs_and_keeps_its_promises(result):
    assert result.success
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == 5
    assert all(evaluation.passed for evaluation in evaluations)


def test_what_was_planted_reaches_the_tables(result, warehouse):
    assert result.success
    dirty = reviewed(samples.dirty(), COUNTY, **{samples.POLICE: 1, samples.HEALTH: 1})
    assert warehouse.read(Scores, YEAR).equals(dirty.scores)
    assert warehouse.read(Expectations, YEAR).equals(dirty.expectations)
    assert warehouse.read(Problems, YEAR).equals(dirty.problems)


def test_a_list_is_compared_with_last_years(result, warehouse):
    assert result.success
    compared = warehouse.read(Expectations, YEAR).filter(pl.col("key") == "objects.rows_last_year")
    assert dict(compared.select("department", "is_met").rows()) == {samples.POLICE: True, samples.HEALTH: False}


def test_the_page_and_the_workbook_lie_in_the_bureaus_folder(result, warehouse):
    assert result.success
    assert sorted(path.name for path in bureau(warehouse).iterdir()) == [
        "两库督查报告.docx",
        "两库督查报告.html",
        "两库督查报告.pdf",
        "两库督查报告.xlsx",
        "督查",
    ]
    assert samples.HEALTH in (bureau(warehouse) / "两库督查报告.html").read_text("utf-8")


def test_a_second_run_writes_the_same_bytes(result, warehouse):
    assert result.success
    before = written(warehouse)
    assert run(warehouse).success
    assert written(warehouse) == before


def test_only_who_has_problems_gets_a_notice_and_a_workbook(result, warehouse):
    assert result.success
    notices = warehouse.folders.notices(YEAR)
    assert sorted(str(path.relative_to(notices)) for path in notices.rglob("*.*")) == [
        f"{samples.HEALTH}/整改清单.xlsx",
        f"{samples.HEALTH}/整改通知.docx",
        f"{OFFICE}/整改清单.xlsx",
        f"{OFFICE}/整改通知.docx",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in notices.rglob("*.*")} == {0o600}


def test_nothing_personal_reaches_dagster(result):
    told = "".join(
        str(event.step_materialization_data.materialization.metadata)
        for event in result.all_events
        if event.is_step_materialization
    )
    assert told
    assert not [value for value in samples.PERSONAL if value in told]


def test_data_docs_are_written_for_engineers_on_demand_without_a_value_of_a_row(result, warehouse):
    assert result.success
    folder = warehouse.folders.data_docs(YEAR)
    assert not folder.exists()
    page = write_data_docs(warehouse, COUNTY, YEAR)
    assert page == folder / "index.html"
    files = [path for path in folder.rglob("*") if path.is_file()]
    suites = warehouse.read(Expectations, YEAR)["suite"].unique()
    assert {path.stem for path in (folder / "expectations").iterdir()} == set(suites)
    assert {path.name for path in (folder / "validations").iterdir()} == set(suites)
    pages = "".join(path.read_text("utf-8") for path in files if path.suffix == ".html")
    assert "Evaluated Expectations" in pages
    assert not [value for value in [*samples.PERSONAL, samples.code(102), "东镇某某旅馆"] if value in pages]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_data_docs_of_a_year_that_was_not_reviewed_are_refused(tmp_path):
    with pytest.raises(RefusedError, match="S061"):
        write_data_docs(Warehouse(Folders(tmp_path)), COUNTY, YEAR)


def test_the_stage_stands_when_nothing_was_filed(tmp_path):
    empty = Warehouse(Folders(tmp_path))
    assert run(empty).success
    unmet = empty.read(Expectations, YEAR).filter(~pl.col("is_met"))
    assert set(unmet["key"]) == {"objects.rows", "inspectors.rows"}

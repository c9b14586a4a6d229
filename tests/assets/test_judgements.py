"""Judgements and the workbooks they are asked in, through Dagster."""

import stat
from pathlib import Path

import dagster as dg
import openpyxl
import pytest

from assets.decisions import append_decisions
from assets.folders import Folders
from assets.registries import judgements, review_workbooks
from assets.warehouse import Warehouse
from checks.contracts import breaches
from onevisit.county import County
from onevisit.decisions import Entry, extended
from onevisit.errors import RefusedError
from onevisit.registries.tables import DuplicatesToReview, Judgements, ObjectSources
from tests.onevisit.registries.reviews import PAIRS_ASKED, YEAR, review, said
from tests.onevisit.registries.samples import HEALTH, TAX


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    filled = Warehouse(Folders(tmp_path))
    ask(filled, PAIRS_ASKED)
    return filled


def ask(warehouse: Warehouse, rows: tuple[dict[str, object], ...]) -> None:
    warehouse.replace(DuplicatesToReview, review(rows=rows).pairs, YEAR)
    warehouse.replace(ObjectSources, review().sources, YEAR)


def log(warehouse: Warehouse, year: int, *entries: Entry) -> None:
    append_decisions(warehouse.folders, year, extended([], list(entries)))


def run(warehouse: Warehouse, county: County) -> list[str]:
    resources = {"warehouse": warehouse, "county": county}
    with dg.DagsterInstance.ephemeral() as instance, warehouse.held():
        assert dg.materialize(
            [judgements, review_workbooks], partition_key=str(YEAR), resources=resources, instance=instance
        ).success
    return sorted(path.name for path in warehouse.folders.reviews(YEAR).iterdir())


def test_every_department_that_is_asked_gets_its_workbook_and_a_second_run_changes_no_byte(
    warehouse: Warehouse, county: County
):
    assert run(warehouse, county) == [f"{HEALTH}.xlsx", f"{TAX}.xlsx"]
    before = {path: path.read_bytes() for path in warehouse.folders.reviews(YEAR).iterdir()}
    run(warehouse, county)
    assert {path: path.read_bytes() for path in before} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o600}


def test_a_workbook_with_nothing_left_to_ask_is_taken_away(warehouse: Warehouse, county: County):
    run(warehouse, county)
    ask(warehouse, PAIRS_ASKED[:1])
    assert run(warehouse, county) == [f"{HEALTH}.xlsx"]


def test_judgements_of_this_and_earlier_years_become_a_table_that_keeps_its_contract(
    warehouse: Warehouse, county: County
):
    log(warehouse, YEAR - 1, said(2, "scjg:2", "same", "wj:2"))
    log(warehouse, YEAR, said(2, "scjg:2", "different", "wj:2"), said(1, "scjg:1", "same", "wj:1"))
    log(warehouse, YEAR + 1, said(1, "scjg:1", "withdrawn", "wj:1"))
    run(warehouse, county)
    table = warehouse.read(Judgements, YEAR)
    assert breaches(Judgements, table).is_empty()
    assert table.select("log_year", "seq", "judgement", "is_in_effect").rows() == [
        (YEAR - 1, 1, "same", False),
        (YEAR, 1, "different", True),
        (YEAR, 2, "same", True),
    ]
    book = openpyxl.load_workbook(warehouse.folders.reviews(YEAR) / f"{HEALTH}.xlsx")
    assert book["已判断"].max_row == 5


def test_judgements_that_cannot_all_be_true_stop_the_run_by_name(warehouse: Warehouse, county: County):
    log(warehouse, YEAR - 1, said(1, "scjg:1", "same", "wj:1"), said(4, "scjg:1", "same", "wj:4"))
    log(warehouse, YEAR, said(7, "wj:1", "different", "wj:4"))
    with pytest.raises(RefusedError, match="R050") as refused:
        run(warehouse, county)
    assert all(number in refused.value.zh() for number in ("R-0000000001", "R-0000000004", "R-0000000007"))

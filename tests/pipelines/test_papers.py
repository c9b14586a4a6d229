"""What people hold in hand on disk: their owner's alone, never public, and nothing that no longer holds."""

import datetime as dt
import stat
from pathlib import Path

import dagster as dg
import pytest

import assets.papers
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.documents import fonts
from onevisit.errors import RefusedError
from onevisit.visits.tables import Teams, Visits
from pipelines import papers, printing
from pipelines.papers import Asked, write_examples, write_papers
from tests.onevisit.visits.samples import HEALTH, POLICE, YEAR
from tests.onevisit.visits.test_dossier import VISIT, tables, team, visits

PERSONAL = ("李强", "王明", "周老板", "13900000000", "00000002")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    filled = Warehouse(Folders(tmp_path))
    for model, frame in tables().items():
        filled.replace(model, frame, YEAR)
    return filled


def run(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        dg.load_assets_from_modules([assets.papers]),
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
    )


def files_of(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in sorted(folder.rglob("*")) if path.is_file()}


def make(warehouse: Warehouse, county: County) -> papers.Written:
    return write_papers(warehouse.folders, county, Asked(visit_ids=[VISIT]), YEAR)


def test_every_department_that_visits_has_a_workbook_of_its_own_for_its_owner_alone(
    warehouse: Warehouse, county: County
):
    run(warehouse, county)
    assert files_of(warehouse.folders.duties(YEAR)) == {f"{HEALTH}.xlsx": 0o600, f"{POLICE}.xlsx": 0o600}


def test_a_workbook_is_written_only_when_it_says_something_else_and_goes_with_the_last_visit(
    warehouse: Warehouse, county: County
):
    run(warehouse, county)
    book = warehouse.folders.duties(YEAR) / f"{HEALTH}.xlsx"
    before = book.stat().st_mtime_ns
    run(warehouse, county)
    assert book.stat().st_mtime_ns == before
    warehouse.replace(Visits, visits().clear(), YEAR)
    run(warehouse, county)
    assert not files_of(warehouse.folders.duties(YEAR))


def test_a_visit_has_its_papers_as_word_and_pdf_for_their_owner_alone_and_nothing_is_public(
    warehouse: Warehouse, county: County
):
    written = make(warehouse, county)
    found = files_of(warehouse.folders.dossiers(YEAR) / POLICE)
    assert {Path(name).suffix for name in found} == {".docx", ".pdf"}
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE(warehouse.folders.dossiers(YEAR).stat().st_mode) == 0o700
    assert not warehouse.folders.public(YEAR).exists()
    assert len(written.made) == 2
    assert not [word for word in PERSONAL if word in "".join(written.lines())]


def test_papers_that_still_hold_are_left_with_what_was_filled_in(warehouse: Warehouse, county: County):
    first = make(warehouse, county).made[0]
    first.write_bytes(b"filled in")
    again = make(warehouse, county)
    assert (again.made, again.kept_count) == ([], 2)
    assert first.read_bytes() == b"filled in"


def test_papers_of_another_team_are_made_anew_and_the_old_ones_are_gone(warehouse: Warehouse, county: County):
    old = make(warehouse, county).made
    warehouse.replace(Teams, team({"person_id": "P-0003", "department": HEALTH, "is_leader": True}), YEAR)
    again = make(warehouse, county)
    assert again.removed_count == 2
    assert set(files_of(warehouse.folders.dossiers(YEAR))) == {path.name for path in again.made}
    assert not {path.name for path in old} & {path.name for path in again.made}


def test_papers_of_a_visit_that_is_no_more_go_with_the_next_run_and_peoples_own_copies_stay(
    warehouse: Warehouse, county: County
):
    made = make(warehouse, county).made
    own = made[0].with_name("王明修改稿.docx")
    own.write_bytes(b"own")
    warehouse.replace(Visits, visits().clear(), YEAR)
    result = run(warehouse, county)
    assert list(files_of(warehouse.folders.dossiers(YEAR))) == [own.name]
    [told] = result.asset_materializations_for_node("visits__duty_workbooks")
    assert told.metadata["outdated_papers_removed"].value == 2
    assert not [word for word in PERSONAL if word in str(told.metadata)]


def test_without_a_chinese_typeface_there_is_word_alone_and_the_reason(
    warehouse: Warehouse, county: County, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(printing, "installed", lambda: fonts.chosen({}))
    written = make(warehouse, county)
    assert [path.suffix for path in written.made] == [".docx"]
    assert "W001" in "".join(written.lines())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked(visit_ids=["99-X-01"]), "V031"),
        (Asked(department="县公安"), "V032"),
        (Asked(task="T999"), "V033"),
        (Asked(), "V033"),
    ],
)
def test_what_fits_no_visit_is_refused_with_what_to_do(warehouse: Warehouse, county: County, asked: Asked, code: str):
    with pytest.raises(RefusedError) as refused:
        write_papers(warehouse.folders, county, asked, YEAR)
    assert [one.code for one in refused.value.problems] == [code]


def test_before_the_draw_there_is_nothing_to_print(tmp_path: Path, county: County):
    with pytest.raises(RefusedError) as refused:
        write_papers(Folders(tmp_path), county, Asked(), YEAR)
    assert [one.code for one in refused.value.problems] == ["V030"]


@pytest.mark.parametrize(
    ("today", "asked", "is_made"),
    [
        ("2027-02-26", Asked(), True),
        ("2027-02-25", Asked(), False),
        ("2027-05-31", Asked(), True),
        ("2027-06-01", Asked(), False),
        ("2027-02-01", Asked(until=dt.date(2027, 3, 5)), True),
        ("2027-02-01", Asked(until=dt.date(2027, 3, 4)), False),
        ("2027-06-01", Asked(task="T001"), True),
        ("2027-06-01", Asked(batch=1, department=HEALTH), True),
        ("2027-06-01", Asked(batch=2), False),
        ("2027-06-01", Asked(is_whole_year=True), True),
    ],
)
def test_what_comes_next_is_made_and_what_is_named(
    warehouse: Warehouse, county: County, today: str, asked: Asked, is_made: bool
):
    # The window is 5 March to 31 May; five working days before it is 26 February.
    scripted = county.demonstration.model_copy(update={"today": dt.date.fromisoformat(today)})
    settled = county.model_copy(update={"demonstration": scripted})
    if is_made:
        assert len(write_papers(warehouse.folders, settled, asked, YEAR).made) == 2
    else:
        with pytest.raises(RefusedError):
            write_papers(warehouse.folders, settled, asked, YEAR)


def test_a_demonstration_shows_a_few(warehouse: Warehouse, county: County):
    assert len(write_examples(warehouse.folders, county, YEAR).made) == 2

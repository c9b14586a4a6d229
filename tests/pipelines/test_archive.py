"""One folder a task on disk: written once, supplemented when something was corrected, checked at any time."""

import stat
from pathlib import Path

import polars as pl
import pytest

from assets.evidence import write_evidence
from assets.files import write_whole
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.draw.tables import Rounds
from onevisit.errors import RefusedError
from onevisit.plan.tables import Submitted, TaskItems, Tasks
from onevisit.registries.tables import Items, Objects
from onevisit.results.tables import Findings
from onevisit.visits.tables import Obligations
from pipelines.archive import check_archive, write_archive
from tests.onevisit.results.made import findings
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import ONE, YEAR, day

NAME = "T001 旅馆检查"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A task that was drawn and checked, its draw public and sealed, its minutes made."""
    held = Folders(tmp_path)
    warehouse = Warehouse(held)
    later = {"task_id": "T002", "plan_rows": ["R2"], "starts_on": day("12-01"), "ends_on": day("12-31")}
    frames: dict[type, pl.DataFrame] = {
        Tasks: samples.tasks({}, later),
        Obligations: samples.obligations({}, {"task_id": "T002", "plan_row_id": "R2", "ends_on": day("12-31")}),
        Findings: findings({}),
        Submitted: samples.submitted(),
        TaskItems: samples.task_items({}),
        Items: samples.items(),
        Objects: samples.objects(),
        Rounds: samples.rounds(),
    }
    for model, frame in frames.items():
        warehouse.replace(model, frame, YEAR)
    write_evidence(held.draws(YEAR) / ONE, {"objects.tsv": b"sealed class", "SEED": b"seed"})
    write_whole(held.public(YEAR) / "draws" / ONE / "SEED", b"seed")
    write_whole(held.public(YEAR) / "draws" / ONE / "index.html", b"a page")
    write_whole(held.minutes(YEAR) / f"{ONE}-抽取后.docx", b"minutes")
    return held


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_complete_task_is_archived_for_its_owner_alone_and_an_open_one_is_not(folders: Folders, county: County):
    written = write_archive(folders, county, YEAR)
    assert (written.made, written.open_count) == ([NAME], 1)
    folder = folders.archive(YEAR) / NAME
    assert set(files(folder)) == {
        "01 计划和签批/计划和签批.xlsx",
        f"03 抽取材料/{ONE}/SEED",
        f"03 抽取材料/{ONE} 封存材料指纹.txt",
        f"04 抽取记录/{ONE}-抽取后.docx",
        "06 检查结果和处置/检查结果和处置.xlsx",
        "SHA256SUMS",
        "目录.xlsx",
    }
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in folder.rglob("*"))
    assert b"sealed class" not in b"".join(files(folder).values())
    assert check_archive(folders, YEAR) == 1


def test_nothing_archived_is_written_again_and_a_correction_is_a_supplement(folders: Folders, county: County):
    write_archive(folders, county, YEAR)
    folder = folders.archive(YEAR) / NAME
    before = files(folder)
    assert not write_archive(folders, county, YEAR).supplements
    assert files(folder) == before
    corrected = findings({"result_types": ["发现问题已责令改正"]})
    Warehouse(folders).replace(Findings, corrected, YEAR)
    assert write_archive(folders, county, YEAR).supplements == [f"{NAME}/补充-01"]
    after = files(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {
        f"补充-01/{name}" for name in ("06 检查结果和处置/检查结果和处置.xlsx", "SHA256SUMS", "目录.xlsx")
    }
    assert not write_archive(folders, county, YEAR).supplements
    assert check_archive(folders, YEAR) == 2


def test_what_is_no_longer_as_it_was_archived_is_named(folders: Folders, county: County):
    with pytest.raises(RefusedError, match="E067"):
        check_archive(folders, YEAR)
    write_archive(folders, county, YEAR)
    folder = folders.archive(YEAR) / NAME
    (folder / "03 抽取材料" / ONE / "SEED").write_bytes(b"other")
    (folder / "04 抽取记录" / f"{ONE}-抽取后.docx").unlink()
    (folder / "私加.txt").write_text("x")
    with pytest.raises(RefusedError) as refused:
        check_archive(folders, YEAR)
    assert sorted(one.code for one in refused.value.problems) == ["E064", "E065", "E066"]

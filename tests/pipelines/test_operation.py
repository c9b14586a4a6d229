import datetime as dt
import gzip
import io
import shutil
import tarfile
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from assets.data_format import FORMAT, form_of, require_format
from assets.decisions import append_decisions, decision_logs
from assets.evidence import write_evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.decisions import Entry, extended
from onevisit.errors import RefusedError
from onevisit.tables import polars_schema
from onevisit.visits.tables import Visits
from pipelines import backups, upgrading
from pipelines.backups import back_up, restore
from pipelines.cli import app
from pipelines.doctor import examine
from pipelines.lock import alone
from pipelines.settings import Settings
from pipelines.upgrading import STEPS, Step, upgrade

YEAR = 2027
NOW = dt.datetime(2028, 1, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def settings(tmp_path, repository):
    """A data folder with a file of every kind that matters, and a signed record."""
    settings = Settings(repository / "county", tmp_path / "data")
    folders = settings.folders
    with alone(settings):
        for path in (folders.inbox(YEAR) / "县公安局" / "名录.csv", folders.public(YEAR) / "index.html"):
            path.parent.mkdir(parents=True)
            path.write_text("甲\n", "utf-8")
        with duckdb.connect(folders.database) as connection:
            connection.execute("create table one as select 1 as one")
        folders.database.chmod(0o600)
        approve(folders, "2027-01-04T09:00:00+08:00")
    return settings


def approve(folders, at):
    [log] = [log for _, log in decision_logs(folders, YEAR)] or [[]]
    entry = Entry(at=at, kind="approve", by="甲", role="approver", what="计划", why="")
    append_decisions(folders, YEAR, extended(log, [entry])[len(log) :])
    return extended(log, [entry])[-1].hash


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bad(settings, **options):
    return [one.what for one in examine(settings, now=NOW, **options) if one.level == "bad"]


def refused(act):
    with pytest.raises(RefusedError) as error:
        act()
    return [one.code for one in error.value.problems]


def test_a_sound_installation_has_nothing_to_mend(settings):
    assert bad(settings) == []


def test_a_backup_restored_elsewhere_is_the_same_data_and_settings(settings, tmp_path):
    kept = back_up(settings, tmp_path / "away" / "b.tar.gz")
    assert kept.path.stat().st_mode & 0o077 == 0
    data, county = tmp_path / "new", tmp_path / "county"
    assert restore(kept.path, data=data, county=county) == kept.file_count
    old = {name: data for name, data in contents(settings.data).items() if name != "run.lock"}
    assert contents(data) == old
    assert Settings(county, data).county() == settings.county()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (data / "sealed").rglob("*"))
    assert bad(Settings(county, data)) == []


def test_the_same_data_is_the_same_archive(settings, tmp_path):
    assert back_up(settings, tmp_path / "a.tar.gz").sha256 == back_up(settings, tmp_path / "b.tar.gz").sha256


def test_a_backup_waits_for_no_run_and_leaves_nothing_half(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "_to_disk", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        back_up(settings, tmp_path / "b.tar.gz")
    assert list(tmp_path.glob("*b.tar.gz*")) == []


def test_a_backup_is_never_put_among_what_it_is_of(settings):
    assert refused(lambda: back_up(settings, settings.data / "b.tar.gz")) == ["C018"]


def test_nothing_is_restored_over_what_is_there(settings, tmp_path):
    kept = back_up(settings, tmp_path / "b.tar.gz")
    before = contents(settings.data)
    assert refused(lambda: restore(kept.path, data=settings.data)) == ["C016"]
    assert contents(settings.data) == before


def repacked(path, change):
    """Return the archive with its members as `change` gives them back."""
    with tarfile.open(path, "r:gz") as packed:
        members = [(one, packed.extractfile(one).read()) for one in packed.getmembers()]
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w") as packed:
        for member, data in change(members):
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    path.write_bytes(gzip.compress(inside.getvalue()))


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members[1:],
        lambda members: members[:-1],
        lambda members: [(one, data.replace("甲".encode(), "乙".encode())) for one, data in members],
        lambda members: [(tarfile.TarInfo("data/more"), b"more"), *members],
        lambda members: [(tarfile.TarInfo("../outside"), b"more"), *members],
    ],
    ids=["a file left out", "the sums left out", "a byte changed", "a file added", "a way out"],
)
def test_an_archive_that_was_changed_is_refused_whole(settings, tmp_path, change):
    kept = back_up(settings, tmp_path / "b.tar.gz")
    repacked(kept.path, change)
    assert refused(lambda: restore(kept.path, data=tmp_path / "new")) == ["C017"]
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_an_archive_that_was_cut_short_is_refused_whole(settings, tmp_path, share):
    kept = back_up(settings, tmp_path / "b.tar.gz")
    data = kept.path.read_bytes()
    kept.path.write_bytes(data[: int(len(data) * share)])
    assert refused(lambda: restore(kept.path, data=tmp_path / "new")) == ["C017"]
    assert not (tmp_path / "new").exists()


def test_data_of_a_newer_version_is_neither_written_nor_called_sound(settings):
    require_format(settings.folders)
    settings.folders.format.write_text(f"{FORMAT + 1}\n", "ascii")

    def write():
        with alone(settings):
            pass

    assert refused(write) == ["C015"]
    assert any("form" in what for what in bad(settings))


@pytest.fixture
def older(settings):
    """Data as versions left it that knew no forms: no number, a table without later columns, files others may read."""
    folders = settings.folders
    folders.format.unlink()
    with duckdb.connect(folders.database) as connection:
        connection.execute("create schema visits")
        connection.execute("create table visits.visits as select 2026::int as year, 'V1' as visit_id, 'A' as object_id")
    folders.exports(YEAR - 1).mkdir(parents=True)
    export = folders.exports(YEAR - 1) / "visits.visits.parquet"
    pl.DataFrame({"visit_id": ["V1"], "object_id": ["A"]}).write_parquet(export)
    folders.decisions(YEAR).chmod(0o644)
    return settings


def test_data_of_an_older_version_is_told_and_not_written_before_it_is_upgraded(older):
    def write():
        with alone(older):
            pass

    before = contents(older.data)
    assert refused(write) == ["C090"]
    assert contents(older.data) == before
    assert any("form 0" in what for what in bad(older))


def test_an_upgrade_backs_up_first_then_brings_tables_files_and_number_into_this_form(older, tmp_path):
    kept, done = upgrade(older, tmp_path / "before.tar.gz")
    assert len(done) == FORMAT
    assert bad(older) == []
    restore(kept.path, data=tmp_path / "back")
    assert form_of(Folders(tmp_path / "back")) == 0
    for row in (
        Warehouse(older.folders).read(Visits, YEAR - 1),
        pl.read_parquet(older.folders.exports(YEAR - 1) / "visits.visits.parquet"),
    ):
        assert row.columns == list(polars_schema(Visits))
        assert row.select("visit_id", "object_id", "departments").row(0) == ("V1", "A", None)
    assert upgrade(older, tmp_path / "again.tar.gz") is None
    assert not (tmp_path / "again.tar.gz").exists()


def test_an_upgrade_that_was_interrupted_is_done_again_from_its_step(older, tmp_path, monkeypatch):
    def fails(folders):
        STEPS[0].act(folders)
        raise OSError("no space left")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="no space left"):
        patched.setattr(upgrading, "STEPS", (Step("fails", fails),))
        upgrade(older, tmp_path / "one.tar.gz")
    assert form_of(older.folders) == 0
    first = (tmp_path / "one.tar.gz").read_bytes()
    assert refused(lambda: upgrade(older, tmp_path / "one.tar.gz")) == ["C091"]
    assert (tmp_path / "one.tar.gz").read_bytes() == first
    assert upgrade(older, tmp_path / "two.tar.gz")
    assert bad(older) == []


def test_an_upgrade_without_a_place_for_the_backup_changes_nothing(older):
    before = contents(older.data)
    assert refused(lambda: upgrade(older, older.data / "b.tar.gz")) == ["C018"]
    assert contents(older.data) == before


def test_there_is_a_step_for_every_form():
    assert len(STEPS) == FORMAT


def test_the_command_upgrades_once(older, tmp_path):
    upgrading_ = ["upgrade", str(tmp_path / "b.tar.gz"), "--data", str(older.data)]
    said = CliRunner().invoke(app, upgrading_)
    assert said.exit_code == 0, said.output
    assert "b.tar.gz" in said.output
    assert "nothing to do" in CliRunner().invoke(app, upgrading_).output


def test_a_rollback_is_found_by_the_head_that_was_signed(settings, tmp_path):
    earlier = shutil.copytree(settings.data, tmp_path / "earlier")
    signed = approve(settings.folders, "2027-06-01T09:00:00+08:00")
    assert bad(settings, head=signed) == []
    assert bad(Settings(settings.county_folder, earlier)) == []
    assert bad(Settings(settings.county_folder, earlier), head=signed) == ["the head named is nowhere in this data"]


def test_a_changed_decision_log_is_named_with_its_record(settings):
    path = settings.folders.decisions(YEAR)
    path.write_text(path.read_text("utf-8").replace("计划", "计画"), "utf-8")
    assert any("P060" in what for what in bad(settings))


def test_an_evidence_folder_that_does_not_replay_is_named(settings):
    write_evidence(settings.folders.draws(YEAR) / "510923-2027-01-1", {"DRAW": b"510923-2027-01-1\n"})
    assert any("510923-2027-01-1" in what and "D011" in what for what in bad(settings))


def test_internal_files_that_others_may_read_are_named(settings):
    settings.folders.decisions(YEAR).chmod(0o644)
    assert any("others may read: sealed/2027/decisions.jsonl" in what for what in bad(settings))


def test_a_log_whose_last_line_was_cut_is_named(settings):
    log = settings.folders.teams(YEAR)
    log.write_text('{"visit_id": "01"}\n{"visit_', "utf-8")
    log.chmod(0o600)
    assert any("teams.jsonl" in what for what in bad(settings))


def test_a_clock_behind_the_records_is_told(settings):
    early = NOW.replace(year=2026)
    assert any("clock" in one.what for one in examine(settings, now=early))
    assert not any("clock" in one.what for one in examine(settings, now=NOW))


def test_the_doctor_s_exit_code_says_whether_something_must_be_mended(settings):
    said = CliRunner().invoke(app, ["doctor", "--data", str(settings.data)])
    assert said.exit_code == 0, said.output
    said = CliRunner().invoke(app, ["doctor", "--data", str(settings.data), "--head", "0" * 64])
    assert said.exit_code == 1
    assert "rolled back" in said.output

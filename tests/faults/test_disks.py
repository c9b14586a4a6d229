"""Full and read-only disks, files that others hold, clocks set back: told with what to do, and nothing half-done."""

import ctypes
import hashlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

import assets.warehouse
from assets.data_format import mark_format
from assets.decisions import append_decisions, read_decision_log
from assets.files import append_private, write_whole
from assets.filings import documents_in
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.decisions import Entry, extended
from onevisit.errors import RefusedError
from pipelines.cli import app
from pipelines.demonstration import write_inbox
from pipelines.hindrances import of_error
from pipelines.lock import LOCK
from pipelines.settings import ROOT, Settings

YEAR = 2027
RUN = ("run", "filings", "--year", str(YEAR), "--data")


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: what a full disk does to whoever writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fingerprints(data: Path) -> dict[str, str]:
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("inbox", "exports", "bureau")
        for path in sorted((data / name).rglob("*"))
        if path.is_file()
    }


def run(data: Path) -> Result:
    return CliRunner().invoke(app, [*RUN, str(data)])


def told(result: Result) -> str:
    """What a refused run said; it neither ended well nor with a traceback."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.output


def fresh(folder: Path, county: County) -> Path:
    write_inbox(Settings(ROOT / "county", folder), county, year=YEAR, entities=200)
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, county: County) -> dict[str, str]:
    data = fresh(tmp_path_factory.mktemp("undisturbed") / "data", county)
    assert run(data).exit_code == 0
    return fingerprints(data)


@pytest.fixture
def data(tmp_path: Path, county: County) -> Path:
    return fresh(tmp_path / "data", county)


def test_a_disk_that_is_full_before_a_run_begins_is_told_and_nothing_is_written(data: Path):
    before = fingerprints(data)
    with files_no_larger_than(20_000):
        said = told(run(data))
    assert "C08" in said
    assert "the disk" in said
    assert fingerprints(data) == before


def test_a_disk_that_fills_while_tables_are_written_loses_nothing(
    data: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    written = Warehouse.replace

    def into_a_full_disk(*arguments: object, **options: object) -> object:
        with files_no_larger_than(16_384):
            return written(*arguments, **options)

    monkeypatch.setattr(Warehouse, "replace", into_a_full_disk)
    assert "C080" in told(run(data))
    monkeypatch.undo()
    assert run(data).exit_code == 0
    assert fingerprints(data) == undisturbed


def test_a_disk_that_fills_in_the_middle_of_a_record_leaves_the_log_as_it_was(tmp_path: Path):
    log = tmp_path / "sealed" / "decisions.jsonl"
    append_private(log, "{}\n" * 10)
    with files_no_larger_than(40), pytest.raises(OSError, match="File too large") as full:
        append_private(log, "{}\n" * 10)
    assert log.read_text("utf-8") == "{}\n" * 10
    assert of_error(full.value).code == "C080"


def test_a_disk_that_fills_while_a_file_is_written_leaves_the_old_one_and_no_part(tmp_path: Path):
    write_whole(tmp_path / "a.txt", b"old")
    with files_no_larger_than(100), pytest.raises(OSError, match="File too large"):
        write_whole(tmp_path / "a.txt", b"new" * 100)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.txt": b"old"}


def without_privileges() -> None:
    """Let modes of files bind this process, also where the tests run as root."""
    drop_from_bounding_set, may_write_all, may_read_all = 24, 1, 2
    for capability in (may_write_all, may_read_all):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


def test_a_data_folder_that_may_not_be_written_is_told_and_left_alone(data: Path):
    before = fingerprints(data)
    data.chmod(0o500)
    try:
        refused = subprocess.run(
            [sys.executable, "-m", "pipelines", *RUN, str(data)],
            preexec_fn=without_privileges,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        data.chmod(0o700)
    assert refused.returncode == 1
    assert "C081" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert fingerprints(data) == before


def test_a_file_that_may_not_be_read_is_refused_by_name_and_the_rest_is_read(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    read = Path.read_bytes

    def may_read(path: Path) -> bytes:
        if path.name.startswith("检查对象名录"):
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", may_read)
    found = {one.name: one.hindrance for one in documents_in(Folders(data).inbox(YEAR), "县公安局")}
    assert {name for name, hindrance in found.items() if hindrance == "F010"} == {"检查对象名录.csv"}
    assert len(found) > 1


@contextmanager
def held_by_another(code: str, path: Path) -> Iterator[None]:
    """Let another process run code that takes hold of a file, and keep hold of it meanwhile."""
    waiting = f"import sys; path = sys.argv[1]\n{code}\nprint('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", waiting, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate()


def test_a_viewer_that_holds_the_database_is_told_of_and_nothing_is_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(assets.warehouse, "LOCK_RETRIES", 0)
    path = Folders(data).database
    duckdb.connect(path).close()
    mark_format(Folders(data))
    before = fingerprints(data)
    with held_by_another("import duckdb; c = duckdb.connect(path, read_only=True)", path):
        said = told(run(data))
    assert "C083  onevisit.duckdb" in said
    assert "exports" in said
    assert fingerprints(data) == before


def test_of_two_runs_at_once_the_second_is_told_to_wait(data: Path):
    code = "from filelock import FileLock; lock = FileLock(path); lock.acquire()"
    with held_by_another(code, data / LOCK):
        assert "C005" in told(run(data))
    assert not (data / "exports").exists()


def decision(at: str, *, is_demonstration: bool = False) -> Entry:
    return Entry(
        at=at, kind="judge", by="甲", role="judge", what="判断", why="同一店面", is_demonstration=is_demonstration
    )


def test_a_clock_set_back_behind_the_log_records_nothing(tmp_path: Path):
    folders = Folders(tmp_path)
    late, early = "2027-03-02T09:00:00+08:00", "2027-03-01T09:00:00+08:00"
    log = extended([], [decision(late)])
    append_decisions(folders, YEAR, log)
    kept = read_decision_log(folders, YEAR)
    with pytest.raises(RefusedError) as refused:
        append_decisions(folders, YEAR, extended(log, [decision(early)])[1:])
    [one] = refused.value.problems
    assert (one.code, one.value) == ("C084", early)
    assert late in one.reason
    assert read_decision_log(folders, YEAR) == kept


def test_scripted_days_of_a_demonstration_are_no_clock(tmp_path: Path):
    log = extended([], [decision("2027-06-01T09:00:00+08:00", is_demonstration=True)])
    append_decisions(Folders(tmp_path), YEAR, log)
    append_decisions(Folders(tmp_path), YEAR, extended(log, [decision("2027-03-01T09:00:00+08:00")])[1:])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(28, "No space left on device", "/data/a"), "C080"),
        (OSError(122, "Disk quota exceeded", "/data/a"), "C080"),
        (OSError(30, "Read-only file system", "/data/a"), "C081"),
        (PermissionError(13, "Permission denied", "/data/a"), "C081"),
        (OSError(5, "Input/output error", "/data/a"), "C082"),
        (duckdb.IOException('IO Error: Could not write file "/data/a": No space left on device'), "C080"),
        (OSError("No space left on device (os error 28): '/data/a'"), "C080"),
    ],
)
def test_what_libraries_say_of_a_disk_is_known_in_each_of_their_forms(error: Exception, code: str):
    found = of_error(error)
    assert found
    assert (found.code, found.file) == (code, "/data/a")


def test_an_error_that_is_no_disk_s_is_not_taken_for_one():
    assert of_error(FileNotFoundError(2, "No such file or directory", "/data/a")) is None
    assert of_error(ValueError("database")) is None

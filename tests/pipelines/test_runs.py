"""Dagster's record of runs is quickly written and whole."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from pipelines.runs import quickly_recorded


def _waits(file: Path) -> int:
    """Return how a new connection waits for the disk: 1 when the journal is worked in, 2 at every commit."""
    with create_engine(f"sqlite:///{file}", poolclass=NullPool).begin() as connection:
        connection.execute(text("insert into events default values"))
        return connection.execute(text("pragma synchronous")).scalar_one()


def _database(file: Path, journal: str) -> Path:
    with sqlite3.connect(file) as connection:
        connection.execute(f"pragma journal_mode = {journal}")
        connection.execute("create table events (id integer primary key)")
    connection.close()
    return file


def test_a_journal_is_kept_open_and_worked_in_when_the_run_is_over(tmp_path: Path):
    file = _database(tmp_path / "index.db", "wal")
    with quickly_recorded():
        assert _waits(file) == 1
        # The last to close works the journal in: it is still there.
        assert (tmp_path / "index.db-wal").stat().st_size > 0
    assert not (tmp_path / "index.db-wal").exists()
    with sqlite3.connect(file) as connection:
        assert connection.execute("select count(*) from events").fetchone() == (1,)
    assert _waits(file) == 2


def test_a_file_without_a_journal_beside_it_waits_for_the_disk_as_ever(tmp_path: Path):
    with quickly_recorded():
        assert _waits(_database(tmp_path / "runs.db", "delete")) == 2

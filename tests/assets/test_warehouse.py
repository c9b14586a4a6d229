import datetime as dt
import stat
import subprocess
import sys

import dagster as dg
import duckdb
import polars as pl
import pytest

from assets.folders import Folders
from assets.warehouse import Warehouse, sample
from onevisit.errors import problem
from onevisit.plan.tables import Calendar, Refused, Scope
from onevisit.registries.tables import Experts
from onevisit.tables import frame_of


def days(*on: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"on": [dt.date.fromisoformat(day) for day in on], "is_workday": True, "state": "official", "note": ""}
    ).with_columns(notice=pl.lit(""))


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(Folders(tmp_path))


def test_a_table_never_written_reads_as_empty(warehouse):
    assert warehouse.read(Calendar, 2027).is_empty()


def test_writing_again_replaces_that_year_and_no_other(warehouse):
    warehouse.replace(Calendar, days("2026-01-01"), 2026)
    warehouse.replace(Calendar, days("2027-01-01", "2027-01-02"), 2027)
    warehouse.replace(Calendar, days("2027-01-03"), 2027)
    assert warehouse.read(Calendar, 2026).equals(days("2026-01-01"))
    assert warehouse.read(Calendar, 2027).equals(days("2027-01-03"))


@pytest.mark.parametrize("count", [122_879, 122_880, 260_000])
def test_a_held_table_of_many_rows_is_read_as_it_was_written(warehouse, count):
    """A row group is 122,880 rows: a whole one is written another way than a part."""
    many = (
        frame_of(Scope, [])
        .clear(count)
        .with_columns(plan_row_id=pl.lit("P"), object_id=pl.int_range(count).cast(pl.String))
    )
    with warehouse.held():
        for year in (2027, 2027, 2028):
            warehouse.replace(Scope, many, year)
            assert warehouse.read(Scope, year).equals(many)
    assert warehouse.read(Scope, 2027).equals(many)


def test_a_table_of_an_earlier_version_takes_on_its_new_columns_and_keeps_other_years(warehouse):
    warehouse.replace(Calendar, days("2026-01-01"), 2026)
    with duckdb.connect(warehouse.folders.database) as connection:
        connection.execute("alter table plan.calendar drop column notice")
        connection.execute("alter table plan.calendar add column gone integer")
    warehouse.replace(Calendar, days("2027-01-01"), 2027)
    assert warehouse.read(Calendar, 2027).equals(days("2027-01-01"))
    earlier = warehouse.read(Calendar, 2026)
    assert earlier["on"].to_list() == [dt.date(2026, 1, 1)]
    assert earlier["notice"].to_list() == [None]


def test_the_years_of_a_table_are_those_it_has_rows_in(warehouse):
    assert warehouse.years(Calendar) == []
    for year, rows in ((2027, days("2027-01-01")), (2025, days("2025-01-01")), (2026, days())):
        warehouse.replace(Calendar, rows, year)
    assert warehouse.years(Calendar) == [2025, 2027]


def test_rows_come_back_in_the_order_written(warehouse):
    written = days("2027-05-01", "2027-01-01", "2027-03-01")
    warehouse.replace(Calendar, written, 2027)
    assert warehouse.read(Calendar, 2027).equals(written)


def test_every_table_is_exported_for_its_owner_alone(warehouse, tmp_path):
    warehouse.replace(Calendar, days("2027-01-01"), 2027)
    exported = tmp_path / "exports" / "2027" / "plan.calendar.parquet"
    assert pl.read_parquet(exported).equals(days("2027-01-01"))
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "onevisit.duckdb").stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_rows(warehouse):
    warehouse.replace(Calendar, days("2027-01-01"), 2027)
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        warehouse.replace(Calendar, days("2027-01-02").drop("note"), 2027)
    assert warehouse.read(Calendar, 2027).equals(days("2027-01-01"))


def test_samples_show_no_personal_column():
    frame = pl.DataFrame(
        {
            "expert_id": ["1"],
            "name": ["某人"],
            "employer": [None],
            "specialty": ["旅馆"],
            "title": [None],
            "is_valid": [True],
        }
    )
    shown = sample(Experts, frame)
    assert "某人" not in str(shown.records)
    assert "旅馆" in str(shown.records)


def test_samples_show_no_reason_that_a_reviewer_wrote():
    said = problem("P006", cited="审核决定第3号", why="请找张三商量").reason
    shown = sample(Refused, frame_of(Refused, [{"plan_row_id": "GA-2027-01", "code": "P006", "reason": said}]))
    assert "P006" in str(shown.records)
    assert "张三" not in str(shown.records)


def test_rows_can_be_asked_for_by_value(warehouse):
    warehouse.replace(Calendar, days("2027-01-01").with_columns(note=pl.lit("元旦")).vstack(days("2027-01-02")), 2027)
    assert warehouse.read(Calendar, 2027, note="元旦")["on"].to_list() == [dt.date(2027, 1, 1)]


def test_a_warehouse_held_open_reads_and_writes_as_ever(warehouse):
    with warehouse.held():
        warehouse.replace(Calendar, days("2027-01-01"), 2027)
        assert warehouse.read(Calendar, 2027).equals(days("2027-01-01"))
    assert warehouse.read(Calendar, 2027).equals(days("2027-01-01"))


def test_a_database_another_program_holds_is_tried_again(warehouse):
    warehouse.replace(Calendar, days("2027-01-01"), 2027)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(warehouse.folders.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(dg.RetryRequested):
            warehouse.read(Calendar, 2027)
        holder.communicate()
    assert warehouse.read(Calendar, 2027).height == 1

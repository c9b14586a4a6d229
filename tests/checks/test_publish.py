"""Each promise about what is public is kept by a good county and broken by a bad one."""

import datetime as dt

import polars as pl

from checks.publish import (
    PUBLIC,
    differing,
    every_result_is_of_somebody_on_the_public_list,
    everything_released_was_scanned,
    listed_too_early,
    no_public_table_has_a_personal_column,
)
from onevisit.publish.release import released_table
from onevisit.tables import table_of
from tests.onevisit.publish.counties import TODAY, made, public_tables

TABLES = public_tables(made())


def test_a_result_of_somebody_not_listed_is_found():
    good = every_result_is_of_somebody_on_the_public_list.judge
    assert good(TABLES["drawn"], TABLES["results"]).is_empty()
    [one] = TABLES["results"]["object_id"].unique()[:1]
    fewer = TABLES["drawn"].filter(pl.col("object_id") != one)
    assert good(fewer, TABLES["results"])["object_id"].unique().to_list() == [one]


def test_a_file_nobody_read_is_found():
    released = released_table({"a.txt": b"1", "b.txt": b"2"})
    assert everything_released_was_scanned.judge(released).is_empty()
    unread = released.with_columns(is_scanned=pl.col("path") != "b.txt")
    assert everything_released_was_scanned.judge(unread)["path"].to_list() == ["b.txt"]


def test_a_personal_or_sealed_column_in_a_public_table_is_found():
    assert [table_of(model) for model in PUBLIC] == [f"public_{key}" for key in TABLES]
    tables = list(TABLES.values())
    assert no_public_table_has_a_personal_column.judge(*tables).is_empty()
    for name in ("phone", "legal_rep", "certificate_no", "ticket", "stratum", "credit_class"):
        spoilt = [*tables[:-1], tables[-1].with_columns(pl.lit("x").alias(name))]
        assert no_public_table_has_a_personal_column.judge(*spoilt)["column"].to_list() == [name]


def test_a_list_that_is_public_before_its_window_opens_is_found():
    tasks = made().tasks
    assert listed_too_early(TABLES["drawn"], tasks, TODAY).is_empty()
    start = tasks.filter(pl.col("task_id") == "T005")["starts_on"].item()
    assert listed_too_early(TABLES["drawn"], tasks, start).is_empty()
    assert listed_too_early(TABLES["drawn"], tasks, start - dt.timedelta(days=1))["task_id"].to_list() == ["T005"]


def test_a_file_changed_missing_or_surplus_in_the_folder_is_found():
    files = {"a": b"1", "b": b"2"}
    released = released_table(files)
    assert differing(released, files).is_empty()
    for spoilt, path in (({**files, "a": b"x"}, "a"), ({"a": b"1"}, "b"), ({**files, "c": b"3"}, "c")):
        assert differing(released, spoilt)["path"].to_list() == [path]

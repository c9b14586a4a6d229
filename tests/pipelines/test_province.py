"""A province of three small counties: on this machine, on Spark, and one of them alone."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from assets.province_store import Counties, Province, read_seeds
from onevisit.errors import RefusedError
from onevisit.province.stages import STAGES
from pipelines.cli import app
from pipelines.demonstration import write_county
from pipelines.engines import LocalEngine, SparkEngine
from pipelines.province import Outcome, run_province
from pipelines.province_cli import memory_of
from pipelines.province_definitions import build_province, counties_sensor
from pipelines.runs import run_job
from pipelines.settings import Settings

YEAR = 2027
LOCAL = LocalEngine(2, 4 << 30)
SILENT = Console(quiet=True)


class Ran(NamedTuple):
    counties: Path
    outcomes: list[Outcome]


def run(counties: Path, to: Path, seeds=None, engine=LOCAL) -> list[Outcome]:
    return run_province(Province(counties, to, YEAR), engine, seeds or {}, SILENT)


def digests(outcomes: list[Outcome]) -> dict[str, dict[str, str]]:
    return {one.county: dict(one.tables) for one in outcomes}


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    """Three made-up counties, carried from filings to teams on two processes."""
    counties = tmp_path_factory.mktemp("counties")
    for number in (1, 2, 3):
        write_county(counties, number, year=YEAR, entities=200)
    return Ran(counties, run(counties, counties / "province"))


@pytest.fixture
def again(ran, tmp_path) -> Path:
    """A copy of the counties with all that was made of them."""
    return shutil.copytree(ran.counties, tmp_path / "counties")


def test_every_county_goes_from_filings_to_teams(ran):
    assert [one.stopped_at for one in ran.outcomes] == ["", "", ""]
    assert all(one.rows["visits/teams"] > 0 for one in ran.outcomes)
    assert len({one.digests["visits"] for one in ran.outcomes}) == 3
    told = json.loads((ran.counties / "province" / str(YEAR) / "province.json").read_text("utf-8"))
    assert told["stopped"] == []
    assert told["counties"]["002"]["digests"]["draw"]["all"] == ran.outcomes[1].digests["draw"]


def test_nobody_else_may_read_what_is_made(ran):
    made = [path for path in (ran.counties / "province").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_a_county_makes_in_a_province_what_it_makes_alone(ran, tmp_path):
    alone = shutil.copytree(ran.counties / "003", tmp_path / "003")
    settings = Settings(alone / "county", alone)
    for job in ("file_registries", "merge_plan", "draw_visits"):
        run_job(settings, settings.county(), job, YEAR)
    # Alone, a county's departments also confirm schemes: the log is longer, and what cites its last record differs.
    cite_the_log = {"plan/decisions", "draw/rounds", "draw/trail"}
    in_files = {"filings/filed_rows", "draw/draw_evidence", "visits/people_evidence"}
    for name in set(ran.outcomes[2].tables) - cite_the_log - in_files:
        stage, table = name.split("/")
        path = ran.counties / "province" / str(YEAR) / f"stage={stage}" / "county=003" / f"{table}.parquet"
        exported = pl.read_parquet(alone / "exports" / str(YEAR) / f"{stage}.{table}.parquet")
        assert pl.read_parquet(path, hive_partitioning=False).equals(exported), name


def test_nothing_is_made_twice(again, ran):
    outcomes = run(again, again / "province")
    assert digests(outcomes) == digests(ran.outcomes)
    assert not any(one.is_made for one in outcomes)


def test_a_county_that_cannot_go_on_is_named_and_the_rest_go_on(again):
    broken = again / "002" / "county" / "items.csv"
    mended = broken.read_text("utf-8")
    broken.unlink()
    (again / "notes").mkdir()
    plan = next((again / "001" / "inbox" / str(YEAR)).glob("*/年度抽查计划*"))
    plan.unlink()

    outcomes = {one.county: one for one in run(again, again / "province")}
    assert outcomes["002"].stopped_at == "county"
    assert "C001" in outcomes["002"].reasons[0]
    assert "N001" in outcomes["notes"].reasons[0]
    assert (outcomes["001"].is_made, outcomes["001"].stopped_at) == (True, "")
    assert (outcomes["003"].is_made, outcomes["003"].stopped_at) == (False, "")

    broken.write_text(mended, "utf-8")
    shutil.rmtree(again / "notes")
    outcomes = run(again, again / "province")
    # What it is made from is as it was before, and so what was made stands; its neighbour may borrow from it again.
    assert [one.stopped_at for one in outcomes] == ["", "", ""]
    assert [one.is_made for one in outcomes] == [True, False, False]


def test_two_counties_of_one_code_are_both_named(again):
    shutil.copytree(again / "003", again / "004")
    outcomes = {one.county: one for one in run(again, again / "province")}
    assert "003、004" in outcomes["003"].reasons[0]
    assert "003、004" in outcomes["004"].reasons[0]


def test_another_seed_draws_again_and_reads_nothing_again(again, ran):
    to = again / "province"
    outcomes = run(again, to, {"002": {0: "drill", 1: "first"}})
    stages = {
        one.county: [stage for stage in STAGES if one.digests[stage] != before.digests[stage]]
        for one, before in zip(outcomes, ran.outcomes, strict=True)
    }
    assert stages == {"001": [], "002": ["draw", "visits"], "003": []}


def test_a_real_county_is_not_drawn_without_seeds_of_a_drill(again):
    settings = again / "001" / "county" / "county.toml"
    settings.write_text(settings.read_text("utf-8").split("\n[demonstration]")[0], "utf-8")
    first = run(again, again / "province")[0]
    assert first.stopped_at == "draw"
    assert "N003" in first.reasons[0]


def test_a_process_that_dies_costs_its_own_county_alone(again):
    outcomes = run(again, again / "elsewhere", engine=LocalEngine(1, 64 << 20))
    assert [one.stopped_at for one in outcomes] == ["filings"] * 3
    assert all("N006" in one.reasons[0] for one in outcomes)


def test_rows_read_elsewhere_stand_for_an_inbox(again, ran):
    rows = again / "province" / str(YEAR) / "stage=filings" / "county=003" / "filed_rows.parquet"
    (again / "003" / "filings" / str(YEAR)).mkdir(parents=True)
    frame = pl.read_parquet(rows, hive_partitioning=False).sample(fraction=1.0, shuffle=True, seed=1)
    frame[:100].write_parquet(again / "003" / "filings" / str(YEAR) / "b.parquet")
    frame[100:].write_parquet(again / "003" / "filings" / str(YEAR) / "a.parquet")
    third = run(again, again / "province")[2]
    assert third.is_made
    assert third.digests["visits"] == ran.outcomes[2].digests["visits"]


def test_a_neighbour_in_the_province_lends_from_its_own_lists(ran):
    made = ran.counties / "province" / str(YEAR)
    pools = pl.read_parquet(made / "stage=visits" / "county=001" / "pools.parquet")
    own = pl.read_parquet(made / "stage=registries" / "county=002" / "inspectors.parquet")
    assert set(pools["pool"]) == {"示例002县"}
    assert 0 < pools["people"].sum() <= own.height


@pytest.mark.spark
def test_spark_makes_the_same_tables(ran, tmp_path):
    outcomes = run(ran.counties, tmp_path / "spark", engine=SparkEngine("local-cluster[2,1,2048]", 3))
    assert [one.reasons for one in outcomes] == [()] * 3
    assert digests(outcomes) == digests(ran.outcomes)


def test_seeds_are_refused_with_their_row(tmp_path):
    path = tmp_path / "seeds.csv"
    path.write_text("county,round,seed\n001,0,a\n001,first,b\n001,0,c\n", "utf-8")
    with pytest.raises(RefusedError) as refused:
        read_seeds(path)
    assert [one.row for one in refused.value.problems] == [3, 4]


def test_an_amount_of_memory_is_read():
    assert (memory_of("4GB"), memory_of("512 mb")) == (4 << 30, 512 << 20)


def test_a_folder_without_counties_is_refused(tmp_path):
    told = CliRunner().invoke(app, ["province", "run", "--counties", str(tmp_path), "--year", str(YEAR)])
    assert told.exit_code == 1


def test_dagster_makes_what_the_command_makes_and_finds_what_it_made(again, ran):
    counties = Counties(again, again / "province")
    shutil.rmtree(counties.province(YEAR).place("visits", "001"))
    instance = dg.DagsterInstance.ephemeral()
    sensor = counties_sensor(counties)
    asked = sensor(dg.build_sensor_context(instance)).dynamic_partitions_requests
    assert asked[0].partition_keys == ["001", "002", "003"]
    instance.add_dynamic_partitions("counties", asked[0].partition_keys)
    key = dg.MultiPartitionKey({"county": "001", "year": str(YEAR)})
    done = (
        build_province(counties)
        .resolve_job_def("province_year")
        .execute_in_process(partition_key=key, instance=instance)
    )
    assert done.success
    told = counties.province(YEAR).told("visits", "001")
    assert told.digests == {name: one for name, one in ran.outcomes[0].tables.items() if name.startswith("visits/")}


def test_dagster_says_why_a_county_stopped(again):
    (again / "001" / "county" / "items.csv").unlink()
    counties, instance = Counties(again, again / "province"), dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions("counties", ["001"])
    key = dg.MultiPartitionKey({"county": "001", "year": str(YEAR)})
    done = (
        build_province(counties)
        .resolve_job_def("province_year")
        .execute_in_process(partition_key=key, instance=instance, raise_on_error=False)
    )
    assert not done.success
    assert "C001" in str([event.step_failure_data.error for event in done.all_events if event.is_step_failure])

import datetime as dt
import os
import subprocess
import sys

import dagster as dg
import pytest
from filelock import FileLock

from assets.catalogue import YEARS, key_of
from checks.contracts import contracts
from onevisit.draw import tables as draw
from onevisit.filings.tables import FiledRows
from onevisit.plan import tables as plan
from onevisit.publish import tables as publish
from onevisit.supervision import tables as supervision
from onevisit.tables import STAGES, models_of, stage_of, table_of
from pipelines.build import CHECK_MODULES, build_definitions
from pipelines.lock import LOCK
from pipelines.schedules import SCHEDULES
from pipelines.sensors import fingerprint, inbox_sensor
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory, repository):
    return Settings(county_folder=repository / "county", data=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def definitions(settings, county):
    return build_definitions(settings, county)


def test_everything_loads(definitions):
    dg.Definitions.validate_loadable(definitions)


def test_the_workspace_file_loads_the_one_location(repository):
    found = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=repository,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "onevisit" in found.stdout + found.stderr


def test_every_table_is_an_asset_with_a_blocking_contract(definitions, county):
    tables = {(stage_of(m), table_of(m)) for stage in STAGES for m in models_of(stage) if m is not FiledRows}
    tables |= {("filings", department.key) for department in county.departments}
    keys = {tuple(key.path) for key in definitions.resolve_all_asset_keys()}
    assert tables <= keys
    guarded = {tuple(key.asset_key.path) for check in contracts(county) for key in check.check_keys}
    assert guarded == tables
    assert all(spec.blocking for check in contracts(county) for spec in check.check_specs)


def test_no_check_reads_a_table_that_is_made_after_its_own(definitions):
    graph = definitions.resolve_asset_graph()
    rules = [member for module in CHECK_MODULES for member in vars(module).values() if hasattr(member, "reads")]
    assert len(rules) > 40
    for check in rules:
        [key] = check.check_keys
        later = dg.AssetSelection.assets(key.asset_key).downstream(include_self=False).resolve(graph)
        assert not {key_of(model) for model in check.reads} & later, key


def test_every_asset_tells_its_stage_its_purpose_and_its_year(definitions):
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name == key.path[0]
        assert node.group_name in STAGES
        assert len(node.description or "") > 20, key
        assert node.partitions_def == YEARS, key


@pytest.mark.parametrize(
    "models",
    [
        (plan.Submitted, plan.Refused, plan.Conflicts, plan.Scope),
        (plan.Proposals, plan.UnkeptRulings, plan.Neighbours, plan.RulePrices, plan.Moves, plan.AliasProposals),
        (plan.Capacity, plan.Load),
        (plan.Versions, plan.VersionChanges),
        (draw.Frozen, draw.Drawn, draw.Batches, draw.Substitutes),
        (publish.PublicVersions, publish.PublicChanges),
        (supervision.Scores, supervision.Expectations),
    ],
)
def test_tables_made_of_the_same_work_are_made_in_one_step(definitions, models):
    graph = definitions.resolve_asset_graph()
    assert graph.get(key_of(models[0])).execution_set_entity_keys >= {*map(key_of, models)}


def test_a_table_made_in_one_step_with_others_has_only_its_own_sources(definitions):
    graph = definitions.resolve_asset_graph()
    merged = {*map(key_of, (plan.Submitted, plan.Scope, plan.Rulings, plan.Raises))}
    assert graph.get(key_of(plan.RulePrices)).parent_keys == merged
    assert graph.get(key_of(plan.Moves)).parent_keys == merged | {key_of(plan.Proposals)}
    assert graph.get(key_of(publish.PublicVersions)).parent_keys == {key_of(plan.Decisions)}


def test_every_table_asset_shows_its_columns_with_chinese_titles(definitions):
    graph = definitions.resolve_asset_graph()
    for stage in STAGES:
        for model in models_of(stage):
            if model is FiledRows:
                continue
            schema = graph.get(dg.AssetKey([stage, table_of(model)])).metadata["dagster/column_schema"]
            assert [column.name for column in schema.columns] == list(model.to_schema().columns)


def test_next_year_is_in_reach():
    assert YEARS.get_partition_keys(current_time=dt.datetime(2026, 11, 23))[-1] == "2027"


def test_the_named_jobs_are_there_with_a_sentence_each(definitions):
    named = {"file_registries", "review_registries", "merge_plan", "draw_visits", "publish_year", "whole_year"}
    jobs = {job.name: job for job in definitions.resolve_all_job_defs()}
    assert named <= jobs.keys()
    assert all(jobs[name].description for name in named)


@pytest.mark.parametrize(
    ("name", "when", "year"),
    [
        ("file_registries_schedule", dt.datetime(2026, 11, 1, 9), "2027"),
        ("merge_plan_schedule", dt.datetime(2026, 12, 10, 9), "2027"),
        ("publish_year_schedule", dt.datetime(2027, 3, 1, 18), "2027"),
        ("review_registries_schedule", dt.datetime(2027, 11, 15, 9), "2027"),
    ],
)
def test_a_schedule_asks_for_the_right_year_and_ships_stopped(definitions, name, when, year):
    [schedule] = [schedule for schedule in SCHEDULES if schedule.name == name]
    request = schedule(dg.build_schedule_context(scheduled_execution_time=when))
    assert request.partition_key == year
    assert schedule.execution_timezone == "Asia/Shanghai"
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_nothing_on_a_clock_draws():
    assert not [schedule for schedule in SCHEDULES if "draw" in schedule.job_name or schedule.job_name == "whole_year"]


def evaluate(sensor, cursor):
    return sensor(dg.build_sensor_context(cursor=cursor))


def test_the_inbox_is_filed_once_it_changed_and_came_to_rest(tmp_path, repository):
    settings = Settings(county_folder=repository / "county", data=tmp_path)
    sensor = inbox_sensor(settings)
    assert isinstance(evaluate(sensor, None), dg.SkipReason)

    file = tmp_path / "inbox" / "2027" / "县公安局" / "检查对象名录.csv"
    file.parent.mkdir(parents=True)
    file.write_text("半个文件")
    first = evaluate(sensor, None)
    assert first.run_requests == []

    file.write_text("整个文件在这里")
    moved = evaluate(sensor, first.cursor)
    assert moved.run_requests == []

    still = evaluate(sensor, moved.cursor)
    assert [request.partition_key for request in still.run_requests] == ["2027"]
    again = evaluate(sensor, still.cursor)
    assert [request.run_key for request in again.run_requests] == [request.run_key for request in still.run_requests]


def test_a_folder_of_no_year_in_reach_is_nobodys_inbox(tmp_path, repository):
    for name in ("1999", "2027.demonstration"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    sensor = inbox_sensor(Settings(county_folder=repository / "county", data=tmp_path))
    assert isinstance(evaluate(sensor, None), dg.SkipReason)


def test_a_new_file_changes_an_inbox_fingerprint(tmp_path):
    before = fingerprint(tmp_path)
    (tmp_path / "a").write_text("1")
    assert fingerprint(tmp_path) != before


def test_a_run_started_from_a_page_or_a_schedule_writes_nothing_while_another_holds_the_data(definitions, settings):
    with FileLock(settings.data / LOCK):
        run = definitions.resolve_job_def("stage_results").execute_in_process(
            partition_key="2027", raise_on_error=False
        )
    assert not run.success
    assert "C005" in str([event.event_specific_data for event in run.all_events if event.is_failure])
    assert not settings.folders.database.exists()

"""The publish stage through Dagster: the release switches whole, or the last one stands."""

import json
import shutil
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.publish
import checks.publish
from assets.decisions import append_decisions, read_decision_log
from assets.folders import Folders
from assets.kept_plans import keep_plan
from assets.plan import fingerprint_of, plan_held
from assets.publish import switch
from assets.warehouse import Warehouse
from checks.contracts import contract
from onevisit.county import County, Demonstration
from onevisit.decisions import extended, parse_log
from onevisit.draw.tables import Drawn, Rounds, Substitutes
from onevisit.plan import tables as plan
from onevisit.plan.signoff import current_approval, demonstration_entries
from onevisit.publish.tables import PublicChanges, PublicPlan, PublicVersions, Released
from onevisit.registries.tables import Experts, Inspectors, Items, Objects
from onevisit.results.tables import Findings, Progress
from onevisit.supervision.tables import Scores
from onevisit.tables import models_of
from onevisit.visits.tables import Obligations
from tests.onevisit.publish.counties import INSPECTOR, TODAY, VECTORS, YEAR, made

MODELS = {
    "items": Items,
    "objects": Objects,
    "inspectors": Inspectors,
    "experts": Experts,
    "tasks": plan.Tasks,
    "submitted": plan.Submitted,
    "scope": plan.Scope,
    "scores": Scores,
    "task_items": plan.TaskItems,
    "proposals": plan.Proposals,
    "refused": plan.Refused,
    "conflicts": plan.Conflicts,
    "rounds": Rounds,
    "drawn": Drawn,
    "substitutes": Substitutes,
    "obligations": Obligations,
    "findings": Findings,
    "progress": Progress,
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse as the earlier stages leave it, with the evidence of its rounds."""
    filled = Warehouse(Folders(tmp_path))
    with filled.held():
        for name, frame in made().frames.items():
            filled.replace(MODELS[name], frame, YEAR)
    for serial, disclosure in made().rounds.select("serial", "disclosure").iter_rows():
        shutil.copytree(VECTORS / disclosure, filled.folders.draws(YEAR) / serial)
    return filled


def sign(warehouse: Warehouse) -> None:
    """Sign the plan off as it stands now, unless it is signed."""
    before = parse_log(read_decision_log(warehouse.folders, YEAR))
    fingerprint = fingerprint_of(warehouse, YEAR)
    if not current_approval(before, fingerprint):
        after = extended(before, demonstration_entries(before, fingerprint, YEAR))
        append_decisions(warehouse.folders, YEAR, after[len(before) :])


def publish(warehouse: Warehouse, county: County, *, is_signed: bool = True) -> dg.ExecuteInProcessResult:
    if is_signed:
        sign(warehouse)
    clock = Demonstration(seed="s", today=TODAY, sample_years=[YEAR])
    with warehouse.held():
        return dg.materialize(
            [
                *dg.load_assets_from_modules([assets.publish]),
                *dg.load_asset_checks_from_modules([checks.publish]),
                *(contract(model) for model in models_of("publish")),
            ],
            partition_key=str(YEAR),
            resources={"warehouse": warehouse, "county": county.model_copy(update={"demonstration": clock})},
            raise_on_error=False,
        )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_year_is_published_whole_and_keeps_every_promise(warehouse: Warehouse, county: County):
    result = publish(warehouse, county)
    assert result.success
    verdicts = {
        one.check_name: one.passed for one in result.get_asset_check_evaluations() if one.check_name != "contract"
    }
    assert len(verdicts) == 6
    assert all(one.passed for one in result.get_asset_check_evaluations())
    lying = contents(warehouse.folders.public(YEAR))
    assert sorted(lying) == warehouse.read(Released, YEAR)["path"].to_list()


def test_publishing_again_changes_no_byte(warehouse: Warehouse, county: County):
    publish(warehouse, county)
    first = contents(warehouse.folders.public(YEAR)) | contents(warehouse.folders.bureau(YEAR))
    publish(warehouse, county)
    assert contents(warehouse.folders.public(YEAR)) | contents(warehouse.folders.bureau(YEAR)) == first
    assert [path.name for path in warehouse.folders.public(YEAR).parent.iterdir()] == [str(YEAR)]


def test_a_release_knows_the_one_it_takes_the_place_of(warehouse: Warehouse, county: County):
    publish(warehouse, county)
    warehouse.replace(plan.Tasks, warehouse.read(plan.Tasks, YEAR).with_columns(name=pl.lit("改过的任务")), YEAR)
    publish(warehouse, county)
    entries = (warehouse.folders.public(YEAR) / "releases.jsonl").read_text("utf-8").splitlines()
    assert len(entries) == 2
    assert "tasks/T001.html" in json.loads(entries[1])["changed"]


def test_a_change_of_the_plan_is_public_only_when_it_is_signed(warehouse: Warehouse, county: County):
    publish(warehouse, county)
    first = warehouse.read(PublicPlan, YEAR)
    changed = warehouse.read(plan.Tasks, YEAR).with_columns(name=pl.lit("改过的任务"))
    warehouse.replace(plan.Tasks, changed, YEAR)
    assert publish(warehouse, county, is_signed=False).success
    assert warehouse.read(PublicPlan, YEAR).equals(first)
    assert publish(warehouse, county).success
    assert warehouse.read(PublicPlan, YEAR)["name"].unique().to_list() == ["改过的任务"]


def test_a_second_version_is_public_with_its_reason_and_what_it_changed(warehouse: Warehouse, county: County):
    keep_plan(warehouse.folders, YEAR, plan_held(warehouse, YEAR))
    publish(warehouse, county)
    assert warehouse.read(PublicVersions, YEAR).select("version", "public_note").rows() == [(1, None)]
    is_first = pl.col("task_id") == "T001"
    name = pl.when(is_first).then(pl.lit("改过的任务")).otherwise("name").alias("name")
    warehouse.replace(plan.Tasks, made().tasks.with_columns(name), YEAR)
    keep_plan(warehouse.folders, YEAR, plan_held(warehouse, YEAR))
    assert publish(warehouse, county).success
    changes = warehouse.read(PublicChanges, YEAR)
    assert changes.select("version", "task_id", "column", "after").rows() == [(2, "T001", "任务名称", "改过的任务")]
    versions = warehouse.read(PublicVersions, YEAR)
    assert versions.select("version", "is_current", "task_count").rows() == [(1, False, 8), (2, True, 8)]
    assert versions["public_note"][1]


def test_a_personal_name_stops_the_release_and_the_last_one_stands(warehouse: Warehouse, county: County):
    publish(warehouse, county)
    first = contents(warehouse.folders.public(YEAR))
    named = plan_with_name(INSPECTOR)
    warehouse.replace(plan.Tasks, named, YEAR)
    result = publish(warehouse, county)
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "publish__released"
    assert "U001" in str(failure.step_failure_data.error)
    assert INSPECTOR not in str(failure.step_failure_data.error)
    assert contents(warehouse.folders.public(YEAR)) == first


def plan_with_name(name: str) -> pl.DataFrame:
    is_first = pl.col("task_id") == "T001"
    return made().tasks.with_columns(name=pl.when(is_first).then(pl.lit(f"联系人：{name}")).otherwise("name"))


def test_a_switch_that_fails_leaves_the_old_release_and_no_litter(tmp_path: Path):
    folder = tmp_path / "2027"
    switch(folder, {"a/b.txt": b"old"})
    with pytest.raises(IsADirectoryError):
        switch(folder, {"a/b.txt": b"new", "a": b"a file where a folder is"})
    assert contents(folder) == {"a/b.txt": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["2027"]


def test_a_release_moved_away_by_a_switch_that_was_killed_comes_back(tmp_path: Path):
    folder = tmp_path / "2027"
    (tmp_path / "2027.part-x" / "old").mkdir(parents=True)
    (tmp_path / "2027.part-x" / "old" / "a.txt").write_bytes(b"old")
    with pytest.raises(IsADirectoryError):
        switch(folder, {"a/b.txt": b"new", "a": b"x"})
    assert contents(folder) == {"a.txt": b"old"}

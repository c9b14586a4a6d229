"""The publish stage through Dagster: the release switches whole, or the last one stands."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.platform
import assets.publish
import checks.publish
from assets.attempts import Attempt, keep_begun
from assets.decisions import append_decisions, read_decision_log
from assets.evidence import files_in
from assets.folders import Folders
from assets.kept_plans import keep_plan
from assets.plan import fingerprint_of, plan_held
from assets.platform import rows_written
from assets.publish import switch
from assets.warehouse import Warehouse
from checks.contracts import contract
from onevisit.county import County, Demonstration
from onevisit.decisions import extended, parse_log
from onevisit.draw.tables import Drawn, Rounds, Substitutes
from onevisit.plan import tables as plan
from onevisit.plan.signoff import current_approval, demonstration_entries
from onevisit.publish.tables import PlatformFiles, PublicChanges, PublicPlan, PublicRounds, PublicVersions, Released
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
                *dg.load_assets_from_modules([assets.publish, assets.platform]),
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
    assert len(verdicts) == 7
    assert all(one.passed for one in result.get_asset_check_evaluations())
    lying = contents(warehouse.folders.public(YEAR))
    assert sorted(lying) == warehouse.read(Released, YEAR)["path"].to_list()


def test_a_round_that_people_hold_right_now_is_announced_and_nothing_it_revealed_is_public(
    warehouse: Warehouse, county: County
):
    serial, evidence = f"510923-{YEAR}-09-1", files_in(VECTORS / "witnessed")
    lines = evidence["TRAIL"].splitlines(keepends=True)
    later = {"SEED", "drawn.tsv", "batches.tsv", "substitutes.tsv", "CODES"}
    held = {name: data for name, data in evidence.items() if name not in later}
    record = {"starts": {"T001": f"{YEAR}-01-04"}}
    keep_begun(warehouse.folders, serial, Attempt(held | {"TRAIL": b"".join(lines[:11])}, record))
    assert publish(warehouse, county).success
    folder = warehouse.folders.public(YEAR)
    assert sorted(path.name for path in (folder / "draws" / serial).iterdir()) == [
        "COMMITMENT", "COMMITS", "DRAW", "ROOT", "chains.tsv", "index.html"
    ]  # fmt: skip
    row = warehouse.read(PublicRounds, YEAR).row(by_predicate=pl.col("serial") == serial, named=True)
    assert (row["state"], row["seed"], row["drawn_count"]) == ("待抽取", None, None)
    assert (folder / "notices" / f"draw-{serial}.docx").exists()


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


KILLED = """
import os, signal, shutil, sys
from pathlib import Path
import assets.publish as publish

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

class Files(dict):
    def items(self):
        yield "a/b.txt", b"new"
        die()

if sys.argv[2] == "writing":
    publish.switch(Path(sys.argv[1]), Files())
publish.shutil.rmtree = die
publish.switch(Path(sys.argv[1]), {"a/b.txt": b"new"})
"""


@pytest.mark.parametrize(("moment", "standing"), [("writing", b"old"), ("clearing", b"new")])
def test_a_run_killed_at_any_moment_leaves_a_whole_release_and_the_next_one_cleans_up(
    tmp_path: Path, moment: str, standing: bytes
):
    folder = tmp_path / "2027"
    switch(folder, {"a/b.txt": b"old"})
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert contents(folder) == {"a/b.txt": standing}
    assert len(list(tmp_path.iterdir())) == 2
    switch(folder, {"a/b.txt": b"newest"})
    assert contents(folder) == {"a/b.txt": b"newest"}
    assert [path.name for path in tmp_path.iterdir()] == ["2027"]


def test_where_folders_cannot_be_exchanged_the_release_is_moved_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assets.publish, "exchange", lambda *_: False)
    for text in (b"old", b"new"):
        switch(tmp_path / "2027", {"a/b.txt": text})
    assert contents(tmp_path / "2027") == {"a/b.txt": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["2027"]


def test_the_platforms_files_lie_as_the_table_says_for_their_owner_alone(warehouse: Warehouse, county: County):
    assert publish(warehouse, county).success
    files = warehouse.read(PlatformFiles, YEAR)
    folder = warehouse.folders.platform(YEAR)
    assert files["kind"].to_list() == ["任务公告", "结果公示", "检查对象名录", "执法检查人员名录"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(files["file"])
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert sum(map(len, rows_written(warehouse.folders, county, YEAR).values())) == files["row_count"].sum()


def test_a_value_without_a_code_leaves_its_file_out_and_the_public_release_as_it_is(
    warehouse: Warehouse, county: County
):
    forms = [
        form.model_copy(update={"codes": {name: {} for name in form.codes}}) if form.kind == "results" else form
        for form in county.platform
    ]
    result = publish(warehouse, county.model_copy(update={"platform": forms}))
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "publish__platform_files"
    assert "U100" in str(failure.step_failure_data.error)
    assert (warehouse.folders.public(YEAR) / "index.html").exists()
    names = {path.name for path in warehouse.folders.platform(YEAR).iterdir()}
    assert names == {"抽查任务公告.xlsx", "检查对象名录.xlsx", "执法检查人员名录.xlsx"}

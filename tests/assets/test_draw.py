"""The draw stage through Dagster: held once, rebuilt from then on, never without a sign-off."""

import datetime as dt
import shutil
import stat
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

import assets.draw
import checks.draw
from assets.draw import hold_scripted_rounds
from assets.evidence import evidence_folders, evidence_of, write_evidence
from assets.folders import Folders
from assets.warehouse import Warehouse
from onevisit.county import County
from onevisit.decisions import extended, log_text
from onevisit.draw import verify
from onevisit.draw.evidence import replays_of
from onevisit.draw.history import history_of
from onevisit.draw.tables import Batches, Drawn, Frozen, Rounds, Substitutes, Trail
from onevisit.errors import RefusedError
from onevisit.plan.signoff import demonstration_entries, plan_fingerprint
from onevisit.plan.tables import Scope, Submitted, TaskItems, Tasks
from onevisit.registries.tables import Objects
from onevisit.tables import Table
from tests.onevisit.draw.samples import FLAT, IDS, ROWS, YEAR, Row, frames, objects

TABLES: list[type[Table]] = [Rounds, Frozen, Drawn, Batches, Substitutes, Trail]


def fill(warehouse: Warehouse, rows: list[Row], *, is_signed: bool = True) -> Warehouse:
    """Write a plan and its registry, and sign the plan off."""
    made = frames(rows)
    for model, frame in zip((Submitted, Scope, Tasks, TaskItems), made, strict=True):
        warehouse.replace(model, frame, YEAR)
    warehouse.replace(Objects, objects(60), YEAR)
    if is_signed:
        sealed = warehouse.folders.sealed(YEAR)
        sealed.mkdir(parents=True, exist_ok=True)
        entries = demonstration_entries([], plan_fingerprint(*made), YEAR)
        (sealed / "decisions.jsonl").write_text(log_text(extended([], entries)), "utf-8")
    return warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return fill(Warehouse(Folders(tmp_path)), ROWS)


def run(warehouse: Warehouse, county: County) -> dg.ExecuteInProcessResult:
    judges = dg.load_asset_checks_from_modules([checks.draw])
    return dg.materialize(
        [*dg.load_assets_from_modules([assets.draw]), *judges],
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
    )


def on(county: County, day: dt.date) -> County:
    """The demonstration county on another day."""
    assert county.demonstration
    return county.model_copy(update={"demonstration": county.demonstration.model_copy(update={"today": day})})


def test_every_round_of_the_year_is_held_and_every_promise_kept(warehouse: Warehouse, county: County) -> None:
    result = run(warehouse, county)
    assert all(one.passed for one in result.get_asset_check_evaluations())
    rounds = warehouse.read(Rounds, YEAR)
    assert rounds.select("serial", "state", "disclosure").rows() == [
        ("510923-2027-01-1", "drawn", "open"),
        ("510923-2027-02-1", "void", "witnessed"),
        ("510923-2027-02-2", "drawn", "witnessed"),
    ]
    for model in TABLES:
        model.validate(warehouse.read(model, YEAR), lazy=True)
        assert warehouse.read(model, YEAR).height, model


def test_the_command_line_verifier_accepts_every_folder(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    folders = evidence_folders(warehouse.folders, YEAR)
    assert len(folders) == 3
    assert [verify.main([str(folder)]) for folder in folders] == [0, 0, 0]


def test_every_witness_of_the_scripted_rounds_with_classes_has_replayed_them(
    warehouse: Warehouse, county: County
) -> None:
    run(warehouse, county)
    replays = {
        serial: (replays_of(files), verify.Folder(dict(files)))
        for serial, files in evidence_of(warehouse.folders, YEAR).items()
    }
    for said, folder in replays.values():
        verify.verify(folder)
        assert set(said.values()) <= {folder.digest}
    witnesses = {"discipline", "enterprise", "notary"}
    assert {serial: set(said) for serial, (said, _) in replays.items()} == {
        "510923-2027-01-1": set(),
        "510923-2027-02-1": set(),
        "510923-2027-02-2": witnesses,
    }


def test_a_round_already_held_is_never_drawn_again(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    before, drawn = evidence_of(warehouse.folders, YEAR), warehouse.read(Drawn, YEAR)
    # A registry that lost half its objects and classes that moved change nothing of what was held.
    changed = objects(60).with_columns(is_living=pl.int_range(pl.len()) < 30, credit_class=pl.lit("A"))
    warehouse.replace(Objects, changed, YEAR)
    assert run(warehouse, county).success
    assert evidence_of(warehouse.folders, YEAR) == before
    assert warehouse.read(Drawn, YEAR).equals(drawn)


def test_a_new_task_gets_a_later_round_and_the_others_stay(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    before = evidence_of(warehouse.folders, YEAR)
    fill(warehouse, [*ROWS, Row("T004", "P-9", dt.date(2027, 1, 11), IDS, rates=FLAT)])
    run(warehouse, county)
    after = evidence_of(warehouse.folders, YEAR)
    assert {serial: after[serial] for serial in before} == before
    assert set(after) - set(before) == {"510923-2027-03-1"}


def test_only_rounds_whose_day_has_come_are_held(warehouse: Warehouse, county: County) -> None:
    early = run(warehouse, on(county, dt.date(2027, 2, 25)))
    assert early.success
    assert evidence_of(warehouse.folders, YEAR) == {}
    assert warehouse.read(Drawn, YEAR).is_empty()
    run(warehouse, on(county, dt.date(2027, 2, 26)))
    # On the day of the draw no window is open yet: nobody has turned out closed.
    assert warehouse.read(Rounds, YEAR).height == 3
    assert warehouse.read(Substitutes, YEAR).is_empty()


def test_nothing_is_drawn_without_a_sign_off(tmp_path: Path, county: County) -> None:
    unsigned = fill(Warehouse(Folders(tmp_path)), ROWS, is_signed=False)
    with pytest.raises(RefusedError, match="P061"):
        run(unsigned, county)
    assert evidence_of(unsigned.folders, YEAR) == {}


def test_a_plan_changed_after_its_sign_off_is_not_drawn(warehouse: Warehouse, county: County) -> None:
    warehouse.replace(Scope, warehouse.read(Scope, YEAR).head(100), YEAR)
    with pytest.raises(RefusedError, match="P062"):
        run(warehouse, county)


def test_a_day_nobody_declared_is_not_drawn_on(warehouse: Warehouse, county: County) -> None:
    assert county.demonstration
    bare = county.demonstration.model_copy(update={"sample_years": []})
    with pytest.raises(RefusedError, match="D071"):
        run(
            warehouse, county.model_copy(update={"demonstration": bare, "calendar_csv": "date,is_workday,state,note\n"})
        )


def test_a_real_county_is_told_what_waits_and_nothing_is_drawn_for_it(
    warehouse: Warehouse, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets.draw, "today", lambda _county: dt.date(2027, 12, 1))
    monkeypatch.setattr(checks.draw, "today", lambda _county: dt.date(2027, 12, 1))
    result = run(warehouse, county.model_copy(update={"demonstration": None}))
    (made,) = result.asset_materializations_for_node("draw__rounds")
    waiting = str(made.metadata["waiting"].value)
    assert "D072" in waiting
    assert "T002" in waiting
    assert evidence_of(warehouse.folders, YEAR) == {}
    warned = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert warned == {"every_open_task_is_drawn"}


def test_the_evidence_is_for_its_owner_alone(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    draws = warehouse.folders.draws(YEAR)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in draws.rglob("*") if path.is_file()}
    folder_modes = {stat.S_IMODE(path.stat().st_mode) for path in [draws, *draws.rglob("*")] if path.is_dir()}
    assert (modes, folder_modes) == ({0o600}, {0o700})


def test_a_folder_left_half_written_does_not_count_and_is_written_anew(warehouse: Warehouse, county: County) -> None:
    half = warehouse.folders.draws(YEAR) / ".510923-2027-01-1.part"
    half.mkdir(parents=True)
    (half / "DRAW").write_text("510923-2027-01-1\n")
    (half / "stray").write_text("x")
    assert run(warehouse, county).success
    assert not half.exists()
    assert "stray" not in evidence_of(warehouse.folders, YEAR)["510923-2027-01-1"]


def test_a_folder_that_stands_is_never_overwritten(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    folder = evidence_folders(warehouse.folders, YEAR)[0]
    with pytest.raises(OSError, match=r"\[Errno"):
        write_evidence(folder, {"DRAW": b"x"})
    assert (folder / "DRAW").read_bytes() == b"510923-2027-01-1\n"


def test_a_round_interrupted_after_its_void_attempt_goes_on(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    whole = evidence_of(warehouse.folders, YEAR)
    shutil.rmtree(warehouse.folders.draws(YEAR) / "510923-2027-02-2")
    run(warehouse, county)
    assert evidence_of(warehouse.folders, YEAR) == whole


def test_changed_evidence_stops_everything_after_it(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    path = warehouse.folders.draws(YEAR) / "510923-2027-01-1" / "drawn.tsv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    result = dg.materialize(
        [*dg.load_assets_from_modules([assets.draw]), *dg.load_asset_checks_from_modules([checks.draw])],
        partition_key=str(YEAR),
        resources={"warehouse": warehouse, "county": county},
        raise_on_error=False,
    )
    broken = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert {"every_round_replays", "the_stand_alone_verifier_agrees"} <= broken
    assert not result.success


def test_next_year_takes_this_year_into_account(warehouse: Warehouse, county: County) -> None:
    run(warehouse, county)
    later = [Row(row.task, row.item, row.starts_on.replace(year=2028), row.ids, row.rates, row.count) for row in ROWS]
    made = frames(later)
    for model, frame in zip((Submitted, Scope, Tasks, TaskItems), made, strict=True):
        warehouse.replace(model, frame, YEAR + 1)
    warehouse.replace(Objects, objects(60), YEAR + 1)
    sealed = warehouse.folders.sealed(YEAR + 1)
    sealed.mkdir(parents=True, mode=0o700)
    entries = demonstration_entries([], plan_fingerprint(*made), YEAR + 1)
    (sealed / "decisions.jsonl").write_text(log_text(extended([], entries)), "utf-8")
    hold_scripted_rounds(warehouse, on(county, dt.date(2028, 12, 1)), YEAR + 1)
    before = evidence_of(warehouse.folders, YEAR)
    held = [files for files in evidence_of(warehouse.folders, YEAR + 1).values() if "drawn.tsv" in files]
    frozen = {b"witnessed" in files["settings.tsv"]: files["history.tsv"] for files in held}
    # An open round is published whole, and a cell of classes betrays them: its history is of open rounds alone.
    in_public = {serial: files for serial, files in before.items() if b"open" in files["settings.tsv"]}
    assert frozen[False] == history_of(in_public) != b""
    history = frozen[True]
    assert len(history.splitlines()) == 60
    standing = warehouse.read(Drawn, YEAR)["object_id"].n_unique()
    assert history.count(b"\t1\n") >= standing

"""Each promise of the draw: one frame that keeps it, one that breaks it."""

import datetime as dt
from pathlib import Path

import polars as pl

from assets.evidence import write_evidence
from checks.draw import (
    a_round_stands_once,
    a_task_is_drawn_once,
    as_many_are_drawn_as_the_plan_says,
    early_rounds,
    nobody_outside_the_frozen_scope_is_drawn,
    the_seed_comes_after_the_commitments,
    the_table_is_what_was_drawn,
    the_trail_is_unbroken,
    undrawn_tasks,
)
from checks.evidence import not_replayed, not_verified
from onevisit.draw.evidence import Evidence
from onevisit.draw.rebuild import drawn_table, rounds_table, trail_table
from onevisit.draw.tables import Rounds
from onevisit.plan.tables import Tasks
from onevisit.tables import frame_of
from tests.onevisit.draw.samples import DAYS, MARCH, OPEN, held

SERIAL = "510923-2027-01-1"
HELD = {SERIAL: held(OPEN)}
DRAWN = drawn_table(HELD)


def rounds(*changes: dict[str, object]) -> pl.DataFrame:
    """Rounds like the sample's, each changed."""
    (row,) = rounds_table(HELD).to_dicts()
    return frame_of(Rounds, [{**row, **change} for change in changes])


def test_a_held_round_keeps_every_promise() -> None:
    assert the_table_is_what_was_drawn.judge(HELD, DRAWN).is_empty()
    assert nobody_outside_the_frozen_scope_is_drawn.judge(HELD, DRAWN).is_empty()
    assert as_many_are_drawn_as_the_plan_says.judge(HELD, DRAWN).is_empty()
    assert the_trail_is_unbroken.judge(trail_table(HELD)).is_empty()
    assert the_seed_comes_after_the_commitments.judge(trail_table(HELD)).is_empty()


def kept(folder: Path, files: Evidence) -> list[Path]:
    """The evidence folder of the sample's round."""
    write_evidence(folder / SERIAL, files)
    return [folder / SERIAL]


def test_evidence_as_it_was_left_passes_both_programs(tmp_path: Path) -> None:
    folders = kept(tmp_path, HELD[SERIAL])
    assert not_replayed(folders).is_empty()
    assert not_verified(folders).is_empty()


def test_a_changed_file_is_named_by_both_programs(tmp_path: Path) -> None:
    folders = kept(tmp_path, HELD[SERIAL] | {"SEED": b"0" * 64 + b"\n"})
    assert "SEED" in not_replayed(folders)["file"].to_list()
    assert "SEED" in not_verified(folders)["problem"].item()


def test_a_missing_file_is_named_by_both_programs(tmp_path: Path) -> None:
    folders = kept(tmp_path, {name: data for name, data in HELD[SERIAL].items() if name != "REVEALS"})
    assert not_replayed(folders)["file"].to_list() == ["REVEALS"]
    assert "REVEALS" in not_verified(folders)["problem"].item()


def test_somebody_put_into_the_table_is_found() -> None:
    stranger = DRAWN.head(1).with_columns(object_id=pl.lit("DY-9999"))
    more = pl.concat([DRAWN, stranger])
    assert the_table_is_what_was_drawn.judge(HELD, more)["object_id"].to_list() == ["DY-9999"]
    assert nobody_outside_the_frozen_scope_is_drawn.judge(HELD, more)["object_id"].to_list() == ["DY-9999"]
    assert as_many_are_drawn_as_the_plan_says.judge(HELD, more)["found"].to_list() == [
        as_many_are_drawn_as_the_plan_says.judge(HELD, more)["wanted"][0] + 1
    ]


def test_somebody_left_out_of_the_table_is_found() -> None:
    fewer = DRAWN.tail(-1)
    assert the_table_is_what_was_drawn.judge(HELD, fewer).height == 1
    assert as_many_are_drawn_as_the_plan_says.judge(HELD, fewer).height == 1


def test_a_task_in_two_rounds_is_found() -> None:
    again = {"serial": "510923-2027-02-1", "round_no": 2, "task_ids": ["T003"]}
    assert a_task_is_drawn_once.judge(rounds({}, again))["task_ids"].to_list() == ["T003", "T003"]
    assert a_task_is_drawn_once.judge(rounds({}, again | {"state": "void"})).is_empty()


def test_a_round_drawn_again_without_a_void_attempt_is_found() -> None:
    second = {"serial": "510923-2027-01-2"}
    assert a_round_stands_once.judge(rounds({}, second))["serial"].to_list() == [SERIAL]
    assert a_round_stands_once.judge(rounds({"state": "void"}, second)).is_empty()


def test_a_round_drawn_too_early_or_too_late_is_found() -> None:
    five_before, six_before = dt.date(2027, 2, 22), dt.date(2027, 2, 19)
    for day, is_broken in ((five_before, False), (six_before, True), (MARCH, True)):
        found = early_rounds(rounds({"draws_on": day, "opens_on": MARCH, "locked_until": MARCH}), DAYS, most=5)
        assert found.is_empty() != is_broken, day


def test_an_open_task_nobody_drew_is_found() -> None:
    tasks = frame_of(Tasks, [{"task_id": task, "name": task, "starts_on": MARCH} for task in ("T001", "T002", "T003")])
    assert undrawn_tasks(tasks, rounds({}), on=MARCH)["task_id"].to_list() == ["T002"]
    assert undrawn_tasks(tasks, rounds({}), on=dt.date(2027, 2, 28)).is_empty()
    assert undrawn_tasks(tasks, rounds({"state": "void"}), on=MARCH).height == 3


def test_a_line_taken_out_of_the_trail_is_found() -> None:
    trail = trail_table(HELD)
    assert the_trail_is_unbroken.judge(trail.filter(pl.col("number") != 3))["number"][0] == 4
    later = trail.with_columns(at=pl.col("at").str.replace("T09:10", "T09:11"))
    assert not the_trail_is_unbroken.judge(later).is_empty()


def test_a_commit_after_a_reveal_is_found() -> None:
    trail = trail_table(HELD)
    swapped = trail.with_columns(
        event=pl.when(number=3).then(pl.lit("reveal")).when(number=7).then(pl.lit("commit")).otherwise("event")
    )
    assert not the_seed_comes_after_the_commitments.judge(swapped).is_empty()

"""Obligations: what each drawn object owes, and who owes it after a substitution."""

import polars as pl

from onevisit.visits.obligations import obligations_of
from tests.onevisit.visits import samples
from tests.onevisit.visits.samples import HEALTH, INN, POLICE, SHOP, TWO

PUB = "DY-0003"
PARTNER = {"department": POLICE, "item_code": "GA-001", "role": "partner"}


def owed(**tables: pl.DataFrame) -> pl.DataFrame:
    defaults = {
        "rounds": samples.rounds(),
        "drawn": samples.drawn({}),
        "batches": samples.batches({}),
        "substitutes": samples.substitutes(),
        "tasks": samples.tasks(),
        "task_items": samples.task_items({}),
    }
    return obligations_of(**{**defaults, **tables})


def test_a_drawn_object_owes_the_initiators_and_the_partners_items():
    found = owed(task_items=samples.task_items({}, PARTNER))
    assert found.select("object_id", "department", "item_code", "role").rows() == [
        (SHOP, POLICE, "GA-001", "partner"),
        (SHOP, HEALTH, "WJ-001", "initiator"),
    ]


def test_a_partners_item_that_two_rows_bring_is_owed_once():
    rows = samples.task_items(
        {}, PARTNER, {"plan_row_id": "R2", "item_code": "WJ-002"}, {**PARTNER, "plan_row_id": "R2"}
    )
    found = owed(task_items=rows, drawn=samples.drawn({}, {"plan_row_id": "R2"}))
    assert found.filter(pl.col("department") == POLICE)["plan_row_id"].to_list() == ["R1"]
    assert found.filter(pl.col("department") == HEALTH)["plan_row_id"].to_list() == ["R1", "R2"]


def test_an_item_the_initiator_checks_anyway_is_not_owed_to_a_partner_again():
    rows = samples.task_items({}, {"plan_row_id": "R0", "role": "partner"})
    found = owed(task_items=rows, drawn=samples.drawn({}, {"plan_row_id": "R0"}))
    assert found.select("plan_row_id", "role").rows() == [("R1", "initiator")]


def test_an_object_owes_only_for_the_rows_that_drew_it():
    rows = samples.task_items({}, {"plan_row_id": "R2", "item_code": "WJ-002"})
    found = owed(
        task_items=rows,
        drawn=samples.drawn({}, {"object_id": INN, "plan_row_id": "R2"}),
        batches=samples.batches({}, {"object_id": INN}),
    )
    assert found.select("object_id", "item_code").rows() == [(SHOP, "WJ-001"), (INN, "WJ-002")]


def test_a_void_round_owes_nothing():
    assert owed(rounds=samples.rounds({"state": "void", "seed": None})).is_empty()


def test_a_substitute_takes_the_place_and_the_batch_of_the_lost():
    found = owed(batches=samples.batches({"batch": 3}), substitutes=samples.substitutes({}))
    assert found.select("object_id", "batch").rows() == [(INN, 3)]


def test_a_substitute_may_be_lost_too():
    gone = samples.substitutes({}, {"number": 2, "lost_id": INN, "new_id": PUB})
    assert owed(batches=samples.batches({"batch": 3}), substitutes=gone).select("object_id", "batch").rows() == [
        (PUB, 3)
    ]


def test_a_substitute_drawn_by_another_row_of_the_task_keeps_its_batch():
    found = owed(
        task_items=samples.task_items({}, {"plan_row_id": "R2", "item_code": "WJ-002"}),
        drawn=samples.drawn({}, {"object_id": INN, "plan_row_id": "R2"}),
        batches=samples.batches({"batch": 3}, {"object_id": INN, "batch": 1}),
        substitutes=samples.substitutes({}),
    )
    assert found.select("object_id", "item_code", "batch").rows() == [(INN, "WJ-001", 1), (INN, "WJ-002", 1)]


def test_where_no_substitute_is_left_nobody_owes():
    assert owed(substitutes=samples.substitutes({"new_id": None})).is_empty()


def test_a_loss_in_one_round_leaves_another_round_alone():
    found = owed(
        rounds=samples.rounds({}, {"serial": TWO, "round_no": 2}),
        drawn=samples.drawn({}, {"serial": TWO}),
        batches=samples.batches({}, {"serial": TWO}),
        substitutes=samples.substitutes({"new_id": None}),
    )
    assert found["serial"].to_list() == [TWO]

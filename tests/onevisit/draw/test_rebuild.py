"""Tables are what the evidence says."""

import datetime as dt
from dataclasses import replace

import pytest

from onevisit.draw.rebuild import (
    batches_table,
    drawn_table,
    frozen_table,
    rounds_table,
    substitutes_table,
    trail_table,
)
from onevisit.draw.tables import Batches, Drawn, Frozen, Rounds, Substitutes, Trail
from tests.onevisit.draw.samples import OPEN, WITNESSED, held

TABLES = [
    (Rounds, rounds_table),
    (Frozen, frozen_table),
    (Drawn, drawn_table),
    (Batches, batches_table),
    (Substitutes, substitutes_table),
    (Trail, trail_table),
]


def year() -> dict[str, dict[str, bytes]]:
    """An open round, and a witnessed one whose first attempt was void."""
    void = held(WITNESSED, is_void=True)
    second = held(replace(WITNESSED, attempt=2), earlier=void)
    return {"510923-2027-02-2": second, "510923-2027-01-1": held(OPEN), "510923-2027-02-1": void}


@pytest.mark.parametrize(("model", "make"), TABLES, ids=[model.__name__ for model, _ in TABLES])
def test_each_table_keeps_its_contract_with_rounds_and_without(model, make) -> None:  # type: ignore[no-untyped-def]
    held_rounds = year()
    table = make(held_rounds)
    model.validate(table)
    model.validate(make({}))
    assert table.height
    assert make(dict(sorted(held_rounds.items()))).equals(table)


def test_a_round_says_what_was_frozen_not_what_holds_today() -> None:
    rounds = rounds_table(year())
    assert rounds["serial"].to_list() == ["510923-2027-01-1", "510923-2027-02-1", "510923-2027-02-2"]
    assert rounds["state"].to_list() == ["drawn", "void", "drawn"]
    first = rounds.row(0, named=True)
    assert first["task_ids"] == ["T001", "T003"]
    assert (first["draws_on"], first["opens_on"], first["locked_until"]) == (
        dt.date(2027, 2, 26),
        dt.date(2027, 3, 1),
        dt.date(2027, 3, 3),
    )
    assert first["is_demonstration"]
    assert rounds["seed"].is_null().to_list() == [False, True, False]


def test_the_trail_of_a_round_is_there_once_and_knows_its_attempts() -> None:
    trail = trail_table(year())
    assert not trail.select("serial", "number").is_duplicated().any()
    void = trail.filter(serial="510923-2027-02-1")
    second = trail.filter(serial="510923-2027-02-2")
    assert void["event"].to_list()[-1] == "void"
    assert second["number"].min() == void.height + 1


def test_nobody_is_drawn_in_a_void_attempt() -> None:
    assert "510923-2027-02-1" not in set(drawn_table(year())["serial"])

"""From the signed-off plan to frozen files: totals are those of the plan, and nothing unsigned is frozen."""

import datetime as dt
import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.decisions import extended, log_text
from onevisit.draw.freeze import Parties, freeze_round, mark_of, signed_plan
from onevisit.draw.frozen import read_frozen
from onevisit.draw.rounds import Round
from onevisit.draw.select import how_many
from onevisit.errors import RefusedError
from onevisit.plan.signoff import demonstration_entries, plan_fingerprint
from tests.onevisit.draw.samples import (
    BY_CLASS,
    FLAT,
    IDS,
    MARCH,
    OPEN,
    ROWS,
    RULES,
    STAFF,
    WITNESSED,
    YEAR,
    Row,
    frames,
    objects,
    signed,
)

PARTIES = Parties({"discipline": "0" * 64, "notary": "1" * 64}, "2027-02-26T10:00:00+08:00")


def frozen(rows: list[Row], one: Round, *, registry: pl.DataFrame | None = None) -> dict[str, bytes]:
    """The frozen files of a round."""
    return freeze_round(
        signed(rows),
        one,
        objects=objects(60) if registry is None else registry,
        history=b"",
        rules=RULES,
        parties=PARTIES,
        mark_secret="a secret",  # noqa: S106 - a made-up one
        staff=STAFF,
    )


def totals(rows: list[Row], one: Round, seed: str = "0" * 64) -> dict[str, int]:
    """How many are drawn of each plan row."""
    plan = read_frozen(frozen(rows, one)).plan
    counted = how_many(plan, seed).group_by("item").agg(pl.col("wanted").sum()).sort("item")
    return dict(counted.iter_rows())


@pytest.mark.parametrize(("count", "least"), [(7, 0), (7, 7), (7, 5), (5, 8), (1, 0)])
def test_a_row_that_asks_for_a_number_gets_exactly_that_number(count: int, least: int) -> None:
    by_class = Row("T002", "P-9", MARCH, IDS[:3], rates=BY_CLASS)
    number = Row("T002", "P-3", MARCH, IDS[3:], count=count, least=least)
    assert totals([by_class, number], WITNESSED)["P-3"] == max(count, least)


def test_a_number_by_class_is_drawn_as_the_plan_allotted_it() -> None:
    row = Row("T002", "P-3", MARCH, IDS, count=10, class_counts=[1, 2, 3, 4, 0])
    lines = [line.split("\t") for line in frozen([row], WITNESSED)["plan.tsv"].decode().splitlines()]
    assert [line[6] for line in lines] == ["1", "2", "3", "4", "0"]
    assert totals([row], WITNESSED) == {"P-3": 10}


def test_a_class_that_shrank_since_the_plan_leaves_its_number_to_the_others() -> None:
    # Twelve objects a class were counted; of class D all but two became C since.
    row = Row("T002", "P-3", MARCH, IDS, count=10, class_counts=[1, 2, 3, 4, 0])
    registry = objects(60).with_columns(
        credit_class=pl.when((pl.col("credit_class") == "D") & pl.col("object_id").is_in(IDS[10:]))
        .then(pl.lit("C"))
        .otherwise("credit_class")
    )
    plan = read_frozen(frozen([row], WITNESSED, registry=registry)).plan
    assert how_many(plan, "0" * 64)["wanted"].sum() == 10


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), least=st.integers(1, 60))
def test_a_rate_with_a_least_gives_at_least_that_many(seed: int, least: int) -> None:
    row = Row("T002", "P-3", MARCH, IDS, rates=BY_CLASS, least=least)
    assert totals([row], WITNESSED, f"{seed:064x}")["P-3"] >= least


def test_a_flat_rate_is_the_same_in_every_stratum_of_a_witnessed_round() -> None:
    rows = [Row("T002", "P-3", MARCH, IDS, rates=BY_CLASS), Row("T002", "P-5", MARCH, IDS, rates=FLAT)]
    lines = [line.split("\t") for line in frozen(rows, WITNESSED)["plan.tsv"].decode().splitlines()]
    assert {line[6] for line in lines if line[1] == "P-5"} == {"1000"}
    assert [line[6] for line in lines if line[1] == "P-3"] == ["500", "1000", "2000", "4000", "1000"]


def test_an_open_round_holds_no_class_and_no_mark() -> None:
    files = frozen(ROWS, OPEN)
    assert all(
        line.split("\t")[1:] == ["N", line.split("\t")[0]] for line in files["objects.tsv"].decode().splitlines()
    )
    assert b"\tN\t" in files["plan.tsv"]
    assert not re.search(rb"\t[ABCD]\t", files["plan.tsv"] + files["scope.tsv"])


def test_a_witnessed_round_holds_classes_and_secret_marks() -> None:
    rows = [line.split("\t") for line in frozen(ROWS, WITNESSED)["objects.tsv"].decode().splitlines()]
    assert {letter for _, letter, _ in rows} == set("ABCDN")
    assert all(re.fullmatch("[a-z2-7]{22}", mark) for _, _, mark in rows)
    assert mark_of(rows[0][0], "a secret") == rows[0][2] != mark_of(rows[0][0], "another secret")


def test_only_objects_in_reach_of_the_rounds_tasks_are_frozen() -> None:
    later = Round(3, "open", dt.date(2027, 3, 2), {"T003": dt.date(2027, 3, 3)})
    files = frozen(ROWS, later)
    assert {line.split("\t")[0] for line in files["objects.tsv"].decode().splitlines()} == set(IDS[5:50])
    assert {line.split("\t")[0] for line in files["scope.tsv"].decode().splitlines()} == {"T003"}


def test_the_files_do_not_depend_on_the_order_of_the_registry() -> None:
    shuffled = objects(60).sample(fraction=1, shuffle=True, seed=1)
    assert frozen(ROWS, WITNESSED, registry=shuffled) == frozen(ROWS, WITNESSED)


def test_an_object_that_died_since_the_plan_is_not_frozen() -> None:
    dead = objects(60).with_columns(is_living=pl.col("object_id") != IDS[7])
    with pytest.raises(RefusedError, match="D073"):
        frozen(ROWS, OPEN, registry=dead)


def test_an_unsigned_plan_is_refused() -> None:
    with pytest.raises(RefusedError, match="P061"):
        signed_plan(*frames(ROWS), log_text="")


def test_a_plan_changed_after_its_sign_off_is_refused() -> None:
    made = frames(ROWS)
    log = log_text(extended([], demonstration_entries([], plan_fingerprint(*made), YEAR)))
    assert signed_plan(*made, log_text=log).fingerprint == plan_fingerprint(*made)
    changed = frames([*ROWS[:-1], replace(ROWS[-1], ids=IDS[5:51])])
    with pytest.raises(RefusedError, match="P062"):
        signed_plan(*changed, log_text=log)


def test_a_tampered_log_signs_nothing_off() -> None:
    made = frames(ROWS)
    log = log_text(extended([], demonstration_entries([], plan_fingerprint(*made), YEAR)))
    with pytest.raises(RefusedError, match="P060"):
        signed_plan(*made, log_text=log.replace("示例签批人", "某人", 1))

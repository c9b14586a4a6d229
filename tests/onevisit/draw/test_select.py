"""Who is drawn: the chances are those promised, and nothing but files and seed matters."""

from collections import Counter
from fractions import Fraction
from math import floor

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.draw.form import h64, sha256
from onevisit.draw.frozen import Frozen, Settings, read_frozen
from onevisit.draw.select import draw, draw_value, stratum_count
from tests.onevisit.draw.samples import object_id, vector

SEEDS = st.integers(0, 10**6).map(lambda number: sha256(str(number)))


def small(size: int, *, value: int, kind: str = "rate", least: int = 0, history: pl.DataFrame | None = None) -> Frozen:
    """One task, one item, one stratum."""
    ids = sorted(object_id(number) for number in range(1, size + 1))
    empty = pl.DataFrame(schema={"id": pl.String, "cell": pl.String, "flag": pl.Int64})
    return Frozen(
        objects=pl.DataFrame({"id": ids, "class": ["N"] * size, "mark": ids}),
        scope=pl.DataFrame({"task": ["T1"] * size, "item": ["P"] * size, "stratum": ["N"] * size, "id": ids}),
        plan=pl.DataFrame(
            [("T1", "P", "N", "general", size, kind, value, least)],
            schema=["task", "item", "stratum", "tier", "count", "kind", "value", "least"],
            orient="row",
        ),
        history=empty if history is None else history,
        settings=Settings("open", 1, 1, 10_000, "-"),
        witnesses=("notary",),
        sources={},
        chains={},
    )


@given(size=st.integers(0, 5000), value=st.integers(0, 10_000), lot=st.integers(0, 2**64 - 1))
def test_a_rate_gives_the_whole_number_below_or_above(size: int, value: int, lot: int) -> None:
    count = stratum_count(size, kind="rate", value=value, least=0, lot=lot)
    exact = Fraction(size * value, 10_000)
    assert count in {floor(exact), floor(exact) + (exact.denominator > 1)}
    assert count <= size


@given(size=st.integers(0, 300), value=st.integers(0, 400), least=st.integers(0, 400))
def test_a_count_is_held_unless_there_are_fewer(size: int, value: int, least: int) -> None:
    assert stratum_count(size, kind="count", value=value, least=least, lot=0) == min(size, max(value, least))


def test_a_lone_shop_is_drawn_about_as_often_as_its_rate_says() -> None:
    drawn = sum(stratum_count(1, kind="rate", value=864, least=0, lot=h64(f"seed {i}")) for i in range(20_000))
    # 8.64 % of 20,000 is 1,728; six standard deviations are 238.
    assert abs(drawn - 1728) < 238


def test_rounding_by_lot_keeps_the_expected_number() -> None:
    counts = [stratum_count(37, kind="rate", value=333, least=0, lot=h64(f"lot {i}")) for i in range(20_000)]
    assert set(counts) == {1, 2}
    # 37 × 3.33 % = 1.2321.
    assert abs(sum(counts) / 20_000 - 1.2321) < 0.02


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(seed: str, order: object) -> None:
    frozen = read_frozen(vector("open"))
    number = order.randrange(10**6)  # type: ignore[attr-defined]
    shuffled = Frozen(
        objects=frozen.objects.sample(fraction=1, shuffle=True, seed=number),
        scope=frozen.scope.sample(fraction=1, shuffle=True, seed=number + 1),
        plan=frozen.plan.sample(fraction=1, shuffle=True, seed=number + 2),
        history=frozen.history.sample(fraction=1, shuffle=True, seed=number + 3),
        settings=frozen.settings,
        witnesses=frozen.witnesses,
        sources=frozen.sources,
        chains=frozen.chains,
    )
    assert draw(shuffled, seed).equals(draw(frozen, seed))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, size=st.integers(1, 40), value=st.integers(0, 10_000), least=st.integers(0, 5))
def test_as_many_are_drawn_as_asked_and_nobody_twice(seed: str, size: int, value: int, least: int) -> None:
    drawn = draw(small(size, value=value, least=least), seed)
    exact = Fraction(size * value, 10_000)
    allowed = {min(size, max(floor(exact) + extra, least)) for extra in (0, int(exact.denominator > 1))}
    assert drawn.height in allowed
    assert drawn["id"].n_unique() == drawn.height


def test_every_object_is_drawn_equally_often_over_many_seeds() -> None:
    frozen = small(20, value=2500)
    counts = Counter[str]()
    for number in range(600):
        counts.update(draw(frozen, sha256(f"seed {number}"))["id"])
    # 5 of 20 in each of 600 draws: 150 each, six standard deviations are 64.
    assert len(counts) == 20
    assert all(abs(count - 150) < 64 for count in counts.values())


def test_items_of_one_task_fall_on_the_same_businesses_and_tasks_do_not() -> None:
    one = small(40, value=1000)
    again = one.scope.with_columns(item=pl.lit("Q"))
    other = one.scope.with_columns(task=pl.lit("T2"))
    frozen = Frozen(
        one.objects,
        pl.concat([one.scope, again, other]),
        pl.concat([one.plan, one.plan.with_columns(item=pl.lit("Q")), one.plan.with_columns(task=pl.lit("T2"))]),
        one.history,
        one.settings,
        one.witnesses,
        {},
        {},
    )
    drawn = draw(frozen, sha256("a seed"))
    by = {key: set(rows["id"]) for key, rows in drawn.group_by("task", "item")}
    assert by["T1", "P"] == by["T1", "Q"]
    assert by["T1", "P"] != by["T2", "P"]


def test_a_cell_of_one_is_not_spared() -> None:
    u = 12345678901234567890
    assert draw_value(u, (1, 0, 0)) == draw_value(u, (1, 1, 1)) == draw_value(u, None)


@given(u=st.integers(0, 2**64 - 1), lines=st.integers(2, 50), data=st.data())
def test_those_not_drawn_last_year_come_before_those_who_were(u: int, lines: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, lines - 1))
    assert draw_value(u, (lines, drawn, 0)) <= ((lines - drawn) << 96) // lines <= draw_value(u, (lines, drawn, 1))
    assert draw_value(u, (lines, drawn, 1)) < 1 << 96


def test_last_years_drawn_are_spared_when_all_others_suffice() -> None:
    ids = sorted(object_id(number) for number in range(1, 21))
    history = pl.DataFrame({"id": ids, "cell": ["0" * 16] * 20, "flag": [1] * 5 + [0] * 15})
    drawn = draw(small(20, value=5, kind="count", history=history), sha256("a seed"))
    assert not set(drawn["id"]) & set(ids[:5])

"""Who is drawn: the chances are those promised, and nothing but files and seed matters."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from math import floor

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevisit.draw import select
from onevisit.draw.batches import in_batches
from onevisit.draw.ceremony import key
from onevisit.draw.engine import database, reading
from onevisit.draw.form import h64, sha256
from onevisit.draw.frozen import Frozen, Settings, read_frozen
from onevisit.draw.select import DRAW_VALUE, MOVED, draw, how_many, stratum_count
from onevisit.draw.verify import rank_value
from tests.onevisit.draw.samples import object_id, vector

SEEDS = st.integers(0, 10**6).map(lambda number: sha256(str(number)))
EMPTY_HISTORY = pl.DataFrame(schema={"id": pl.String, "cell": pl.String, "flag": pl.Int64})
Cell = tuple[int, int, int]
"""Lines in last year's cell, how many of them were drawn, and whether this one was."""


def small(size: int, *, value: int, kind: str = "rate", least: int = 0, history: pl.DataFrame | None = None) -> Frozen:
    """One task, one item, one stratum."""
    ids = sorted(object_id(number) for number in range(1, size + 1))
    return Frozen(
        objects=pl.DataFrame({"id": ids, "class": ["N"] * size, "mark": ids}),
        scope=pl.DataFrame(
            {"task": ["T1"] * size, "item": ["P"] * size, "stratum": ["N"] * size, "id": ids, "mark": ids}
        ),
        plan=pl.DataFrame(
            [("T1", "P", "N", "general", size, kind, value, least)],
            schema=["task", "item", "stratum", "tier", "count", "kind", "value", "least"],
            orient="row",
        ),
        history=EMPTY_HISTORY if history is None else history,
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


def draw_value(u: int, cell: Cell | None) -> int:
    """V as the library has it computed."""
    lines, drawn, flag = cell or (None, None, None)
    with reading() as cursor:
        query = f"""
            WITH known AS (
                SELECT $u::UHUGEINT AS u, $lines::UHUGEINT AS lines, $drawn::UHUGEINT AS drawn, $flag::BIGINT AS flag
            ), moved AS (SELECT *, {MOVED} AS v FROM known)
            SELECT typeof({DRAW_VALUE}), ({DRAW_VALUE})::VARCHAR FROM moved
        """
        [(kind, value)] = cursor.execute(query, {"u": u, "lines": lines, "drawn": drawn, "flag": flag}).fetchall()
    assert kind == "UHUGEINT"
    return int(value)


def test_a_cell_of_one_is_not_spared() -> None:
    u = 12345678901234567890
    assert draw_value(u, (1, 0, 0)) == draw_value(u, (1, 1, 1)) == draw_value(u, None)


@settings(deadline=None)
@given(u=st.integers(0, 2**64 - 1), lines=st.integers(2, 50), data=st.data())
def test_those_not_drawn_last_year_come_before_those_who_were(u: int, lines: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, lines - 1))
    assert draw_value(u, (lines, drawn, 0)) <= ((lines - drawn) << 96) // lines <= draw_value(u, (lines, drawn, 1))
    assert draw_value(u, (lines, drawn, 1)) < 1 << 96


@settings(deadline=None)
@given(u=st.integers(0, 2**64 - 1), lines=st.integers(1, 2**32 - 1), data=st.data())
def test_the_value_is_exact_up_to_the_largest_cell(u: int, lines: int, data: st.DataObject) -> None:
    cell = lines, data.draw(st.integers(0, lines)), data.draw(st.integers(0, 1))
    assert draw_value(u, cell) == rank_value(f"{u:016x}", cell)


def test_last_years_drawn_are_spared_when_all_others_suffice() -> None:
    ids = sorted(object_id(number) for number in range(1, 21))
    history = pl.DataFrame({"id": ids, "cell": ["0" * 16] * 20, "flag": [1] * 5 + [0] * 15})
    drawn = draw(small(20, value=5, kind="count", history=history), sha256("a seed"))
    assert not set(drawn["id"]) & set(ids[:5])


def in_plain_python(frozen: Frozen, seed: str) -> list[tuple[str, ...]]:
    """Who is drawn by the words of the protocol, with V as the stand-alone verifier has it."""
    lines = Counter(frozen.history["cell"])
    taken = Counter(cell for _, cell, flag in frozen.history.iter_rows() if flag)
    history = {one: (lines[cell], taken[cell], flag) for one, cell, flag in frozen.history.iter_rows()}
    marks = {one: (kind, mark) for one, kind, mark in frozen.objects.iter_rows()}
    sparing = key(seed, "sparing")
    found: list[tuple[str, ...]] = []
    for task, item, stratum, wanted in how_many(frozen.plan, seed).iter_rows():
        order: list[tuple[int, str, str]] = []
        for one in frozen.scope.filter(task=task, item=item, stratum=stratum)["id"]:
            kind, mark = marks[one]
            lot = h64(f"{sparing}|{mark}") * 10_000 < frozen.settings.sparing_bp << 64
            ticket = sha256(f"{key(seed, f'objects/{task}')}|{mark}")
            cell = history.get(one) if lot and kind not in frozen.settings.exempt else None
            order.append((rank_value(ticket, cell), ticket, one))
        found += [(task, item, stratum, one, ticket) for _, ticket, one in sorted(order)[:wanted]]
    return sorted(found)


def made(number: int, *, size: int, rates: tuple[int, ...], cells: int = 4, disclosure: str = "witnessed") -> Frozen:
    """A made-up round of two tasks with three items each; some businesses are in every item, some in none."""
    chance = random.Random(number)  # noqa: S311 - made-up data
    is_open = disclosure == "open"
    ids = sorted(object_id(one) for one in range(1, size + 1))
    classes = ["N" if is_open else chance.choice("ABCDN") for _ in ids]
    marks = ids if is_open else [sha256(f"{number} {one}")[:22].translate(str.maketrans("0189", "wxyz")) for one in ids]
    scope = [
        (task, f"{task}-{item}", kind, one)
        for task in ("T1", "T2")
        for item in range(3)
        for one, kind in zip(ids, classes, strict=True)
        if chance.random() < (1, 0.7, 0.2)[item]
    ]
    frame = pl.DataFrame(scope, schema=dict.fromkeys(("task", "item", "stratum", "id"), pl.String), orient="row")
    plan = [
        (*stratum, "general", count, "rate", chance.choice(rates), chance.choice((0, 0, 1)))
        for *stratum, count in frame.group_by("task", "item", "stratum").len().sort(pl.all()).iter_rows()
    ]
    # A cell of which nobody was drawn, one of which all were, and others; a few businesses are gone since.
    shares = [0, 1, *(chance.random() for _ in range(cells))]
    known = [one for one in (*ids, "DY-GONE-1", "DY-GONE-2") if chance.random() < 0.8]
    places = [chance.randrange(len(shares)) for _ in known]
    history = [
        (one, f"{place:016x}", int(chance.random() < shares[place])) for one, place in zip(known, places, strict=True)
    ]
    return Frozen(
        objects=pl.DataFrame({"id": ids, "class": classes, "mark": marks}, schema_overrides={"id": pl.String}),
        scope=frame.join(pl.DataFrame({"id": ids, "mark": marks}, schema_overrides={"id": pl.String}), on="id"),
        plan=pl.DataFrame(
            plan,
            schema={"task": pl.String, "item": pl.String, "stratum": pl.String, "tier": pl.String, "count": pl.Int64,
                    "kind": pl.String, "value": pl.Int64, "least": pl.Int64},
            orient="row",
        ),
        history=pl.DataFrame(history, schema=EMPTY_HISTORY.schema, orient="row"),
        settings=Settings(
            "open" if is_open else "witnessed", 4, 1, chance.choice((0, 5000, 8000, 10_000)),
            chance.choice(("-", "D", "AC", "ABCDN")),
        ),
        witnesses=(),
        sources={},
        chains={},
    )  # fmt: skip


RATES = (0, 1, 700, 2500, 5000, 10_000)


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS, number=st.integers(0, 10**9), size=st.integers(1, 60), disclosure=st.sampled_from(["open", "witnessed"])
)
def test_those_are_drawn_whom_the_words_of_the_protocol_draw(
    seed: str, number: int, size: int, disclosure: str
) -> None:
    frozen = made(number, size=size, rates=RATES, disclosure=disclosure)
    assert draw(frozen, seed).rows() == in_plain_python(frozen, seed)


@contextmanager
def limits_off_by(aside: float) -> Iterator[list[int]]:
    """Let the limits lie so many strata's sizes aside of what is wanted; the list tells how many strata went wrong."""
    wrong: list[int] = []
    unlimited = select._unlimited

    def told(lots: pl.DataFrame) -> pl.DataFrame:
        wrong.append(lots.height)
        return unlimited(lots)

    def limit(wanted: int, size: int, side: int) -> int:
        return min(1 << 64, max(0, int((wanted / size + side * aside) * 2**64)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(select, "_limit", limit)
        patch.setattr(select, "_unlimited", told)
        yield wrong


@pytest.mark.parametrize("aside", [-2, -0.2, 0, 0.1, 0.3])
def test_limits_that_are_wrong_change_nobody(aside: float) -> None:
    wrong: list[int] = []
    for number in range(12):
        frozen = made(number, size=40, rates=RATES)
        with limits_off_by(aside) as here:
            assert draw(frozen, sha256("a seed")).rows() == in_plain_python(frozen, sha256("a seed"))
        wrong += here
    assert wrong if aside <= 0 else True


LARGE = made(7, size=6000, rates=(200, 900, 2500), cells=40)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let the engine use so many threads."""
    [(usual,)] = database().execute("SELECT current_setting('threads')").fetchall()
    database().execute(f"SET threads = {count}")
    yield
    database().execute(f"SET threads = {usual}")


def shuffled(frozen: Frozen, number: int) -> Frozen:
    """The same rows in another order."""
    return replace(
        frozen,
        **{
            name: getattr(frozen, name).sample(fraction=1, shuffle=True, seed=number)
            for name in ("objects", "scope", "plan", "history")
        },
    )


@pytest.mark.parametrize("sparing", [0, 8000, 10_000])
def test_in_large_strata_the_limits_hold_and_the_same_are_drawn(sparing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = replace(LARGE, settings=Settings("witnessed", 4, 1, sparing, "D"))
    monkeypatch.delattr(select, "_unlimited")
    assert draw(frozen, sha256("a seed")).rows() == in_plain_python(frozen, sha256("a seed"))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_neither_threads_nor_order_nor_draws_at_the_same_time_matter(count: int) -> None:
    drawn = draw(LARGE, sha256("a seed"))
    batches = in_batches(LARGE, sha256("a seed"), drawn)
    with threads(count), ThreadPoolExecutor(3) as pool:
        for again in pool.map(lambda number: draw(shuffled(LARGE, number), sha256("a seed")), range(3)):
            assert again.equals(drawn)
            assert in_batches(shuffled(LARGE, 1), sha256("a seed"), again.sample(fraction=1, shuffle=True)).equals(
                batches
            )


@pytest.mark.parametrize("size", [40, 6000])
def test_of_equal_values_the_smaller_ticket_is_drawn(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = made(3, size=size, rates=(900, 2500))
    monkeypatch.setattr(select, "_SMALLEST", select._SMALLEST.replace(MOVED, "0::UHUGEINT"))
    for (task, item, stratum), rows in draw(frozen, sha256("a seed")).group_by("task", "item", "stratum"):
        inside = frozen.scope.filter(task=task, item=item, stratum=stratum)
        prefix = f"{key(sha256('a seed'), f'objects/{task}')}|"
        tickets = [sha256(prefix + mark) for mark in inside["mark"]]
        assert sorted(rows["ticket"]) == sorted(tickets)[: rows.height]


@pytest.mark.parametrize("name", ["lines", "drawn"])
def test_a_value_that_would_be_rounded_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "_SMALLEST", select._SMALLEST.replace(f"{name}::UHUGEINT AS", f"{name} AS"))
    with pytest.raises(duckdb.InvalidInputException, match="V is rounded"):
        draw(made(3, size=40, rates=RATES), sha256("a seed"))


def test_the_batches_are_those_of_the_words_of_the_protocol() -> None:
    drawn, marks = draw(LARGE, sha256("a seed")), dict(LARGE.objects.select("id", "mark").iter_rows())
    found = []
    for task in ("T1", "T2"):
        lot = key(sha256("a seed"), f"batch/{task}")
        order = sorted((sha256(f"{lot}|{marks[one]}"), one) for one in set(drawn.filter(task=task)["id"]))
        found += [(task, one, rank * 4 // len(order) + 1) for rank, (_, one) in enumerate(order)]
    assert in_batches(LARGE, sha256("a seed"), drawn).rows() == sorted(found)

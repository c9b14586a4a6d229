"""The draw is fair over many seeds, and a draw that is not is found out. The seeds are fixed: nothing here can flake.

A hundred thousand seeds are drawn by `python -m benchmarks.fairness`; this is the same on a few hundred.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import fairness
from benchmarks.inclusion import Tally, deviations, p_of_cells, p_of_number, p_of_objects, tallied, together
from benchmarks.table import markdown
from benchmarks.years import (
    COHORTS,
    HEAVY,
    Cohort,
    Draw,
    Rows,
    Stratum,
    Year,
    differences,
    drawn_in,
    history_after,
    made_years,
)
from onevisit.draw import verify
from onevisit.draw.frozen import WHOLE
from tests.onevisit.draw.samples import OPEN, WITNESSED, held

SEEDS = range(300)
UNLIKELY = 0.001


@pytest.fixture(scope="module")
def years() -> list[Year]:
    return made_years(sparing_bp=8000, exempt="D")


@pytest.fixture(scope="module")
def tallies(years: list[Year]) -> list[Tally]:
    return judged(years)


def judged(
    years: Sequence[Year],
    *,
    drawing: Sequence[Year] | None = None,
    draw: Draw = verify.replay_drawn,
    seeds: range = SEEDS,
) -> list[Tally]:
    """The tallies of strata as `years` know them, of what is drawn in `drawing`."""
    drawn = drawn_in(drawing or years, seeds, draw)
    return [tallied(stratum, own) for year, own in zip(years, drawn, strict=True) for stratum in year.strata]


def smallest(chance: Callable[[Tally], float | None], tallies: Iterable[Tally]) -> float:
    """The smallest p, multiplied by the number of tests it is the smallest of."""
    found = [p for tally in tallies if (p := chance(tally)) is not None]
    assert found
    return min(found) * len(found)


def large(tallies: Iterable[Tally]) -> list[Tally]:
    """Strata of several cells that are large enough for no deviation to be seen."""
    return [tally for tally in tallies if tally.stratum.size >= 100 and len(tally.excess) > 1]


def with_parts(*items: str) -> list[Cohort]:
    """The cohorts that are in the scope of one of some items."""
    return [cohort for cohort in COHORTS if set(cohort.items) & set(items)]


def test_objects_of_one_cell_are_drawn_equally_often(tallies: list[Tally]) -> None:
    assert smallest(p_of_objects, tallies) > UNLIKELY


def test_cells_of_a_large_stratum_are_drawn_equally_often(tallies: list[Tally]) -> None:
    assert len(large(tallies)) >= 10
    assert smallest(p_of_cells, large(tallies)) > UNLIKELY


def test_numbers_are_as_promised_and_a_lone_object_is_drawn_at_its_rate(tallies: list[Tally]) -> None:
    assert sum(tally.stratum.size == 1 for tally in tallies) >= 15
    assert smallest(p_of_number, tallies) > UNLIKELY


def test_the_library_draws_what_the_verifier_draws(years: list[Year]) -> None:
    assert differences(years, range(3)) == 0


def test_a_draw_that_differs_is_counted(years: list[Year], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "rank_value", lambda ticket, cell: int(ticket[:16], 16))
    # The first year has no history, by which alone the two could differ.
    assert differences(years, range(1)) == 2


def test_seeds_add_up_however_they_are_shared_out(years: list[Year]) -> None:
    first = years[:1]
    whole, parts = drawn_in(first, range(7)), [drawn_in(first, range(3)), drawn_in(first, range(3, 7))]
    for stratum in first[0].strata:
        one = tallied(stratum, whole[0])
        [other] = together([tallied(stratum, part[0])] for part in parts)
        assert (one.seeds, one.excess.tolist()) == (other.seeds, other.excess.tolist())
        for name in ("counts", "numbers", "mixed", "products"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_deviations_are_those_worked_out_by_hand() -> None:
    stratum = Stratum(1, ("T", "I", "N"), slice(0, 4), (0, 0, 0, 1), ("count", 2, 0))
    drawn = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0]], dtype=np.bool_)
    tally = tallied(stratum, drawn)
    # Two of four in four draws: 8 in all, 2 each. The three were drawn 7 times instead of 6, the one once.
    assert [one.relative for one in deviations(tally)] == pytest.approx([1 / 6, -1 / 2])
    assert tally.counts.tolist() == [2, 3, 2, 1]


def test_rounding_up_is_found(years: list[Year]) -> None:
    def rounding_up(frozen: verify.Frozen, seed: str) -> Rows:
        sizes = {place: len(ids) for place, ids in frozen.scope.items()}
        plan = {
            place: ("count", -(-sizes[place] * value // WHOLE), least) if kind == "rate" else (kind, value, least)
            for place, (kind, value, least) in frozen.plan.items()
        }
        return verify.replay_drawn(replace(frozen, plan=plan), seed)

    assert smallest(p_of_number, judged(years[:1], draw=rounding_up)) < UNLIKELY


def test_a_business_that_is_let_off_one_time_in_three_is_found() -> None:
    def letting_off(frozen: verify.Frozen, seed: str) -> Rows:
        friend = min(frozen.objects)
        is_let_off = int(seed[:8], 16) % 3 == 0
        scope = {place: [one for one in ids if one != friend or not is_let_off] for place, ids in frozen.scope.items()}
        return verify.replay_drawn(replace(frozen, scope=scope), seed)

    friendly = made_years(sparing_bp=8000, exempt="D", cohorts=[Cohort(20, "AAA", "X")])
    seeds = range(1000)
    assert smallest(p_of_objects, judged(friendly, seeds=seeds)) > UNLIKELY
    assert smallest(p_of_objects, judged(friendly, seeds=seeds, draw=letting_off)) < UNLIKELY


def test_sparing_that_forgets_the_year_before_is_found() -> None:
    years = made_years(sparing_bp=10_000, exempt="-", cohorts=with_parts(*HEAVY))
    second = years[1]
    history = history_after(second.files | {"drawn.tsv": b""}, second.number)
    cells = dict(line.split("\t")[:2] for line in history.decode().splitlines())
    forgetful = [*years[:2], replace(years[2], cells=cells)]
    assert smallest(p_of_cells, large(judged(years))) > UNLIKELY
    assert smallest(p_of_cells, large(judged(years, drawing=forgetful))) < UNLIKELY


def test_moving_last_years_drawn_to_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    years = made_years(sparing_bp=10_000, exempt="-", cohorts=with_parts("P", "R"))
    assert smallest(p_of_cells, large(judged(years))) > UNLIKELY
    monkeypatch.setattr(
        verify, "rank_value", lambda ticket, cell: int(ticket[:16], 16) + ((cell[2] << 64) if cell else 0)
    )
    assert smallest(p_of_cells, large(judged(years))) < UNLIKELY


def test_fewer_than_half_come_again_the_next_year_and_as_many_are_drawn() -> None:
    setting = fairness.Setting(sparing_bp=10_000, exempt="-", shops=60, repeats=4)
    for rate, found in fairness.repeated(setting).items():
        assert found.drawn_spared == found.drawn_unspared
        # Of 60 shops more than half are drawn both years above 50 %, whatever is spared.
        assert found.spared * 2 <= found.unspared or rate > 5500


def test_a_countys_witnessed_rounds_held_again_spare_whom_they_can() -> None:
    evidence = {f"510923-2027-{one.number:02d}-1": held(one) for one in (OPEN, WITNESSED)}
    found = fairness.held_again(fairness.Setting(repeats=10, evidence=evidence))
    assert found.spared * 2 <= found.unspared
    # Class D is exempt.
    assert found.beyond > 0
    assert found.drawn_spared == found.drawn_unspared


@pytest.mark.parametrize("name", fairness.ROWS)
def test_every_row_of_the_benchmark_can_be_filled(name: str) -> None:
    evidence = {f"510923-2027-{one.number:02d}-1": held(one) for one in (OPEN, WITNESSED)}
    setting = fairness.Setting(seeds=20, processes=1, compared=1, shops=20, repeats=1, evidence=evidence)
    head, rule, *rows = [
        line for line in markdown(list(fairness.ROWS[name](setting)), "c").splitlines() if line[:1] == "|"
    ]
    assert rule == "| --- | --- | --- | --- | --- | --- |"
    assert rows and all(row.count("|") == head.count("|") for row in rows)

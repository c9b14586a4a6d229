"""Teams: equals are drawn equally often, loads are the most even there are, and the benchmark says so."""

import random

import numpy as np
import pytest

from benchmarks import chances, teams
from benchmarks.chances import chi_square, shares, shuffled
from benchmarks.departments import equals, made_county
from benchmarks.evenest import evenest_loads, least_chance, least_highest_chance
from onevisit.draw.ceremony import key
from onevisit.visits import match
from onevisit.visits.match import Seats, can_fill, draw_teams, improving_chain, loads_of

SMALL = teams.Setting(seeds=60, shuffles=19, unequal=1, compared=4, counties=1)
SEEDS = 2000
PEOPLE, VISITS = 7, 5


def drawn() -> chances.Drawn:
    """Who of seven equals goes to five visits, with 2,000 seeds."""
    demands = {duty.visit: duty.seats for duty in equals(PEOPLE, VISITS)}
    number = {name: count for count, name in enumerate(sorted(demands[min(demands)][0]))}
    draws = (draw_teams(demands, lot_key=key(str(seed), "teams"), start={}) for seed in range(SEEDS))
    return np.array([[[number[one] for one in draw[visit]] for visit in sorted(draw)] for draw in draws])


def is_fair(found: chances.Drawn) -> bool:
    return chi_square(found, PEOPLE) <= max(shuffled(found, PEOPLE, 199))


def test_equals_are_drawn_as_often_as_shuffled_names_would_be():
    found = drawn()
    assert is_fair(found)
    assert shares(found, PEOPLE).max() / (2 / PEOPLE) < 1.2


def test_a_draw_that_looks_at_names_is_found_unfair(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(match, "ticket", lambda _key, _visit, person: person)
    assert not is_fair(drawn())


def test_a_draw_that_takes_a_few_seeds_in_the_order_of_names_is_found_unfair(monkeypatch: pytest.MonkeyPatch):
    honest = match.ticket

    def bent(lot_key: str, visit: str, person: str) -> str:
        return person if lot_key[0] in "01" else honest(lot_key, visit, person)

    monkeypatch.setattr(match, "ticket", bent)
    assert not is_fair(drawn())


def department(number: int) -> tuple[dict[str, Seats], dict[str, int]]:
    """A random department: scarce specialists, shared items, people left out, loads from before."""
    chance = random.Random(number)  # noqa: S311 - a made department
    people = [f"p{count}" for count in range(chance.randint(3, 12))]
    scarce = chance.randint(1, 2)

    def some(share: float) -> frozenset[str]:
        return frozenset(one for one in people if chance.random() < share)

    demands: dict[str, Seats] = {}
    for visit in range(chance.randint(4, 24)):
        everybody = some(0.7)
        specialists = everybody & frozenset(people[:scarce]) or everybody
        seats = chance.choice([(everybody, everybody), (specialists, everybody), (specialists, some(0.5))])
        if can_fill(seats):
            demands[f"v{visit}"] = seats
    carried = chance.choice([0, 0, 3])
    return demands, {one: chance.randint(0, carried) for one in people}


def test_loads_equal_the_exact_optimum_in_hundreds_of_departments():
    spreads: list[int] = []
    for number in range(400):
        demands, start = department(number)
        found = draw_teams(demands, lot_key=key(str(number), "teams"), start=start)
        loads = loads_of(found, start)
        best = evenest_loads(demands, start)
        assert sorted(loads.values(), reverse=True) == best, number
        assert improving_chain(demands, found, loads) == []
        spreads.append(best[0] - best[-1])
    # Both kinds were met: departments with a spread of 1 or less, and those where the visits forbid it.
    assert min(sum(one <= 1 for one in spreads), sum(one > 1 for one in spreads)) > 50


def test_a_draw_without_handing_on_is_found_uneven(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(match, "improving_chain", lambda *_: [])
    uneven = 0
    for number in range(60):
        demands, start = department(number)
        loads = loads_of(draw_teams(demands, lot_key=key(str(number), "teams"), start=start), start)
        uneven += sorted(loads.values(), reverse=True) != evenest_loads(demands, start)
    assert uneven > 5


def test_visits_that_cannot_be_filled_have_no_optimum():
    with pytest.raises(ValueError, match="infeasible"):
        evenest_loads({"v": (frozenset({"an"}), frozenset({"an"}))}, {})


def test_the_least_chance_is_that_of_the_scarcer_seat():
    pair, five = frozenset({"an", "bo"}), frozenset({"an", "bo", "cai", "du", "en"})
    assert least_chance((five, five)) == 2 / 5
    assert least_chance((five, pair)) == 1 / 2


def test_who_may_go_to_few_visits_must_be_likelier_there():
    both, one = frozenset({"an", "bo"}), frozenset({"bo"})
    demands: dict[str, Seats] = {"x": (both,), "y": (one,)}
    assert least_highest_chance(demands, {"an": 1.0, "bo": 1.0}) == pytest.approx(2)
    assert least_highest_chance(demands, {"an": 0.5, "bo": 1.5}) == pytest.approx(1)


def test_made_departments_are_the_same_each_time():
    one, again = made_county(3, departments=2), made_county(3, departments=2)
    assert (one.seed, one.duties) == (again.seed, again.duties)
    assert one.staff.people.equals(again.staff.people)


@pytest.mark.parametrize("name", teams.MEASURES)
def test_every_row_of_the_benchmark_is_measured(name: str):
    rows = list(teams.MEASURES[name](SMALL))
    assert rows
    assert all(row.figure and row.limit for row in rows)

"""Matching: fair, even, legal, and the same for everybody who replays it."""

import hashlib
from itertools import combinations, product
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.draw.ceremony import key
from onevisit.visits.lots import commitment, ticket, turn
from onevisit.visits.match import Seats, can_fill, can_sit, draw_teams, improving_chain, loads_of

SEEDS = [key(str(number), "teams/510923/wj") for number in range(50)]
PEOPLE = ["an", "bo", "cai", "du"]


def pair(everybody: str) -> Seats:
    return (frozenset(everybody.split()),) * 2


def loads(teams: dict[str, list[str]], start: dict[str, int] | None = None) -> list[int]:
    return sorted(loads_of(teams, start or {}).values(), reverse=True)


seat = st.frozensets(st.sampled_from(PEOPLE), min_size=1)
demand = st.lists(seat, min_size=1, max_size=2).map(tuple).filter(can_fill)
demands = st.dictionaries(st.sampled_from(["x", "y", "z", "w"]), demand, min_size=1)
starts = st.fixed_dictionaries({person: st.integers(0, 3) for person in PEOPLE})
lot_keys = st.sampled_from(SEEDS)


@pytest.mark.parametrize("lot_key", SEEDS)
def test_three_people_share_three_visits_evenly(lot_key: str):
    teams = draw_teams({visit: pair("an bo cai") for visit in "xyz"}, lot_key=lot_key, start={})
    assert loads(teams) == [2, 2, 2]


@pytest.mark.parametrize("lot_key", SEEDS)
def test_a_recusal_decides_who_goes_where(lot_key: str):
    only, free = (frozenset({"an"}),), (frozenset({"an", "bo"}),)
    assert draw_teams({"x": free, "y": only}, lot_key=lot_key, start={}) == {"x": ["bo"], "y": ["an"]}


@pytest.mark.parametrize("lot_key", SEEDS)
def test_uneven_loads_are_kept_only_where_they_are_forced(lot_key: str):
    only = (frozenset({"an"}),)
    teams = draw_teams(dict.fromkeys("xyzw", only) | {"v": (frozenset({"an", "bo"}),)}, lot_key=lot_key, start={})
    assert loads(teams) == [4, 1]


@pytest.mark.parametrize("lot_key", SEEDS)
def test_the_only_specialist_is_always_drawn(lot_key: str):
    seats = (frozenset({"an"}), frozenset(PEOPLE))
    teams = draw_teams(dict.fromkeys("xyz", seats), lot_key=lot_key, start={})
    assert all("an" in team and len(set(team)) == 2 for team in teams.values())


def test_a_seat_that_only_one_person_can_take_is_left_to_that_person():
    seats = (frozenset({"an", "bo"}), frozenset({"an"}))
    assert draw_teams({"x": seats}, lot_key=SEEDS[0], start={"bo": 9}) == {"x": ["bo", "an"]}


@given(demands, lot_keys, starts)
def test_the_loads_are_the_most_even_of_all_legal_assignments(
    asked: dict[str, Seats], lot_key: str, start: dict[str, int]
):
    teams = draw_teams(asked, lot_key=lot_key, start=start)
    choices = [[team for team in combinations(PEOPLE, len(seats)) if can_sit(seats, team)] for seats in asked.values()]
    best = min(loads(dict(zip(asked, map(list, one), strict=True)), start) for one in product(*choices))
    assert loads(teams, start) == best
    assert improving_chain(asked, teams, loads_of(teams, start)) == []


@given(demands, lot_keys, starts)
def test_every_team_is_legal(asked: dict[str, Seats], lot_key: str, start: dict[str, int]):
    teams = draw_teams(asked, lot_key=lot_key, start=start)
    assert teams.keys() == asked.keys()
    assert all(can_sit(asked[visit], team) and len(set(team)) == len(team) for visit, team in teams.items())


@given(demands, lot_keys, st.randoms(use_true_random=False))
def test_the_order_of_visits_does_not_matter(asked: dict[str, Seats], lot_key: str, random):
    shuffled = list(asked)
    random.shuffle(shuffled)
    again = draw_teams({visit: asked[visit] for visit in shuffled}, lot_key=lot_key, start={})
    assert again == draw_teams(asked, lot_key=lot_key, start={})


def test_equals_are_drawn_equally_often():
    drawn = [draw_teams({"x": (frozenset(PEOPLE),)}, lot_key=key(str(n), "p"), start={})["x"][0] for n in range(2000)]
    shares = [drawn.count(person) / len(drawn) for person in PEOPLE]
    assert fmean(abs(share - 0.25) for share in shares) < 0.02


def test_an_uneven_assignment_has_an_improving_chain():
    asked: dict[str, Seats] = {"x": (frozenset({"an", "bo"}),), "y": (frozenset({"bo", "cai"}),)}
    teams = {"x": ["an"], "y": ["bo"]}
    chain = improving_chain(asked, teams, {"an": 3, "bo": 2, "cai": 1})
    assert chain == [("x", "an", "bo"), ("y", "bo", "cai")]


def test_people_who_cannot_all_sit_do_not():
    assert not can_sit((frozenset({"an"}), frozenset({"an", "bo"})), ["bo", "cai"])
    assert not can_fill((frozenset({"an"}), frozenset({"an"})))


def test_the_lots_are_those_of_the_protocol():
    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    lot_key = sha("ov1/key\nteams/510923/wj\n" + "a" * 64 + "\n")[:32]
    assert key("a" * 64, "teams/510923/wj") == lot_key
    assert turn(lot_key, "DY-0001-01") == sha(f"{lot_key}|order|DY-0001-01")
    assert ticket(lot_key, "DY-0001-01", "c") == sha(f"{lot_key}|DY-0001-01|c")
    salt = sha("secret|salt|23510923000001")[:32]
    assert commitment("secret", "23510923000001") == sha(f"{salt}|23510923000001")


def test_a_draw_once_published_never_changes():
    lot_key = key("a" * 64, "teams/510923/wj")
    asked = {f"DY-{number:04d}-01": pair("an bo cai du") for number in range(1, 6)}
    assert draw_teams(asked, lot_key=lot_key, start={}) == {
        "DY-0001-01": ["du", "bo"],
        "DY-0002-01": ["cai", "an"],
        "DY-0003-01": ["cai", "an"],
        "DY-0004-01": ["bo", "du"],
        "DY-0005-01": ["cai", "du"],
    }

"""Alternates: who comes is known before anybody has to stay away, and only that one place changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevisit.draw.ceremony import key
from onevisit.visits.alternates import Bench, alternate_of, relieved, successors, with_alternates
from onevisit.visits.lots import ticket
from onevisit.visits.match import can_fill, can_sit, draw_teams, loads_of

LOT = key("a" * 64, "teams/510923/wj")
PEOPLE = ["an", "bo", "cai", "du", "en", "fu"]
ABLE = {"an": {"1", "2"}, "bo": {"1"}, "cai": {"2"}, "du": {"1"}, "en": {"1", "2"}, "fu": {"2"}}


def bench(candidates: str = "an bo cai du en fu", items: str = "12") -> Bench:
    def is_legal(team: Any) -> bool:
        return set().union(*(ABLE[one] for one in team)) >= set(items)

    return Bench("DY-0001-01", LOT, frozenset(candidates.split()), is_legal)


def seats(*team: str, **alternates: str | None) -> list[dict[str, Any]]:
    return [{"commitment": one, "alternate": alternates.get(one)} for one in team]


def came(rows: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(row["commitment"], row.get("replaces")) for row in rows]


def relieve(rows: list[dict[str, Any]], away: list[str], on: Bench, loads: dict[str, int]) -> list[dict[str, Any]]:
    return relieved(rows, dict.fromkeys(away, "回避"), on, loads, lambda name: [{"commitment": name}])


def test_the_least_loaded_who_leaves_the_team_legal_waits_and_the_ticket_decides_among_equals():
    free = ["cai", "fu", "en"]
    by_ticket = min(free, key=lambda one: ticket(LOT, "DY-0001-01", one))
    assert alternate_of("an", ["an", "bo"], bench(), {}) == by_ticket
    assert alternate_of("an", ["an", "bo"], bench(), dict.fromkeys(free, 1) | {"fu": 0}) == "fu"
    # The least loaded of all could not check the second item.
    assert alternate_of("an", ["an", "bo"], bench(), dict.fromkeys(free, 9)) == by_ticket
    assert alternate_of("an", ["an", "bo"], bench("an bo du"), {}) is None


def test_an_alternate_stays_as_long_as_he_or_she_may_come():
    (an, bo) = with_alternates(seats("an", "bo", an="fu", bo="du"), bench(), {"fu": 9, "du": 9})
    assert (an["alternate"], bo["alternate"]) == ("fu", "du")
    assert an["alternate_ticket"] == ticket(LOT, "DY-0001-01", "fu")
    (an, bo) = with_alternates(seats("an", "bo", an="fu", bo="du"), bench("an bo cai"), {})
    assert (an["alternate"], bo["alternate"]) == ("cai", "cai")


def test_the_alternate_comes_and_nobody_else_changes():
    loads = {"an": 3, "bo": 2, "fu": 2}
    rows = relieve(seats("an", "bo", an="fu", bo="du"), ["an"], bench(), loads)
    assert came(rows) == [("bo", None), ("fu", "an")]
    assert rows[1]["reason"] == "回避"
    assert loads == {"an": 2, "bo": 2, "fu": 3}


def test_where_the_alternate_may_not_come_either_the_next_one_does_by_the_same_rule():
    without = bench("bo cai en du")
    expected = alternate_of("an", ["an", "bo"], without, {"cai": 1})
    assert expected == "en"
    assert came(relieve(seats("an", "bo", an="fu", bo="du"), ["an"], without, {"an": 1, "cai": 1}))[1] == ("en", "an")


def test_both_may_have_to_stay_away_at_once():
    rows = relieve(seats("an", "bo", an="fu", bo="du"), ["an", "bo"], bench("cai du en fu"), {"an": 1, "bo": 1})
    assert came(rows) == [("fu", "an"), ("du", "bo")]
    one_for_both = relieve(seats("an", "bo", an="en", bo="en"), ["an", "bo"], bench("en du"), {"an": 1, "bo": 1})
    assert came(one_for_both) == [("en", "an"), ("du", "bo")]


def test_who_is_left_goes_too_only_where_no_single_newcomer_leaves_the_team_legal():
    rows = relieve(seats("cai", "bo", cai=None, bo=None), ["cai"], bench("bo du en"), {"cai": 1, "bo": 1, "en": 5})
    assert came(rows) == [("bo", None), ("en", "cai")]
    three = Bench("DY-0001-01", LOT, frozenset({"bo", "du", "fu"}), lambda team: set(team) == {"du", "fu"})
    rows = relieve(seats("an", "bo"), ["an"], three, {"an": 1, "bo": 1})
    assert sorted(came(rows)) in ([("du", "an"), ("fu", "bo")], [("du", "bo"), ("fu", "an")])
    assert sorted(row["reason"] for row in rows) != ["回避", "回避"]


def test_where_nobody_can_come_the_team_stands_no_more():
    loads = {"an": 1, "bo": 1}
    assert relieve(seats("an", "bo"), ["an"], bench("bo du"), loads) == []
    assert loads == {"an": 0, "bo": 0}


seat = st.frozensets(st.sampled_from(PEOPLE), min_size=1)
demand = st.lists(seat, min_size=1, max_size=3).map(tuple).filter(can_fill)
demands = st.dictionaries(st.sampled_from(["x", "y", "z", "w", "v"]), demand, min_size=1)


@given(demands, st.data())
def test_every_replacement_leaves_a_legal_team_and_the_fewest_places_change(asked: Any, data: st.DataObject):
    teams = draw_teams(asked, lot_key=LOT, start={})
    loads = loads_of(teams, {})
    for visit, team in teams.items():
        away = data.draw(st.sets(st.sampled_from(team)))
        everybody = frozenset().union(*asked[visit])
        on = Bench(visit, LOT, everybody - away, lambda some, seats=asked[visit]: can_sit(seats, list(some)))
        alternates = {one: alternate_of(one, team, on, loads) for one in team}
        for one, alternate in alternates.items():
            least = [
                (loads.get(other, 0), ticket(LOT, visit, other))
                for other in on.candidates - set(team)
                if can_sit(asked[visit], [other if member == one else member for member in team])
            ]
            rank = alternate and (loads.get(alternate, 0), ticket(LOT, visit, alternate))
            assert rank == min(least, default=None)
        found = successors(team, {one: alternates[one] for one in away}, on, loads)
        fillable = can_fill(tuple(one - away for one in asked[visit]))
        assert (found is not None) == fillable
        if found and len(away) == 1 and alternates[(left := next(iter(away)))]:
            assert found == (tuple(one for one in team if one != left), (alternates[left],))
        if found:
            assert can_sit(asked[visit], [*found[0], *found[1]])
            assert not away & {*found[0], *found[1]}


@pytest.mark.parametrize("order", [PEOPLE, PEOPLE[::-1]])
def test_the_order_of_the_list_makes_no_difference(order: list[str]):
    assert alternate_of("an", ["an", "bo"], bench(" ".join(order)), {}) == alternate_of("an", ["an", "bo"], bench(), {})

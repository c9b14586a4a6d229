"""How visits and teams grow is measured beside the peer and drawn; what grows too fast, or is not least, is not met."""

from itertools import combinations
from xml.etree import ElementTree

import pytest

from benchmarks import doors, solvers
from benchmarks.chart import growth_chart
from benchmarks.growth import Grown, made_doors, row_of, teams_grow, visits_grow
from onevisit.visits.group import Check, fewest_visits


def found_by_the_peer(grown: Grown) -> bool:
    """Whether the peer found as few, and is missing where it is not installed."""
    if solvers.is_installed():
        return grown.peer_figure == grown.figure and "the same" in grown.beside
    return grown.peer_figure is None and solvers.MISSING in grown.beside


def least_cover(checks: list[Check]) -> int:
    """The fewest of the visits handed to the peer that serve every check, by trying."""
    caps = doors.LIMITS["max_items"], doors.LIMITS["max_departments"]
    visits = [frozenset(one) for one in solvers._largest_visits(checks, *caps)]
    everything = frozenset(range(len(checks)))
    return next(
        count
        for count in range(1, len(checks) + 1)
        if any(frozenset().union(*some) == everything for some in combinations(visits, count))
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DOORS", 40)


@pytest.mark.usefixtures("small")
def test_visits_are_counted_county_by_county():
    one, two = visits_grow(made_doors(2), (1, 2))
    assert 40 < one.figure < two.figure
    assert all(map(found_by_the_peer, (one, two)))


@pytest.mark.usefixtures("small")
def test_what_the_peer_is_given_has_the_fewest_visits_in_it():
    objects = doors.checks_of(doors.made_doors(0), doors.SUBMITTED)
    fewest = [max(fewest_visits(checks, **doors.LIMITS)) + 1 for checks in objects]
    assert [least_cover(checks) for checks in objects] == fewest
    # Caps and windows part what a single visit could serve.
    assert sum(one > 1 for one in fewest) > len(objects) / 2


def test_teams_are_counted_county_by_county():
    one, two = teams_grow((1, 2))
    assert 0 < one.figure < two.figure
    assert all(map(found_by_the_peer, (one, two)))


def test_made_obligations_are_the_same_each_time():
    assert doors.made_doors(3).equals(doors.made_doors(3))


def test_a_share_of_the_province_is_what_a_county_may_take():
    assert row_of("teams", Grown(100, 10.0, 7, ""), 30.0).is_met
    assert not row_of("teams", Grown(100, 10.1, 7, ""), 30.0).is_met


def test_more_than_the_peer_needs_is_not_met():
    assert row_of("visits", Grown(1, 0.1, 7, "", 0.2, 7), 3.0).is_met
    worse = row_of("visits", Grown(1, 0.1, 8, "", 0.2, 7), 3.0)
    assert not worse.is_met
    assert "7 instead of 8" in worse.beside
    assert not row_of("visits that hardly fit", Grown(1, 0.1, 8, "", 0.2, 7), None).is_met


def test_a_chart_rises_to_the_right_and_is_whole():
    line = [(1, 0.1), (10, 1.0), (100, 10.0)]
    drawn = growth_chart("a < b", "counties", {"teams": line}, {"peer": [(x, 1.1 * y) for x, y in line]})
    chart = ElementTree.fromstring(drawn)  # noqa: S314 - our own chart
    lines = [one for one in chart.iter() if one.tag.endswith("polyline")]
    assert [one.get("stroke-dasharray") for one in lines] == [None, "6 4"]
    assert len({one.get("stroke") for one in lines}) == 1
    points = [tuple(map(float, point.split(","))) for point in lines[0].get("points").split()]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_names_of_lines_that_end_together_stand_apart():
    line = [(1, 0.1), (10, 1.0)]
    drawn = growth_chart("", "counties", {"one": line, "other": line})
    places = [
        float(text.get("y"))
        for text in ElementTree.fromstring(drawn).iter()  # noqa: S314 - our own chart
        if text.text in ("one", "other")
    ]
    assert abs(places[0] - places[1]) >= 14

"""How visits and teams grow is measured and drawn, and a county that grows too fast is not met."""

from xml.etree import ElementTree

from benchmarks.chart import growth_chart
from benchmarks.growth import _row, teams_grow


def test_teams_are_counted_county_by_county():
    (_, one, _), (_, two, _) = teams_grow((1, 2))
    assert 0 < one < two


def test_a_share_of_the_province_is_what_a_county_may_take():
    assert _row("teams", 100, "", 10.0, 30.0).is_met
    assert not _row("teams", 100, "", 10.1, 30.0).is_met


def test_a_chart_rises_to_the_right_and_is_whole():
    drawn = growth_chart("a < b", "counties", {"teams": [(1, 0.1), (10, 1.0), (100, 10.0)]})
    chart = ElementTree.fromstring(drawn)  # noqa: S314 - our own chart
    line = next(one for one in chart.iter() if one.tag.endswith("polyline"))
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)

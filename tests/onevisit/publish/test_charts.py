"""Charts are SVG made with the page: as long as their numbers, and names in them are text."""

import re
from xml.etree import ElementTree

from onevisit.publish.charts import bars, columns
from onevisit.publish.site import percent
from tests.onevisit.publish.counties import NASTY


def test_a_bar_is_as_long_as_its_number_and_a_small_one_can_be_seen():
    chart = bars([("甲", 100, "100 条"), ("乙", 50, "50 条"), ("丙", 0.1, "1 条"), ("丁", 0, "0 条")], title="数量")
    lengths = [float(width) for width in re.findall(r'class="fill" [^>]*width="([\d.]+)"', chart)]
    assert lengths[0] == 2 * lengths[1] > 0
    assert lengths[2:] == [1, 0]


def test_charts_of_nothing_and_of_nasty_names_are_whole():
    for chart in (bars([], title="空"), columns([], title="空"), columns([("1月", 0)], title="零"),
                  bars([(name, 1, name) for name in NASTY], title=NASTY[0])):  # fmt: skip
        assert ElementTree.fromstring(chart).tag == "svg"  # noqa: S314
        assert "<script" not in chart


def test_a_share_is_called_whole_or_nothing_only_when_it_is():
    assert [percent(share) for share in (0, 0.0001, 0.9242, 0.9999, 1)] == [
        "0.0%", "不足0.1%", "92.4%", "99.9%以上", "100.0%",
    ]  # fmt: skip

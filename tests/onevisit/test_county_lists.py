"""The county's own lists: items.csv (the list of record) and guides.csv."""

import csv
import io
from collections import Counter

import fastexcel
import pytest


@pytest.fixture(scope="module")
def items(county):
    return list(csv.DictReader(io.StringIO(county.items_csv)))


@pytest.fixture(scope="module")
def guides(county):
    return list(csv.DictReader(io.StringIO(county.guides_csv)))


@pytest.mark.parametrize("name", ["items.csv", "guides.csv"])
def test_the_lists_are_plain_utf8_with_unix_line_ends(repository, name):
    data = (repository / "county" / name).read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf") and b"\r" not in data


def test_the_list_of_record_has_252_items_of_16_departments_numbered_without_gaps(items, county):
    assert len(items) == 252
    prefixes = {department.name: department.prefix for department in county.departments}
    counts = Counter()
    for item in items:
        counts[item["department"]] += 1
        assert item["item_code"] == f"{prefixes[item['department']]}-{counts[item['department']]:03d}"
    assert set(counts) == set(prefixes)


def test_a_limit_in_figures_stands_only_where_the_text_of_a_general_item_says_so(items):
    for item in items:
        if item["ratio_max_bp"]:
            assert item["tier"] == "general"
            percent = int(item["ratio_max_bp"]) / 100
            assert f"{percent:g}%" in item["ratio_text"], item["item_code"]
        elif item["tier"] == "general":
            raise AssertionError(f"{item['item_code']}: a general item without a limit")


def test_every_item_has_a_guide_of_its_own(items, guides):
    assert [guide["item_code"] for guide in guides] == [item["item_code"] for item in items]
    assert max(Counter(guide["content"] for guide in guides).values()) == 1
    for guide in guides:
        points, materials = guide["content"].split("；"), guide["materials"].split("；")
        assert 2 <= len(points) <= 4 and all(len(point) >= 4 for point in points), guide["item_code"]
        assert 2 <= len(materials) <= 5 and all(len(one) >= 2 for one in materials), guide["item_code"]
        assert len(guide["method"]) >= 8, guide["item_code"]


def test_no_guide_hides_behind_a_phrase(guides):
    for guide in guides:
        text = "".join(guide.values())
        assert not any(phrase in text for phrase in ("按相关规定", "其他相关", "按要求检查", "待补充", "等相关")), text


def test_an_expert_is_asked_for_where_few_people_can_judge(items):
    experts = {item["item_code"] for item in items if item["is_expert_needed"] == "yes"}
    assert {"SCJG-066", "YJ-009", "WJ-012", "STHJ-010"} <= experts
    assert 8 <= len(experts) <= 20


@pytest.mark.shared
def test_codes_and_names_agree_with_the_filed_lists(items, shared):
    filed = {}
    for path in sorted((shared / "data" / "inbox" / "2027").glob("*/随机抽查事项清单.xlsx")):
        rows = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars().rows()
        filed |= {row[0]: row[2] for row in rows[2:]}
    assert filed == {item["item_code"]: item["item_name"] for item in items}

"""How well records are linked, measured on the labelled county beside the checkout."""

import pytest

from benchmarks.counties import from_labelled
from benchmarks.measures import people, quality

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def labelled(shared, county, tmp_path_factory):
    return from_labelled(shared / "data" / "linkage-dev", county, tmp_path_factory.mktemp("labelled"))


def test_objects_are_linked_with_few_mistakes(labelled, county):
    found = quality(county, labelled)
    assert found["f1"] >= 0.997
    assert found["precision"] >= 0.998


def test_few_records_are_left_for_people_to_look_at(labelled, county):
    assert quality(county, labelled)["review"] <= 0.03


def test_inspectors_are_linked_with_few_mistakes(labelled, county):
    assert people(county, labelled)["f1"] >= 0.98

"""Fixtures of the review page's tests."""

from collections.abc import Callable

import pytest

from pipelines.review.access import Person
from tests.pipelines.review import desks


@pytest.fixture
def bureau(tmp_path) -> desks.Bureau:
    """A bureau with a small plan."""
    return desks.bureau(tmp_path)


@pytest.fixture
def visitor(bureau) -> Callable[[Person | None], desks.Browser]:
    """Open a browser for somebody."""
    return desks.visitors(bureau)


@pytest.fixture
def reviewer(visitor) -> desks.Browser:
    """The reviewer's browser, logged in."""
    return visitor(desks.REVIEWER)

import pytest

from tests.onevisit.supervision import samples
from tests.onevisit.supervision.outcome import Reviewed, reviewed


@pytest.fixture(scope="session")
def clean() -> Reviewed:
    return reviewed(samples.clean(), samples.county())


@pytest.fixture(scope="session")
def dirty() -> Reviewed:
    return reviewed(samples.dirty(), samples.county(demonstration=True), **{samples.HEALTH: 10, samples.POLICE: 1})

"""A year killed at the worst of instants and run again ends as one nobody disturbed."""

from pathlib import Path

import pytest

from tests.faults.harness import differing, fingerprints, finish, killed_when

# The long form kills everywhere: `make faults`.
INSTANTS = {
    "the sign-off being recorded": "sealed/2027/decisions.jsonl",
    "the fifth draw being written": "sealed/2027/draws/*-05-1",
    "a release being switched": "public/2027.part-*",
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    data = tmp_path_factory.mktemp("undisturbed") / "data"
    finish(data)
    made = fingerprints(data)
    assert made
    return made


@pytest.mark.lengthy
def test_a_year_killed_at_sign_off_draw_and_release_ends_in_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for what, pattern in INSTANTS.items():
        assert killed_when(data, pattern), what
    finish(data)
    assert list(differing(undisturbed, fingerprints(data))) == []

"""A province's stages are measured: few made counties stand for many, and what takes too long is not met."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.province_store import Province
from benchmarks.counties import YEAR
from benchmarks.memory import Together
from benchmarks.province import WHOLE, Run, _row, _timed, _whole, made_province, rows_of
from onevisit.province.advance import Told, advance
from onevisit.province.stages import STAGES
from onevisit.province.work import Parcels
from pipelines.engines import Job


class Here:
    """Works on counties in this process."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[str, Parcels]]:
        for county, _, parcels in jobs:
            yield county, advance(parcels)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One made county, run twice."""
    cache, made, to = (tmp_path_factory.mktemp(name) for name in ("cache", "made", "to"))
    made_province(cache, made, counties=1, entities=200, times=2)
    outcomes, seconds = _timed(made, to, Here())
    return Run(Province(made, to, YEAR), outcomes, 1, seconds, 100.0)


def test_a_county_stands_for_several_under_other_codes(run: Run):
    first, second = run.outcomes
    assert run.is_whole
    assert first.tables["registries/object_sources"] == second.tables["registries/object_sources"]
    assert first.tables["draw/rounds"] != second.tables["draw/rounds"]


def test_every_stage_and_what_has_a_limit_is_measured(run: Run):
    rows = {row.name: row for row in rows_of(run)}
    assert set(rows) == {*(f"stage {one}" for one in STAGES), "visits", "teams", "drawing alone", "between stages"}
    assert all(row.figure and row.limit for row in rows.values())
    # Two small counties take far longer by the record than a province may.
    assert not rows["stage registries"].is_met


def test_seconds_are_brought_to_a_whole_province_shared_out_to_its_workers(run: Run):
    one = run.scaled(7.0)
    assert one == pytest.approx(7.0 * WHOLE / run.records)
    assert replace(run, workers=2).scaled(7.0) == pytest.approx(one / 2)


def test_what_takes_too_long_or_too_much_memory_is_not_met(run: Run):
    second = 1 / run.scaled(1.0)
    assert _row(run, "teams", 29 * second, 0.0, 30).is_met
    assert not _row(run, "teams", 31 * second, 0.0, 30).is_met
    assert _row(run, "stage registries", second, 0.0, 300).is_met
    assert not _row(replace(run, megabytes=9_000.0), "stage registries", second, 0.0, 300).is_met


def test_a_province_of_which_a_county_stopped_is_not_met(run: Run):
    stopped = replace(run, outcomes=[run.outcomes[0], replace(run.outcomes[1], stopped_at="draw")])
    assert _whole(run, "", "", is_met=True, kept=0).is_met
    assert not _whole(stopped, "", "", is_met=True, kept=0).is_met


def test_a_stage_told_before_its_parts_were_told_is_read(run: Run):
    told = run.told("visits")[0]
    assert set(told.parts) == {"grouping", "teams"}
    assert Told.of(told.content()) == told
    assert Told.of(b'{"rows": {}, "digests": {}, "reasons": [], "seconds": 1.0}').parts == {}


def test_the_memory_of_processes_is_counted_together():
    size = 200
    with Together() as alone:
        pass
    program = f"held = b'x' * ({size} << 20); import sys; sys.stdout.write('.'); sys.stdout.flush(); sys.stdin.read()"
    with Together() as together:
        child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.read(1)
        while together.megabytes < alone.megabytes + size and child.poll() is None:
            pass
        child.communicate()
    assert together.megabytes >= alone.megabytes + size


def test_made_counties_are_kept(tmp_path: Path):
    made_province(tmp_path / "cache", tmp_path / "one", counties=1, entities=200)
    (county,) = (tmp_path / "cache").glob("*/001")
    made_at = county.stat().st_mtime_ns
    made_province(tmp_path / "cache", tmp_path / "again", counties=1, entities=200)
    assert county.stat().st_mtime_ns == made_at
    inbox = tmp_path / "again" / "0001" / "inbox"
    assert inbox.resolve() == (county / "inbox").resolve()

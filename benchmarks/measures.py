"""What is measured, each in a process of its own: `python -m benchmarks.measures NAME COUNTY LISTS ...`.

A measure reads its lists before the clock starts, and answers with one line of JSON.
"""

import hashlib
import io
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import peer
from benchmarks.counties import KINDS, Lists
from benchmarks.scoring import Scores, pairwise
from benchmarks.stage import NOBODY_JUDGED, NOTHING_PUBLISHED, objects_linked, people_linked, registries
from onevisit.county import County
from onevisit.registries.linkage import link, prepare
from onevisit.registries.subjects import with_own_codes
from pipelines.settings import read_county

Answer = dict[str, Any]


def stage(county: County, lists: Lists) -> Answer:
    """Run every rule of the registries stage."""
    filed = {kind: lists.rows(kind) for kind in KINDS}
    started = time.perf_counter()
    found = registries(filed, county, lists.year)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "records": filed["objects"].height, "objects": found["objects"].height}


def linkage(county: County, lists: Lists) -> Answer:
    """Normalise and link objects; the two are timed apart, by the clock and by what processors did."""
    filed = with_own_codes(lists.rows("objects"))
    times, used = [time.perf_counter()], [time.process_time()]

    def stop() -> None:
        times.append(time.perf_counter())
        used.append(time.process_time())

    prepared = prepare(filed, county)
    stop()
    found = link(prepared, NOBODY_JUDGED, NOTHING_PUBLISHED)
    stop()
    return {
        "records": filed.height,
        "normalise": times[1] - times[0],
        "link": times[2] - times[1],
        "normalise_cpu": used[1] - used[0],
        "cpu": used[2] - used[1],
        **_scores(lists, found.records.select(record="source_id", id="cluster")),
    }


def linkages(county: County, *lists: Lists) -> Answer:
    """Normalise and link several counties one after another; the lowest F1 is told."""
    found = [linkage(county, one) for one in lists]
    return {
        "records": sum(one["records"] for one in found),
        "seconds": sum(one["normalise"] + one["link"] for one in found),
        "cpu": sum(one["normalise_cpu"] + one["cpu"] for one in found),
        "f1": min(one["f1"] for one in found),
    }


def splink(county: County, lists: Lists) -> Answer:
    """Let Splink link the same normalised columns: training, scoring and one clustering are timed.

    Where the truth is known it is scored at the threshold that suits it best.
    """
    prepared = prepare(with_own_codes(lists.rows("objects")), county)
    peer.load()
    number = prepared.select("record", "source_id")
    started, used = time.perf_counter(), time.process_time()
    trained = peer.Peer(prepared)
    trained.clusters(peer.THRESHOLDS[-1])
    answer: Answer = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
    if not lists.has_truth:
        return answer
    scored = {
        threshold: _scores(
            lists, trained.clusters(threshold).join(number, on="record").select(record="source_id", id="cluster")
        )
        for threshold in peer.THRESHOLDS
    }
    best = max(scored, key=lambda threshold: float(scored[threshold]["f1"]))
    return answer | {"threshold": best} | scored[best]


def quality(county: County, lists: Lists) -> Answer:
    """Link objects as the stage does, and score their ids and what is handed to people to look at."""
    filed = lists.rows("objects")
    started = time.perf_counter()
    found = objects_linked(filed, county, lists.year)
    seconds = time.perf_counter() - started
    asked = pl.concat([found.duplicates.get_column("left_key"), found.duplicates.get_column("right_key")])
    scores = _scores(lists, found.sources.select(record="source_id", id="object_id"))
    share = asked.n_unique() / max(filed.height, 1)
    return {"seconds": seconds, "records": filed.height, "review": share, "pairs": found.duplicates.height, **scores}


def people(county: County, lists: Lists) -> Answer:
    """Link inspectors and score them."""
    filed = lists.rows("inspectors")
    started = time.perf_counter()
    found, _ = people_linked(filed, county, lists.year)
    seconds = time.perf_counter() - started
    scores = pairwise(found.select(record="source_id", id="person_id"), lists.truth("inspectors"))
    return {"seconds": seconds, "records": filed.height, **_told(scores)}


def kept_ids(county: County, lists: Lists, after: Lists) -> Answer:
    """Link two years of a county; tell the share of entities and people of both years that kept their id.

    An entity's id is the one most of its records are in. `followed` also counts ids whose register says
    what they were merged into.
    """
    first = objects_linked(lists.rows("objects"), county, lists.year)
    second = objects_linked(after.rows("objects"), county, after.year, first.identified)
    people, known = people_linked(lists.rows("inspectors"), county, lists.year)
    later_people, later = people_linked(after.rows("inspectors"), county, after.year, known)
    objects = _kept((first.sources, lists), (second.sources, after), second.identified.ids, "objects", "object_id")
    persons = _kept((people, lists), (later_people, after), later.ids, "inspectors", "person_id")
    old, new = (set(one.sources.get_column("record_key")) for one in (first, second))
    return {
        **objects,
        "people": persons["kept"],
        "left": len(old - new) / len(old),
        "arrived": len(new - old) / len(old),
    }


def _kept(
    before: tuple[pl.DataFrame, Lists], after: tuple[pl.DataFrame, Lists], ids: pl.DataFrame, kind: str, column: str
) -> Answer:
    old, new = (
        _main_ids(sources.select(record="source_id", id=column), lists.truth(kind))
        for sources, lists in (before, after)
    )
    both = old.join(new, on="entity", suffix="_new").join(ids.select("id", "merged_into"), on="id", how="left")
    is_same = pl.col("id") == pl.col("id_new")
    is_heir = (pl.col("merged_into") == pl.col("id_new")).fill_null(False)
    told = both.select(kept=is_same.mean(), followed=(is_same | is_heir).mean())
    return {"kept": told.item(0, "kept"), "followed": told.item(0, "followed"), "entities": both.height}


def digests(county: County, lists: Lists, shuffle: str = "") -> Answer:
    """Tell the SHA-256 of every table of the stage, as its export would be.

    `shuffle` is the seed of another order of the filed rows, if they are to come in another.
    """
    filed = {kind: lists.rows(kind) for kind in KINDS}
    if shuffle:
        filed = {kind: rows.sample(fraction=1, shuffle=True, seed=int(shuffle)) for kind, rows in filed.items()}
    return {name: _digest(frame) for name, frame in registries(filed, county, lists.year).items()}


def _digest(frame: pl.DataFrame) -> str:
    written = io.BytesIO()
    frame.write_parquet(written, compression="zstd")
    return hashlib.sha256(written.getvalue()).hexdigest()


def _main_ids(found: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return entity and the id that most of its records are in."""
    counted = found.join(truth, on="record").group_by("entity", "id").len()
    ordered = counted.sort("entity", "len", "id", descending=[False, True, False])
    return ordered.unique("entity", keep="first", maintain_order=True).select("entity", "id")


def _scores(lists: Lists, found: pl.DataFrame) -> Answer:
    return _told(pairwise(found, lists.truth("objects"))) if lists.has_truth else {}


def _told(scores: Scores) -> Answer:
    return {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1}


def peak_megabytes() -> float:
    """Return the most memory this process ever held.

    The kernel counts the parent's memory in ru_maxrss of a child, so its own record is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASURES: dict[str, Callable[..., Answer]] = {
    one.__name__: one for one in (stage, linkage, linkages, splink, quality, people, kept_ids, digests)
}


def answered(name: str, county_folder: Path, given: Sequence[Lists | str]) -> Answer:
    """Run one measure in this process."""
    return MEASURES[name](read_county(county_folder), *given) | {"peak": peak_megabytes()}


def main(name: str, county_folder: str, *rest: str) -> None:
    """Run one measure and print its answer; an argument that is a folder stands for the lists in it."""
    given = [Lists(Path(one)) if Path(one).is_dir() else one for one in rest]
    sys.stdout.write(json.dumps(answered(name, Path(county_folder), given)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

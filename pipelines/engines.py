"""Where counties are worked on: processes of this machine, or a Spark cluster. Both call `advance` and nothing else."""

import multiprocessing
import os
import resource
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from onevisit.errors import RefusedError, problem
from onevisit.province.advance import advance, failed, is_want_of_memory
from onevisit.province.arrow import SPARK_SCHEMA, advance_counties, table_of
from onevisit.province.work import Parcels
from onevisit.workers import end_with_parent

Job = tuple[str, str, Parcels]
"""County, its first stage, its parcels."""


class Engine(Protocol):
    """Carries counties through their stages."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[str, Parcels]]:
        """Yield every county with what `advance` made of its parcels, as they are done."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """A process for each of `workers` counties at once, each with its share of the memory."""

    workers: int
    memory: int
    """Bytes, for all of them together."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[str, Parcels]]:
        """Yield counties as they are done; where a process dies, its county failed (N006) and the rest go on."""
        waiting, share = iter(jobs), self.memory // self.workers
        # Read by Polars as a worker begins: together they have as many threads as there are processors.
        os.environ.setdefault("POLARS_MAX_THREADS", str(max(1, (os.cpu_count() or 1) // self.workers)))
        # Arrow's own allocator reserves a gigabyte at once, and all of it counts.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        free = [_slot(share) for _ in range(self.workers)]
        busy: dict[Future[dict[str, bytes]], tuple[ProcessPoolExecutor, Job]] = {}
        try:
            while True:
                while free and (job := next(waiting, None)):
                    slot = free.pop()
                    busy[slot.submit(advance, job[2])] = slot, job
                if not busy:
                    return
                for future in wait(busy, return_when=FIRST_COMPLETED).done:
                    slot, (county, stage, _) = busy.pop(future)
                    error = future.exception()
                    # Memory may end before the county's own stages begin.
                    if isinstance(error, BrokenProcessPool) or is_want_of_memory(error):
                        slot.shutdown()
                        free.append(_slot(share))
                        yield county, failed(stage, [problem("N006").text("zh")])
                    else:
                        free.append(slot)
                        yield county, future.result()
        finally:
            for slot in [*free, *(slot for slot, _ in busy.values())]:
                slot.shutdown(cancel_futures=True)


def _slot(memory: int) -> ProcessPoolExecutor:
    # Spawned: Polars and DuckDB keep threads, and a fork would inherit their locks without them.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_limited, initargs=(memory,))


def _limited(memory: int) -> None:
    """Keep a worker process within its share of memory, and no longer than who asked for it."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Spark: counties go out in waves, each county's parcels to one task."""

    master: str
    """Address of the cluster; empty = what spark-submit says."""
    wave: int
    """So many counties are handed out at once: the driver holds their parcels."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[str, Parcels]]:
        """Yield counties wave by wave. Raises RefusedError (N009) where there is no Spark."""
        session = spark_session(self.master)
        try:
            waiting = iter(jobs)
            while wave := [job for _, job in zip(range(self.wave), waiting, strict=False)]:
                yield from advanced(session, wave)
        finally:
            session.stop()


def spark_session(master: str) -> Any:
    """Return a Spark session with what every run needs set. Raises RefusedError (N009)."""
    if find_spec("pyspark") is None:
        raise RefusedError([problem("N009", detail="pyspark")])
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        raise RefusedError([problem("N009", detail="Java")])
    builder = import_module("pyspark.sql").SparkSession.builder.appName("onevisit province")
    if master:
        # Workers must take this environment's Python: another one has no onevisit.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master(master)
    settings = {
        # Small parcels must not be put together into one task: what is in them takes minutes.
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def advanced(session: Any, wave: list[Job]) -> Iterator[tuple[str, Parcels]]:
    """Yield every county of a wave with what was made of it, each worked on by one task of the cluster."""
    # More partitions than counties: rarely two counties in one task while another is idle.
    session.conf.set("spark.sql.shuffle.partitions", str(4 * len(wave)))
    frame = session.createDataFrame(table_of((county, parcels) for county, _, parcels in wave))
    made = frame.groupBy("county").applyInArrow(advance_counties, SPARK_SCHEMA)
    found: dict[str, dict[str, bytes]] = {county: {} for county, _, _ in wave}
    for row in made.toLocalIterator():
        found[row["county"]][row["name"]] = bytes(row["data"])
    yield from found.items()

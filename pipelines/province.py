"""A province's run: what every county needs, an engine for it, progress, and one summary."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from assets.province_store import CountyFolder, Province, Seeds, Task
from onevisit.errors import RefusedError
from pipelines.engines import Engine, Job

FIGURES = {
    "objects": ("registries", "registries/objects"),
    "tasks": ("plan", "plan/tasks"),
    "drawn": ("draw", "draw/drawn"),
    "visits": ("visits", "visits/visits"),
    "seats": ("visits", "visits/teams"),
    "shortages": ("visits", "visits/shortages"),
}
"""Column of the summary -> the stage and table whose rows it counts."""


@dataclass
class Run:
    """One run over a province: `done` and `failed` grow while it goes."""

    province: Province
    engine: Engine
    seeds: Seeds
    console: Console

    def __post_init__(self) -> None:
        self.done: set[str] = set()
        """Counties of which something was made now."""
        self.failed: dict[str, list[str]] = {}
        """County -> why."""

    def go(self) -> bool:
        """Bring every county up to date, print and write the summary; return whether none failed.

        Raises RefusedError where the whole cannot begin: no county (N008), no Spark (N009).
        """
        started = time.perf_counter()
        counties = self.province.folders
        self.province.to.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _progress(self.console) as progress:
            bar = progress.add_task("counties", total=len(counties))
            for county, parcels in self.engine.run(self._jobs(counties, progress, bar)):
                self.province.keep(self._tasks.pop(county), parcels)
                self.done.add(county)
                progress.advance(bar)
        self._tell(counties, time.perf_counter() - started)
        return not self.failed

    def _jobs(self, counties: list[CountyFolder], progress: Progress, bar: object) -> Iterator[Job]:
        self._tasks: dict[str, Task] = {}
        for one in counties:
            try:
                task = self.province.task(one, self.seeds.get(one.name, {}))
            except RefusedError as refused:
                self.failed[one.name] = [reason.text("zh") for reason in refused.problems]
                task = None
            if task is None:
                progress.advance(bar)  # type: ignore[arg-type]
                continue
            self._tasks[one.name] = task
            yield one.name, task.stages[0], task.parcels

"""The whole county's year through Dagster: `python -m benchmarks.county_year --inbox DIR`."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.table import Row, tell

SECONDS_LIMIT, MEMORY_LIMIT = 60, 2048
"""For a year of 25,000 objects; memory in MB."""


def main(
    inbox: Annotated[Path, typer.Option(help="One year's inbox, <year>/<department>/<file>.", exists=True)],
    output: Annotated[Path | None, typer.Option(help="File for the table.")] = None,
) -> None:
    """Run a county's whole year once, on a copy of an inbox."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        shutil.copytree(inbox, data / "inbox" / inbox.name)
        command = [sys.executable, "-m", "pipelines", "run", "all", "--year", inbox.name, "--data", str(data)]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command line
        seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = used.ru_maxrss / 1024
    tell(
        [
            Row(
                "whole county's year",
                f"inbox {inbox.name}",
                f"{seconds:.0f} s ({used.ru_utime + used.ru_stime:.0f} s of processors), {memory:,.0f} MB",
                f"≤ {SECONDS_LIMIT} s, ≤ {MEMORY_LIMIT:,} MB",
                f"load {os.getloadavg()[0]:.0f} when it ended",
                seconds <= SECONDS_LIMIT and memory <= MEMORY_LIMIT,
            )
        ],
        "benchmarks.county_year",
        output,
    )


if __name__ == "__main__":
    typer.run(main)

"""The same year from two copies of the source, in other folders, on another day, in another place: the same bytes.

`python -m tests.faults.reproduce` is the long form (`make faults`): there the clock of the second run is two days on.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.harness import differing, fingerprints

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("onevisit", "assets", "checks", "pipelines", "county", "dagster.yaml", "workspace.yaml", "pyproject.toml")
"""What the program is, without tests and data."""
ELSEWHERE = {"LC_ALL": "C", "TZ": "America/Lima", "PYTHONHASHSEED": "4711", "POLARS_MAX_THREADS": "1"}
"""A machine set up otherwise."""
_LATER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#define LATER (2 * 24 * 60 * 60)
int clock_gettime(clockid_t clock, struct timespec *at) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += LATER;
    return failed;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""
"""A library in front of the system's: what asks for the time is told the day after tomorrow."""


def copied(folder: Path) -> Path:
    """Copy the program into a folder, and return the folder."""
    folder.mkdir(parents=True)
    for part in (ROOT / name for name in PARTS):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, folder / part.name)
    return folder


def two_days_on(folder: Path) -> dict[str, str]:
    """Return the environment in which programs are told a time two days on; it needs a C compiler."""
    library = folder / "later.so"
    (folder / "later.c").write_text(_LATER, "ascii")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, folder / "later.c", "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}


def run_year(program: Path, data: Path, **environment: str) -> None:
    """Run the demonstration county's year with a copy of the program. Raises AssertionError with what it said."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pipelines.cli import app; app()",
            "demo",
            "--entities",
            "200",
            "--data",
            str(data),
        ],
        env={**os.environ, **environment},
        cwd=program,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def main() -> int:
    """Run the year here and elsewhere, and compare what is kept and published."""
    with tempfile.TemporaryDirectory(prefix="onevisit-reproduce-") as name:
        folder = Path(name)
        run_year(copied(folder / "here"), folder / "data")
        there = copied(folder / "there" / "else" / "夹 with blanks")
        run_year(there, folder / "other-data", **ELSEWHERE, **two_days_on(folder))
        here = fingerprints(folder / "data")
        wrong = list(differing(here, fingerprints(folder / "other-data")))
    sys.stdout.write(f"{len(here)} files, {len(wrong)} differ: {wrong[:20]}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

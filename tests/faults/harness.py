"""A demonstration county run by the command line and killed on the way, and what must be the same afterwards.

`python tests/faults/harness.py --kills 50` is the long form (`make faults`): kills at random instants, with
the seed printed, so that a fault that was found is found again.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

KEPT = ("sealed", "public", "exports", "inbox", "pools")
"""What must be the same bytes, however often a run was killed; what lies in `bureau` says how things stood when it was
written, and a year begun anew finds more there."""
YEAR, ENTITIES = 2027, 200
_POLL_SECONDS = 0.002
_COMMAND = "from pipelines.cli import app; app()"


def start(data: Path) -> subprocess.Popen[bytes]:
    """Start the county's whole year in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "demo", "--entities", str(ENTITIES), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def finish(data: Path) -> None:
    """Run the whole year undisturbed. Raises AssertionError with what it said when it fails."""
    run = start(data)
    said, _ = run.communicate()
    assert run.returncode == 0, said.decode()


def killed_when(data: Path, pattern: str) -> bool:
    """Run the year until a path that was not there before appears, and kill it then; tell whether it was killed.

    `pattern` is a glob below the data folder.
    """
    there = set(data.glob(pattern))
    run = start(data)
    while run.poll() is None:
        if set(data.glob(pattern)) - there:
            return _kill(run)
        time.sleep(_POLL_SECONDS)
    run.communicate()
    return False


def killed_after(data: Path, seconds: float) -> bool:
    """Run the year for so long and kill it; tell whether it was still running."""
    run = start(data)
    try:
        run.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _kill(run)
    return False


def _kill(run: subprocess.Popen[bytes]) -> bool:
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    return run.returncode == -signal.SIGKILL


def fingerprints(data: Path) -> dict[str, str]:
    """Return every kept file's fingerprint; leftovers of interrupted writes show by their names."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in KEPT
        for path in sorted((data / name).rglob("*"))
        if path.is_file()
    }


def differing(one: dict[str, str], other: dict[str, str]) -> Iterator[str]:
    """Yield the names whose fingerprints differ, or that only one side has."""
    yield from (name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def main() -> int:
    """Kill runs at random instants, again and again, and compare with an undisturbed one."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--per-county", type=int, default=5, help="kills until a county's year is let finish")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    asked = options.parse_args()
    rng = random.Random(asked.seed)  # noqa: S311
    say = sys.stdout.write
    say(f"seed {asked.seed}\n")
    with tempfile.TemporaryDirectory(prefix="onevisit-faults-") as folder:
        begun = time.monotonic()
        finish(Path(folder) / "undisturbed")
        seconds = time.monotonic() - begun
        sound = fingerprints(Path(folder) / "undisturbed")
        say(f"undisturbed: {seconds:.1f} s, {len(sound)} files\n")
        for number in range(0, asked.kills, asked.per_county):
            data = Path(folder) / f"killed-{number}"
            instants = [rng.uniform(0, seconds) for _ in range(min(asked.per_county, asked.kills - number))]
            hit = sum(killed_after(data, one) for one in instants)
            finish(data)
            wrong = list(differing(sound, fingerprints(data)))
            say(
                f"{hit} of {len(instants)} killed at {', '.join(f'{one:.2f}' for one in instants)}: {wrong or 'same'}\n"
            )
            if wrong:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

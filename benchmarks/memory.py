"""How much memory processes hold together, as Linux tells it under /proc."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_PAUSE = 0.25


class Together:
    """The most that this process and all it started hold at once while the block lasts, looked at every quarter second.

    What processes share, the libraries' code above all, counts for each of them: to tell it apart the kernel looks at
    every page, which takes time from what is measured. A peak shorter than a quarter second may be missed.
    """

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Together":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, sum(map(_held, _family())) / 1024)
            if self._ended.wait(_PAUSE):
                return


def _family() -> Iterator[int]:
    """Yield this process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for number in (int(one.name) for one in _PROC.iterdir() if one.name.isdecimal()):
        # The name of the program stands in brackets and may hold anything; the parent is the second word after it.
        if told := _read(number, "stat"):
            children.setdefault(int(told.rpartition(")")[2].split()[1]), []).append(number)
    waiting = [os.getpid()]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one, [])


def _held(number: int) -> int:
    """Return kilobytes; 0 when the process has ended."""
    line = next((line for line in _read(number, "status").splitlines() if line.startswith("VmRSS:")), "VmRSS: 0")
    return int(line.split()[1])


def _read(number: int, name: str) -> str:
    try:
        return (_PROC / str(number) / name).read_text("ascii", "replace")
    except OSError:
        return ""

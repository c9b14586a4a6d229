"""Records tampered with at every place: each byte changed, each line dropped, doubled, swapped or cut.

`python -m tests.faults.tamper` is the long form (`make faults`): every byte of every file of three draws, and of a log.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping

from onevisit.decisions import Entry, decoded, extended, log_text, parse_log
from onevisit.draw import verify
from onevisit.draw.evidence import replay
from onevisit.errors import RefusedError
from tests.onevisit.draw.samples import OPEN, WITNESSED, held

Files = Mapping[str, bytes]
RECORDS = 4


def a_log() -> bytes:
    """A decision log of a few records, in two scripts."""
    entries = [
        Entry(
            at=f"2027-01-0{number}T10:00:00+08:00",
            kind="judge",
            by="张三",
            role="judge",
            what="判断为同一对象",
            why="同一店面 shop",
            channel="review page",
            details={"left_key": "scjg:1", "right_key": f"wj:{number}"},
        )
        for number in range(1, RECORDS + 1)
    ]
    return log_text(extended([], entries)).encode()


def draws() -> dict[str, dict[str, bytes]]:
    """The evidence of an open round, of a witnessed one, and of one that was given up."""
    return {"open": held(OPEN), "witnessed": held(WITNESSED), "void": held(WITNESSED, is_void=True)}


def changed_bytes(data: bytes, *, step: int = 1) -> Iterator[tuple[int, bytes]]:
    """Yield data with one bit of every `step`th byte changed, and where; another bit at each place."""
    for at in range(0, len(data), step):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        yield at, bytes(changed)


def changed_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield data with a line dropped, doubled, swapped with the next or cut, and the line's number.

    The last line dropped is not among them: nothing in the file can tell, only its head, which the paper has.
    """
    lines = data.splitlines(keepends=True)
    for at, line in enumerate(lines):
        before, after = lines[:at], lines[at + 1 :]
        if after:
            yield at + 1, b"".join([*before, *after])
            yield at + 1, b"".join([*before, after[0], line, *after[1:]])
        yield at + 1, b"".join([*before, line, line, *after])
        yield at + 1, b"".join([*before, line[: len(line) // 2], *after])
        yield at + 1, b"".join([*before, line[:-1] + b"\r\n", *after])


def record_refused(log: bytes) -> int:
    """Return the number of the record a log is refused for, 0 when it is taken."""
    try:
        parse_log(decoded(log))
    except RefusedError as refused:
        [one] = refused.problems
        return int(one.reason.partition("第")[2].partition("条")[0])
    return 0


def is_refused_by_the_file(files: Files) -> bool:
    """Tell whether verify.py, which lies in the folder, refuses it."""
    try:
        verify.verify(verify.Folder(dict(files)))
    except verify.RefusedError:
        return True
    return False


def is_refused_by_the_project(files: Files) -> bool:
    """Tell whether the project's own replay refuses a folder."""
    return bool(replay(files))


def unnoticed(files: Files, name: str, refuses: Callable[[Files], bool], *, step: int = 1) -> list[str]:
    """Return what was changed in a file of a folder and was not refused."""
    data = files[name]
    of_lines = [] if name.endswith(".py") else [(f"line {number}", text) for number, text in changed_lines(data)]
    changes = [*((f"byte {at}", text) for at, text in changed_bytes(data, step=step)), *of_lines]
    return [f"{name}: {what}" for what, text in changes if text != data and not refuses({**files, name: text})]


def main() -> int:
    """Change every byte of the evidence of three draws; tell what was not noticed."""
    wrong, begun = 0, time.monotonic()
    for kind, files in draws().items():
        for name in files:
            for refuses in (is_refused_by_the_file, is_refused_by_the_project):
                missed = unnoticed(files, name, refuses)
                wrong += len(missed)
                sys.stdout.writelines(f"{kind}, {refuses.__name__}: {what}\n" for what in missed)
        sys.stdout.write(f"{kind}: {sum(map(len, files.values())):,} bytes, {time.monotonic() - begun:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

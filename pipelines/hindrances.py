"""What the machine refuses: full disks, folders it may not write, files that others hold; told with what to do.

Errors of this kind come from five libraries in five forms, some as text only (Dagster keeps a failed step's words,
not its exception); so they are known by their words.
"""

import errno
import os
import re

from onevisit.errors import Problem, problem

_CODES = {
    errno.ENOSPC: "C080",
    errno.EDQUOT: "C080",
    errno.EFBIG: "C080",
    errno.EACCES: "C081",
    errno.EPERM: "C081",
    errno.EROFS: "C081",
    errno.EIO: "C082",
}
_SQLITE = {
    "database or disk is full": "C080",
    "disk I/O error": "C082",
    "readonly database": "C081",
    "unable to open database file": "C081",
}
"""Of Dagster's own records of its runs."""
_IS_ERROR = re.compile(r"Error|Exception")
_QUOTED = re.compile(r"['\"]([^'\"\n]*/[^'\"\n]*)['\"]")
_HELD = re.compile(r'Could not set lock on file "([^"\n]*)".*?\(PID (\d+)\)', re.DOTALL)


def hindrance(text: str, *, place: str = "") -> Problem | None:
    """Return what hindered a program by the words of its error, class and message; None when it is nothing known.

    `place` is said where the words name no path.
    """
    if held := _HELD.search(text):
        return problem("C083", file=os.path.basename(held[1]), value=held[2])  # noqa: PTH119
    code = _code(text) if _IS_ERROR.search(text) else ""
    if not code:
        return None
    places = _QUOTED.findall(text)
    return problem(code, file=places[-1] if places else place)


def of_error(error: BaseException, *, place: str = "") -> Problem | None:
    """Return what hindered a program by its error, as `hindrance` does."""
    return hindrance(f"{type(error).__name__}: {error}", place=place)


def _code(text: str) -> str:
    by_words = {os.strerror(number): code for number, code in _CODES.items()} | _SQLITE
    by_number = {f"[Errno {number}]": code for number, code in _CODES.items()}
    return next((code for words, code in {**by_number, **by_words}.items() if words in text), "")

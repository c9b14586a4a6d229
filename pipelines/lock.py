"""One at a time: whoever writes to a county's data holds it alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from onevisit.errors import RefusedError, problem
from pipelines.settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data while something is written to it. Raises RefusedError (C005) when another run holds it."""
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.data / "run.lock", timeout=0):
            yield
    except Timeout:
        raise RefusedError([problem("C005", file=settings.data.name)]) from None

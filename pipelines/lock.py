"""One at a time: whoever writes to a county's data holds it alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from assets.data_format import require_format
from onevisit.errors import RefusedError, problem
from pipelines.settings import Settings

LOCK = "run.lock"
"""In the data folder; the system lets go of it when its process ends, however that ends."""


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the data, whatever its form; whoever holds it already goes on holding it.

    Raises RefusedError (C005) when another run holds it.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.data / LOCK, timeout=0, is_singleton=True):
            yield
    except Timeout:
        raise RefusedError([problem("C005", file=settings.data.name)]) from None


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data while something is written to it.

    Raises RefusedError: C005 when another run holds it, C015 when a newer version wrote it, C090 when an older one did.
    """
    with held(settings):
        require_format(settings.folders)
        yield

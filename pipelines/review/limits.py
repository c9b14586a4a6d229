"""How often somebody may ask: so many requests at once, and one more every so often."""

import datetime as dt
import threading
from collections.abc import Callable

Clock = Callable[[], dt.datetime]


class Bucket:
    """Holds `size` requests when full, and is filled by one every `every`."""

    def __init__(self, size: int, every: dt.timedelta, clock: Clock) -> None:
        self._size, self._every, self._clock = size, every, clock
        self._left = float(size)
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one request out; tell whether there was one."""
        with self._lock:
            moment = self._clock()
            # A clock that is set back fills nothing.
            self._left = min(self._size, self._left + max(0.0, (moment - self._at) / self._every))
            self._at = moment
            if self._left < 1:
                return False
            self._left -= 1
            return True

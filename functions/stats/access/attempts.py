"""How often an address presented a wrong key or password: past a number of times it waits, whatever it presents."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from common.errors import QuotaExceeded
from common.http.wrong_keys import find_client

MOST_FAILURES = 20
WINDOW_SECONDS = 60
MOST_ADDRESSES = 10_000


class FailedAttempts:
    """Counts failures by address, in this instance's memory alone."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """By address, oldest first: how many there were, and when their window ends."""
        self._lock = Lock()

    def check(self, address: str) -> None:
        """Raises QuotaExceeded where there were too many."""
        with self._lock:
            failures, ends_at = self._failures.get(find_client(address), (0, 0.0))
        left = ends_at - self._now()
        if failures >= MOST_FAILURES and left > 0:
            raise QuotaExceeded(("failed-attempts",), int(left) + 1, {})

    def note(self, address: str) -> None:
        """Count one more."""
        group, now = find_client(address), self._now()
        with self._lock:
            failures, ends_at = self._failures.pop(group, (0, 0.0))
            if ends_at <= now:
                failures, ends_at = 0, now + WINDOW_SECONDS
            self._failures[group] = (failures + 1, ends_at)
            while len(self._failures) > MOST_ADDRESSES:
                self._failures.popitem(last=False)

"""Counts a client's wrong passwords: after too many it has to wait, even with the right one.

Wrong keys are counted by common.http.wrong_keys, where the right key still passes: a password can be guessed, a key
can't.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from common.errors import QuotaExceeded

MOST_FAILURES = 20
WINDOW_SECONDS = 60
MOST_CLIENTS = 10_000


class FailedAttempts:
    """Counts failures by client, in this instance's memory alone."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """By client, oldest first: how many there were, and when their window ends."""
        self._lock = Lock()

    def check(self, client: str) -> None:
        """Raises QuotaExceeded where there were too many."""
        with self._lock:
            failures, ends_at = self._failures.get(client, (0, 0.0))
        left = ends_at - self._now()
        if failures >= MOST_FAILURES and left > 0:
            raise QuotaExceeded(("failed-attempts",), int(left) + 1, {})

    def note(self, client: str) -> None:
        """Count one more."""
        now = self._now()
        with self._lock:
            failures, ends_at = self._failures.pop(client, (0, 0.0))
            if ends_at <= now:
                failures, ends_at = 0, now + WINDOW_SECONDS
            self._failures[client] = (failures + 1, ends_at)
            while len(self._failures) > MOST_CLIENTS:
                self._failures.popitem(last=False)

"""Bounds how often a client is told that its key is wrong."""

import math
import time
from collections import Counter
from collections.abc import Callable

from common.errors import QuotaExceeded

MOST = 10
"""Wrong keys of a client in a minute that are answered with 401."""
WINDOW_SECONDS = 60
MAX_CLIENTS = 10_000
"""Clients that are told apart. Those that come later, in the same minute, count as one."""

_POLICY = "wrong-keys"


class WrongKeys:
    """The wrong keys of each client in the present minute, as this instance saw them.

    It is asked only once a key turned out to be wrong: a right key passes whatever else came from its address, which
    may be that of a whole office or of a proxy.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._ends = clock() + WINDOW_SECONDS

    def count(self, client: str) -> None:
        """Count a wrong key of a client, as client_address.group names it.

        Raises QuotaExceeded past what it may send in a minute.
        """
        now = self._clock()
        if now >= self._ends:
            self._counts.clear()
            self._ends = now + WINDOW_SECONDS
        if client not in self._counts and len(self._counts) >= MAX_CLIENTS:
            client = ""
        if self._counts[client] >= MOST:
            raise QuotaExceeded((_POLICY,), max(1, math.ceil(self._ends - now)), {})
        self._counts[client] += 1

"""How long a lane lets a batch grow: a transaction costs the same for one event as for a hundred."""

from collections.abc import Callable

STEADY_EVENTS_A_SECOND = 500
"""From this rate on, a lane waits as long as it may."""


class Pace:
    """The rate at which a lane's events come, and how long it lingers for more.

    Little traffic is handed on at once, for nothing would be gained. The more comes, the more events share a
    transaction, and the longer it is worth waiting, up to a bound.
    """

    def __init__(self, most_seconds: float, clock: Callable[[], float]) -> None:
        """`most_seconds`: the bound. `clock`: seconds, as time.monotonic() gives them."""
        self._most_seconds = most_seconds
        self._clock = clock
        self._at = clock()
        self._events = 0
        self._seconds = 0.0

    def note(self, events: int) -> None:
        """A batch of so many events is complete."""
        now = self._clock()
        self._events, self._seconds, self._at = events, now - self._at, now

    def find_seconds(self) -> float:
        """How long the batch that has begun should wait for more."""
        since = self._clock() - self._at  # of a burst that is over nothing is left
        seconds = max(since, self._seconds)
        if not seconds:
            return 0.0
        rate = self._events / seconds
        return self._most_seconds * min(1.0, rate / STEADY_EVENTS_A_SECOND)

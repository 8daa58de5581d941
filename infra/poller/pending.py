"""When a lane looks again at the entries that it was given and has not settled."""

from collections.abc import Callable

SOONEST_SECONDS = 0.1
LATEST_SECONDS = 1.0
"""How long deferred entries wait at first, and after some attempts in vain."""


class Pending:
    """Where a lane is in its own pending entries, and when it begins again with the first.

    What a predecessor left or an outage interrupted is due at once. Deferred entries are due after a pause, which
    doubles while none of them can be stored. They stay in the stream, so none is kept in memory.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: seconds, as time.monotonic() gives them."""
        self._clock = clock
        self._pause = SOONEST_SECONDS
        self.begin()  # a killed predecessor of the same name may have left some

    def begin(self) -> None:
        """Begin with the first entry, now."""
        self._position: str | None = ""
        self._due = 0.0
        self.has_deferred = self._has_deferred_again = False

    def find(self) -> str | None:
        """The message id after which to go on, empty to begin; None if nothing is due."""
        return None if self._clock() < self._due else self._position

    def advance(self, position: str) -> None:
        """Go on after this message."""
        self._position = position

    def end(self) -> None:
        """That was the last one: begin again after a pause if any was deferred."""
        if self._has_deferred_again:
            self._wait()
            self._pause = min(2 * self._pause, LATEST_SECONDS)
        else:
            self._position, self.has_deferred, self._pause = None, False, SOONEST_SECONDS

    def defer(self, *, is_any_stored: bool) -> None:
        """Some entries wait for their sites. `is_any_stored`: others of the same batch were stored."""
        if is_any_stored:
            self._pause = SOONEST_SECONDS
        if self._position is None:
            self._wait()
        self.has_deferred = self._has_deferred_again = True

    def limit_ms(self, most: int) -> int:
        """How long to wait for new entries: no longer than until deferred ones are due."""
        if not self.has_deferred:
            return most
        return max(1, min(most, int((self._due - self._clock()) * 1000)))

    def _wait(self) -> None:
        self._position, self._due = "", self._clock() + self._pause
        self._has_deferred_again = False

"""What the lanes of a shard share: whose turn it is to read what is new, at which pace, and who hands it on."""

import threading
import time
from typing import Protocol

from infra.poller.crew import Crew
from infra.poller.pace import Pace

LONGEST_SECONDS = 5.0
"""After that the turn goes to another lane: a batch that the processor does not answer holds nobody up for longer."""


class Lead(Protocol):
    """Whether this poller, of all that read the shard, is the one whose lanes have the turn (see infra.queue.lead)."""

    def take(self) -> bool: ...
    def give_up(self) -> None: ...


class Turn:
    """One lane has it at a time, unless its batches take too long."""

    def __init__(
        self, crew: Crew, pace: Pace, longest_seconds: float = LONGEST_SECONDS, lead: Lead | None = None
    ) -> None:
        """`lead`: None where no other poller is asked."""
        self.crew = crew
        self.pace = pace
        self._lead = lead
        self._longest_seconds = longest_seconds
        self._changed = threading.Condition()
        self._holder: object | None = None
        self._ends_at = 0.0

    def take(self, patience_seconds: float) -> object | None:
        """Take the turn once it is free; returns what gives it back, None if it was not free in time."""
        deadline = time.monotonic() + patience_seconds
        with self._changed:
            while self._holder is not None and (now := time.monotonic()) < self._ends_at:
                if now >= deadline:
                    return None
                self._changed.wait(min(deadline, self._ends_at) - now)
            self._holder = holder = object()
            self._ends_at = time.monotonic() + self._longest_seconds
            return holder

    def leads(self) -> bool:
        """Whether the lane that has the turn may use it: not while another poller leads. Raises Unavailable."""
        return self._lead is None or self._lead.take()

    def keep(self, holder: object) -> bool:
        """Have the turn, and the lead, for longer, because something is done.

        False if another lane or another poller has it already. Raises Unavailable.
        """
        with self._changed:
            if self._holder is not holder:
                return False
            self._ends_at = time.monotonic() + self._longest_seconds
        return self.leads()

    def give_back(self, holder: object, is_idle: bool = False) -> None:
        """Let another lane have it, unless one has it already, and another poller unless there was nothing to do."""
        if self._lead is not None and self._holder is holder and not is_idle:
            self._lead.give_up()
        with self._changed:
            if self._holder is holder:
                self._holder = None
                self._changed.notify()

"""The poller's interface to the processor, and the two ways in which a call can fail."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from common.dead_letter import Reason
from common.errors import AnalyticsError
from common.wire import Entry, Outcome, SitesAnswer, SitesTask

CONTROLS = 5
CONTROL_SHARE = 0.2
"""Five controls take about as long as one event. At that speed, an event gets five times as long as it needs."""


class Outage(AnalyticsError):
    """The processor can't process anything now. It is never counted as a failure of the batch."""


class Crash(AnalyticsError):
    """The processor failed while processing the batch; `reason` is the reason for a dead letter."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the processor {reason} on a batch")
        self.reason = reason


class Invoker(Protocol):
    """Invokes the processor."""

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """Process these entries; returns the ids of those not done, with reasons. Raises Outage or Crash."""

    def observe(self, payload: bytes) -> bytes:
        """Tell the processor of the queue (wire.encode_sightings); returns its answer. Raises AnalyticsError."""

    def is_ready(self) -> bool:
        """Whether the processor and its store answer."""

    def ask(self, task: SitesTask) -> SitesAnswer:
        """What the processor says or does about sites. Raises Outage."""


def is_quick(control: Callable[[float], bool], timeout_seconds: float) -> bool:
    """Whether the processor works at its usual speed, so that a failure may be blamed on the batch.

    `control` makes the processor do a little work without any event, within the given number of seconds. All controls
    together, one after the other, get a fifth of a batch's time-out. If they take longer, everything is slow, and a
    batch that timed out says nothing about its events.
    """
    deadline = time.monotonic() + timeout_seconds * CONTROL_SHARE
    return all(
        (left := deadline - time.monotonic()) > 0 and control(left) and time.monotonic() <= deadline
        for _ in range(CONTROLS)
    )

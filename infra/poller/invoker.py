"""What the poller asks of the processor, and the two ways in which it fails."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from common.dead_letter import Reason
from common.errors import AnalyticsError
from common.wire import Entry

CONTROLS = 5
CONTROL_SHARE = 0.2
"""Five controls do about as much as one event, so an event is given five times as long as it needs at that speed."""


class Outage(AnalyticsError):
    """The processor can't process anything now. Never counts against what was to be processed."""


class Crash(AnalyticsError):
    """The processor failed while it had the batch; `reason` is that of the dead letter."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the processor {reason} on a batch")
        self.reason = reason


class Invoker(Protocol):
    """Invokes the processor."""

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Reason]:
        """Process these entries; returns the message ids at fault, with reasons. Raises Outage or Crash."""

    def is_ready(self) -> bool:
        """Whether the processor and its store answer."""


def is_quick(control: Callable[[float], bool], timeout_seconds: float) -> bool:
    """Whether the processor works at its usual speed, so that a failure may be blamed on the batch.

    `control` has the processor do a little that no event is part of, within so many seconds. All controls, one after
    the other, get a fifth of a batch's time-out: where they take longer everything is slow, and a batch that timed out
    says nothing about its events.
    """
    deadline = time.monotonic() + timeout_seconds * CONTROL_SHARE
    return all(
        (left := deadline - time.monotonic()) > 0 and control(left) and time.monotonic() <= deadline
        for _ in range(CONTROLS)
    )

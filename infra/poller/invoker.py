"""What the poller asks of the processor, and the two ways in which it fails."""

from collections.abc import Sequence
from typing import Protocol

from common.dead_letter import Reason
from common.errors import AnalyticsError
from common.wire import Entry


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

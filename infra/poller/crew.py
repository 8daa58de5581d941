"""Hands several batches to the processor at the same time."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from common.wire import Entry, Outcome
from infra.poller.invoker import Crash, Invoker, Outage

Answer = dict[str, Outcome] | Crash | Outage
"""What the processor answers to a batch, or how the call failed."""


class Crew:
    """Invokes the processor with as many batches at once as it has hands."""

    def __init__(self, invoker: Invoker, hands: int = 1) -> None:
        self.hands = hands
        self._invoker = invoker
        # As many for each lane: one whose batches get no answer keeps its own, and the next lane finds others.
        self._threads = ThreadPoolExecutor(hands * hands, "hand")

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """One batch. Raises Outage or Crash."""
        return self._invoker.invoke(entries)

    def hand_on(self, batch: Sequence[Entry]) -> Future[Answer]:
        """One batch, in a thread of its own; at most as many at once as there are hands."""
        return self._threads.submit(self._try, batch)

    def _try(self, batch: Sequence[Entry]) -> Answer:
        try:
            return self._invoker.invoke(batch)
        except (Crash, Outage) as failure:
            return failure

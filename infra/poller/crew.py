"""Hands several batches to the processor at the same time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

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
        self._others = ThreadPoolExecutor(hands * (hands - 1), "hand") if hands > 1 else None

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """One batch. Raises Outage or Crash."""
        return self._invoker.invoke(entries)

    def invoke_all(self, batches: Sequence[Sequence[Entry]]) -> list[Answer]:
        """The answer to each of these batches, at most as many as there are hands; all are there when it returns."""
        if self._others is None or len(batches) < 2:
            return [self._try(batch) for batch in batches]
        others = [self._others.submit(self._try, batch) for batch in batches[1:]]
        return [self._try(batches[0]), *(other.result() for other in others)]

    def _try(self, batch: Sequence[Entry]) -> Answer:
        try:
            return self._invoker.invoke(batch)
        except (Crash, Outage) as failure:
            return failure

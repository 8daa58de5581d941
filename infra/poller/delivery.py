"""Hands a lane's entries to the processor, settles what succeeded, and finds what of the rest is at fault."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Protocol, cast

from common import wire
from common.dead_letter import DeadLetter, Reason
from common.log import fields
from common.wire import DEFERRED, Entry, Outcome
from infra.poller.crew import Answer, Crew
from infra.poller.invoker import Crash, Outage
from infra.poller.pending import Pending
from infra.poller.waiting import Waiting

MOST_HALVINGS = 12
"""How often outages may halve the batch size. After that, a batch is one entry, whatever the limits."""

log = logging.getLogger(__name__)


class Deferred(Exception):
    """A site of the entry is locked. Nobody is at fault."""


class Queue(Protocol):
    """What is told of entries to the shard that they are from (see infra.queue.consumer)."""

    def hold(self, entry: Entry) -> None: ...
    def settle(self, entries: Sequence[Entry], dead_letters: Sequence[DeadLetter] = ()) -> None: ...
    def count_failures(self, message_ids: Sequence[str]) -> list[int]: ...
    def read_failures(self, message_ids: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True)
class Limits:
    """When a batch is full, how long to wait for its first entry, and how often an event is tried."""

    max_events: int
    max_bytes: int
    idle_block_ms: int
    max_attempts: int


class Delivery:
    """What becomes of the entries that a lane was given: settled, or left in the queue and looked at again."""

    def __init__(
        self, queue: Queue, crew: Crew, limits: Limits, pause: Callable[[int], None], pending: Pending
    ) -> None:
        """`pause`: waits before a retry, longer after more failures. `pending`: is told of what has to come again."""
        self._queue = queue
        self._crew = crew
        self._limits = limits
        self._pause = pause
        self._pending = pending
        self._halvings = 0

    def has_room(self, waiting: Waiting) -> bool:
        """Whether less waits than a batch for each hand."""
        hands, limits = self._crew.hands, self._limits
        return waiting.events < hands * limits.max_events and waiting.size < hands * limits.max_bytes

    def hand_on(
        self, waiting: Waiting, more: Iterable[Sequence[Entry]] = (), note: Callable[[], object] = lambda: None
    ) -> None:
        """Hand on what waits and what `more` adds to it, in batches of different sites side by side.

        `more`: what is asked while batches are in flight, so that a hand that is free finds the next. `note`: is
        called after each answer. Raises Outage, once the batches in flight are done; the rest is still pending.
        """
        pages = iter(more)
        # Until all is done, though successes count meanwhile: a larger batch may be too much for a store that is slow.
        most = self._limits.max_events >> self._halvings, self._limits.max_bytes >> self._halvings
        flying: dict[Future[Answer], list[Entry]] = {}
        outages: list[Outage] = []
        try:
            while True:
                while not outages and (batch := self._take(waiting, len(flying), most)):
                    flying[self._crew.hand_on(batch)] = batch
                if not flying:
                    break
                if not outages and self._read_on(waiting, pages):
                    continue
                for done in wait(flying, return_when=FIRST_COMPLETED).done:
                    batch = flying.pop(done)
                    waiting.give_back(batch)
                    if isinstance(answer := done.result(), Outage):
                        outages.append(answer)
                    else:
                        self._conclude(batch, answer)
                    note()
        finally:
            wait(flying)
        if outages:
            # The store may only be slow: a batch too big for its time-out may succeed in smaller parts.
            self._halvings = min(self._halvings + 1, MOST_HALVINGS)
            raise outages[0]

    def _take(self, waiting: Waiting, flying: int, most: tuple[int, int]) -> list[Entry]:
        """The next batch of at most so many events and bytes; empty if no hand is free for one."""
        hands = self._crew.hands - flying
        return waiting.take(hands, *most) if hands else []

    def _read_on(self, waiting: Waiting, pages: Iterator[Sequence[Entry]]) -> bool:
        """Whether more waits now."""
        before = waiting.events
        while self.has_room(waiting) and (page := next(pages, None)):
            waiting.add(page)
        return waiting.events > before

    def _conclude(self, batch: Sequence[Entry], answer: dict[str, Outcome] | Crash) -> None:
        """Settle what of a batch is done; count what is at fault."""
        if isinstance(answer, Crash):
            log.warning("batch failed", extra=fields(reason=answer.reason, entries=len(batch)))
            self._queue.count_failures([entry.message_id for entry in batch])
            self._pending.begin()
            return
        self._halvings = max(self._halvings - 1, 0)
        self._queue.settle([entry for entry in batch if entry.message_id not in answer])
        at_fault = [message_id for message_id, reason in answer.items() if reason != DEFERRED]
        if len(at_fault) < len(answer):
            self._pending.defer(is_any_stored=len(answer) < len(batch))
        if at_fault:
            log.warning("entries failed", extra=fields(entries=len(at_fault)))
            self._queue.count_failures(at_fault)
            self._pending.begin()

    def isolate(self, entry: Entry) -> None:
        """Deliver an entry alone or, if that fails, event by event; settle it with its dead letters.

        If a site of it is locked, it stays pending.
        """
        try:
            if self._try(entry) is None:
                self._queue.settle([entry])
                return
            letters = [self._deliver_or_bury(part, entry) for part in wire.split(entry)]
            self._queue.settle([entry], [letter for letter in letters if letter])
        except Deferred:
            self._pending.defer(is_any_stored=False)

    def _deliver_or_bury(self, part: Entry, entry: Entry) -> DeadLetter | None:
        """Deliver one event until it succeeds; returns its dead letter if all attempts fail. Raises Deferred."""
        message_id = wire.name_event(part.message_id, 0)
        [attempts] = self._queue.read_failures([message_id])
        reason: Reason = "interrupted"  # if the poller died after counting the last failure
        while attempts < self._limits.max_attempts:
            self._queue.hold(entry)
            failed = self._try(part)
            if failed is None:
                return None
            reason = failed
            [attempts] = self._queue.count_failures([message_id])
            if attempts == 0:  # another poller has claimed and settled the entry
                return None
            log.warning("event failed alone", extra=fields(event=message_id, reason=reason, attempts=attempts))
            self._pause(attempts)
        payload = part.data.decode(errors="backslashreplace")
        return DeadLetter(message_id, payload, reason, attempts, wire.name_site(part))

    def _try(self, entry: Entry) -> Reason | None:
        """Deliver one entry alone; returns the reason if it fails, None if it succeeds. Raises Outage or Deferred."""
        try:
            outcome = self._crew.invoke([entry]).get(entry.message_id)
        except Crash as crash:
            return crash.reason
        if outcome == DEFERRED:
            raise Deferred
        return cast("Reason | None", outcome)

"""One lane of the poller: takes batches from a shard, has them processed, settles what succeeded.

A batch that fails is not retried as it is. Its entries are delivered alone, an entry that fails
again is split, and an event that fails `event_max_attempts` times alone becomes a dead letter. An
outage counts against nothing: what was read stays pending, and the next step finds it again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from common import wire
from common.dead_letter import DeadLetter, Reason
from common.log import fields
from common.wire import Entry
from infra.poller.invoker import Crash, Invoker, Outage

MOST_HALVINGS = 12
"""Of a batch after outages: then it is of one entry, whatever the limits."""

log = logging.getLogger(__name__)


class Queue(Protocol):
    """One consumer of one shard (see infra.queue.consumer)."""

    page: int
    """Most entries that a read returns; fewer mean that no more wait."""

    def read_own(self) -> list[Entry]: ...
    def read_new(self, block_ms: int) -> list[Entry]: ...
    def claim(self) -> list[Entry]: ...
    def hold(self, entry: Entry) -> None: ...
    def settle(self, entries: Sequence[Entry], dead_letters: Sequence[DeadLetter] = ()) -> None: ...
    def count_failures(self, message_ids: Sequence[str]) -> list[int]: ...
    def read_failures(self, message_ids: Sequence[str]) -> list[int]: ...


@dataclass(frozen=True)
class Limits:
    """When a batch is full, how long to wait for a first entry, and when an event is given up."""

    max_events: int
    max_bytes: int
    idle_block_ms: int
    max_attempts: int


class Lane:
    """Reads, has processed and settles, one step at a time.

    Knows no clock: `pause` waits before a retry, the longer the more failed, `linger` for a batch to grow.
    """

    def __init__(
        self,
        queue: Queue,
        invoker: Invoker,
        limits: Limits,
        pause: Callable[[int], None],
        linger: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._invoker = invoker
        self._limits = limits
        self._pause = pause
        self._linger = linger
        self._has_unsettled = True  # what a killed predecessor of the same name was given
        self._halvings = 0

    def step(self, claim: bool) -> int:
        """Take what there is and settle what can be; returns how many entries were taken.

        `claim`: whether to look for entries that another poller left. Raises Outage (what was taken
        stays pending) or Unavailable (the queue itself).
        """
        entries = self._take_up(claim) if claim or self._has_unsettled else []
        if entries:
            self._has_unsettled = True  # until all of it is settled
            counts = self._queue.read_failures([entry.message_id for entry in entries])
            suspects = [entry for entry, count in zip(entries, counts, strict=True) if count]
            self._process([entry for entry, count in zip(entries, counts, strict=True) if not count])
            for entry in suspects:
                self._isolate(entry)
            return len(entries)
        self._has_unsettled = True  # an answer that gets lost on its way has given us entries, too
        entries = self._gather()
        self._has_unsettled = bool(entries)
        self._process(entries)
        return len(entries)

    def _take_up(self, claim: bool) -> list[Entry]:
        return self._queue.read_own() or (self._queue.claim() if claim else [])

    def _gather(self) -> list[Entry]:
        """New entries: a full batch of what waits already, or what comes within one linger after the first."""
        entries: list[Entry] = []
        events = size = 0
        has_lingered = False
        more = self._queue.read_new(self._limits.idle_block_ms)
        while more:
            entries += more
            events += sum(entry.count for entry in more)
            size += sum(len(entry.data) for entry in more)
            if events >= self._limits.max_events or size >= self._limits.max_bytes:
                break
            if len(more) < self._queue.page:  # nothing more waits
                if has_lingered:
                    break
                self._linger()
                has_lingered = True
            more = self._queue.read_new(0)
        return entries

    def _process(self, entries: Sequence[Entry]) -> None:
        for batch in self._cut(entries):
            try:
                failures = self._invoker.invoke(batch)
            except Outage:
                # perhaps the store is only slow: what is too much for its time-out may go through in parts
                self._halvings = min(self._halvings + 1, MOST_HALVINGS)
                raise
            except Crash as crash:
                log.warning("batch failed", extra=fields(reason=crash.reason, entries=len(batch)))
                self._queue.count_failures([entry.message_id for entry in batch])
                continue
            self._halvings = max(self._halvings - 1, 0)
            self._queue.settle([entry for entry in batch if entry.message_id not in failures])
            if failures:
                log.warning("entries failed", extra=fields(entries=len(failures)))
                self._queue.count_failures(list(failures))

    def _cut(self, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Batches within the limits, smaller ones after an outage, in order; a single entry may be over them."""
        max_events, max_bytes = self._limits.max_events >> self._halvings, self._limits.max_bytes >> self._halvings
        batch: list[Entry] = []
        events = size = 0
        for entry in entries:
            count = max(entry.count, 1)  # an entry that we did not write counts, too: a batch's entries are bounded
            events, size = events + count, size + len(entry.data)
            if batch and (events > max_events or size > max_bytes):
                yield batch
                batch, events, size = [], count, len(entry.data)
            batch.append(entry)
        if batch:
            yield batch

    def _isolate(self, entry: Entry) -> None:
        """Deliver an entry alone; if that fails, each of its events; settle it with its dead letters."""
        if self._try(entry) is None:
            self._queue.settle([entry])
            return
        letters = [self._deliver_or_bury(part, entry) for part in wire.split(entry)]
        self._queue.settle([entry], [letter for letter in letters if letter])

    def _deliver_or_bury(self, part: Entry, entry: Entry) -> DeadLetter | None:
        """Deliver one event until it succeeds, or until it is given up: then its dead letter."""
        message_id = wire.name_event(part.message_id, 0)
        [attempts] = self._queue.read_failures([message_id])
        reason: Reason = "interrupted"  # where its last failure was counted and the poller died
        while attempts < self._limits.max_attempts:
            self._queue.hold(entry)
            failed = self._try(part)
            if failed is None:
                return None
            reason = failed
            [attempts] = self._queue.count_failures([message_id])
            if attempts == 0:  # another poller took the entry over and settled it
                return None
            log.warning("event failed alone", extra=fields(event=message_id, reason=reason, attempts=attempts))
            self._pause(attempts)
        payload = part.data.decode(errors="backslashreplace")
        return DeadLetter(message_id, payload, reason, attempts, wire.name_site(part))

    def _try(self, entry: Entry) -> Reason | None:
        """Why an entry that is delivered alone fails, None if it does not. Raises Outage."""
        try:
            return self._invoker.invoke([entry]).get(entry.message_id)
        except Crash as crash:
            return crash.reason

"""One lane of the poller: reads batches from a shard, invokes the processor, and settles what succeeded.

A failed batch is not retried as a whole. Its entries are delivered one by one, and an entry that
fails again is split into its events. An event that fails `event_max_attempts` times on its own
becomes a dead letter. An outage counts as nobody's failure: entries stay pending for the next step.
So do entries of a site that is locked, which the processor defers; new entries of others go on meanwhile.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from common import wire
from common.dead_letter import DeadLetter, Reason
from common.log import fields
from common.wire import DEFERRED, Entry
from infra.poller.invoker import Crash, Invoker, Outage
from infra.poller.pending import Pending

MOST_HALVINGS = 12
"""How often outages may halve the batch size. After that, a batch is one entry, whatever the limits."""

log = logging.getLogger(__name__)


class Deferred(Exception):
    """A site of the entry is locked. Nobody is at fault."""


class Queue(Protocol):
    """One consumer of one shard (see infra.queue.consumer)."""

    page: int
    """The most entries that a read returns. Fewer mean that the stream is empty."""

    def read_own(self, after: str = "") -> list[Entry]: ...
    def read_new(self, block_ms: int) -> list[Entry]: ...
    def claim(self) -> list[Entry]: ...
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


class Lane:
    """Reads, processes and settles entries, one step at a time.

    It waits only through others: `pause` waits before a retry, longer after more failures; `linger` lets a batch grow.
    `clock` says when deferred entries are due.
    """

    def __init__(
        self,
        queue: Queue,
        invoker: Invoker,
        limits: Limits,
        pause: Callable[[int], None],
        linger: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._invoker = invoker
        self._limits = limits
        self._pause = pause
        self._linger = linger
        self._pending = Pending(clock)
        self._halvings = 0

    def step(self, claim: bool) -> int:
        """Read entries and settle those that succeed; returns how many were read.

        `claim`: also look for entries that another poller left behind. Raises Outage (the entries
        stay pending) or Unavailable (the queue does not answer).
        """
        try:
            return self._step(claim)
        except Exception:
            self._pending.begin()  # if the reply got lost, its entries are still ours
            raise

    def _step(self, claim: bool) -> int:
        if claim:
            self._pending.begin()
        entries = self._take_up(claim)
        if entries:
            counts = self._queue.read_failures([entry.message_id for entry in entries])
            suspects = [entry for entry, count in zip(entries, counts, strict=True) if count]
            self._process([entry for entry, count in zip(entries, counts, strict=True) if not count])
            for entry in suspects:
                self._isolate(entry)
            if not self._pending.has_deferred:
                return len(entries)
        new = self._gather()
        self._process(new)
        return len(entries) + len(new)

    def _take_up(self, claim: bool) -> list[Entry]:
        """Our own entries that are due, up to a full batch; else what another poller left."""
        entries: list[Entry] = []
        events = size = 0
        while (position := self._pending.find()) is not None:
            more = self._queue.read_own(position)
            if not more:
                if not entries:  # else whether they can be stored is known first
                    self._pending.end()
                break
            self._pending.advance(more[-1].message_id)
            entries += more
            events += sum(max(entry.count, 1) for entry in more)
            size += sum(len(entry.data) for entry in more)
            if events >= self._limits.max_events or size >= self._limits.max_bytes:
                break
        return entries or (self._queue.claim() if claim else [])

    def _gather(self) -> list[Entry]:
        """New entries: a full batch if enough are waiting, else whatever arrives within one linger."""
        entries: list[Entry] = []
        events = size = 0
        has_lingered = False
        more = self._queue.read_new(self._pending.limit_ms(self._limits.idle_block_ms))
        while more:
            entries += more
            events += sum(entry.count for entry in more)
            size += sum(len(entry.data) for entry in more)
            if events >= self._limits.max_events or size >= self._limits.max_bytes:
                break
            if len(more) < self._queue.page:  # the stream is empty
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
                # The store may only be slow: a batch too big for its time-out may succeed in smaller parts.
                self._halvings = min(self._halvings + 1, MOST_HALVINGS)
                raise
            except Crash as crash:
                log.warning("batch failed", extra=fields(reason=crash.reason, entries=len(batch)))
                self._queue.count_failures([entry.message_id for entry in batch])
                self._pending.begin()
                continue
            self._halvings = max(self._halvings - 1, 0)
            self._queue.settle([entry for entry in batch if entry.message_id not in failures])
            at_fault = [message_id for message_id, reason in failures.items() if reason != DEFERRED]
            if len(at_fault) < len(failures):
                self._pending.defer(is_any_stored=len(failures) < len(batch))
            if at_fault:
                log.warning("entries failed", extra=fields(entries=len(at_fault)))
                self._queue.count_failures(at_fault)
                self._pending.begin()

    def _cut(self, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Cut into batches within the limits, in order; smaller after an outage. A single entry may exceed them."""
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
            outcome = self._invoker.invoke([entry]).get(entry.message_id)
        except Crash as crash:
            return crash.reason
        if outcome == DEFERRED:
            raise Deferred
        return cast("Reason | None", outcome)

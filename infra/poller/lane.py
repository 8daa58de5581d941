"""One lane of the poller: reads batches from a shard, invokes the processor, and settles what succeeded.

A failed batch is not retried as a whole. Its entries are delivered one by one, and an entry that
fails again is split into its events. An event that fails `event_max_attempts` times on its own
becomes a dead letter. An outage counts as nobody's failure: entries stay pending for the next step.
So do entries of a site that is locked, which the processor defers; new entries of others go on meanwhile.

The lanes of a shard take turns with what is new: the one whose turn it is reads for all of them, and cuts what it has
read by site, so that batches in flight never wait for each other's sites. A lane that is busy with a failure, or with a
batch that gets no answer for seconds, leaves the turn to another. Pollers of one shard take turns in the same way.
"""

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from common import wire
from common.dead_letter import DeadLetter, Reason
from common.log import fields
from common.wire import DEFERRED, Entry, Outcome
from infra.poller.invoker import Crash, Outage
from infra.poller.pending import Pending
from infra.poller.shares import share_out
from infra.poller.turn import Turn

MOST_HALVINGS = 12
"""How often outages may halve the batch size. After that, a batch is one entry, whatever the limits."""
ASK_AGAIN_SECONDS = 0.1
"""How soon a lane looks again whether another poller still leads."""

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

    It waits only through others: `pause` waits before a retry, longer after more failures; `linger` waits for so many
    seconds, while a batch grows or another poller leads. `clock` says when deferred entries are due.
    """

    def __init__(
        self,
        queue: Queue,
        turn: Turn,
        limits: Limits,
        pause: Callable[[int], None],
        linger: Callable[[float], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._turn = turn
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
        return len(entries) + self._process_new()

    def _process_new(self) -> int:
        """Read and process what is new, if it is our turn within the time that a read may take."""
        patience_ms = self._pending.limit_ms(self._limits.idle_block_ms)
        if (holder := self._turn.take(patience_ms / 1000)) is None:
            return 0
        is_idle = False
        try:
            if not self._turn.leads():
                self._linger(min(patience_ms / 1000, ASK_AGAIN_SECONDS))
                return 0
            new = self._gather(patience_ms)
            self._process(new)
            is_idle = not new
        finally:
            self._turn.give_back(holder, is_idle)
        return len(new)

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

    def _gather(self, block_ms: int) -> list[Entry]:
        """New entries: a full batch for each hand if enough are waiting, else whatever arrives within one linger."""
        entries: list[Entry] = []
        events = size = 0
        has_lingered = False
        hands = self._turn.crew.hands
        more = self._queue.read_new(block_ms)
        while more:
            entries += more
            events += sum(entry.count for entry in more)
            size += sum(len(entry.data) for entry in more)
            if events >= hands * self._limits.max_events or size >= hands * self._limits.max_bytes:
                break
            if len(more) < self._queue.page:  # the stream is empty
                if has_lingered:
                    break
                if not (seconds := self._turn.pace.find_seconds()):
                    break
                self._linger(seconds)
                has_lingered = True
            more = self._queue.read_new(0)
        if entries:
            self._turn.pace.note(events)
        return entries

    def _process(self, entries: Sequence[Entry]) -> None:
        """Hand on what belongs together in batches, those of different sites side by side, and settle what is done."""
        shares = [self._cut(share) for share in share_out(entries, self._turn.crew.hands)] if entries else []
        while batches := [batch for share in shares if (batch := next(share, None))]:
            outages = []
            for batch, answer in zip(batches, self._turn.crew.invoke_all(batches), strict=True):
                if isinstance(answer, Outage):
                    outages.append(answer)
                else:
                    self._conclude(batch, answer)
            if outages:
                # The store may only be slow: a batch too big for its time-out may succeed in smaller parts.
                self._halvings = min(self._halvings + 1, MOST_HALVINGS)
                raise outages[0]

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

    def _cut(self, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Cut into batches within the limits, in order; smaller after an outage. A single entry may exceed them.

        They are about alike: what shares of sites are a little larger or smaller than a batch would leave scraps.
        """
        max_events, max_bytes = self._limits.max_events >> self._halvings, self._limits.max_bytes >> self._halvings
        # an entry that we did not write counts, too: a batch's entries are bounded
        counts = [max(entry.count, 1) for entry in entries]
        parts = math.ceil(sum(counts) / max(max_events, 1))
        max_events = min(max_events, math.ceil(sum(counts) / max(parts, 1)) + max(counts, default=0))
        batch: list[Entry] = []
        events = size = 0
        for entry, count in zip(entries, counts, strict=True):
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
            outcome = self._turn.crew.invoke([entry]).get(entry.message_id)
        except Crash as crash:
            return crash.reason
        if outcome == DEFERRED:
            raise Deferred
        return cast("Reason | None", outcome)

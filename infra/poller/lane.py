"""One lane of the poller: reads batches from a shard, invokes the processor, and settles what succeeded.

A failed batch is not retried as a whole. Its entries are delivered one by one, and an entry that
fails again is split into its events. An event that fails `event_max_attempts` times on its own
becomes a dead letter. An outage counts as nobody's failure: entries stay pending for the next step.
So do entries of a site that is locked, which the processor defers; new entries of others go on meanwhile.

The lanes of a shard take turns with what is new: the one whose turn it is reads for all of them, and has a batch in
flight for each of them. These have no site in common, so they never wait for each other. A lane that is busy with a
failure, or with batches that get no answer for seconds, leaves the turn to another. Pollers of one shard take turns in
the same way.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from common.wire import Entry
from infra.poller import delivery
from infra.poller.delivery import Delivery, Limits
from infra.poller.pending import Pending
from infra.poller.turn import Turn
from infra.poller.waiting import Waiting

ASK_AGAIN_SECONDS = 0.1
"""How soon a lane looks again whether another poller still leads."""
READ_ON_SECONDS = 2.5
"""For so long a turn goes on while there is a backlog. Then another lane may have it, or another poller."""


class Queue(delivery.Queue, Protocol):
    """One consumer of one shard (see infra.queue.consumer)."""

    page: int
    """The most entries that a read returns. Fewer mean that the stream is empty."""

    def read_own(self, after: str = "") -> list[Entry]: ...
    def read_new(self, block_ms: int) -> list[Entry]: ...
    def claim(self) -> list[Entry]: ...


class Lane:
    """Reads, processes and settles entries, one step at a time.

    It waits only through others: `pause` waits before a retry, longer after more failures; `linger` waits for so many
    seconds, while a batch grows or another poller leads, and says whether the poller stops. `clock` says when deferred
    entries are due.
    """

    def __init__(
        self,
        queue: Queue,
        turn: Turn,
        limits: Limits,
        pause: Callable[[int], None],
        linger: Callable[[float], bool | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._turn = turn
        self._limits = limits
        self._linger = linger
        self._clock = clock
        self._pending = Pending(clock)
        self._delivery = Delivery(queue, turn.crew, limits, pause, self._pending)

    def step(self, claim: bool) -> int:
        """Read entries and settle those that succeed; returns how many were read before the first were handed on.

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
            others = Waiting()
            others.add(entry for entry, count in zip(entries, counts, strict=True) if not count)
            self._delivery.hand_on(others)
            for entry in suspects:
                self._delivery.isolate(entry)
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
            new, is_backlog = self._gather(patience_ms)
            count = len(new)
            more = self._read_on(holder) if is_backlog else ()
            self._delivery.hand_on(new, more, lambda: self._turn.keep(holder))
            is_idle = not count
        finally:
            self._turn.give_back(holder, is_idle)
        return count

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

    def _gather(self, block_ms: int) -> tuple[Waiting, bool]:
        """New entries: a full batch for each hand if enough are waiting, else whatever arrives within one linger.

        Also whether there may be more already.
        """
        waiting = Waiting()
        has_lingered = False
        more = self._queue.read_new(block_ms)
        while more:
            waiting.add(more)
            if not self._delivery.has_room(waiting):
                break
            if len(more) < self._queue.page:  # the stream is empty
                if has_lingered:
                    break
                if not (seconds := self._turn.pace.find_seconds()):
                    break
                self._linger(seconds)
                has_lingered = True
            more = self._queue.read_new(0)
        if len(waiting):
            self._turn.pace.note(waiting.events)
        return waiting, len(more) == self._queue.page

    def _read_on(self, holder: object) -> Iterator[Sequence[Entry]]:
        """What else a backlog holds, until it or the turn ends, the poller stops, or what was left is due again."""
        ends_at = self._clock() + READ_ON_SECONDS
        while self._clock() < ends_at and self._pending.find() is None and not self._linger(0):
            if not self._turn.keep(holder):
                return
            if more := self._queue.read_new(0):
                self._turn.pace.note(sum(entry.count for entry in more))
                yield more
            if len(more) < self._queue.page:
                return

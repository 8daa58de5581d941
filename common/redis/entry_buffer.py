"""Group commit for ingest: events of requests that arrive in the same turn of the event loop share one write."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from operator import itemgetter

from common.errors import Unavailable
from common.placement import find_stripe
from common.wire import MOST_TRACES, Entry, pack

WRITES_IN_FLIGHT = 4
MAX_WRITE_BYTES = 4 << 20
MAX_WAITING_BYTES = 64 << 20

SiteEvent = tuple[str, bytes]
"""A site's id and one encoded event of it."""
_SITE, _ENCODED = itemgetter(0), itemgetter(1)
_Waiting = tuple[Sequence[SiteEvent], int, "asyncio.Future[None]", str]
"""Events, their bytes, the future of whoever waits until they are stored, and his traceparent or nothing."""
Write = Callable[[Sequence[Entry], Mapping[str, int]], Awaitable[None]]
"""Stores entries; the second argument: how many events of them each site has."""


def count_bytes(events: Iterable[SiteEvent]) -> int:
    """The bytes of these encoded events."""
    return sum(map(len, map(_ENCODED, events)))


class EntryBuffer:
    """Joins the events of concurrent requests into few stream entries, and tells each request how it went.

    At most WRITES_IN_FLIGHT writes are under way; what arrives meanwhile waits and shares the next one.
    One buffer serves one shard.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in_flight: set[asyncio.Task[None]] = set()
        self._is_scheduled = False

    async def append(self, events: Sequence[SiteEvent], trace: str = "") -> None:
        """Return once these encoded events are stored; raise what their write raised. `trace`: a traceparent."""
        if self._waiting_bytes > MAX_WAITING_BYTES:
            raise Unavailable("Too much is waiting to be queued.")
        if self._loop is None or not self._waiting:
            self._loop = asyncio.get_running_loop()  # a system call on Python 3.11: once a write, not once a request
        stored: asyncio.Future[None] = self._loop.create_future()
        size = count_bytes(events)
        self._waiting.append((events, size, stored, trace))
        self._waiting_bytes += size
        self._schedule(self._loop)
        await stored

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_scheduled and len(self._in_flight) < WRITES_IN_FLIGHT:
            self._is_scheduled = True
            loop.call_soon(self._start_write, loop)

    def _start_write(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_scheduled = False
        batch, total = [], 0
        while self._waiting and total < MAX_WRITE_BYTES:
            waiting = self._waiting.popleft()
            total += waiting[1]
            batch.append(waiting)
        self._waiting_bytes -= total
        task = loop.create_task(self._run_write(batch))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        task.add_done_callback(lambda _: self._schedule(loop))
        self._schedule(loop)

    async def _run_write(self, batch: list[_Waiting]) -> None:
        error: Exception | None = None
        try:
            joined = list(chain.from_iterable(events for events, _, _, _ in batch))
            entries = pack(joined)
            if any(trace for _, _, _, trace in batch):
                entries = _add_traces(entries, batch)
            await self._write(entries, Counter(map(_SITE, joined)))
        except Exception as raised:  # noqa: BLE001 - every waiting request must hear of it
            error = raised
        for _, _, stored, _ in batch:
            if stored.done():  # its request was cancelled
                continue
            if error is None:
                stored.set_result(None)
            else:
                stored.set_exception(error)


def _add_traces(entries: Sequence[Entry], batch: Sequence[_Waiting]) -> list[Entry]:
    """The entries with the traces of requests that have an event of the entry's stripe."""
    traces: dict[int | None, dict[str, None]] = {}
    for events, _, _, trace in batch:
        if trace:
            for stripe in {find_stripe(site_id) for site_id, _ in events}:
                traces.setdefault(stripe, {})[trace] = None
    return [replace(entry, traces=" ".join([*traces.get(entry.stripe, ())][:MOST_TRACES])) for entry in entries]

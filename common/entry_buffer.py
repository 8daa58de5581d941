"""Group commit for ingest: what concurrent requests bring in one turn of the event loop shares a write."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

from common.errors import Unavailable
from common.wire import Entry, pack

WRITES_IN_FLIGHT = 4
MAX_WRITE_BYTES = 4 << 20
MAX_WAITING_BYTES = 64 << 20

SiteEvent = tuple[str, bytes]
"""A site's id and one encoded event of it."""
Write = Callable[[Sequence[Entry], Mapping[str, int]], Awaitable[None]]
"""Stores entries; the second argument: how many events of them each site has."""


class EntryBuffer:
    """Joins the events of concurrent requests into few stream entries, and tells each request how it went.

    At most WRITES_IN_FLIGHT writes are under way; what arrives meanwhile waits and shares the next one.
    One buffer serves one shard.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: deque[tuple[Sequence[SiteEvent], asyncio.Future[None]]] = deque()
        self._waiting_bytes = 0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._is_scheduled = False

    async def append(self, events: Sequence[SiteEvent]) -> None:
        """Return once these encoded events are stored; raise what their write raised."""
        if self._waiting_bytes > MAX_WAITING_BYTES:
            raise Unavailable("Too much is waiting to be queued.")
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append((events, stored))
        self._waiting_bytes += _size(events)
        self._schedule(loop)
        await stored

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_scheduled and len(self._in_flight) < WRITES_IN_FLIGHT:
            self._is_scheduled = True
            loop.call_soon(self._start_write, loop)

    def _start_write(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_scheduled = False
        batch, size = [], 0
        while self._waiting and size < MAX_WRITE_BYTES:
            events, stored = self._waiting.popleft()
            size += _size(events)
            batch.append((events, stored))
        self._waiting_bytes -= size
        task = loop.create_task(self._run_write(batch))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        task.add_done_callback(lambda _: self._schedule(loop))
        self._schedule(loop)

    async def _run_write(self, batch: list[tuple[Sequence[SiteEvent], "asyncio.Future[None]"]]) -> None:
        error: Exception | None = None
        try:
            entries = pack([encoded for events, _ in batch for _, encoded in events])
            await self._write(entries, Counter(site_id for events, _ in batch for site_id, _ in events))
        except Exception as raised:  # noqa: BLE001 - every waiting request must hear of it
            error = raised
        for _, stored in batch:
            if stored.done():  # its request was cancelled
                continue
            if error is None:
                stored.set_result(None)
            else:
                stored.set_exception(error)


def _size(events: Sequence[SiteEvent]) -> int:
    return sum(len(encoded) for _, encoded in events)

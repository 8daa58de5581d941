"""The writing end of the stream, for ingest: redis-py's asyncio client."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from common.errors import Unavailable
from common.redis.client import FAULTS, connect_async
from common.redis.cluster import AsyncCluster
from common.redis.cluster_script import ConfirmedScript
from common.redis.entry_buffer import WRITES_IN_FLIGHT, EntryBuffer, SiteEvent
from common.redis.keys import ShardKeys, load_script
from common.redis.login import login_options, note_refusal
from common.settings import Settings
from common.wire import VERSION, Entry

FULL_RETRY_AFTER_SECONDS = 5
COUNT_TIMEOUT_SECONDS = 0.2
OVERFLOW_PARTS = 2
"""An overflow holds one part in so many of what a shard may."""
MOST_DROPPED = 1_000
"""Counts of dropped fields by site and field in a minute; the rest is counted by field alone: each has 60 bytes."""


class RedisStream:
    """Appends events to the shards of a stream. Connects at its first use, never at import."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        login_options(settings)  # load the secret's reader now, not at the first request
        self._redis: Redis | AsyncCluster | None = None
        self._buffers: dict[int, EntryBuffer] = {}
        self.find_trace: Callable[[], str] | None = None
        """The traceparent of whoever appends, empty if he is not traced; None: nobody is."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once these events are in the append-only file; raise Unavailable if they are not.

        In a cluster, in a replica's too.

        After a time-out nobody knows: the same events may be appended again, their keys count once.
        """
        buffer = self._buffers.get(shard)
        if buffer is None:
            buffer = self._buffers[shard] = self._make_buffer(shard)
        await buffer.append(events, self.find_trace() if self.find_trace else "")

    async def read_backlog(self) -> dict[str, int]:
        """Events and bytes that wait, of all shards; raises Unavailable where Redis takes no writes."""
        try:
            # a write that changes nothing, and so adds nothing to the append-only file: as any other it is refused
            # when memory is full or the file can't be written
            await self._connect().hsetnx(self._keys(0).backlog, "events", 0)
            total = {"events": 0, "bytes": 0}
            for shard in self._settings.all_shards:
                counts = await cast(Awaitable[dict[bytes, bytes]], self._connect().hgetall(self._keys(shard).backlog))
                for name in total:
                    total[name] += int(counts.get(name.encode(), 0))
            # negative if somebody else wrote entries, which were never counted
            return {name: max(0, count) for name, count in total.items()}
        except FAULTS as error:
            raise await self._fail(error) from error

    async def read_milliseconds(self) -> int:
        """The queue's own clock, since 1970; raises Unavailable."""
        try:
            return int(await self._connect().eval(load_script(__name__, "clock"), 1, self._keys(0).stream))
        except FAULTS as error:
            raise _translate(error) from error

    async def admit_sites(self, sites: Mapping[str, int], most: int) -> tuple[frozenset[str], int]:
        """Sites over the bound of `most` new ones an hour, and the seconds until the next; none if Redis is away.

        `sites`: how many events of each there are.
        """
        keys = self._keys(0)
        words = [word for site in sites.items() for word in site]
        script = self._register(load_script(__name__, "new_sites"))
        try:
            *admitted, seconds = await script(
                keys=[keys.sites, keys.new_sites], args=[most, self._settings.ledger_hours, *words]
            )
        except (*FAULTS, TimeoutError) as error:
            note_refusal(error)
            return frozenset(), 0
        return frozenset(site for site, is_in in zip(sites, admitted, strict=True) if not is_in), int(seconds)

    async def read_memory(self) -> dict[str, int]:
        """Bytes of memory that Redis has `used`, and its `max` (0: no bound); empty where it does not say."""
        redis = self._connect()
        if isinstance(redis, AsyncCluster):
            return {}
        with suppress(*FAULTS):
            told: dict[str, Any] = await redis.info("memory")
            return {"used": int(told.get("used_memory", 0)), "max": int(told.get("maxmemory", 0))}
        return {}

    async def _describe_full(self) -> str:
        """Why nothing can be added, for the sender and for whoever asks whether we are ready."""
        memory = await self.read_memory()
        if not memory.get("max"):
            return "The queue's memory is full; send the same events again later."
        waiting = 0
        with suppress(*FAULTS):
            for shard in self._settings.all_shards:
                told = await cast(Awaitable[bytes | None], self._connect().hget(self._keys(shard).backlog, "bytes"))
                waiting += int(told or 0)
        return (
            f"The queue's memory is full: {memory['used']:,} bytes of {memory['max']:,} are in use, of which events"
            f" that wait have {waiting:,} (`analytics status` shows the rest). Send the same events again later."
        )

    async def _fail(self, error: Exception) -> Unavailable:
        if isinstance(error, OutOfMemoryError):
            return Unavailable(await self._describe_full(), FULL_RETRY_AFTER_SECONDS)
        return _translate(error)

    async def count_refused(self, events: int, reason: str = "") -> None:  # noqa: ARG002
        """Count events that were refused, for the ledger; never raises and never waits for long.

        `reason`: of whoever counts by it, as functions.ingest.measured does.
        The client's 4xx is correct even while Redis is down.
        """
        key = f"{self._keys(0).refused}{int(time.time() // 60)}"
        with suppress(TimeoutError, *FAULTS):
            async with asyncio.timeout(COUNT_TIMEOUT_SECONDS):
                script = load_script(__name__, "count_refused")
                await self._connect().eval(script, 1, key, self._settings.ledger_hours * 3600, events)

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """Count events that were accepted without a field, by site and field; as count_refused, and as quick.

        The events are safe already: a count that is missed costs nobody anything.
        """
        key = f"{self._keys(0).dropped}{int(time.time() // 60)}"
        with suppress(TimeoutError, *FAULTS):
            async with asyncio.timeout(COUNT_TIMEOUT_SECONDS):
                script = load_script(__name__, "count_dropped")
                words = [word for (site_id, name), events in dropped.items() for word in (name, site_id, events)]
                await self._connect().eval(script, 1, key, self._settings.ledger_hours * 3600, MOST_DROPPED, *words)

    async def close(self) -> None:
        """Close the connections; a later use opens new ones."""
        if self._redis is not None:
            await self._redis.aclose()
        self._redis, self._buffers = None, {}

    def _make_buffer(self, shard: int) -> EntryBuffer:
        keys = self._keys(shard)
        script = self._register(load_script(__name__, "append"))
        parts = 1 if shard < self._settings.stream_shards else OVERFLOW_PARTS
        bounds = (self._settings.backlog_max_events // parts, self._settings.backlog_max_bytes // parts)
        keep_seconds = self._settings.ledger_hours * 3600
        most_counts = self._settings.shard_counts_per_hour
        heard = (0, 0)  # how many events had been accepted, and the time of a mark that PostgreSQL had seen then

        async def write(entries: Sequence[Entry], sites: Mapping[str, int]) -> None:
            nonlocal heard
            known = heard
            arguments: list[Any] = [*bounds, VERSION, keep_seconds, *known, len(entries), most_counts]
            for entry in entries:
                arguments += (entry.count, entry.data, "" if entry.stripe is None else entry.stripe, entry.traces)
            for site in sites.items():
                arguments += site
            try:
                answer = await script(keys=[keys.stream, keys.backlog, keys.accepted, keys.witness], args=arguments)
            except FAULTS as error:
                raise await self._fail(error) from error
            if not answer:
                raise Unavailable("The queue is full; send the same events again later.", FULL_RETRY_AFTER_SECONDS)
            now = (answer[0], answer[1])
            heard = now if now < known else max(heard, now)  # less than known: it went back, and has noted that

        return EntryBuffer(write)

    def _register(self, text: str) -> Callable[..., Awaitable[Any]]:
        redis = self._connect()
        if isinstance(redis, AsyncCluster):
            settings = self._settings
            return ConfirmedScript(redis, text, settings.redis_waitaof_replicas, settings.redis_timeout_seconds)
        return redis.register_script(text)

    def _connect(self) -> Redis | AsyncCluster:
        if self._redis is None:
            self._redis = connect_async(self._settings, WRITES_IN_FLIGHT * len(self._settings.all_shards) + 1)
        return self._redis

    def _keys(self, shard: int) -> ShardKeys:
        return ShardKeys.of(self._settings.stream_name, shard)


def _translate(error: Exception) -> Unavailable:
    note_refusal(error)
    return Unavailable("The queue can't be reached; send the same events again.")

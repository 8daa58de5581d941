"""Queued events: put there as ingest does, and as Node does, and how many are left."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, cast

from redis import Redis

from bench.processes import Failed
from common.placement import find_shard
from common.redis.keys import GROUP, ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings

EVENTS_AN_ENTRY = 64
"""As many as requests of 64 connections share."""
SHARDS: int = Settings.model_fields["stream_shards"].default
NODE_STREAM = "events"


def fill(redis_url: str, events: Sequence[str], shards: int = SHARDS) -> None:
    """Empty the queue, then append these events through ingest's own code."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    by_shard: dict[int, list[tuple[str, bytes]]] = {}
    for event in events:
        site_id = json.loads(event)["site_id"]
        by_shard.setdefault(find_shard(site_id, shards), []).append((site_id, event.encode()))

    async def append() -> None:
        stream = RedisStream(Settings(redis_url=redis_url, stream_shards=shards))
        for shard, pairs in by_shard.items():
            for at in range(0, len(pairs), EVENTS_AN_ENTRY):
                await stream.append(shard, pairs[at : at + EVENTS_AN_ENTRY])
        await stream.close()

    asyncio.run(append())


def fill_node(redis: Redis, events: Sequence[str]) -> None:
    """Empty Node's queue, then add these events as its ingest does, an entry each."""
    redis.flushall()
    pipeline = redis.pipeline(transaction=False)
    for number, event in enumerate(events, 1):
        known = json.loads(event)
        fields: Any = {name: known[name] for name in ("site_id", "event_type", "path", "user_id")}
        fields["timestamp"] = known["timestamp"][:23] + "Z"
        pipeline.xadd(NODE_STREAM, fields)
        if number % 1_000 == 0:
            pipeline.execute()
    pipeline.execute()
    redis.xgroup_create(NODE_STREAM, GROUP, "0")


@cache
def list_shards(shards: int = SHARDS) -> Sequence[ShardKeys]:
    """The keys of all shards of ours and of their overflows; asked every few milliseconds of a measurement."""
    return [ShardKeys.of("events", shard) for shard in Settings(stream_shards=shards).all_shards]


def count_waiting(redis: Redis, shards: int = SHARDS) -> int:
    """Events in our queue that are not settled."""
    pipeline = redis.pipeline(transaction=False)
    for keys in list_shards(shards):
        pipeline.hget(keys.backlog, "events")
    return sum(int(events or 0) for events in pipeline.execute())


def count_waiting_node(redis: Redis) -> int:
    """Entries in Node's queue that are not acknowledged."""
    [group] = redis.xinfo_groups(NODE_STREAM)
    return int(group["lag"] or 0) + int(group["pending"])


def has_begun(redis: Redis, streams: Iterable[str]) -> bool:
    """Whether anything was read."""
    there = [stream for stream in streams if redis.exists(stream)]
    return any(group["entries-read"] for stream in there for group in redis.xinfo_groups(stream))


def wait_until(is_so: Callable[[], bool], seconds: float, what: str, pause_seconds: float = 0.004) -> None:
    """Poll every few milliseconds; raises Failed after so long."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Failed(f"{what} took over {seconds:.0f} s")
        time.sleep(pause_seconds)


def weigh(redis: Redis, streams: Iterable[str]) -> int:
    """Bytes that streams take."""
    return sum(int(cast(Any, redis.memory_usage(stream, samples=0)) or 0) for stream in streams)

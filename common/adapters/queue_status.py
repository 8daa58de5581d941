"""How the queue is doing: what waits, for how long, and what died."""

from dataclasses import asdict, dataclass
from typing import Any

from redis import Redis

from common.adapters.redis_keys import ShardKeys
from common.adapters.redis_queue import translated
from common.settings import Settings


@dataclass(frozen=True)
class QueueStatus:
    """Over all shards."""

    events: int
    bytes: int
    entries: int
    oldest_age_seconds: float
    """Age of the oldest entry that is not settled; 0 where there is none."""
    dead_letters: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_status(redis: "Redis", settings: Settings) -> QueueStatus:
    """Raises Unavailable if Redis does not answer."""
    with translated():
        shards = [_read_shard(redis, ShardKeys.of(settings.stream_name, n)) for n in range(settings.stream_shards)]
    return QueueStatus(
        events=sum(shard.events for shard in shards),
        bytes=sum(shard.bytes for shard in shards),
        entries=sum(shard.entries for shard in shards),
        oldest_age_seconds=max(shard.oldest_age_seconds for shard in shards),
        dead_letters=sum(shard.dead_letters for shard in shards),
    )


def _read_shard(redis: "Redis", keys: ShardKeys) -> QueueStatus:
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.hmget(keys.backlog, ["events", "bytes"])
        pipeline.xlen(keys.stream)
        # settled entries are deleted, so the first entry is the oldest that waits
        pipeline.xrange(keys.stream, count=1)
        pipeline.hlen(keys.dead_letters)
        pipeline.time()
        (events, size), entries, oldest, dead_letters, (seconds, microseconds) = pipeline.execute()
    age = 0.0
    if oldest:
        milliseconds = int(oldest[0][0].partition(b"-")[0])
        age = max(0.0, round(seconds + microseconds / 1e6 - milliseconds / 1e3, 3))
    return QueueStatus(int(events or 0), int(size or 0), int(entries), age, int(dead_letters))

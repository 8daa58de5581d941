"""The state of the queue: its backlog, the age of the oldest entry, and the dead letters."""

from dataclasses import asdict, dataclass
from typing import Any

from common.redis.client import run_script, translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings


@dataclass(frozen=True)
class QueueStatus:
    """Totals over all shards."""

    events: int
    bytes: int
    entries: int
    oldest_age_seconds: float
    """Age of the oldest unsettled entry; 0 if there is none."""
    dead_letters: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_status(redis: "Redis", settings: Settings) -> QueueStatus:
    """Read the status of all shards. Raises Unavailable if Redis does not answer."""
    with translated():
        shards = [_read_shard(redis, ShardKeys.of(settings.stream_name, n)) for n in settings.all_shards]
    return QueueStatus(
        events=sum(shard.events for shard in shards),
        bytes=sum(shard.bytes for shard in shards),
        entries=sum(shard.entries for shard in shards),
        oldest_age_seconds=max(shard.oldest_age_seconds for shard in shards),
        dead_letters=sum(shard.dead_letters for shard in shards),
    )


def _read_shard(redis: "Redis", keys: ShardKeys) -> QueueStatus:
    counts: list[int] = run_script(redis, __name__, "status", [keys.stream, keys.backlog, keys.dead_letters], [])
    events, size, entries, dead_letters, age_ms = counts
    return QueueStatus(max(0, events), max(0, size), entries, max(0.0, age_ms / 1000), dead_letters)

"""How much memory the queue's server uses, and what of it is whose."""

from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, cast

from common.redis.client import translated
from common.redis.driver import Redis, ResponseError
from common.redis.keys import ShardKeys
from common.settings import Settings

MOST_MEASURED = 2_000
"""Keys of a kind that are measured one by one; for more, their average stands for the rest."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Memory:
    """Bytes in use, the most that the server may use (0: no bound), and the parts that we know, by name."""

    used: int
    max: int
    parts: dict[str, int] = field(default_factory=dict)
    sites: int = 0
    """Sites that had events in the hours that the ledger remembers."""
    new_sites: int = 0
    """New ones in this hour."""
    new_site_events_refused: int = 0
    """Events of this hour that were refused for NEW_SITES_PER_HOUR."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def describe(self) -> str:
        """In a line, for people."""
        bound = f" of {self.max:,}" if self.max else ""
        parts = ", ".join(f"{name} {size:,}" for name, size in self.parts.items())
        return f"{self.used:,}{bound} bytes" + (f": {parts}" if parts else "")


def read_memory(redis: "Redis", settings: Settings, hour: int) -> Memory | None:
    """What is in use now; None where the service does not say, or in a cluster, where each node has its own.

    `hour`: the present one, since 1970. Raises Unavailable.
    """
    if settings.redis_cluster:
        return None
    shards = [ShardKeys.of(settings.stream_name, shard) for shard in settings.all_shards]
    with translated():
        try:
            told: Any = redis.info("memory")
            parts = {
                "stream": sum(_measure(redis, keys.stream) for keys in shards),
                "dead letters": sum(_measure(redis, keys.dead_letters) for keys in shards),
                "ledger": sum(
                    _measure_all(redis, prefix)
                    for keys in shards
                    for prefix in (keys.accepted, keys.dead, keys.refused, keys.dropped)
                )
                + sum(_measure(redis, keys.sites) for keys in shards),
                "rate limits": _measure_all(redis, shards[0].rates),
            }
            new: Any = redis.hmget(f"{shards[0].new_sites}{hour}", ["sites", "refused"])
            sites = redis.zcard(shards[0].sites)
        except ResponseError:
            return None
    return Memory(
        int(told.get("used_memory", 0)), int(told.get("maxmemory", 0)), parts, sites, int(new[0] or 0), int(new[1] or 0)
    )


def _measure(redis: "Redis", key: str) -> int:
    return int(cast(Any, redis.memory_usage(key)) or 0)


def _measure_all(redis: "Redis", prefix: str) -> int:
    """The keys that begin so."""
    keys = redis.scan_iter(match=f"{prefix}*", count=1_000)
    measured, total = 0, 0
    while measured < MOST_MEASURED and (some := list(islice(keys, _AT_ONCE))):
        pipeline = redis.pipeline(transaction=False)
        for key in some:
            pipeline.memory_usage(key)
        sizes = pipeline.execute()
        measured += len(sizes)
        total += sum(size or 0 for size in sizes)
    left = sum(1 for _ in keys)
    return total + (left * total // measured if measured else 0)

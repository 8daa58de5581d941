"""The state of the queue: its backlog, the age of the oldest entry, and the dead letters."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from common.redis.client import run_script, translated
from common.redis.clock import MOST_DIFFERENCE_SECONDS, describe_difference
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
    clock_ahead_seconds: float = 0
    """How far the clock of whoever asks is ahead of the queue's; negative: behind."""
    ids_ahead_seconds: float = 0
    """How far the newest id is ahead of the queue's clock."""

    @property
    def faults_of_clocks(self) -> list[str]:
        """What is wrong with the clocks, in sentences; empty: nothing."""
        faults = []
        if abs(self.clock_ahead_seconds) > MOST_DIFFERENCE_SECONDS:
            faults.append(describe_difference("this machine", self.clock_ahead_seconds))
        if self.ids_ahead_seconds > MOST_DIFFERENCE_SECONDS:
            faults.append(
                f"The queue's newest id is {self.ids_ahead_seconds:,.0f} s ahead of its clock: that was set back,"
                " or somebody else wrote to the stream. Entries are processed when their time has come."
            )
        return faults

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
        clock_ahead_seconds=max((shard.clock_ahead_seconds for shard in shards), key=abs),
        ids_ahead_seconds=max(shard.ids_ahead_seconds for shard in shards),
    )


def _read_shard(redis: "Redis", keys: ShardKeys) -> QueueStatus:
    began = time.time()
    counts: list[int] = run_script(redis, __name__, "status", [keys.stream, keys.backlog, keys.dead_letters], [])
    events, size, entries, dead_letters, age_ms, now_ms, ahead_ms = counts
    ours = (began + time.time()) / 2
    return QueueStatus(
        events=max(0, events),
        bytes=max(0, size),
        entries=entries,
        oldest_age_seconds=max(0.0, age_ms / 1000),
        dead_letters=dead_letters,
        clock_ahead_seconds=round(ours - now_ms / 1000, 1),
        ids_ahead_seconds=ahead_ms / 1000,
    )

"""A backlog that is drained into PostgreSQL: from the first read to the last acknowledgement."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from bench import parts, queues, store
from bench.context import Measurement
from bench.machine import Meter, read_used
from common.settings import Settings

DRAIN_SECONDS = 600.0
LANES: int = Settings.model_fields["poller_lanes"].default


@dataclass(frozen=True)
class Place:
    """A queue, and the processor and the databases into which it is drained."""

    folder: Path
    valkey_url: str
    process_url: str
    database_urls: Sequence[str]
    pids: Mapping[str, int]
    """Of all that is metered. What an event costs is what those take that are named process… and postgres…."""

    def drain(
        self, events: Sequence[str], pollers: int = 1, shards: int = queues.SHARDS, lanes: int = LANES
    ) -> Measurement:
        """Raises Failed unless all of these events are stored and right."""
        for url in self.database_urls:
            store.empty(url)
        queues.fill(self.valkey_url, events, shards)
        env = {"REDIS_URL": self.valkey_url, "PROCESS_URL": self.process_url}
        env |= {"STREAM_SHARDS": str(shards), "POLLER_LANES": str(lanes)}
        used = self._read_cpu()  # they are idle until the first read, which is seen late on a busy machine
        with ExitStack() as stack:
            redis = stack.enter_context(closing(Redis.from_url(self.valkey_url)))
            working = [
                stack.enter_context(parts.poller(self.folder, env, f"poller-{number}")) for number in range(pollers)
            ]
            pids = {**self.pids, **{part.name: part.process.pid for part in working}}
            streams = [keys.stream for keys in queues.list_shards(shards)]
            queues.wait_until(lambda: queues.has_begun(redis, streams), DRAIN_SECONDS, "the first read")
            began, meter = time.perf_counter(), Meter(pids)
            queues.wait_until(lambda: queues.count_waiting(redis, shards) <= 0, DRAIN_SECONDS, "draining")
            seconds, cores, used = time.perf_counter() - began, meter.read(), self._read_cpu() - used
        store.require_clean(self.database_urls, len(events))
        cpu = used / len(events) * 1e6
        return {"eps": len(events) / seconds, "seconds": seconds, "cores": cores, "cpu": cpu}

    def _read_cpu(self) -> float:
        """Core seconds that the processors and PostgreSQL have used."""
        return sum(read_used(pid) for name, pid in self.pids.items() if name.startswith(("process", "postgres")))

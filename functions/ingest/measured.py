"""Counts what becomes of events at ingest, for Prometheus. Loaded only where METRICS_KEY is set."""

from collections.abc import Mapping, Sequence

from common.errors import Unavailable
from common.http.app import App
from common.metrics.driver import CollectorRegistry, Counter
from common.metrics.exposition import make_registry
from common.metrics.requests import RequestMeter, expose
from common.redis.entry_buffer import SiteEvent
from functions.ingest.app import Stream


class MeasuredStream:
    """A stream that counts what is given to it."""

    def __init__(self, stream: Stream, registry: CollectorRegistry) -> None:
        self._stream = stream
        self._events = Counter(
            "analytics_ingest_events",
            "Events by what became of them at ingest: accepted (they are safe), unavailable (503), refused.",
            ["outcome", "reason"],
            registry=registry,
        )
        self._accepted = self._events.labels("accepted", "")
        self._unavailable = self._events.labels("unavailable", "")

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """As the stream does."""
        try:
            await self._stream.append(shard, events)
        except Unavailable:
            self._unavailable.inc(len(events))
            raise
        self._accepted.inc(len(events))

    async def count_refused(self, events: int, reason: str = "invalid_input") -> None:
        """As the stream does."""
        self._events.labels("refused", reason).inc(events)
        await self._stream.count_refused(events, reason)

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """As the stream does."""
        await self._stream.count_dropped(dropped)

    async def read_memory(self) -> dict[str, int]:
        """As the stream does."""
        return await self._stream.read_memory()

    async def read_backlog(self) -> dict[str, int]:
        """As the stream does."""
        return await self._stream.read_backlog()


class Measuring:
    """Has ingest's events and requests counted."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._registry = make_registry()

    def measure(self, stream: Stream) -> Stream:
        """The same stream, whose events are counted."""
        return MeasuredStream(stream, self._registry)

    def expose(self, app: App) -> None:
        """Count an app's requests, and show all figures at GET /metrics."""
        expose(app, RequestMeter(self._registry), self._registry, self._key)

"""The poller's and the queue's figures for Prometheus. Loaded only where METRICS_KEY is set."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

from common.dead_letter import DeadLetter, Reason
from common.errors import Unavailable
from common.metrics.driver import CollectorRegistry, Counter, GaugeMetricFamily, Histogram, Metric
from common.metrics.exposition import BATCH_EVENTS, SECONDS, make_registry, render
from common.wire import DEFERRED, Entry, Outcome, SitesAnswer, SitesTask
from infra.poller.invoker import Crash, Invoker
from infra.queue.status import QueueStatus


class MeasuredInvoker:
    """An invoker that counts and times the batches that are handed to it."""

    def __init__(self, invoker: Invoker, registry: CollectorRegistry) -> None:
        self._invoker = invoker
        self._seconds = Histogram(
            "analytics_poller_batch_duration_seconds",
            "Time until the processor answered a batch: done, partly (some entries are at fault or deferred), the"
            " reason of its failure, or outage (it could not be reached).",
            ["outcome"],
            buckets=SECONDS,
            registry=registry,
        )
        self._sizes = Histogram(
            "analytics_poller_batch_events", "Events of a batch.", buckets=BATCH_EVENTS, registry=registry
        )
        self._deferred = Counter(
            "analytics_poller_entries_deferred", "Entries that wait for a site that is locked.", registry=registry
        )
        self.observe: Callable[[bytes], bytes] = invoker.observe
        self.is_ready: Callable[[], bool] = invoker.is_ready
        self.ask: Callable[[SitesTask], SitesAnswer] = invoker.ask

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """As the invoker does."""
        began = time.perf_counter()
        outcome = "outage"
        try:
            answer = self._invoker.invoke(entries)
            outcome = "partly" if answer else "done"
            self._deferred.inc(sum(reason == DEFERRED for reason in answer.values()))
            return answer
        except Crash as crash:
            outcome = crash.reason
            raise
        finally:
            self._sizes.observe(sum(entry.count for entry in entries))
            self._seconds.labels(outcome).observe(time.perf_counter() - began)


class QueueFigures:
    """What waits in the queue, read from it whenever Prometheus asks."""

    def __init__(self, read: Callable[[], QueueStatus], count_losses: Callable[[], int]) -> None:
        self._read = read
        self._count_losses = count_losses

    def collect(self) -> Iterator[Metric]:
        """The figures; of a queue that does not answer, that it does not."""
        losses = "Losses of the queue that no operator has accepted."
        yield GaugeMetricFamily("analytics_queue_losses", losses, value=self._count_losses())
        try:
            status = self._read()
        except Unavailable:
            yield GaugeMetricFamily("analytics_queue_up", "Whether the queue answers the poller.", value=0)
            return
        figures: dict[str, tuple[str, float]] = {
            "up": ("Whether the queue answers the poller.", 1),
            "backlog_events": ("Events that wait.", status.events),
            "backlog_bytes": ("Bytes that wait.", status.bytes),
            "oldest_age_seconds": ("Age of the oldest entry that waits; 0: none does.", status.oldest_age_seconds),
            "dead_letters": ("Dead letters that were neither replayed nor dropped.", status.dead_letters),
            "clock_ahead_seconds": ("How far the poller's clock is ahead of the queue's.", status.clock_ahead_seconds),
            "ids_ahead_seconds": ("How far the newest id is ahead of the queue's clock.", status.ids_ahead_seconds),
        }
        for name, (text, value) in figures.items():
            yield GaugeMetricFamily(f"analytics_queue_{name}", text, value=value)


class Measuring:
    """The figures of one poller."""

    def __init__(self) -> None:
        self._registry = make_registry()
        self._dead = Counter(
            "analytics_poller_dead_letters",
            "Events that the processor failed on until they were given up, by reason.",
            ["reason"],
            registry=self._registry,
        )
        for reason in get_args(Reason):  # from 0 on, for no rate can be told of a line that begins with 1
            self._dead.labels(reason)

    def measure(self, invoker: Invoker) -> Invoker:
        """The same invoker, whose batches are counted."""
        return MeasuredInvoker(invoker, self._registry)

    def watch(self, read: Callable[[], QueueStatus], count_losses: Callable[[], int]) -> None:
        """Show what waits in the queue."""
        self._registry.register(QueueFigures(read, count_losses))

    def note(self, dead_letters: Sequence[DeadLetter]) -> None:
        """Count events that are given up."""
        for letter in dead_letters:
            self._dead.labels(letter.reason).inc()

    def render(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return render(self._registry)

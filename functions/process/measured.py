"""Counts what becomes of batches, for Prometheus. Loaded only where METRICS_KEY is set."""

from collections.abc import Mapping

from common.http.app import App
from common.metrics.driver import Counter, Histogram
from common.metrics.exposition import BATCH_EVENTS, SECONDS, make_registry
from common.metrics.pool import PoolMeter
from common.metrics.requests import RequestMeter, expose
from common.postgres.database import Database
from functions.process.app import Report


class Measuring:
    """Has the processor's batches, requests and connections counted."""

    def __init__(self, key: str, pools: Mapping[str, Database]) -> None:
        self._key = key
        self._registry = make_registry()
        self._events = Counter(
            "analytics_process_events",
            "Events by what became of them, counted anew when delivered again: the ledger counts each once.",
            ["outcome", "reason"],
            registry=self._registry,
        )
        self._failed = Counter(
            "analytics_process_entries_failed",
            "Stream entries that are themselves at fault.",
            registry=self._registry,
        )
        self._sizes = Histogram(
            "analytics_process_batch_events", "Events of a batch.", buckets=BATCH_EVENTS, registry=self._registry
        )
        self._seconds = Histogram(
            "analytics_process_batch_duration_seconds",
            "Time in which a batch was stored.",
            buckets=SECONDS,
            registry=self._registry,
        )
        meter = PoolMeter(self._registry)
        for name, database in pools.items():
            meter.watch(database, name)

    def note(self, report: Report) -> None:
        """Count a batch that is stored."""
        self._sizes.observe(report.events)
        self._seconds.observe(report.seconds)
        self._failed.inc(report.failed)
        self._events.labels("stored", "").inc(report.stored)
        self._events.labels("duplicate", "").inc(report.duplicate)
        self._events.labels("deferred", "site_locked").inc(report.deferred)
        self._count("rejected", report.rejected)
        self._count("filtered", report.filtered)

    def expose(self, app: App) -> None:
        """Count an app's requests, and show all figures at GET /metrics."""
        expose(app, RequestMeter(self._registry), self._registry, self._key)

    def _count(self, outcome: str, reasons: Mapping[str, int]) -> None:
        for reason, events in reasons.items():
            self._events.labels(outcome, reason).inc(events)

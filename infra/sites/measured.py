"""What the part `sites` does, as figures for Prometheus. Loaded only where METRICS_KEY is set."""

import time

from common.metrics.driver import Counter, Gauge
from common.metrics.exposition import make_registry, render

WORK = ("time_zones", "alarms", "reports", "sent")


class SitesFigures:
    """Counts what is done, and what fails."""

    def __init__(self) -> None:
        self._registry = make_registry()
        self._done = Counter(
            "analytics_sites_done",
            "Changes of time zones that are finished; alarms and reports that were written; messages that were sent.",
            ["work"],
            registry=self._registry,
        )
        self._failures = Counter(
            "analytics_sites_failures", "Rounds and messages that failed; they are tried again.", ["work"],
            registry=self._registry,
        )  # fmt: skip
        self._well_at = Gauge(
            "analytics_sites_last_round_timestamp_seconds", "When a round last ended well; 0: never.", ["work"],
            registry=self._registry,
        )  # fmt: skip
        for work in WORK:
            for figure in (self._done, self._failures, self._well_at):
                figure.labels(work)

    def note(self, work: str, count: int | None) -> None:
        """Count a round of some work: how much was done; None: it failed."""
        if count is None:
            self._failures.labels(work).inc()
            return
        self._done.labels(work).inc(count)
        self._well_at.labels(work).set(time.time())

    def render(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return render(self._registry)

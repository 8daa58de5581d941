"""Counters and histograms for one thread: without the locks that take most of the time of prometheus-client's own.

Ingest's hot path counts with them: a request costs a microsecond, not five. Processes that share their figures in files
count with prometheus-client's.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from common.metrics.driver import (
    CollectorRegistry,
    Counter,
    CounterMetricFamily,
    Histogram,
    HistogramMetricFamily,
    Metric,
)
from common.metrics.exposition import SHARED_FOLDER


class Adds(Protocol):
    """What counts."""

    def inc(self, amount: float = 1) -> None: ...


class Observes(Protocol):
    """What counts and sums up values."""

    def observe(self, amount: float) -> None: ...


class CountTally:
    """One line of a counter."""

    def __init__(self) -> None:
        self.count: float = 0

    def inc(self, amount: float = 1) -> None:
        """Add."""
        self.count += amount


class ValueTally:
    """One line of a histogram."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, amount: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self._bounds, amount)] += 1
        self.sum += amount


class Counts:
    """A counter whose lines one thread writes."""

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._about = (name, text, labels)
        self._lines: dict[tuple[str, ...], CountTally] = {}
        self._shared = Counter(name, text, labels, registry=registry) if SHARED_FOLDER in os.environ else None
        if self._shared is None:
            registry.register(self)

    def labels(self, *values: str) -> Adds:
        """The line with these values."""
        if self._shared is not None:
            return self._shared.labels(*values)
        return self._lines.setdefault(values, CountTally())

    def collect(self) -> Iterator[Metric]:
        """As prometheus-client asks a collector."""
        name, text, labels = self._about
        family = CounterMetricFamily(name, text, labels=labels)
        for values, line in list(self._lines.items()):
            family.add_metric(values, line.count)
        yield family


class Values:
    """A histogram whose lines one thread writes."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str], bounds: Sequence[float], registry: CollectorRegistry
    ) -> None:
        self._about = (name, text, labels)
        self._bounds = bounds
        self._names = [*map(str, map(float, bounds)), "+Inf"]
        self._lines: dict[tuple[str, ...], ValueTally] = {}
        is_shared = SHARED_FOLDER in os.environ
        self._shared = Histogram(name, text, labels, buckets=bounds, registry=registry) if is_shared else None
        if self._shared is None:
            registry.register(self)

    def labels(self, *values: str) -> Observes:
        """The line with these values."""
        if self._shared is not None:
            return self._shared.labels(*values)
        return self._lines.setdefault(values, ValueTally(self._bounds))

    def collect(self) -> Iterator[Metric]:
        """As prometheus-client asks a collector."""
        name, text, labels = self._about
        family = HistogramMetricFamily(name, text, labels=labels)
        for values, line in list(self._lines.items()):
            family.add_metric(values, list(zip(self._names, accumulate(line.counts), strict=True)), line.sum)
        yield family

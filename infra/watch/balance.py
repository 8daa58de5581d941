"""The ledger's balance of the last hour, as figures."""

import logging
import time
from collections.abc import Callable, Sequence

from common.log import fields
from common.metrics.driver import Gauge
from common.metrics.exposition import make_registry, render
from infra.ledger.reader import LedgerReader
from infra.queue.status import QueueStatus

MINUTES = 60
MOST_QUEUED = 500_000
"""Events that wait, past which the ledger is not read: its reader holds the ids of all."""
_OUTCOMES = (
    "accepted", "stored", "duplicate", "rejected", "filtered", "erased", "dead_lettered", "in_flight", "missing",
)  # fmt: skip

log = logging.getLogger("watch")


class Balance:
    """Reads the ledger and keeps what it says until it is read again."""

    def __init__(
        self,
        reader: LedgerReader,
        read_status: Callable[[], QueueStatus],
        clock: Callable[[], float] = time.time,
        groups: Sequence[str] = (),
    ) -> None:
        """`groups`: those of which it is shown whether they answer."""
        self._groups = groups
        self._reader = reader
        self._read_status = read_status
        self._clock = clock
        self._registry = make_registry()
        self._events = self._gauge(
            "analytics_ledger_events",
            "Events that were accepted in the last hour's full minutes, by outcome; missing: they have none.",
            "outcome",
        )
        self._closes = self._gauge(
            "analytics_ledger_closes", "Whether every event of the last hour has one outcome or is in flight."
        )
        self._losses = self._gauge(
            "analytics_ledger_losses", "Losses of the queue that no operator has accepted, recorded or seen."
        )
        if groups:
            self._reachable = self._gauge(
                "analytics_database_up", "Whether the database of a group answered when the ledger was read.", "group"
            )
        self._read_at = self._gauge(
            "analytics_ledger_last_read_timestamp_seconds", "When the ledger was read last; 0: never."
        )

    def read(self) -> None:
        """Read the ledger. Raises Unavailable. While very much waits, the last figures stay."""
        if (waiting := self._read_status().events) > MOST_QUEUED:
            log.warning("the ledger is not read while so much waits", extra=fields(events=waiting))
            return
        ledger = self._reader.read(int(self._clock() // 60) - MINUTES)
        total = ledger.total
        for outcome in _OUTCOMES:
            self._events.labels(outcome).set(getattr(total, outcome))
        self._closes.set(ledger.closes)
        self._losses.set(len(ledger.losses))
        for name in self._groups:
            self._reachable.labels(name).set(name not in ledger.unreachable)
        self._read_at.set(self._clock())

    def render(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return render(self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

"""The connections to PostgreSQL that a part has in use."""

from common.metrics.driver import CollectorRegistry, Gauge, Histogram
from common.metrics.exposition import SECONDS
from common.postgres.database import Database


class PoolMeter:
    """The pools of a part, each by its name."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._in_use = Gauge(
            "analytics_database_connections_in_use",
            "Connections to PostgreSQL that are at work.",
            ["pool"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._most = Gauge(
            "analytics_database_connections_max",
            "Connections to PostgreSQL that may be opened (DATABASE_CONNECTIONS).",
            ["pool"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._waits = Histogram(
            "analytics_database_connection_wait_seconds",
            "Time until a connection was free.",
            ["pool"],
            buckets=SECONDS,
            registry=registry,
        )

    def watch(self, database: Database, pool: str) -> None:
        """Watch a database's connections."""
        database.watch = _Pool(
            self._in_use.labels(pool), self._waits.labels(pool), self._most.labels(pool), database.most_connections
        )


class _Pool:
    def __init__(self, in_use: Gauge, waits: Histogram, most: Gauge, connections: int) -> None:
        self._in_use = in_use
        self._waits = waits
        self._most = most
        self._connections = connections

    def take(self, waited_seconds: float) -> None:
        self._most.set(self._connections)  # in the process that uses them: not in the one that started it
        self._in_use.inc()
        self._waits.observe(waited_seconds)

    def give_back(self) -> None:
        self._in_use.dec()

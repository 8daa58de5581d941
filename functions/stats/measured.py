"""Counts what stats answers, for Prometheus. Loaded only where METRICS_KEY is set."""

from starlette.responses import Response

from common.http.app import App
from common.metrics.driver import CollectorRegistry, Counter
from common.metrics.exposition import make_registry
from common.metrics.pool import PoolMeter
from common.metrics.requests import RequestMeter, expose
from common.postgres.database import Database
from functions.stats.answers.responses import FiguresResponse


class AnswerMeter(RequestMeter):
    """The requests, and which answers hold estimates."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self._answers = Counter(
            "analytics_stats_answers",
            "Answers with figures, by how these were made: exact, or estimated from a sample.",
            ["making"],
            registry=registry,
        )
        for making in ("exact", "estimated"):
            self._answers.labels(making)

    def note(self, route: str, method: str, response: Response, seconds: float) -> None:
        """Count a request that is being answered."""
        super().note(route, method, response, seconds)
        if isinstance(response, FiguresResponse) and response.is_exact is not None:
            self._answers.labels("exact" if response.is_exact else "estimated").inc()


def measure(app: App, pools: dict[str, Database], key: str) -> None:
    """Have an app's requests and connections counted, and the figures shown at GET /metrics."""
    registry = make_registry()
    meter = PoolMeter(registry)
    for name, database in pools.items():
        meter.watch(database, name)
    expose(app, AnswerMeter(registry), registry, key)

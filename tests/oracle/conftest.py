"""How many cases there are, from which seed, and what came of them."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Protocol

import pytest
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity
from functions.stats.app import build_stats_app
from functions.stats.day.reader import DayReader
from functions.stats.estimator.budgets import Budgets
from functions.stats.estimator.reader import FiguresReader
from functions.stats.funnels.routes import build_funnel_routes
from functions.stats.goals.routes import build_goal_routes
from functions.stats.journeys.routes import build_journeys_route
from functions.stats.retention.routes import build_retention_route
from functions.stats.routes import build_routes
from tests.oracle.stand import Stand

SEED = int(os.environ.get("ORACLE_SEED", "1"))
CASES = int(os.environ.get("ORACLE_CASES", "300"))
"""A case is a query about a history; `make oracle` asks for 10,000."""

NOW = datetime(2025, 11, 2, 4, 30, tzinfo=UTC)
"""For periods: in New York it is the second of November still, and in a moment the clocks are put back."""


class Open(Protocol):
    """Opens a stand over the test's database."""

    def __call__(self, budgets: Budgets, now: datetime = NOW) -> Stand:
        """One of which the reader has these budgets, and for which it is `now`."""


tally: Counter[str] = Counter()
"""What the tests have compared."""


@pytest.fixture
def open_stand(settings: Settings) -> Iterator[Open]:
    """Stands, closed at the test's end."""
    with ExitStack() as stack:

        def open_one(budgets: Budgets, now: datetime = NOW) -> Stand:
            database = stack.enter_context(closing(Database(settings.database_url, connections=4, timeout_seconds=300)))
            client = stack.enter_context(make_client(settings, database, budgets, now))
            return Stand(settings, database, client, now)

        yield open_one


def make_client(settings: Settings, database: Database, budgets: Budgets, now: datetime) -> TestClient:
    """Asks what stats answers."""
    gate = Gate(Identity(settings, ApiKey()))
    reader = FiguresReader(database)
    routes = build_routes(reader, gate, lambda: now, budgets)
    routes += build_goal_routes(database, reader, gate, lambda: now, budgets)
    routes += build_funnel_routes(database, reader, gate, lambda: now, budgets)
    routes.append(build_retention_route(reader, gate, lambda: now, budgets))
    routes.append(build_journeys_route(reader, gate, lambda: now, budgets))
    app = build_stats_app(DayReader(database), gate, "", more=routes)
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was compared with the oracle."""
    if tally:
        terminalreporter.section(f"oracle: seed {SEED}")
        terminalreporter.write_line(", ".join(f"{count:,} {what}" for what, count in tally.items()))

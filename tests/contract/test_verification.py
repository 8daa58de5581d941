"""What a recount costs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification.recount import VERIFY_ROLLUPS, VERIFY_VISITORS, VERIFY_VISITS, verify_aggregates
from tests.contract.history import batch, event

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
EVENTS = 3_000


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from walk(part)


@pytest.mark.parametrize(
    "query",
    [VERIFY_VISITORS, VERIFY_VISITS, VERIFY_ROLLUPS],
    ids=["visitors", "visits", "rollups"],
)
def test_a_visitor_of_very_many_visits_is_not_joined_with_itself(
    query: str, settings: Settings, database: Database
) -> None:
    events = [event(number, BEGAN + timedelta(hours=number)) for number in range(EVENTS)]
    handle_batch(batch(events), PostgresStore(database))
    database.run("analyze")
    with database.transaction() as connection:
        connection.run("set local enable_nestloop = off; set local jit = off")
        statement = "explain (analyze, format json) " + query
        [[[explained]]] = connection.run(statement, site_id=None, since=None, before=None)
    removed = [part.get("Rows Removed by Join Filter", 0) * part["Actual Loops"] for part in walk(explained["Plan"])]
    assert sum(removed) <= 8 * EVENTS
    assert verify_aggregates(settings.database_url) == []

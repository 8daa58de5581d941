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


QUERIES = pytest.mark.parametrize(
    "query",
    [VERIFY_VISITORS, VERIFY_VISITS, VERIFY_ROLLUPS],
    ids=["visitors", "visits", "rollups"],
)


@QUERIES
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


@QUERIES
def test_four_times_the_events_of_two_visitors_are_four_times_the_rows_to_recount(
    query: str, settings: Settings, database: Database
) -> None:
    store, rows, size = PostgresStore(database), [], EVENTS // 2
    for number, first in enumerate((0, size)):
        events = [
            event(n, BEGAN + timedelta(minutes=31 * (n // 2)), user_id=("ann", "bob")[n % 2])
            for n in range(first, size if first == 0 else 4 * size)
        ]
        handle_batch(batch(events, number), store)
        database.run("analyze")
        rows.append(count_rows(database, query))
    assert rows[1] <= 5 * rows[0]
    assert verify_aggregates(settings.database_url) == []


def count_rows(database: Database, query: str) -> float:
    """The rows that a recount's steps hand on, or drop as no match, together."""
    with database.transaction() as connection:
        connection.run("set local enable_nestloop = off; set local jit = off")
        [[[explained]]] = connection.run(
            "explain (analyze, format json) " + query, site_id=None, since=None, before=None
        )
    names = ("Actual Rows", "Rows Removed by Join Filter", "Rows Removed by Filter")
    return sum(part["Actual Loops"] * part.get(name, 0) for part in walk(explained["Plan"]) for name in names)

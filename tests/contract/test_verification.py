"""What a recount costs, and whom it holds up: nobody."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.postgres.driver import Connection
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification import recount
from infra.verification.recount import VERIFY_FIGURES, VERIFY_VISITORS, verify_aggregates
from tests.contract.history import batch, event

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
EVENTS = 3_000


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from walk(part)


QUERIES = pytest.mark.parametrize("query", [VERIFY_VISITORS, VERIFY_FIGURES], ids=["visitors", "figures"])


@QUERIES
def test_a_visitor_of_very_many_visits_is_not_joined_with_itself(
    query: str, settings: Settings, database: Database
) -> None:
    events = [event(number, BEGAN + timedelta(hours=number)) for number in range(EVENTS)]
    handle_batch(batch(events), PostgresStore(database))
    database.run("analyze")
    with database.transaction() as connection:
        connection.run("set local enable_nestloop = off")
        statement = "explain (analyze, format json) " + query
        [[[explained]]] = connection.run(statement, site_id=None, since=None, before=None)
    removed = [part.get("Rows Removed by Join Filter", 0) * part["Actual Loops"] for part in walk(explained["Plan"])]
    assert sum(removed) <= 8 * EVENTS
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.long
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
        connection.run("set local enable_nestloop = off")
        [[[explained]]] = connection.run(
            "explain (analyze, format json) " + query, site_id=None, since=None, before=None
        )
    names = ("Actual Rows", "Rows Removed by Join Filter", "Rows Removed by Filter")
    return sum(part["Actual Loops"] * part.get(name, 0) for part in walk(explained["Plan"]) for name in names)


def test_a_writer_commits_while_a_recount_is_at_work_and_the_recount_does_not_see_it(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgresStore(database)
    handle_batch(batch([event(number, BEGAN + timedelta(hours=number)) for number in range(20)]), store)
    begun, written = threading.Event(), threading.Event()
    list_sites = recount._list_sites

    def list_and_wait(connection: Connection) -> list[str | None]:
        sites = list_sites(connection)
        begun.set()
        assert written.wait(30)
        return sites

    monkeypatch.setattr(recount, "_list_sites", list_and_wait)
    with ThreadPoolExecutor(1) as pool:
        differences = pool.submit(verify_aggregates, settings.database_url)
        assert begun.wait(30)
        later = [event(number, BEGAN + timedelta(hours=number)) for number in range(20, 40)]
        assert handle_batch(batch(later), store)["batchItemFailures"] == []
        assert database.run("select count(*) from events") == [[40]]
        database.run("delete from rollups")  # whoever sees this finds a difference
        written.set()
        assert differences.result(30) == []


def test_sites_that_only_an_aggregate_knows_are_recounted_too_alone_and_among_very_many(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle_batch(batch([event(1, BEGAN)]), PostgresStore(database))
    database.run(
        "insert into rollups (site_id, dimension, grain, date, value, page_views, events, visits, bounces,"
        " duration_ms, visitor_days) values ('ghost', '', 'day', '2025-01-01', '', 1, 1, 1, 1, 0, 1)"
    )
    database.run("insert into daily_stats (site_id, date, total_views, unique_users) values ('a', '2025-01-01', 1, 1)")
    database.run("insert into daily_paths (site_id, date, path, views) values ('b', '2025-01-01', '/', 1)")
    database.run("insert into daily_users (site_id, date, user_id) values ('c', '2025-01-01', 'ann')")
    for most in (recount.MOST_SITES_APART, 1):
        monkeypatch.setattr(recount, "MOST_SITES_APART", most)
        found = [(one.aggregate, one.site_id, one.recount) for one in verify_aggregates(settings.database_url)]
        assert found == [
            ("daily_paths", "b", None),
            ("daily_stats", "a", ""),
            ("daily_users", "c", None),
            ("rollups", "ghost", ""),
        ]

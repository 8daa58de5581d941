"""One visitor of very many visits and events: what a batch takes of the processor does not grow with their history."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process import insertion
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from functions.process.visitor_joins import join_visitors
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
VISITS_A_DAY = 46
MOST_VISITS = 1_000
MIDNIGHT = datetime(2025, 11, 12, tzinfo=UTC)


def visit(number: int, day: int, minute: int) -> dict[str, Any]:
    """An event whose visit has texts as long as texts may be."""
    at = BEGIN + timedelta(days=day, minutes=minute)
    referrer = "e.example/" + "r" * 900
    return event(number, at, path=f"/{number:x<1999}", referrer=referrer, utm_campaign="c" * 255, utm_term="t" * 255)


def fill(store: PostgresStore, days: int) -> None:
    for day in range(0, days, 10):
        numbers = range(10 * VISITS_A_DAY)
        events = [visit(day * 100 + n, day + n // VISITS_A_DAY, 31 * (n % VISITS_A_DAY)) for n in numbers]
        handle_batch(batch(events, day), store)


@pytest.mark.long
def test_a_batch_with_an_event_on_each_of_many_busy_days_takes_memory_for_a_part_of_them(
    settings: Settings, database: Database
) -> None:
    store = PostgresStore(database, most_visits=MOST_VISITS)
    fill(PostgresStore(database), days=40)
    peaks = []
    for days in (10, 40):
        fresh = [visit(100_000 + days * 100 + day, day, 5) for day in range(days)]
        tracemalloc.start()
        handle_batch(batch(fresh, 1_000 + days), store)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    assert database.run("select sum(events) from visits") == [[40 * VISITS_A_DAY + 50]]
    assert verify_aggregates(settings.database_url) == []


def test_many_events_under_two_ids_and_many_of_the_previous_one_make_one_link(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    links: list[Any] = []

    def join(connection: Any, crossings: Any, found: Any, most_visits: int | None) -> None:
        links.extend(found or ())
        join_visitors(connection, crossings, found, most_visits)

    monkeypatch.setattr(insertion, "join_visitors", join)
    store = PostgresStore(database)
    after = [
        event(n, MIDNIGHT + timedelta(seconds=n), user_id=None, visitor_id="b" * 16, previous_visitor_id="a" * 16)
        for n in range(60)
    ]
    before = [
        event(100 + n, MIDNIGHT - timedelta(minutes=n / 2), user_id=None, visitor_id="a" * 16) for n in range(240)
    ]
    handle_batch(batch(after, 1), store)
    handle_batch(batch(before, 2), store)
    assert links == [["blog", "d" + "b" * 16, "d" + "a" * 16]]
    assert database.run("select count(distinct visitor), count(*) from events") == [[1, 300]]
    assert verify_aggregates(settings.database_url) == []

"""A visit that never ends: what an event of it takes does not grow with its days."""

from datetime import UTC, datetime, timedelta

import pytest

from common.postgres.database import Database
from common.settings import Settings
from common.visits import writer
from common.visits.writer import MOST_DAYS
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def fill(store: PostgresStore, days: int) -> None:
    """Events of one visitor, half an hour after each other."""
    for day in range(days):
        times = [BEGIN + timedelta(days=day, minutes=30 * n) for n in range(48)]
        handle_batch(batch([event(day * 48 + n, at) for n, at in enumerate(times)], day), store)


def test_a_visit_grows_over_a_week_and_what_would_make_it_longer_counts_and_joins_none(
    settings: Settings, database: Database
) -> None:
    fill(PostgresStore(database), days=MOST_DAYS + 2)
    assert database.run("select sum(page_views) from rollups where dimension = '' and grain = 'day'") == [[48 * 9]]
    assert database.run("select count(*) from events where visitor is null") == [[48]]
    assert database.run("select count(*) from events where user_id is null") == [[0]]
    assert database.run("select sum(unique_users) from daily_stats") == [[9]]  # one on each day, that one too
    visits = database.run("select events, jsonb_array_length(parts) from visits order by start")
    assert visits == [[48 * MOST_DAYS, MOST_DAYS], [48, None]]  # half an hour after a visit's end a new one begins
    assert verify_aggregates(settings.database_url) == []


def test_an_event_before_a_long_visit_changes_the_figures_of_a_week_at_most(
    settings: Settings, database: Database
) -> None:
    store = PostgresStore(database)
    fill(store, days=MOST_DAYS - 1)
    for n in (1, 2, 3):  # each begins the visit, with a source of its own
        before = BEGIN - timedelta(minutes=10 * n)
        handle_batch(batch([event(10_000 + n, before, source=f"s{n}")], 100 + n), store)
    assert database.run("select count(*) from rollups where dimension = 'source' and grain = 'day'") == [[MOST_DAYS]]
    assert verify_aggregates(settings.database_url) == []


def test_a_batch_that_changes_very_many_figures_is_stored_in_parts(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_CHANGES", 100)
    store = PostgresStore(database)
    events = [event(n, BEGIN + timedelta(hours=n), source=f"s{n}", utm_term=f"t{n}") for n in range(200)]
    assert handle_batch(batch(events, 1), store) == {"batchItemFailures": []}
    assert database.run("select count(*) from events where user_id is not null") == [[200]]
    assert database.run("select count(distinct cast(xmin as text)) > 1 from visits") == [[True]]
    assert verify_aggregates(settings.database_url) == []

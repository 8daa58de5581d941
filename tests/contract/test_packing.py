"""Indexes that are rebuilt give space back, while events go on to be stored."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.packing.packing import pack_indexes
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
SITES = 20
INDEXES = "select count(*), count(*) filter (where indisvalid) from pg_index where indexrelid > 16384"


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def store_minutes(store: PostgresStore, first: int, until: int) -> None:
    """An event of each site in each of these minutes."""
    for minute in range(first, until):
        at = NOON + timedelta(minutes=minute)
        events = [event(SITES * minute + site, at, site_id=f"site-{site}") for site in range(SITES)]
        assert handle_batch(batch(events), store) == {"batchItemFailures": []}


@pytest.mark.long
def test_rebuilt_indexes_are_smaller_and_nothing_is_lost_of_what_is_stored_meanwhile(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    store_minutes(store, 0, 120)
    indexes = database.run(INDEXES)
    writer = threading.Thread(target=store_minutes, args=(store, 120, 240))
    writer.start()
    given_back = dict(pack_indexes(database, least_bytes=8192))
    writer.join()
    assert given_back["events_2025_11_pkey"] > 0
    assert {"rollups_pkey", "quarter_stats_pkey", "daily_paths_top", "visits_2025_11_pkey"} <= given_back.keys()
    assert database.run(INDEXES) == indexes
    assert database.run("select count(*) from events") == [[240 * SITES]]
    assert database.run("select count(*) from rejected_events") == [[0]]
    assert verify_aggregates(settings.database_url) == []


def test_what_an_interrupted_rebuilding_left_is_removed(store: PostgresStore, database: Database) -> None:
    store_minutes(store, 0, 1)
    indexes = database.run(INDEXES)
    database.run("create index rollups_pkey_ccnew on rollups (site_id)")
    database.run("update pg_index set indisvalid = false where indexrelid = to_regclass('rollups_pkey_ccnew')")
    list(pack_indexes(database))
    assert database.run(INDEXES) == indexes


def test_one_rebuilds_at_a_time(database: Database) -> None:
    with database.session() as connection:
        connection.run("select pg_advisory_lock(7201006)")
        with pytest.raises(Unavailable, match="already"):
            list(pack_indexes(database))
    list(pack_indexes(database))

"""What the importer learns of a site's events before it adds to them, on real servers."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis

from common.errors import Unavailable
from common.postgres.database import Database
from common.redis.stream import RedisStream
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.importer.stored_before import StoredEvents
from tests.contract.history import batch, event

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
IMPORTED = "00000000-0000-8000-8000-00000000000a"
ABSENT = "00000000-0000-8000-8000-00000000000b"


@pytest.fixture
def stored(settings: Settings, database: Database, redis: "Redis") -> StoredEvents:
    return StoredEvents(database, redis, settings)


def make_key(number: int, at: datetime) -> tuple[str, str]:
    made = event(number, at)
    return made["timestamp"], made["event_id"]


def test_events_are_known_by_their_time_and_id_whatever_the_offset(stored: StoredEvents, database: Database) -> None:
    handle_batch(
        batch([event(1, NOON), event(2, NOON, filtered="bot"), event(3, NOON, site_id="other")]),
        PostgresStore(database),
    )
    (timestamp, first), (_, second), (_, third) = (make_key(number, NOON) for number in (1, 2, 3))
    site = event(1, NOON)["site_id"]
    shifted = "2025-11-12T13:00:00+01:00"
    assert stored.count_known(site, [(timestamp, first), (timestamp, second)]) == 2
    assert stored.count_known(site, [(shifted, first), (timestamp, third), (timestamp, ABSENT)]) == 1
    assert stored.count_known(site, [("2025-11-12T12:00:01+00:00", first)]) == 0


def test_page_views_of_a_utc_day_that_no_import_brought_are_counted(stored: StoredEvents, database: Database) -> None:
    events = [
        event(1, NOON),
        event(2, NOON.replace(hour=0)),
        event(3, NOON.replace(hour=0) + timedelta(days=1)),
        event(4, NOON, event_type="click"),
        event(5, NOON, site_id="other"),
        {**event(6, NOON), "event_id": IMPORTED},
    ]
    handle_batch(batch(events), PostgresStore(database))
    site = events[0]["site_id"]
    assert [stored.count_not_imported(site, date(2025, 11, day)) for day in (11, 12, 13)] == [0, 2, 1]


async def queue_one(settings: Settings) -> None:
    stream = RedisStream(settings)
    await stream.append(0, [("blog", json.dumps(event(1, NOON)).encode())])
    await stream.close()


def test_an_import_waits_a_while_for_the_queue(stored: StoredEvents, stream_settings: Settings, redis: "Redis") -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    assert stored.wait_until_quiet(lambda: now[0], pause)
    assert now == [0]
    asyncio.run(queue_one(stream_settings))
    assert not stored.wait_until_quiet(lambda: now[0], pause)
    assert 10 <= now[0] < 11


def test_a_database_that_is_away_is_an_error_of_ours(stream_settings: Settings, redis: "Redis") -> None:
    away = StoredEvents(Database.of(stream_settings), redis, stream_settings)
    with pytest.raises(Unavailable):
        away.count_known("site", [("2025-11-12T12:00:00Z", str(UUID(int=1)))])

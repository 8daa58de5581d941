"""A loud site and a quiet one, from ingest to commit, on real servers."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.dead_letter import Reason
from common.postgres.database import Database
from common.redis.keys import GROUP, ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, encode_batch, read_failures
from functions.ingest.app import build_ingest_app
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.poller.lanes import poll
from infra.queue.dead_letters import DeadLetters
from infra.queue.status import read_status

pytestmark = pytest.mark.long

LONG_SECONDS = 60


class DirectInvoker:
    """The processor without HTTP; keeps each batch's number of events by site."""

    def __init__(self, store: PostgresStore) -> None:
        self.store = store
        self.sent: list[tuple[str, int]] = []

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Reason]:
        self.sent += [(entry.message_id.partition(":")[0], entry.count) for entry in entries]
        answer = handle_batch(encode_batch(entries, may_defer=True), self.store)
        return read_failures(json.dumps(answer).encode(), entries)  # type: ignore[return-value]

    def is_ready(self) -> bool:
        return True


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_connections": 8, "honour_do_not_track": False})


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    stream = RedisStream(settings)
    with TestClient(build_ingest_app(stream, settings)) as made:
        assert made.portal is not None
        try:
            yield made
        finally:
            made.portal.call(stream.close)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with serving(settings) as made:
        yield made


@pytest.fixture
def invoker(database: Database) -> DirectInvoker:
    return DirectInvoker(PostgresStore(database))


@contextmanager
def polling(settings: Settings, redis: "Redis", invoker: DirectInvoker) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=poll, args=(settings, redis, invoker, stop, LONG_SECONDS))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_until(is_so: Callable[[], bool]) -> None:
    patience = threading.Event()
    for _ in range(20 * LONG_SECONDS):
        if is_so():
            return
        patience.wait(0.05)
    pytest.fail("it did not happen")


def make_events(site_id: str, count: int) -> list[dict[str, Any]]:
    return [
        {"site_id": site_id, "path": f"/{n % 9}", "user_id": f"u{n}", "timestamp": "2025-11-12T10:00:00Z"}
        for n in range(count)
    ]


def count_stored(database: Database, site_id: str) -> int:
    [[count]] = database.run("select count(*) from events where site_id = :site_id", site_id=site_id)
    return int(count)


def test_a_quiet_sites_event_does_not_wait_behind_what_a_loud_one_sent_before(
    settings: Settings, redis: "Redis", database: Database, client: TestClient, invoker: DirectInvoker
) -> None:
    for _ in range(20):
        assert client.post("/events", json=make_events("loud", 1_000)).status_code == 202
    assert client.post("/event", json=make_events("quiet", 1)[0]).status_code == 202
    with polling(settings, redis, invoker):
        wait_until(lambda: count_stored(database, "quiet") == 1)
        assert count_stored(database, "loud") < 20_000
        wait_until(lambda: read_status(redis, settings).events == 0)
    assert count_stored(database, "loud") == 20_000
    assert [count for shard, count in invoker.sent if shard == "0"] == [1]


def test_a_site_that_fills_its_overflow_is_refused_alone(
    settings: Settings, stream_settings: Settings, redis: "Redis"
) -> None:
    small = settings.model_copy(update={"backlog_max_events": 4_000})
    with serving(small) as client:
        statuses = [client.post("/events", json=make_events("loud", 1_000)).status_code for _ in range(4)]
        assert statuses == [202, 202, 503, 503]
        assert client.post("/event", json=make_events("quiet", 1)[0]).status_code == 202
    assert read_status(redis, stream_settings).events == 2_001


def test_a_locked_sites_events_wait_without_failures_while_a_quiet_sites_are_stored(
    settings: Settings, redis: "Redis", database: Database, client: TestClient, invoker: DirectInvoker
) -> None:
    for site_id in ("locked", "quiet"):
        assert client.post("/event", json=make_events(site_id, 1)[0]).status_code == 202
    with polling(settings, redis, invoker):
        wait_until(lambda: read_status(redis, settings).events == 0)
        with database.transaction() as connection:
            connection.run("select from sites where site_id = 'locked' for update")
            for number in range(10):
                mixed = make_events("locked", 20) + make_events("quiet", 1)
                assert client.post("/events", json=mixed).status_code == 202
                wait_until(lambda number=number: count_stored(database, "quiet") == number + 2)  # type: ignore[misc]
            assert count_stored(database, "locked") == 1
            assert redis.hlen(ShardKeys.of(settings.stream_name, 0).failures) == 0
        wait_until(lambda: read_status(redis, settings).events == 0)
    assert (count_stored(database, "locked"), count_stored(database, "quiet")) == (201, 11)
    assert list(DeadLetters(redis, settings).list()) == []
    assert redis.xpending(ShardKeys.of(settings.stream_name, 0).stream, GROUP)["pending"] == 0

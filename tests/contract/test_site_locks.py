"""Batches beside a locked site, on a real PostgreSQL: its events are left for later, all others are stored."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import MIDNIGHT, event

pytestmark = pytest.mark.one_group("it looks into the store of one database")

OUTCOMES = "select site_id, outcome, sum(events) from outcomes group by 1, 2 order by 1, 2"


def make_batch(*entries: list[dict[str, Any]], may_defer: bool = True) -> dict[str, Any]:
    records = [
        {"messageId": f"0:1763000000000-{index}", "body": json.dumps(events)} for index, events in enumerate(entries)
    ]
    return {"Records": records, "mayDefer": may_defer}


def of(site_id: str, number: int, **fields: Any) -> dict[str, Any]:
    return event(number, MIDNIGHT, site_id=site_id, **fields)


def list_deferred(answer: dict[str, Any]) -> list[str]:
    assert {failure["reason"] for failure in answer["batchItemFailures"]} <= {"deferred"}
    return sorted(failure["itemIdentifier"][-1] for failure in answer["batchItemFailures"])


@contextmanager
def locked(database: Database, site_id: str) -> Iterator[None]:
    with database.transaction() as connection:
        connection.run("select from sites where site_id = :site_id for update", site_id=site_id)
        yield


@pytest.fixture
def store(settings: Settings, database: Database) -> Iterator[PostgresStore]:
    made = PostgresStore(Database(settings.database_url, connections=2, timeout_seconds=10))
    handle_batch({"Records": [{"messageId": "0:1762000000000-0", "body": json.dumps([of("blog", 1)])}]}, made)
    yield made
    made.database.close()


def test_the_events_of_a_locked_site_wait_and_all_others_are_stored(store: PostgresStore, database: Database) -> None:
    delivery = make_batch([of("blog", 2)], [of("shop", 3)], [of("blog", 4)])
    with locked(database, "blog"):
        assert list_deferred(handle_batch(delivery, store)) == ["0", "2"]
        assert database.run("select count(*) from events where site_id = 'shop'") == [[1]]
    assert list_deferred(handle_batch(delivery, store)) == []
    assert database.run("select count(*) from events") == [[4]]


def test_an_entry_of_several_sites_waits_for_none_and_is_counted_once(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    filtered = of("blog", 7, filtered="bot")
    delivery = make_batch([of("blog", 2), of("shop", 3), of("blog", 4), of("news", 5)], [of("shop", 6)], [filtered])
    with locked(database, "blog"):
        for _ in range(2):
            assert list_deferred(handle_batch(delivery, store)) == ["0"]
        assert database.run("select count(*) from events where site_id <> 'blog'") == [[3]]
    for _ in range(2):
        assert list_deferred(handle_batch(delivery, store)) == []
    assert database.run(OUTCOMES) == [
        ["blog", "filtered", 1],
        ["blog", "stored", 3],
        ["news", "stored", 1],
        ["shop", "stored", 2],
    ]
    assert verify_aggregates(settings.database_url) == []


def test_a_record_with_an_invalid_event_waits_as_one(store: PostgresStore, database: Database) -> None:
    delivery = make_batch([of("blog", 2), {"site_id": "blog"}, of("shop", 3)])
    with locked(database, "blog"):
        assert list_deferred(handle_batch(delivery, store)) == ["0"]
        assert database.run("select count(*) from rejected_events") == [[1]]
    assert list_deferred(handle_batch(delivery, store)) == []
    assert database.run(OUTCOMES) == [["blog", "rejected", 1], ["blog", "stored", 2], ["shop", "stored", 1]]


def test_a_site_that_another_batch_makes_at_the_moment_is_not_waited_for(
    store: PostgresStore, database: Database
) -> None:
    with database.transaction() as connection:
        connection.run("select pg_advisory_xact_lock(7201003, hashtext('new'))")
        connection.run("insert into sites (site_id, time_zone, version, changed_at) values ('new', 'UTC', 1, now())")
        assert list_deferred(handle_batch(make_batch([of("new", 2)], [of("blog", 3)]), store)) == ["0"]
    assert database.run("select count(*) from events") == [[2]]


def test_a_lock_of_a_moment_is_waited_for(store: PostgresStore, database: Database) -> None:
    """The time-out of the statements that follow is the usual one again."""
    with locked(database, "blog"):
        handle_batch(make_batch([of("blog", 2)]), store)
    with store._database.transaction() as connection:
        assert connection.run("show statement_timeout") == [["10s"]]
    assert list_deferred(handle_batch(make_batch([of("blog", 2)]), store)) == []

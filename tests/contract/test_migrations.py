"""A database that is in use is brought up to date beside its writers."""

import hashlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest

from common.postgres.database import Database
from functions.process.app import handle_batch
from functions.process.partitions import Partitions
from functions.process.store import PostgresStore
from infra.migrations.backfill import backfill
from infra.migrations.event_indexes import INDEXES
from infra.migrations.runner import load_migrations, migrate
from infra.verification.recount import Difference, verify_aggregates
from tests.conftest import administer
from tests.contract.history import batch, make_history

OLD_EVENTS = 3_000
LATER = [name for name, _ in load_migrations() if name >= "0003"]
"""The migrations after those of the old database."""
INSERT_OLD = """
insert into events (site_id, "timestamp", event_id, event_type, path, user_id)
select case number % 3 when 0 then 'blog' else 'shop' end,
    timestamptz '2006-10-25 00:00Z' + number * interval '4 minutes', gen_random_uuid(),
    case number % 5 when 0 then 'signup' else 'page_view' end, '/' || number % 7, nullif('u' || number % 11, 'u0')
from generate_series(cast(:first as int), cast(:last as int)) as number
"""


@pytest.fixture
def old(postgres_url: str) -> Iterator[Database]:
    """A filled database as it was before visits."""
    name = f"old_{uuid.uuid4().hex}"
    administer(postgres_url, f"create database {name} template template0")
    database = Database(urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}")), connections=4, timeout_seconds=20)
    with database.transaction() as connection:
        connection.run(
            "create table migrations (name text primary key, digest text, applied_at timestamptz default now())"
        )
        for migration, text in load_migrations()[:2]:
            connection.run(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            connection.run("insert into migrations values (:name, :digest)", name=migration, digest=digest)
    for first, after in (("2006-10-01", "2006-11-01"), ("2006-11-01", "2006-12-01")):
        partition = f"events_{first[:7].replace('-', '_')}"
        bounds = f"from ('{first} 00:00Z') to ('{after} 00:00Z')"
        database.run(f"create table {partition} partition of events for values {bounds}")
    database.run(INSERT_OLD, first=1, last=OLD_EVENTS)
    yield database
    database.close()
    administer(postgres_url, f"drop database {name} with (force)")


def url(postgres_url: str, database: Database) -> str:
    [[name]] = database.run("select current_database()")
    return urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))


def differences(database_url: str) -> list[Difference]:
    """But those of days, which the old processor wrote and this test does not."""
    return [one for one in verify_aggregates(database_url) if not one.aggregate.startswith("daily_s") and
            one.aggregate not in ("daily_paths", "daily_users")]  # fmt: skip


def uncounted(database: Database) -> int:
    return int(database.run("select count(*) from events where not is_counted")[0][0])


class Writer(threading.Thread):
    """Writes one after the other until it is told to end, and notes what went wrong and the longest wait."""

    def __init__(self, write: Callable[[int], object]) -> None:
        super().__init__()
        self._write = write
        self._end = threading.Event()
        self.faults: list[BaseException] = []
        self.longest = 0.0
        self.written = 0

    def run(self) -> None:
        while not self._end.is_set():
            began = time.monotonic()
            try:
                self._write(self.written)
            except BaseException as fault:  # noqa: BLE001 - told to the test
                self.faults.append(fault)
            self.longest = max(self.longest, time.monotonic() - began)
            self.written += 1

    def end(self) -> None:
        self._end.set()
        self.join()


@pytest.mark.long
def test_a_filled_database_is_migrated_beside_an_old_and_counted_beside_a_new_processor(
    old: Database, postgres_url: str
) -> None:
    database_url = url(postgres_url, old)
    writer = Writer(lambda number: old.run(INSERT_OLD, first=10_000 + number * 3, last=10_002 + number * 3))
    writer.start()
    assert migrate(database_url) == LATER
    writer.end()
    assert (writer.faults, writer.longest < 3) == ([], True)
    assert uncounted(old) == OLD_EVENTS + writer.written * 3

    history = make_history(seed=5, events=4_000, hours=200)
    store = PostgresStore(old)
    writer = Writer(lambda number: handle_batch(batch(history[number * 20 : number * 20 + 20], number), store))
    writer.start()
    told: list[int] = []
    assert backfill(old, "UTC", tell=told.append, chunk_events=100)
    writer.end()
    assert writer.written > 1
    assert (writer.faults, writer.longest < 5) == ([], True)
    assert differences(database_url) == []
    assert len(told) >= OLD_EVENTS // 100


def test_a_backfill_that_was_interrupted_goes_on_and_events_that_wait_are_a_difference(
    old: Database, postgres_url: str
) -> None:
    database_url = url(postgres_url, old)
    migrate(database_url)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(old, "UTC", tell=interrupt, chunk_events=50)
    assert not backfill(old, "UTC", deadline=0, chunk_events=50)
    assert uncounted(old) == OLD_EVENTS - 100
    assert {one.aggregate for one in differences(database_url)} == {"events", "sites"}
    assert backfill(old, "UTC")
    assert differences(database_url) == []


def test_the_oldest_events_are_counted_first_and_in_the_zone_of_new_sites(old: Database, postgres_url: str) -> None:
    migrate(url(postgres_url, old))
    backfill(old, "Asia/Tokyo", deadline=0, chunk_events=50)
    order = (
        'select max("timestamp") filter (where is_counted) < min("timestamp") filter (where not is_counted) from events'
    )
    assert old.run(f"{order} where site_id = 'blog'") == [[True]]
    assert old.run("select time_zone from sites") == [["Asia/Tokyo"]]


def list_indexes(database: Database) -> list[list[object]]:
    """Of each partition: the definitions, beside the key, that are valid and attached."""
    return database.run(
        "select cast(indrelid as regclass)::text, count(*) from pg_index join pg_inherits on inhrelid = indexrelid"
        " where indisvalid and not indisprimary and indrelid in"
        " (select inhrelid from pg_inherits where inhparent = 'events'::regclass) group by 1 order by 1"
    )


def test_every_partition_has_the_indexes_whether_it_was_there_before_or_made_later(
    old: Database, postgres_url: str
) -> None:
    migrate(url(postgres_url, old))
    Partitions(old).ensure([date(2007, 1, 1)])
    assert list_indexes(old) == [[f"events_{month}", len(INDEXES)] for month in ("2006_10", "2006_11", "2007_01")]
    assert old.run("select bool_and(indisvalid) from pg_index where indrelid = 'events'::regclass") == [[True]]


def test_a_partition_that_is_made_while_indexes_are_built_has_them_too_and_what_was_half_built_is_built_anew(
    old: Database, postgres_url: str
) -> None:
    database_url = url(postgres_url, old)
    migrate(database_url)
    for name, definition in INDEXES.items():  # as if killed in the middle
        old.run(f"drop index events_{name}")
        old.run(f"create index events_{name} on only events {definition}")
    old.run(f"create index events_2006_11_sample on events_2006_11 {INDEXES['sample']}")
    old.run("update pg_index set indisvalid = false where indexrelid = 'events_2006_11_sample'::regclass")
    Partitions(old).ensure([date(2007, 1, 1)])
    assert list_indexes(old) == [["events_2007_01", len(INDEXES)]]
    assert migrate(database_url) == []
    assert list_indexes(old) == [[f"events_{month}", len(INDEXES)] for month in ("2006_10", "2006_11", "2007_01")]


def test_an_index_that_another_one_replaces_is_removed_from_every_partition(old: Database, postgres_url: str) -> None:
    database_url = url(postgres_url, old)
    migrate(database_url)
    old.run('create index events_revenue on events (site_id, "timestamp") where revenue is not null')
    assert list_indexes(old) == [[f"events_{month}", len(INDEXES) + 1] for month in ("2006_10", "2006_11")]
    assert migrate(database_url) == []
    assert list_indexes(old) == [[f"events_{month}", len(INDEXES)] for month in ("2006_10", "2006_11")]


def test_a_migration_waits_for_a_lock_without_making_others_wait_long(old: Database, postgres_url: str) -> None:
    done: list[list[str]] = []
    migration = threading.Thread(target=lambda: done.append(migrate(url(postgres_url, old))))
    hasty = Database(url(postgres_url, old), connections=1, timeout_seconds=20)
    with old.transaction() as connection:
        connection.run("select count(*) from events")  # as a long recount holds it
        migration.start()
        until = time.monotonic() + 4
        while time.monotonic() < until:
            hasty.run(INSERT_OLD, first=1, last=1)
        assert done == []
    migration.join()
    hasty.close()
    assert done == [LATER]


def test_the_time_of_old_events_is_that_of_their_site(old: Database, postgres_url: str) -> None:
    migrate(url(postgres_url, old))
    backfill(old, "UTC")
    [[first]] = old.run("select min(date) from rollups where dimension = '' and grain = 'day'")
    assert first == datetime(2006, 10, 25, tzinfo=UTC).date()

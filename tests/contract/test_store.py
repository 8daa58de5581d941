"""The store against a real PostgreSQL."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.errors import AnalyticsError, Unavailable
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from functions.stats.day.reader import DayReader
from infra.migrations.runner import load_migrations, migrate
from infra.verification.recount import verify_aggregates
from tests.conftest import administer
from tests.e2e.conftest import eventually

DAY = datetime(2025, 11, 12, 10, tzinfo=UTC)


def event(number: int, **fields: Any) -> dict[str, Any]:
    made = {
        "site_id": "blog",
        "event_type": "page_view",
        "path": "/home",
        "user_id": "ann",
        "timestamp": DAY.isoformat(),
        "event_id": str(UUID(int=number)),
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def batch(*entries: list[Any]) -> dict[str, Any]:
    return {"Records": [{"messageId": f"0:{n}-0", "body": json.dumps(events)} for n, events in enumerate(entries)]}


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


@pytest.fixture
def reader(database: Database) -> DayReader:
    return DayReader(database)


def count(database: Database, table: str = "events") -> int:
    return int(database.run(f"select count(*) from {table}")[0][0])


def test_a_redelivered_batch_is_counted_once(store: PostgresStore, reader: DayReader, settings: Settings) -> None:
    payload = batch([event(1), event(2, path="/about", user_id="bob")], [event(3, user_id=None)])
    for _ in range(3):
        assert handle_batch(payload, store) == {"batchItemFailures": []}
    views, users, paths = reader.read_day("blog", DAY.date(), 10)
    assert (views, users) == (3, 2)
    assert paths == [{"path": "/home", "views": 2}, {"path": "/about", "views": 1}]
    assert verify_aggregates(settings.database_url) == []


def test_a_duplicate_inside_a_batch_counts_once(store: PostgresStore, reader: DayReader) -> None:
    handle_batch(batch([event(1), event(1)], [event(1)]), store)
    assert reader.read_day("blog", DAY.date(), 10)[0] == 1


def test_the_same_id_at_another_time_is_another_event(store: PostgresStore, database: Database) -> None:
    later = (DAY + timedelta(microseconds=1)).isoformat()
    handle_batch(batch([event(1), event(1, timestamp=later), event(1, site_id="shop")]), store)
    assert count(database) == 3


def test_only_page_views_are_views_and_any_event_makes_a_user(store: PostgresStore, reader: DayReader) -> None:
    handle_batch(batch([event(1, event_type="signup", path=None), event(2, user_id=None)]), store)
    assert reader.read_day("blog", DAY.date(), 10) == (1, 1, [{"path": "/home", "views": 1}])


@pytest.mark.long
def test_top_paths_are_read_in_order_before_the_table_is_analyzed(database: Database) -> None:
    database.run("insert into daily_paths select 'wide', '2025-11-12', '/' || n, 1 from generate_series(1, 200000) n")
    asked = {"site_id": "wide", "date": "2025-11-12", "most": 10}
    plan = "\n".join(
        row[0] for row in database.run("explain " + load_query("functions.stats.day.reader", "read_day"), **asked)
    )
    assert "Index Only Scan using daily_paths_top" in plan
    assert "Sort" not in plan


def test_days_are_utc_days(store: PostgresStore, reader: DayReader) -> None:
    handle_batch(batch([event(1, timestamp="2025-11-12T23:30:00-02:00")]), store)
    assert reader.read_day("blog", date(2025, 11, 13), 10)[0] == 1
    assert reader.read_day("blog", date(2025, 11, 12), 10) == (0, 0, [])


def test_top_paths_are_ordered_by_views_then_bytewise_and_cut(store: PostgresStore, reader: DayReader) -> None:
    paths = ["/b", "/B", "/é", "/a", "/a"]
    handle_batch(batch([event(n, path=path) for n, path in enumerate(paths)]), store)
    top = [row["path"] for row in reader.read_day("blog", DAY.date(), 10)[2]]
    assert top == ["/a", "/B", "/b", "/é"]
    assert len(reader.read_day("blog", DAY.date(), 2)[2]) == 2


def test_an_event_that_is_no_event_is_set_aside_once_and_its_neighbours_are_stored(
    store: PostgresStore, database: Database
) -> None:
    payload = batch([event(1), {"site_id": "blog", "bogus": 1}, 7, event(2)])
    for _ in range(2):
        assert handle_batch(payload, store) == {"batchItemFailures": []}
    assert count(database) == 2
    rows = database.run("select site_id, source, reason, payload from rejected_events order by source")
    assert rows == [
        ["blog", "0:0-0/1", "invalid_event", '{"site_id": "blog", "bogus": 1}'],
        ["", "0:0-0/2", "invalid_event", "7"],
    ]


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_an_event_that_postgresql_refuses_is_set_aside_and_its_neighbours_are_stored(
    bad: int, store: PostgresStore, database: Database, settings: Settings
) -> None:
    events = [event(n) for n in range(5)]
    events[bad] = event(bad, path=None)  # a page view without a path: only the path counts refuse it
    for _ in range(2):
        handle_batch(batch(events, [event(9)]), store)
    assert count(database) == 5
    [[source, reason, detail]] = database.run("select source, reason, detail from rejected_events")
    assert (source, reason) == (f"0:0-0/{bad}", "store_refused")
    assert "23502" in detail
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize("body", ["nope", "{}", '"x"', "[" * 100_000])
def test_a_message_that_is_no_batch_is_reported_alone(body: str, store: PostgresStore, database: Database) -> None:
    payload = batch([event(1)])
    payload["Records"].append({"messageId": "0:9-0", "body": body})
    [failure] = handle_batch(payload, store)["batchItemFailures"]
    assert failure == {"itemIdentifier": "0:9-0", "reason": "not_a_batch_of_events"}
    assert count(database) == 1


def test_an_empty_batch_and_an_empty_message_change_nothing(store: PostgresStore, database: Database) -> None:
    assert handle_batch({"Records": []}, store) == {"batchItemFailures": []}
    assert handle_batch(batch([]), store) == {"batchItemFailures": []}
    assert count(database) == 0


def test_partitions_are_made_as_far_back_as_events_reach(store: PostgresStore, database: Database) -> None:
    days = ["2000-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z", "2024-02-29T12:00:00Z", "2024-12-31T23:59:59Z"]
    handle_batch(batch([event(n, timestamp=day) for n, day in enumerate(days)]), store)
    assert count(database) == 4
    made = {
        row[0]
        for row in database.run("select inhrelid::regclass::text from pg_inherits where inhparent = 'events'::regclass")
    }
    assert {"events_2000_01", "events_1999_12", "events_2024_02", "events_2024_12"} <= made


@pytest.mark.long
def test_parallel_processors_make_each_partition_once_and_lose_nothing(settings: Settings, database: Database) -> None:
    months = [f"20{year:02}-{month:02}-15T00:00:00Z" for year in range(10, 13) for month in range(1, 13)]
    faults: list[BaseException] = []

    def run(worker: int) -> None:
        own = Database(settings.database_url, 1, 20)
        try:
            for round_ in range(3):
                numbers = range(worker * 1000 + round_ * 100, worker * 1000 + round_ * 100 + len(months))
                events = [event(n, timestamp=month, user_id=f"u{n}") for n, month in zip(numbers, months, strict=True)]
                handle_batch(batch(events[::-1] if worker % 2 else events), PostgresStore(own))
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            own.close()

    workers = [threading.Thread(target=run, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert count(database) == 4 * 3 * len(months)
    assert verify_aggregates(settings.database_url) == []


def test_a_month_that_was_dropped_behind_our_back_is_made_again(store: PostgresStore, database: Database) -> None:
    handle_batch(batch([event(1)]), store)
    database.run("drop table events_2025_11")
    handle_batch(batch([event(2)]), store)
    assert count(database) == 1


def test_a_store_that_is_away_is_unavailable_and_comes_back(
    settings: Settings, store: PostgresStore, database: Database
) -> None:
    away = Database("postgresql://x@127.0.0.1:1/x", 1, 2)
    with pytest.raises(Unavailable):
        handle_batch(batch([event(1)]), PostgresStore(away))
    handle_batch(batch([event(1)]), store)
    killer = Database(settings.database_url, 1, 2)
    killer.run(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    killer.close()
    handle_batch(batch([event(2)]), store)
    assert count(database) == 2


def test_a_held_lock_makes_the_store_unavailable_within_its_time_out(settings: Settings, database: Database) -> None:
    handle_batch(batch([event(1)]), PostgresStore(database))
    hasty = Database(settings.database_url, 1, 0.3)
    with database.transaction() as connection:
        connection.run("select * from daily_stats for update")
        with pytest.raises(Unavailable):
            handle_batch(batch([event(2)]), PostgresStore(hasty))
    hasty.close()
    assert count(database) == 1


def test_the_store_gives_up_well_before_the_poller_does(settings: Settings, database: Database) -> None:
    handle_batch(batch([event(1)]), PostgresStore(database))
    times = {"database_timeout_seconds": 60, "process_timeout_seconds": 1}
    store = PostgresStore.of(settings.model_copy(update=times))
    with database.transaction() as connection:
        connection.run("select * from daily_stats for update")
        began = time.monotonic()
        with pytest.raises(Unavailable):
            handle_batch(batch([event(2)]), store)
    assert time.monotonic() - began < 10
    for pool in store.pools.values():
        pool.close()


@pytest.fixture
def commits_hang(postgres_url: str, database: Database, settings: Settings) -> Iterator[None]:
    """Every commit that writes waits for a standby that is away."""
    [[name]] = database.run("select current_database()")
    administer(postgres_url, "alter system set synchronous_standby_names = 'away'")
    try:
        administer(postgres_url, "select pg_reload_conf()")
        administer(postgres_url, f"alter database {name} set synchronous_commit = on")
        eventually(lambda: is_hanging(settings, database), 60, "the checkpointer has read it: it tells all who commit")
        yield
    finally:
        administer(postgres_url, "alter system reset synchronous_standby_names")
        administer(postgres_url, "select pg_reload_conf()")


def is_hanging(settings: Settings, database: Database) -> bool:
    """Whether PostgreSQL itself says that a commit waits for a standby: a busy machine may only be slow."""
    waiting = "from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'"
    with closing(Database(settings.database_url, 1, 60)) as patient, ThreadPoolExecutor(1) as pool:
        ping = pool.submit(PostgresStore(patient).ping)
        while not ping.done():
            if database.run(f"select pid {waiting}"):
                while not ping.done():
                    database.run(f"select pg_cancel_backend(pid) {waiting}")
                return True
        ping.result()
    return False


@pytest.mark.usefixtures("commits_hang")
@pytest.mark.one_group("another group that answers is enough")
def test_a_store_whose_commits_hang_is_not_ready(settings: Settings) -> None:
    with closing(Database(settings.database_url, 1, 0.4)) as hasty:
        with pytest.raises(Unavailable):
            PostgresStore(hasty).ping()
        with pytest.raises(Unavailable):  # how it is asked where there is no GET /readyz
            handle_batch(batch(), PostgresStore(hasty))


def test_verify_names_each_aggregate_that_is_wrong(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1), event(2, path="/about")]), store)
    database.run("update daily_stats set total_views = 7")
    database.run("delete from daily_paths where path = '/about'")
    database.run("insert into daily_users values ('blog', '2025-11-12', 'eve')")
    found = {(one.aggregate, one.key, one.kept, one.recount) for one in verify_aggregates(settings.database_url)}
    assert found == {
        ("daily_stats", "total_views, unique_users", "7, 1", "2, 1"),
        ("daily_paths", "/about", None, "1"),
        ("daily_users", "eve", "seen", None),
    }


def test_of_two_events_with_one_key_the_first_counts_also_if_it_comes_without_its_entry(
    store: PostgresStore, database: Database
) -> None:
    events = {"0:1-0/1": event(1, path="/first"), "0:2-0": event(1, path="/second")}
    records = [{"messageId": place, "body": json.dumps([one])} for place, one in events.items()]
    assert handle_batch({"Records": records}, store)["batchItemFailures"] == []
    assert database.run("select path from events") == [["/first"]]


def test_migrating_twice_changes_nothing_and_a_changed_migration_is_refused(
    settings: Settings, database: Database
) -> None:
    assert migrate(settings.database_url) == []
    name = load_migrations()[0][0]
    database.run("update migrations set digest = 'other' where name = :name", name=name)
    with pytest.raises(AnalyticsError, match=name):
        migrate(settings.database_url)


def test_every_primary_key_leads_with_the_site_and_nothing_refers_to_another_table(database: Database) -> None:
    tables = database.run(
        "select relname, (select attname from pg_attribute where attrelid = indrelid and attnum = indkey[0])"
        " from pg_index join pg_class on pg_class.oid = indrelid"
        " where indisprimary and relnamespace = 'public'::regnamespace"
        " and relname not in ('migrations', 'processed_entries', 'alarms', 'outbox', 'slots', 'absent_slots')"
        " and relname !~ '^(queue|access|audit|site|report|group)_'"
    )
    assert tables
    assert {column for _, column in tables} == {"site_id"}
    assert database.run(
        "select count(*) from pg_constraint where contype = 'f' and cast(conrelid::regclass as text) !~ '^access_'"
    ) == [[0]]


def test_a_large_statement_does_not_wait_for_the_acknowledgement_of_its_parts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, opened = socket.create_connection, list[socket.socket]()

    def note(*args: Any, **kwargs: Any) -> socket.socket:
        opened.append(connect(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(socket, "create_connection", note)
    with closing(Database(settings.database_url, connections=1, timeout_seconds=20)) as database:
        database.run("select 1")
        assert [link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for link in opened] == [1]

"""Days that are closed keep their figures and nothing else, and open again for whatever is counted on them."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from common.days import opening
from common.days.closing import Closing, close_all, close_due
from common.days.opening import open_days
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.days import days as days_command
from infra.migrations.backfill import backfill
from infra.sites.sites import set_time_zone
from infra.verification.recount import verify_aggregates
from infra.verification.repair import repair
from tests.contract.history import batch, event, make_history, shuffled_batches

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
FIGURES = {
    "daily_stats": "site_id, date, total_views, unique_users",
    "daily_paths": "site_id, date, path, views",
    "visits": "*",
    "rollups": "*",
    "quarter_stats": "*",
    "visitor_links": "*",
}
SETS = {"daily_values": "site_id, date, key", "daily_users": "site_id, date, user_id"}
ZONES = ("UTC", *(pytest.param(zone, marks=pytest.mark.long) for zone in ("America/St_Johns", "Pacific/Apia")))

Rows = dict[str, list[list[Any]]]


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def read_tables(database: Database, tables: dict[str, str]) -> Rows:
    return {
        table: sorted(database.run(f"select cast({table} as text) from (select {columns} from {table}) as {table}"))
        for table, columns in tables.items()
    }


def count_sets(database: Database) -> int:
    return sum(len(rows) for rows in read_tables(database, SETS).values())


def deferring(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {"mayDefer": True}


def store_all(
    store: PostgresStore, history: list[dict[str, Any]], between: Callable[[], object] = lambda: None
) -> None:
    for number, events in enumerate(shuffled_batches(history, seed=3)):
        between()
        handle_batch(batch(events, number), store)


def test_a_day_that_closes_loses_who_was_seen_and_no_figure(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    store_all(store, make_history(seed=1, events=200))
    figures = read_tables(database, FIGURES)
    sets = count_sets(database)
    assert close_due(database, 0) == sets > 0
    assert count_sets(database) == 0
    assert read_tables(database, FIGURES) == figures
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize("zone", ZONES)
def test_the_figures_and_the_sets_are_the_same_however_often_days_closed_meanwhile(
    zone: str, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = make_history(seed=4, events=300)
    store = PostgresStore(database, time_zone=zone)
    store_all(store, history)
    expected = read_tables(database, FIGURES | SETS)
    database.run(f"truncate events, {', '.join(FIGURES | SETS)}")
    monkeypatch.setattr(opening, "STEP_EVENTS", 7)
    draw = random.Random(1)

    def close() -> None:
        for _ in range(draw.randint(0, 3)):
            Closing(database, 0, step_rows=draw.choice([1, 50])).step()
        assert verify_aggregates(settings.database_url) == []

    store_all(store, history, close)
    assert database.run("select count(*) > 0 from closed_days") == [[True]]
    assert read_tables(database, FIGURES) == {table: expected[table] for table in FIGURES}
    open_days(database, database.run("select site_id, cast(date as text) from closed_days"))
    assert read_tables(database, FIGURES | SETS) == expected
    assert verify_aggregates(settings.database_url) == []


def test_a_day_is_closed_only_when_it_is_over_and_was_not_written_for_some_hours(
    store: PostgresStore, database: Database
) -> None:
    now = datetime.now(UTC)
    handle_batch(batch([event(1, now), event(2, now - timedelta(days=3))]), store)
    sets = count_sets(database)
    assert close_due(database, 1) == 0
    database.run("update daily_stats set updated_at = now() - interval '2 hours'")
    assert close_due(database, 1) == 0  # the site is new
    database.run("update sites set added_at = now() - interval '2 hours'")
    assert close_due(database, 1) == sets // 2
    assert close_due(database, 1) == 0
    assert count_sets(database) == sets // 2


def test_a_day_is_not_closed_while_a_day_that_it_shares_hours_with_is_written(database: Database) -> None:
    evening = datetime(2025, 11, 13, 3, tzinfo=UTC)  # the 12th in New York
    handle_batch(batch([event(1, evening)]), PostgresStore(database, time_zone="America/New_York"))
    database.run("update sites set added_at = now() - interval '2 hours'")
    sets = count_sets(database)
    assert close_due(database, 1) == 0
    database.run("update daily_stats set updated_at = now() - interval '2 hours'")
    assert close_due(database, 1) == sets


def test_a_site_that_is_being_written_is_left_for_later(store: PostgresStore, database: Database) -> None:
    handle_batch(batch([event(1, NOON), event(2, NOON, site_id="other")]), store)
    with database.transaction() as connection:
        connection.run("select from sites where site_id = 'other' for update")
        close_due(database, 0)
        assert database.run("select site_id from closed_days") == [["blog"]]
    close_due(database, 0)
    assert count_sets(database) == 0


def test_events_without_a_visitor_open_nothing(store: PostgresStore, database: Database, settings: Settings) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    close_due(database, 0)
    handle_batch(batch([event(2, NOON, user_id=None)], 1), store)
    assert count_sets(database) == 0
    handle_batch(batch([event(3, NOON, user_id="late")], 2), store)
    assert database.run("select count(*) from closed_days") == [[0]]
    assert verify_aggregates(settings.database_url) == []


def test_a_close_that_was_killed_leaves_right_figures_and_goes_on(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    store_all(store, make_history(seed=2, events=200))
    left = count_sets(database)
    Closing(database, 0, step_rows=1).step()  # and no further
    assert 0 < count_sets(database) < left
    assert verify_aggregates(settings.database_url) == []
    store_all(store, make_history(seed=5, events=60))
    assert verify_aggregates(settings.database_url) == []
    close_due(database, 0)
    assert count_sets(database) == 0


class Killed(Exception):
    """In place of a kill."""


def test_an_opening_that_was_killed_leaves_right_figures_and_is_not_purged_and_goes_on(
    store: PostgresStore, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = [event(number, NOON + timedelta(minutes=number), user_id=f"u{number // 2}") for number in range(50)]
    handle_batch(batch(history), store)
    expected = read_tables(database, SETS)
    close_due(database, 0)
    closed = [("blog", "2025-11-12")]
    do_one = opening._open_some
    monkeypatch.setattr(opening, "STEP_EVENTS", 10)
    with pytest.MonkeyPatch.context() as patch:
        steps: list[int] = []

        def die(*arguments: Any) -> list[str]:
            steps.append(1)
            if len(steps) == 3:
                raise Killed
            return do_one(*arguments)

        patch.setattr(opening, "_open_some", die)
        with pytest.raises(Killed):
            open_days(database, closed)
    assert 0 < count_sets(database) < sum(map(len, expected.values()))
    assert verify_aggregates(settings.database_url) == []
    assert close_due(database, 0) == 0
    open_days(database, closed)
    assert read_tables(database, SETS) == expected
    assert verify_aggregates(settings.database_url) == []


def test_an_opening_that_was_given_up_is_closed_as_any_other(
    store: PostgresStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "STEP_EVENTS", 5)
    handle_batch(batch([event(number, NOON + timedelta(seconds=number)) for number in range(9)]), store)
    close_due(database, 0)
    open_days(database, [("blog", "2025-11-12")], 0)
    assert count_sets(database) > 0
    database.run("update closed_days set rebuilt_at = now() - interval '2 hours'")
    close_due(database, 0)
    assert count_sets(database) == 0
    assert database.run("select rebuilt_until from closed_days") == [[None]]


def test_events_of_a_day_that_takes_long_to_open_wait_and_hold_nobody_up(
    store: PostgresStore, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle_batch(batch([event(number, NOON + timedelta(seconds=number)) for number in range(50)]), store)
    close_due(database, 0)
    monkeypatch.setattr("functions.process.store.OPEN_SECONDS", 0)
    monkeypatch.setattr(opening, "STEP_EVENTS", 20)
    late = deferring(batch([event(60, NOON), event(61, NOON, site_id="other")], 1))
    for _ in range(2):
        assert handle_batch(late, store)["batchItemFailures"] != []
        assert database.run("select count(*) from events where site_id = 'other'") == [[1]]
        assert verify_aggregates(settings.database_url) == []
    assert handle_batch(late, store) == {"batchItemFailures": []}
    assert database.run("select count(*) from events") == [[52]]
    assert verify_aggregates(settings.database_url) == []


def test_a_closed_day_opens_for_events_of_a_site_whose_row_is_gone(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    close_all(database)
    database.run("delete from sites")
    answer = handle_batch(deferring(batch([event(2, NOON + timedelta(minutes=1))], 1)), store)

    assert answer == {"batchItemFailures": []}
    assert verify_aggregates(settings.database_url) == []


def test_visitors_are_joined_on_days_that_closed_before(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    midnight = datetime(2025, 11, 13, tzinfo=UTC)
    before = {"user_id": None, "visitor_id": "z" * 16}
    after = {"user_id": None, "visitor_id": "a" * 16, "previous_visitor_id": "z" * 16}
    handle_batch(batch([event(1, midnight + timedelta(minutes=5), **after)]), store)
    handle_batch(batch([event(2, midnight - timedelta(days=1), **(before | {"visitor_id": "y" * 16}))], 1), store)
    close_due(database, 0)
    handle_batch(batch([event(3, midnight - timedelta(minutes=5), **before)], 2), store)
    assert database.run("select count(distinct visitor) from visits") == [[2]]
    assert verify_aggregates(settings.database_url) == []


def test_a_change_of_the_time_zone_leaves_closed_days_closed_and_right(
    store: PostgresStore, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_all(store, make_history(seed=6, events=100))
    events = [event(10_000 + hour, NOON - timedelta(hours=hour), user_id=f"u{hour}") for hour in range(12)]
    handle_batch(batch(events, 900), store)
    close_due(database, 0)
    monkeypatch.setattr(opening, "STEP_EVENTS", 5)
    days = [("blog", "2025-11-12")]
    assert open_days(database, days, 0) == {"blog"}  # half of it
    closed = database.run("select count(*) from closed_days")
    set_time_zone(settings, "blog", "Asia/Tokyo")
    assert database.run("select count(*) from closed_days") == closed
    assert verify_aggregates(settings.database_url) == []
    assert open_days(database, days) == set()
    assert verify_aggregates(settings.database_url) == []


def test_a_repair_leaves_closed_days_closed_and_right(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    store_all(store, make_history(seed=8, events=200))
    expected = read_tables(database, FIGURES)
    close_due(database, 0)
    database.run("update rollups set visitor_days = visitor_days + 1; update daily_stats set unique_users = 9")
    assert verify_aggregates(settings.database_url) != []
    sites = [site_id for [site_id] in database.run("select site_id from sites")]
    repair(settings, sites, set())
    assert read_tables(database, FIGURES) == expected
    assert count_sets(database) == 0
    assert verify_aggregates(settings.database_url) == []


def test_a_row_that_a_closed_day_should_not_have_is_found_and_repaired(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    close_due(database, 0)
    database.run("insert into daily_users values ('blog', '2025-11-12', 'eve')")
    database.run("insert into daily_values values ('blog', '2025-11-12', gen_random_uuid())")
    found = verify_aggregates(settings.database_url)
    assert [one.aggregate for one in found] == ["daily_users", "daily_values"]
    repair(settings, ["blog"], set())
    assert verify_aggregates(settings.database_url) == []


def test_a_day_that_is_open_without_its_sets_is_found_and_repaired(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    sets = read_tables(database, SETS)
    close_due(database, 0)
    database.run("delete from closed_days")
    assert {one.aggregate for one in verify_aggregates(settings.database_url)} == {"daily_users", "daily_values"}
    repair(settings, ["blog"], set())
    assert read_tables(database, SETS) == sets


def test_older_events_are_counted_on_days_that_closed_before(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(number, NOON + timedelta(seconds=number)) for number in range(9)]), store)
    database.run(
        'insert into events (site_id, "timestamp", event_id, event_type, path, user_id)'
        " select site_id, \"timestamp\" + interval '1 hour', event_id, event_type, path, user_id from events"
    )
    database.run("update daily_stats set total_views = 18; update daily_paths set views = 18")
    close_due(database, 0)
    assert backfill(database, "UTC", chunk_events=4)
    assert database.run("select count(*) from closed_days") == [[0]]
    assert verify_aggregates(settings.database_url) == []


def test_all_days_are_closed_at_once_and_the_space_is_given_back(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    history = make_history(seed=9, events=300)
    store_all(store, history[:150])
    figures = read_tables(database, FIGURES)
    close_all(database)
    sizes = "select pg_relation_size('daily_values'), pg_relation_size('daily_users')"
    assert database.run(sizes) == [[0, 0]]
    assert read_tables(database, FIGURES) == figures
    assert verify_aggregates(settings.database_url) == []
    store_all(store, history)
    assert verify_aggregates(settings.database_url) == []


def test_processors_in_parallel_count_right_while_days_are_closed_all_the_time(
    settings: Settings, database: Database
) -> None:
    history = make_history(seed=12, events=400)
    faults: list[BaseException] = []
    stored = threading.Semaphore(0)
    is_over = threading.Event()

    def watch(work: Callable[[Database], None]) -> None:
        own = Database(settings.database_url, 1, 20)
        try:
            work(own)
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            own.close()

    def process(own: Database, seed: int) -> None:
        for number, events in enumerate(shuffled_batches(history, seed)):
            handle_batch(batch(events, seed * 1_000 + number), PostgresStore(own, time_zone="Asia/Kathmandu"))
            stored.release()

    def close(own: Database) -> None:
        while not is_over.is_set():
            stored.acquire()
            close_due(own, 0)
            stored.acquire()
            close_all(own)

    workers = [threading.Thread(target=watch, args=(lambda own, seed=seed: process(own, seed),)) for seed in range(3)]
    closer = threading.Thread(target=watch, args=(close,))
    for thread in (*workers, closer):
        thread.start()
    for worker in workers:
        worker.join()
    is_over.set()
    stored.release(2)
    closer.join()
    assert faults == []
    assert database.run("select count(*) from events") == [[len(history)]]
    assert verify_aggregates(settings.database_url) == []


def test_the_processor_closes_days_that_are_due_after_a_batch(database: Database) -> None:
    handle_batch(batch([event(1, NOON)]), PostgresStore(database))
    database.run("update daily_stats set updated_at = now() - interval '2 hours'")
    database.run("update sites set added_at = now() - interval '2 hours'")
    later = [event(2, datetime.now(UTC))]
    handle_batch(batch(later, 1), PostgresStore(database, close_after_hours=0))
    assert database.run("select count(*) from closed_days") == [[0]]
    handle_batch(batch(later, 1), PostgresStore(database, close_after_hours=1))
    assert database.run("select site_id, cast(date as text) from closed_days") == [["blog", "2025-11-12"]]


def test_an_operator_closes_every_day_and_opens_every_day(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    def run(*arguments: str, **changed: Any) -> str:
        asked = settings.model_copy(update=changed)
        result = CliRunner().invoke(days_command, arguments, obj=asked, catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    store_all(store, make_history(seed=10, events=100))
    sets = read_tables(database, SETS)
    assert run("close") == "deleted 0 rows of closed days\n"  # they were written just now
    assert "DAY_CLOSES_AFTER_HOURS is 0" in run("close", day_closes_after_hours=0)
    assert read_tables(database, SETS) == sets
    assert run("close", "--now") == "closed every day\n"
    assert count_sets(database) == 0
    assert run("open").endswith("every day is open\n")
    assert read_tables(database, SETS) == sets
    assert verify_aggregates(settings.database_url) == []

"""Days that are closed keep their figures and nothing else."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from common.days import closing, opening
from common.days.closing import Closing, close_all, close_due
from common.days.locks import lock_free_sites
from common.days.opening import open_days
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.days import days as days_command
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event, make_history, shuffled_batches
from tests.contract.tables import FIGURES, SETS, count_sets, read_tables, store_all

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
LONG = (("UTC", 300), ("America/St_Johns", 300), ("Pacific/Apia", 300))


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


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


@pytest.mark.parametrize(
    ("zone", "events"), [("UTC", 60), *(pytest.param(*one, marks=pytest.mark.long) for one in LONG)]
)
def test_the_figures_and_the_sets_are_the_same_however_often_days_closed_meanwhile(
    zone: str, events: int, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = make_history(seed=4, events=events)
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


def find_zone_at_noon(now: datetime) -> str:
    """A zone where no day ends within this test."""
    return f"Etc/GMT{now.hour - 12:+}"


def test_a_day_is_closed_only_when_it_is_over_and_was_not_written_for_some_hours(database: Database) -> None:
    now = datetime.now(UTC)
    store = PostgresStore(database, time_zone=find_zone_at_noon(now))
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


def test_a_day_that_is_written_between_its_finding_and_its_lock_stays_open(
    store: PostgresStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    long_ago = "now() - interval '2 hours'"
    database.run(f"update daily_stats set updated_at = {long_ago}; update sites set added_at = {long_ago}")

    def lock(connection: Connection, sites: Sequence[str]) -> set[str]:
        handle_batch(batch([event(2, NOON)]), store)
        return lock_free_sites(connection, sites)

    monkeypatch.setattr(closing, "lock_free_sites", lock)
    assert close_due(database, 1) == 0
    assert database.run("select from closed_days") == []


def test_a_site_that_is_being_written_is_left_for_later(store: PostgresStore, database: Database) -> None:
    handle_batch(batch([event(1, NOON), event(2, NOON, site_id="other")]), store)
    with database.transaction() as connection:
        connection.run("select from sites where site_id = 'other' for update")
        close_due(database, 0)
        assert database.run("select site_id from closed_days") == [["blog"]]
    close_due(database, 0)
    assert count_sets(database) == 0


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


@pytest.mark.long
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

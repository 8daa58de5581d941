"""Closed days open again for whatever is counted on them; other work leaves them closed, and right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.days import opening
from common.days.closing import close_all, close_due
from common.days.opening import open_days
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations.backfill import backfill
from infra.sites.sites import set_time_zone
from infra.verification.recount import verify_aggregates
from infra.verification.repair import repair
from tests.contract.history import batch, event, make_history
from tests.contract.tables import FIGURES, SETS, count_sets, read_tables, store_all

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def deferring(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {"mayDefer": True}


def test_events_without_a_visitor_open_nothing(store: PostgresStore, database: Database, settings: Settings) -> None:
    handle_batch(batch([event(1, NOON)]), store)
    close_due(database, 0)
    handle_batch(batch([event(2, NOON, user_id=None)], 1), store)
    assert count_sets(database) == 0
    handle_batch(batch([event(3, NOON, user_id="late")], 2), store)
    assert database.run("select count(*) from closed_days") == [[0]]
    assert verify_aggregates(settings.database_url) == []


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

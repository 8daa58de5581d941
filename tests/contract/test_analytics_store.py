"""Visits, rollups and the other figures, written by real processors and recounted from the events."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event, make_history, shuffled_batches

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia")
TABLES = {
    "visits": "site_id, visitor, start",
    "rollups": "site_id, dimension, grain, date, value",
    "daily_values": "site_id, date, key",
    "quarter_stats": "site_id, at",
}


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def read_tables(database: Database) -> dict[str, list[Any]]:
    return {table: database.run(f"select * from {table} order by {key}") for table, key in TABLES.items()}


def visits(database: Database, columns: str = "page_views, events") -> list[list[Any]]:
    return database.run(f"select {columns} from visits order by site_id, visitor, start")


def rollup(database: Database, dimension: str, value: str, day: str = "2025-11-12", grain: str = "day") -> list[Any]:
    rows = database.run(
        "select page_views, events, visits, bounces, duration_ms, visitor_days from rollups"
        " where dimension = :dimension and value = :value and date = cast(:day as date) and grain = :grain",
        dimension=dimension, value=value, day=day, grain=grain,
    )  # fmt: skip
    return rows[0] if rows else []


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize("zone", [*ZONES[:1], *(pytest.param(zone, marks=pytest.mark.long) for zone in ZONES[1:])])
def test_the_figures_follow_from_the_events_whatever_their_order_and_repetitions(
    zone: str, settings: Settings, database: Database
) -> None:
    history = make_history(seed=1, events=300)
    store = PostgresStore(database, time_zone=zone)
    found = []
    for seed in range(2):
        for number, events in enumerate(shuffled_batches(history, seed)):
            handle_batch(batch(events, number), store)
        assert verify_aggregates(settings.database_url) == []
        found.append(read_tables(database))
        database.run(f"truncate events, daily_stats, daily_paths, daily_users, {', '.join(TABLES)}")
    assert found[0] == found[1]


@pytest.mark.long
def test_the_figures_are_the_same_in_however_many_transactions_a_batch_is_stored(
    settings: Settings, database: Database
) -> None:
    history = make_history(seed=5, events=200)
    found = []
    for most_visits in (1, 20, 10_000):
        store = PostgresStore(database, most_visits=most_visits)
        for number, events in enumerate(shuffled_batches(history, seed=5)):
            handle_batch(batch(events, number), store)
        assert verify_aggregates(settings.database_url) == []
        found.append(read_tables(database))
        database.run(f"truncate events, daily_stats, daily_paths, daily_users, {', '.join(TABLES)}")
    assert found[0] == found[1] == found[2]


def test_visits_of_long_texts_are_sooner_too_many(database: Database) -> None:
    read = []
    for user, path in (("ann", "/"), ("bob", "/" + "x" * 1_999)):
        store = PostgresStore(database, most_visits=8)
        days = [NOON + timedelta(days=day) for day in range(4)]
        for number in (0, 100):
            events = [event(number + day, at, user_id=user, path=path) for day, at in enumerate(days)]
            before = database.run("select version from sites")
            handle_batch(batch(events, number), store)
        read.append(database.run("select version from sites")[0][0] - before[0][0])
        database.run("truncate events")
    assert read == [1, 4]  # transactions


def test_parallel_processors_on_the_same_visitors_lose_and_double_nothing(
    settings: Settings, database: Database
) -> None:
    history = make_history(seed=2, events=400)
    faults: list[BaseException] = []

    def run(seed: int) -> None:
        own = Database(settings.database_url, 1, 20)
        try:
            for number, events in enumerate(shuffled_batches(history, seed)):
                handle_batch(batch(events, seed * 1000 + number), PostgresStore(own, time_zone="Asia/Kathmandu"))
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            own.close()

    workers = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert database.run("select count(*) from events") == [[len(history)]]
    assert verify_aggregates(settings.database_url) == []


def test_a_gap_of_30_minutes_is_within_a_visit_and_a_longer_one_cuts(store: PostgresStore, database: Database) -> None:
    cut = after(60) + timedelta(microseconds=1)
    handle_batch(batch([event(1, NOON), event(2, after(30)), event(3, cut)]), store)
    assert visits(database) == [[2, 2], [1, 1]]


def test_a_late_event_joins_the_visits_on_both_its_sides(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1, NOON, path="/first"), event(2, after(40), path="/last")]), store)
    assert rollup(database, "", "") == [2, 2, 2, 2, 0, 1]
    handle_batch(batch([event(3, after(20), path="/middle")], 1), store)
    assert visits(database, "page_views, entry, exit") == [[3, "/first", "/last"]]
    assert rollup(database, "", "") == [3, 3, 1, 0, 40 * 60_000, 1]
    assert rollup(database, "entry", "/last") == []
    assert verify_aggregates(settings.database_url) == []


def test_an_earlier_event_gives_the_visit_its_attributes(store: PostgresStore, database: Database) -> None:
    handle_batch(batch([event(1, NOON, source="b"), event(2, after(5), source="c")]), store)
    assert rollup(database, "source", "b") == [2, 2, 1, 0, 300_000, 1]
    handle_batch(batch([event(3, after(-5), source="a", path=None, event_type="signup")], 1), store)
    assert rollup(database, "source", "b") == []
    assert rollup(database, "source", "a") == [2, 3, 1, 0, 600_000, 1]


def test_of_simultaneous_events_the_id_decides_the_attributes_and_the_path_entry_and_exit(
    store: PostgresStore, database: Database
) -> None:
    events = [event(2, NOON, path="/B", source="two"), event(1, NOON, path="/a", source="one")]
    handle_batch(batch(events), store)
    assert visits(database, "source, entry, exit") == [["one", "/B", "/a"]]


def test_a_visit_over_midnight_counts_where_it_starts_and_its_events_on_their_days(
    store: PostgresStore, database: Database
) -> None:
    midnight = datetime(2025, 12, 1, tzinfo=UTC)
    handle_batch(batch([event(1, midnight - timedelta(minutes=5)), event(2, midnight + timedelta(minutes=5))]), store)
    assert rollup(database, "", "", "2025-11-30") == [1, 1, 1, 0, 600_000, 1]
    assert rollup(database, "", "", "2025-12-01") == [1, 1, 0, 0, 0, 1]
    assert rollup(database, "", "", "2025-12-01", "month") == [1, 1, 0, 0, 0, 1]
    assert visits(database, "parts") == [[[["2025-11-30", 1, 1], ["2025-12-01", 1, 1]]]]


def test_a_day_without_new_events_changes_with_the_visit_that_reaches_into_it(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    midnight = datetime(2025, 12, 1, tzinfo=UTC)
    other = midnight - timedelta(hours=3)
    handle_batch(batch([event(1, midnight - timedelta(minutes=5)), event(2, midnight + timedelta(minutes=5))]), store)
    handle_batch(batch([event(3, other, path="/x")], 1), store)
    assert rollup(database, "exit", "/x", "2025-11-30")[-1] == 1
    handle_batch(batch([event(4, midnight + timedelta(minutes=9), path="/x")], 2), store)
    assert rollup(database, "exit", "/x", "2025-11-30") == [2, 2, 2, 1, 14 * 60_000, 1]  # one visitor, in two visits
    assert verify_aggregates(settings.database_url) == []


def test_an_event_of_nobody_counts_by_what_it_says_itself_and_belongs_to_no_visit(
    store: PostgresStore, database: Database
) -> None:
    handle_batch(batch([event(1, NOON, user_id=None, source="x"), event(2, NOON)]), store)
    assert visits(database) == [[1, 1]]
    assert rollup(database, "", "") == [2, 2, 1, 1, 0, 1]
    assert rollup(database, "source", "x") == [1, 1, 0, 0, 0, 0]
    assert rollup(database, "path", "/home") == [2, 2, 0, 0, 0, 1]
    assert rollup(database, "entry", "/home") == [1, 1, 1, 1, 0, 1]


def test_a_visitor_is_a_user_or_else_a_derived_id(store: PostgresStore, database: Database) -> None:
    events = [event(1, NOON, user_id="x" * 16), event(2, NOON, user_id=None, visitor_id="x" * 16)]
    handle_batch(batch(events), store)
    assert visits(database, "visitor") == [["d" + "x" * 16], ["u" + "x" * 16]]


def test_local_days_are_those_of_the_sites_own_zone(settings: Settings, database: Database) -> None:
    for site, zone in (("tokyo", "Asia/Tokyo"), ("york", "America/New_York")):
        events = [event(1, datetime(2025, 11, 12, 23, tzinfo=UTC), site_id=site)]
        handle_batch(batch(events, len(site)), PostgresStore(database, time_zone=zone))
    days = database.run(
        "select site_id, cast(date as text) from rollups where dimension = '' and grain = 'day' order by 1"
    )
    assert days == [["tokyo", "2025-11-13"], ["york", "2025-11-12"]]
    assert verify_aggregates(settings.database_url) == []


def test_a_visit_that_never_ends_costs_no_more_the_longer_it_gets(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    for hour in range(60):
        events = [event(hour * 100 + n, NOON + timedelta(minutes=hour * 60 + n * 20)) for n in range(3)]
        handle_batch(batch(events, hour), store)
    assert visits(database, "events, jsonb_array_length(parts)") == [[180, 3]]
    assert verify_aggregates(settings.database_url) == []


def test_properties_are_dimensions_and_revenue_is_stored_exactly(store: PostgresStore, database: Database) -> None:
    props, revenue = {"plan": "free", "größe": "XL"}, {"amount": "0.10", "currency": "EUR"}
    handle_batch(batch([event(1, NOON, props=props, revenue=revenue)]), store)
    assert rollup(database, "props.plan", "free") == [1, 1, 0, 0, 0, 1]
    assert rollup(database, "props.größe", "XL") == [1, 1, 0, 0, 0, 1]
    [[amount, currency, kept]] = database.run("select cast(revenue as text), currency, props from events")
    assert (amount, currency, kept) == ("0.10", "EUR", props)


def test_a_filtered_event_is_set_aside_and_in_no_figure(store: PostgresStore, database: Database) -> None:
    crawled = event(1, NOON, filtered="bot", title="“crawled”")
    for number in range(2):
        handle_batch(batch([crawled, event(2, NOON), crawled], number), store)
    assert visits(database) == [[1, 1]]
    assert database.run("select count(*) from events") == [[1]]
    [[reason, payload]] = database.run("select reason, cast(payload as json) from filtered_events")
    assert (reason, payload) == ("bot", crawled)
    outcomes = database.run("select outcome, reason, sum(events) from outcomes group by 1, 2 order by 1")
    assert outcomes == [["duplicate", "", 4], ["filtered", "bot", 1], ["stored", "", 1]]


def test_a_site_of_which_all_was_filtered_has_no_row(store: PostgresStore, database: Database) -> None:
    handle_batch(batch([event(1, NOON, filtered="spam_referrer")]), store)
    assert database.run("select count(*) from sites") == [[0]]


def test_each_change_of_a_sites_figures_gives_it_a_new_version(store: PostgresStore, database: Database) -> None:
    seen = set()
    for number in range(3):
        handle_batch(batch([event(number, NOON)], number), store)
        [[version]] = database.run("select version from sites")
        seen.add(version)
    assert len(seen) == 3


@pytest.mark.parametrize("table", TABLES)
def test_verify_finds_what_is_wrong_in_each_table(
    table: str, store: PostgresStore, database: Database, settings: Settings
) -> None:
    handle_batch(batch([event(1, NOON), event(2, after(5), path="/x")]), store)
    column = {"visits": "exit = 'z'", "daily_values": "date = date + 1"}.get(table, "events = events + 1")
    database.run(f"update {table} set {column}")
    assert {one.aggregate for one in verify_aggregates(settings.database_url)} == {table}
    database.run(f"delete from {table}")
    assert {one.aggregate for one in verify_aggregates(settings.database_url)} == {table}


def test_what_is_seen_of_a_value_and_a_visitor_is_not_taken_for_another_values(
    settings: Settings, database: Database, store: PostgresStore
) -> None:
    handle_batch(batch([event(1, NOON, path="/a", user_id="b\x1fuc")]), store)
    handle_batch(batch([event(2, NOON, path="/a\x1fub", user_id="c")], 1), store)
    handle_batch(batch([event(3, NOON, path="/a", user_id="b uc")], 2), store)
    handle_batch(batch([event(4, NOON, path="/a ub", user_id="c")], 3), store)
    assert verify_aggregates(settings.database_url) == []
    assert rollup(database, "path", "/a ub")[-1] == 1

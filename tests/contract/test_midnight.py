"""Visitors without a user_id are one visitor on both sides of a UTC midnight over which they are active."""

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event, shuffled_batches

pytestmark = pytest.mark.long

MIDNIGHT = datetime(2025, 12, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
IDS = [letter * 16 for letter in "zabc"]
"""One visitor's, of each day: the first one sorts after the others, so that it is no smallest that is taken."""
TABLES = {
    "events": "site_id, timestamp, event_id",
    "visits": "site_id, visitor, start",
    "rollups": "site_id, dimension, grain, date, value",
    "daily_values": "site_id, date, key",
    "quarter_stats": "site_id, at",
    "visitor_links": "site_id, visitor",
}


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def seen(minutes: float, day: int, **fields: Any) -> dict[str, Any]:
    """What a visitor does some minutes after the midnight that begins day 1, under the id of a day."""
    at = MIDNIGHT + timedelta(minutes=minutes)
    return event(int((at - MIDNIGHT) / MICROSECOND) % 2**64, at, user_id=None, visitor_id=IDS[day], **fields)


def crossing(minutes: float, day: int, **fields: Any) -> dict[str, Any]:
    """The same in the first half hour of that day."""
    return seen(minutes, day, previous_visitor_id=IDS[day - 1], **fields)


def deliver(store: PostgresStore, *batches: list[dict[str, Any]]) -> None:
    for number, events in enumerate(batches):
        handle_batch(batch(events, number), store)


def visits(database: Database) -> list[list[Any]]:
    """Visitor, events and parts of each."""
    return database.run("select substr(visitor, 2, 1), events from visits order by site_id, start")


def total(database: Database, day: str, dimension: str = "", value: str = "") -> list[Any]:
    rows = database.run(
        "select page_views, events, visits, bounces, duration_ms, visitor_days from rollups"
        " where grain = 'day' and dimension = :dimension and value = :value and date = cast(:day as date)",
        dimension=dimension, value=value, day=day,
    )  # fmt: skip
    return rows[0] if rows else []


def assert_one_visit(database: Database, settings: Settings, minutes: int) -> None:
    assert visits(database) == [["z", 3]]
    assert total(database, "2025-11-30") == [1, 1, 1, 0, minutes * 60_000, 1]
    assert total(database, "2025-12-01") == [2, 2, 0, 0, 0, 1]
    assert total(database, "2025-12-01", "path", "/home") == [2, 2, 0, 0, 0, 1]
    assert database.run("select distinct visitor from events") == [["d" + IDS[0]]]
    assert database.run("select count(*) from crossings") == [[0]]
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize("order", [[[0], [1], [2]], [[0, 1, 2]], [[0], [1, 2]], [[0, 1], [2]]])
def test_a_visit_over_midnight_is_one_and_its_visitor_the_one_of_the_day_before(
    order: list[list[int]], store: PostgresStore, database: Database, settings: Settings
) -> None:
    events = [seen(-10, 0), crossing(10, 1), seen(35, 1)]
    deliver(store, *([events[index] for index in indexes] for indexes in order))
    assert_one_visit(database, settings, 45)


@pytest.mark.parametrize("order", [[1, 2, 0], [2, 1, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]])
def test_it_is_one_too_where_an_event_comes_late_whichever_it_is(
    order: list[int], store: PostgresStore, database: Database, settings: Settings
) -> None:
    events = [seen(-10, 0), crossing(10, 1), seen(35, 1)]
    deliver(store, *([events[index]] for index in order))
    assert_one_visit(database, settings, 45)


def test_a_later_visit_of_the_day_is_the_same_visitors(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    deliver(store, [seen(600, 1)], [crossing(10, 1), seen(-600, 0)], [seen(-10, 0)], [seen(700, 1)])
    assert visits(database) == [["z", 1], ["z", 2], ["z", 1], ["z", 1]]
    assert total(database, "2025-12-01")[2:] == [2, 2, 0, 1]
    assert total(database, "2025-12-01", "path", "/home")[-1] == 1
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [4, 5, 0, 1, 3, 2], [3, 4, 2, 5, 0, 1]])
def test_who_is_active_at_every_midnight_keeps_one_id(
    order: list[int], store: PostgresStore, database: Database, settings: Settings
) -> None:
    day = 24 * 60
    events = [
        seen(-10, 0), crossing(10, 1),
        seen(day - 10, 1), crossing(day + 10, 2),
        seen(2 * day - 10, 2), crossing(2 * day + 10, 3),
    ]  # fmt: skip
    deliver(store, *([events[index]] for index in order))
    assert visits(database) == [["z", 2]] * 3
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("beyond", "joins"), [(timedelta(), True), (MICROSECOND, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_gap_of_30_minutes_joins_and_a_longer_one_does_not(
    sign: int, beyond: timedelta, joins: bool, late: bool, store: PostgresStore, database: Database, settings: Settings
) -> None:
    before = seen(10 - sign * (30 + beyond / timedelta(minutes=1)), 0)
    events = [before, crossing(10, 1)]
    deliver(store, *([one] for one in (reversed(events) if late else events)))
    assert len(visits(database)) == (1 if joins else 2)
    assert database.run("select count(distinct visitor) from events") == [[1 if joins else 2]]
    assert verify_aggregates(settings.database_url) == []


def test_of_a_visitor_of_several_days_it_is_an_event_of_the_id_of_the_day_before_that_counts(
    store: PostgresStore, database: Database, settings: Settings
) -> None:
    # what is near the second crossing is of the first day's id: by the rule nobody has been there of the second's
    events = [seen(-10, 0), crossing(10, 1), seen(600, 0), crossing(610, 2)]
    deliver(store, *([one] for one in events))
    assert visits(database) == [["z", 2], ["z", 1], ["b", 1]]
    assert verify_aggregates(settings.database_url) == []
    deliver(store, [seen(605, 1)])
    assert visits(database) == [["z", 2], ["z", 3]]
    assert verify_aggregates(settings.database_url) == []


def test_ids_of_another_site_do_not_join(store: PostgresStore, database: Database, settings: Settings) -> None:
    deliver(store, [seen(-10, 0, site_id="shop"), crossing(10, 1)], [crossing(20, 1, site_id="shop")])
    assert database.run("select site_id, substr(visitor, 2, 1), events from visits order by 1, 2") == [
        ["blog", "a", 1],
        ["shop", "z", 2],
    ]
    assert verify_aggregates(settings.database_url) == []


def test_a_user_is_joined_to_nobody(store: PostgresStore, database: Database, settings: Settings) -> None:
    deliver(store, [seen(-10, 0), {**crossing(10, 1), "user_id": "ann"}], [seen(20, 1)])
    assert database.run("select visitor, events from visits order by start") == [
        ["d" + IDS[0], 1], ["uann", 1], ["d" + IDS[1], 1],
    ]  # fmt: skip
    assert database.run("select count(visitor_id), count(previous_visitor_id) from events") == [[2, 0]]
    assert verify_aggregates(settings.database_url) == []


def test_an_id_that_continues_two_makes_them_one(store: PostgresStore, database: Database, settings: Settings) -> None:
    other = {**seen(-5, 0), "visitor_id": IDS[2]}
    deliver(store, [seen(-10, 0)], [other], [crossing(5, 1)], [{**crossing(6, 1), "previous_visitor_id": IDS[2]}])
    assert database.run("select visitor, events from visits") == [["d" + IDS[2], 4]]
    assert verify_aggregates(settings.database_url) == []


def test_a_filtered_event_joins_nobody(store: PostgresStore, database: Database, settings: Settings) -> None:
    deliver(store, [seen(-10, 0, filtered="bot"), crossing(10, 1)], [seen(-9, 0), crossing(31, 2, filtered="bot")])
    assert visits(database) == [["z", 2]]
    assert database.run("select count(*) from visitor_links") == [[2]]
    assert verify_aggregates(settings.database_url) == []


def make_nights(seed: int, events: int) -> list[dict[str, Any]]:
    """Of few visitors with ids of their own each day, over three midnights; some ids continue two, or in a circle."""
    draw = random.Random(seed)
    made = []
    for _ in range(events):
        day, who = draw.randrange(4), draw.choice("mno")
        minutes = day * 24 * 60 + 10 * draw.choice([*range(-6, 7), *range(-6, 7), draw.randrange(144)])
        at = MIDNIGHT + timedelta(minutes=minutes, microseconds=draw.choice([0, 0, 1, -1]))
        day -= draw.random() < 0.4
        name = draw.choice(["yesterday", "yesterday", "yesterday", "any"])
        previous = day - 1 if name == "yesterday" else draw.randrange(-1, 4)
        ids = {"visitor_id": f"{who}{(7 * day) % 5:015}"}
        if draw.random() < 0.3:
            ids["previous_visitor_id"] = f"{who}{(7 * previous) % 5:015}"
        made.append(
            event(
                draw.getrandbits(128), at, **ids, user_id=None, site_id=draw.choice(["blog", "shop"]),
                path=draw.choice(["/a", "/b"]), source=draw.choice(["x", "y", None]),
                props=draw.choice([{"plan": "free"}, None]),
            )
        )  # fmt: skip
    return made


def read_tables(database: Database) -> dict[str, list[Any]]:
    rows = {table: database.run(f"select * from {table} order by {key}") for table, key in TABLES.items()}
    rows["events"] = database.run("select event_id, visitor, sample from events order by 1")
    return rows


@pytest.mark.parametrize(
    ("zone", "seeds"),
    [
        ("America/St_Johns", range(1)),
        pytest.param("America/St_Johns", range(1, 6), marks=pytest.mark.long),
        pytest.param("UTC", range(6), marks=pytest.mark.long),
    ],
)
def test_who_is_one_follows_from_the_events_whatever_their_order_and_repetitions(
    zone: str, seeds: range, settings: Settings, database: Database
) -> None:
    store, joined = PostgresStore(database, time_zone=zone), 0
    for seed in seeds:
        history, found = make_nights(seed, 60), []
        for order in range(2):
            for number, events in enumerate(shuffled_batches(history, order, most=12)):
                handle_batch(batch(events, number), store)
                if number % 5 == 0:
                    assert verify_aggregates(settings.database_url) == []
            assert verify_aggregates(settings.database_url) == []
            found.append(read_tables(database))
            database.run(f"truncate daily_stats, daily_paths, daily_users, crossings, {', '.join(TABLES)}")
        assert found[0] == found[1]
        joined += len(found[0]["visitor_links"])
    assert joined > 5 * len(seeds)


def test_parallel_processors_join_the_same_visitors(settings: Settings, database: Database) -> None:
    history = make_nights(seed=20, events=150)
    faults: list[BaseException] = []

    def run(seed: int) -> None:
        own = Database(settings.database_url, 1, 20)
        try:
            for number, events in enumerate(shuffled_batches(history, seed, most=15)):
                handle_batch(batch(events, seed * 1000 + number), PostgresStore(own))
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)
        finally:
            own.close()

    workers = [threading.Thread(target=run, args=(seed,)) for seed in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert database.run("select count(*) from events") == [[len(history)]]
    assert verify_aggregates(settings.database_url) == []


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update visitor_links set root = visitor", "visitor_links"),
        ("update visitor_links set continues = not continues", "visitor_links"),
        ("delete from visitor_links", "visitor_links"),
        ("update events set visitor = 'd' || visitor_id", "events"),
        ("update events set sample = sample + 1", "events"),
    ],
)
def test_verify_finds_who_is_wrongly_one_or_two(
    statement: str, table: str, store: PostgresStore, database: Database, settings: Settings
) -> None:
    deliver(store, [seen(-10, 0), crossing(10, 1), seen(20, 1)])
    database.run(statement)
    assert table in {one.aggregate for one in verify_aggregates(settings.database_url)}

"""What a site keeps no longer goes with all its figures, and nobody misses it. On a real PostgreSQL."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.erasing.events import erase_some
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event
from tests.contract.tables import FIGURES, SETS, read_tables
from tests.functions.stepped_system import SteppedSystem

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DAYS = 10


@pytest.fixture(autouse=True)
def a_clock_that_stands(database: Database) -> None:
    """It would be midnight in one of the zones within a test, and what a site keeps would begin a day later."""
    stop_clock(database, NOW)


def stop_clock(database: Database, at: datetime) -> None:
    """Have a database take it to be so late, whoever asks it, in every session that begins after this."""
    [[name]] = database.run("select current_database()")
    told = f"timestamptz '{at.isoformat()}'"
    database.run("create schema clock")
    database.run(f"create function clock.now() returns timestamptz language sql stable as $$select {told}$$")
    database.run(f'alter database "{name}" set search_path = public, clock, pg_catalog')
    database.close()


def history(site_id: str) -> list[dict[str, Any]]:
    """An event every 20 minutes for 14 days, so that visits go on over every cut; by two users and by derived ids."""
    made = []
    for number in range(14 * 72):
        at = NOW - timedelta(minutes=20 * number)
        day = at.strftime("%Y%m%d")
        before = (at - timedelta(days=1)).strftime("%Y%m%d")
        who = (
            {"user_id": None, "visitor_id": f"{day:0>16}", "previous_visitor_id": f"{before:0>16}"}
            if number % 3 == 0
            else {"user_id": "ann" if number % 3 == 1 and number % 72 > 9 else "bob"}
        )
        made.append(event(number, at, site_id=site_id, path=f"/{number % 5}", **who))
    return made


def store(database: Database, *events: dict[str, Any]) -> None:
    handle_batch(batch(events), PostgresStore(database))


def expire(database: Database, times: int = 1_000) -> None:
    store = PostgresStore(database)
    for _ in range(times):
        if not store._expiry.step(time.monotonic() + 60):
            return
    raise AssertionError("it does not end")


def keep(system: SteppedSystem, site_id: str, days: int = DAYS, zone: str = "UTC") -> None:
    system.run("create", site_id, "--time-zone", zone)
    system.run("set", site_id, f"retention_days={days}")


def find_cut(database: Database, days: int) -> datetime:
    """The midnight, where the site is, from which on its events are kept."""
    local = f"(now() - interval '{days} days') at time zone time_zone"
    query = f"select date_trunc('day', {local}) at time zone time_zone from sites where site_id = 'blog'"
    [[cut]] = database.run(query)
    return cast(datetime, cut)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_what_is_older_than_a_site_keeps_is_as_if_it_had_never_come(
    zone: str, system: SteppedSystem, settings: Settings, database: Database
) -> None:
    keep(system, "blog", zone=zone)
    cut, events = find_cut(database, DAYS), history("blog")
    left = [one for one in events if datetime.fromisoformat(one["timestamp"]) >= cut]
    assert 0 < len(left) < len(events)
    store(database, *left)
    wanted = read_tables(database, FIGURES | SETS)
    for table in ("events", *FIGURES, *SETS, "processed_entries", "crossings"):
        database.run(f"delete from {table}")
    store(database, *events)
    expire(database)
    assert verify_aggregates(settings.database_url) == []
    assert read_tables(database, FIGURES | SETS) == wanted


def test_a_site_that_keeps_all_keeps_all_beside_one_that_does_not(
    system: SteppedSystem, settings: Settings, database: Database
) -> None:
    keep(system, "blog", days=2)
    cut, events = find_cut(database, days=2), history("blog")
    store(database, *events, *history("shop"))
    before = dict(database.run("select site_id, count(*) from events group by 1"))
    expire(database)
    after = dict(database.run("select site_id, count(*) from events group by 1"))
    assert after["shop"] == before["shop"]
    assert after["blog"] == sum(datetime.fromisoformat(one["timestamp"]) >= cut for one in events)
    assert verify_aggregates(settings.database_url) == []


def test_figures_are_right_after_each_step(
    system: SteppedSystem, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(system, "blog", days=12)
    store(database, *history("blog")[-100:])
    expiry = PostgresStore(database)._expiry
    steps = 0

    def erase_few(*arguments: Any, **options: Any) -> Any:
        return erase_some(*arguments, **{**options, "most": 25})

    monkeypatch.setattr("functions.process.expiry.erase_some", erase_few)
    while expiry.step(0):
        assert verify_aggregates(settings.database_url) == []
        steps += 1
    assert steps >= 3


def test_what_was_set_aside_goes_as_well(system: SteppedSystem, database: Database) -> None:
    keep(system, "blog")
    old, new = NOW - timedelta(days=11), NOW - timedelta(days=9)
    store(database, event(1, old, filtered="bot"), event(2, new, filtered="bot"))
    for number, at in enumerate((old, new)):
        database.run(
            "insert into rejected_events (site_id, source, reason, detail, payload, rejected_at)"
            " values ('blog', :source, 'invalid_event', '', '{}', :at)",
            source=f"0:{number}-0/0", at=at,
        )  # fmt: skip
    expire(database)
    assert database.run('select "timestamp" from filtered_events') == [[new]]
    assert database.run("select rejected_at from rejected_events") == [[new]]


def test_the_partition_of_a_month_goes_with_the_last_event_of_the_last_site(
    system: SteppedSystem, database: Database
) -> None:
    def find_partitions() -> int:
        return len(database.run("select 1 from pg_class where relname ~ '^(events|visits)_2001_05$'"))

    for site_id in ("blog", "shop"):
        system.run("create", site_id)
        store(database, event(1, datetime(2001, 5, 7, tzinfo=UTC), site_id=site_id), event(2, NOW, site_id=site_id))
    system.run("set", "blog", "retention_days=30")
    expire(database)
    assert find_partitions() == 2  # the other site keeps all
    system.run("set", "shop", "retention_days=30")
    expire(database)
    assert find_partitions() == 0
    old = event(3, datetime(2001, 5, 8, tzinfo=UTC), site_id="shop")
    writer = PostgresStore(database)
    handle_batch(batch([old], number=5), writer)  # a history that is imported now
    assert database.run("select count(*) from events where event_id = :id", id=old["event_id"]) == [[1]]


def test_the_poller_asks_for_it(system: SteppedSystem, database: Database) -> None:
    keep(system, "blog")
    store(database, event(1, NOW - timedelta(days=400)), event(2, NOW))
    while system.publisher.step():
        pass
    assert database.run("select count(*) from events") == [[1]]

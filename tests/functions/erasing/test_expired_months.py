"""A month that no site keeps goes at once, and what it leaves is exact. On a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.erasing.events import erase_some
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event
from tests.contract.tables import FIGURES, SETS, read_tables
from tests.functions.erasing.test_retention import expire, keep, stop_clock, store
from tests.functions.stepped_system import SteppedSystem

NOW = datetime.now(UTC)
THIS_MONTH = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
LAST_MONTH = (THIS_MONTH - timedelta(days=1)).replace(day=1)
SITES = ("blog", "shop")


@pytest.fixture(autouse=True)
def a_clock_that_stands(database: Database) -> None:
    """It would be midnight in one of the zones within a test, or another month."""
    stop_clock(database, NOW)


def history() -> list[dict[str, Any]]:
    """Three months of two sites: visits and visitors go on over the end of each, in every time zone's way."""
    made = []
    begin = (LAST_MONTH - timedelta(days=40)).replace(day=1)
    at, number = begin, 0
    while at < THIS_MONTH + timedelta(hours=20):
        day, before = (f"{moment:%Y%m%d}".zfill(16) for moment in (at, at - timedelta(days=1)))
        derived = {"user_id": None, "visitor_id": day, "previous_visitor_id": before}
        who = derived if number % 2 else {"user_id": ("ann", "bob")[number // 2 % 2]}
        made.append(event(number, at, site_id=SITES[number % 3 % 2], path=f"/{number % 7}", **who))
        number += 1
        near = at.day == 1 or (at + timedelta(days=2)).day <= 2
        at += timedelta(minutes=13) if near else timedelta(hours=5)
    return made


def days_since(at: datetime) -> int:
    """How many days to keep so that all before `at` and some hours goes, in every time zone."""
    return max(1, (NOW - at).days - 1)


@pytest.mark.parametrize("zones", [("UTC", "UTC"), ("Pacific/Kiritimati", "America/Los_Angeles")], ids=["UTC", "zones"])
def test_what_a_dropped_month_leaves_is_as_if_it_had_never_been(
    zones: tuple[str, str],
    system: SteppedSystem,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = days_since(LAST_MONTH + timedelta(days=10))
    cuts = {}
    for site_id, zone in zip(SITES, zones, strict=True):
        keep(system, site_id, days, zone)
        local = f"(now() - interval '{days} days') at time zone time_zone"
        query = f"select date_trunc('day', {local}) at time zone time_zone from sites where site_id = :site"
        [[cuts[site_id]]] = database.run(query, site=site_id)
    events = history()
    left = [one for one in events if datetime.fromisoformat(one["timestamp"]) >= cuts[one["site_id"]]]
    for start in range(0, len(left), 500):
        store(database, *left[start : start + 500])
    wanted = read_tables(database, FIGURES | SETS)
    for table in ("events", *FIGURES, *SETS, "processed_entries", "crossings"):
        database.run(f"delete from {table}")
    for start in range(0, len(events), 500):
        handle_batch(batch(events[start : start + 500], start + 7), PostgresStore(database))
    erased = []

    def count(*arguments: Any, **options: Any) -> Any:
        step = erase_some(*arguments, **options)
        erased.append(step.erased)
        return step

    for module in ("expiry", "expired_months"):
        monkeypatch.setattr(f"functions.process.{module}.erase_some", count)
    expire(database)
    assert verify_aggregates(settings.database_url) == []
    assert read_tables(database, FIGURES | SETS) == wanted
    oldest = database.run("select min(inhrelid::regclass::text) from pg_inherits where inhparent = 'events'::regclass")
    assert oldest == [[f"events_{LAST_MONTH:%Y_%m}"]]
    gone = len(events) - len(left)
    in_last_month = sum(datetime.fromisoformat(one["timestamp"]) >= LAST_MONTH for one in events) - len(left)
    assert sum(erased) - in_last_month < 0.8 * (gone - in_last_month)  # the others went with their months


def test_a_month_in_which_another_site_keeps_something_stays(
    system: SteppedSystem, settings: Settings, database: Database
) -> None:
    keep(system, "blog", days_since(LAST_MONTH + timedelta(days=10)))
    events = history()
    for start in range(0, len(events), 500):
        store(database, *events[start : start + 500])
    of_shop = sum(one["site_id"] == "shop" for one in events)
    expire(database)
    assert database.run("select count(*) from events where site_id = 'shop'") == [[of_shop]]
    assert verify_aggregates(settings.database_url) == []


def test_who_comes_into_the_month_between_the_look_and_the_drop_is_not_dropped(
    system: SteppedSystem, database: Database
) -> None:
    old = datetime(2001, 5, 7, tzinfo=UTC)
    keep(system, "blog", 30)
    system.run("create", "shop")
    store(database, event(1, old, site_id="blog"), event(2, old, site_id="shop"))
    month = old.replace(day=1)
    assert not PostgresStore(database)._expiry._months._drop(month, ["blog"])
    assert database.run("select count(*) from events") == [[2]]
    assert database.run("select sum(events)::int from rollups where dimension = '' and grain = 'month'") == [[2]]

"""Erasures and retention beside batches, days that close and open, and changes of time zones, in any order."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.days import opening
from common.erasure.requests import list_erasures, request_erasure
from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.erasing.events import Step, erase_some
from functions.process.store import PostgresStore
from infra.sites.time_zone_change import TimeZoneChange
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, make_history, shuffled_batches
from tests.contract.test_days_mixed import Bustle
from tests.functions.erasing.test_figures import CRITERIA, OVER_MIDNIGHTS, REPORTS
from tests.functions.erasing.test_retention import history, keep
from tests.functions.stepped_system import SteppedSystem

pytestmark = pytest.mark.long
ASKED = [criteria for name, criteria in CRITERIA.items() if name not in ("all", "a day")]


def take_few(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Steps of few events."""

    def erase_few(*given: Any, **named: Any) -> Step:
        return erase_some(*given, **{**named, "most": most, "most_read": 3 * most})

    monkeypatch.setattr(opening, "STEP_EVENTS", 7)
    for module in ("erasing.steps", "expiry", "expired_months"):
        monkeypatch.setattr(f"functions.process.{module}.erase_some", erase_few)


def recount(events: Iterable[dict[str, Any]], zone: str) -> tuple[Counter[Any], Counter[Any]]:
    """Views by UTC day and path, and events by local day."""
    views: Counter[Any] = Counter()
    days: Counter[Any] = Counter()
    for one in {str(event): event for event in events}.values():
        at = datetime.fromisoformat(one["timestamp"]).astimezone(UTC)
        if one["event_type"] == "page_view":
            views[str(at.date()), one["path"]] += 1
        days[str(at.astimezone(ZoneInfo(zone)).date())] += one.get("engaged_ms") is None
    return views, +days


def read_counts(database: Database, site_id: str) -> tuple[Counter[Any], Counter[Any]]:
    views = "select cast(date as text), path, views from daily_paths where site_id = :site"
    days = (
        "select cast(date as text), events::int from rollups where site_id = :site and dimension = '' and grain = 'day'"
    )
    return (
        Counter({(date, path): count for date, path, count in database.run(views, site=site_id)}),
        +Counter(dict(database.run(days, site=site_id))),
    )


def settle_zone(database: Database, site_id: str) -> str:
    while TimeZoneChange(database, site_id).step():
        pass
    [[zone]] = database.run("select time_zone from sites where site_id = :site", site=site_id)
    return str(zone)


@pytest.mark.parametrize("seed", range(3))
def test_erasures_are_exact_whatever_happens_between_their_steps(
    seed: int, system: SteppedSystem, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(seed)
    take_few(monkeypatch, draw.choice([3, 20]))
    events = [*make_history(seed + 100, events=250), *OVER_MIDNIGHTS, *REPORTS]
    for site_id in ("blog", "shop"):
        system.run("create", site_id)
    batches = [batch(some, number) for number, some in enumerate(shuffled_batches(events, seed))]
    again = draw.sample(batches, len(batches) // 3)  # delivered twice: nobody acknowledged them
    coming: Iterator[dict[str, Any]] = iter(draw.sample(batches + again, len(batches + again)))
    bustle = Bustle(database, draw, coming)
    for _ in range(4):
        bustle._send("")
    asked = draw.sample(ASKED, 2)
    ids = [request_erasure(database, "test", "blog", criteria) for criteria in asked]
    for _ in range(60):
        bustle.step()
        for erasure in draw.sample(ids, draw.randint(0, 2)):
            with suppress(Unavailable):
                PostgresStore(database).step_erasure(erasure)
        if draw.random() < 0.1:
            assert verify_aggregates(settings.database_url) == []
    for payload in coming:
        handle_batch(payload, PostgresStore(database))
    for erasure in ids:
        while system.store.step_erasure(erasure):
            pass
        assert system.store.finish_erasure(erasure)
    for payload in batches:  # recovered from the queue's file
        handle_batch(payload, PostgresStore(database))
    zones = {site_id: settle_zone(database, site_id) for site_id in ("blog", "shop")}
    assert verify_aggregates(settings.database_url) == []
    for site_id, zone in zones.items():
        own = [one for one in events if one["site_id"] == site_id]
        left = [one for one in own if site_id == "shop" or not any(criteria.match(one) for criteria in asked)]
        assert read_counts(database, site_id) == recount(left, zone)
    [[outcomes]] = database.run("select sum(events)::int from outcomes")
    assert outcomes == sum(len(some) for some in shuffled_batches(events, seed))
    assert {one.stage for one in list_erasures(database)} == {"done"}


@pytest.mark.parametrize("seed", range(3))
def test_retention_is_exact_whatever_happens_between_its_steps(
    seed: int, system: SteppedSystem, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(seed)
    take_few(monkeypatch, draw.choice([20, 100]))
    zone = draw.choice(["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "UTC"])
    keep(system, "blog", 9, zone)
    keep(system, "shop", 400, zone)
    events = [*history("blog")[::3], *history("shop")[::9]]
    batches = [batch(some, number) for number, some in enumerate(shuffled_batches(events, seed))]
    coming = iter(draw.sample(batches * 2, len(batches) * 2))
    bustle = Bustle(database, draw, coming)
    store = PostgresStore(database)
    for _ in range(40):
        bustle.step()
        with suppress(Unavailable):
            store._expiry.step(time.monotonic())
        if draw.random() < 0.1:
            assert verify_aggregates(settings.database_url) == []
            system.run("set", "blog", f"retention_days={draw.choice([9, 10, 11])}")
    for payload in coming:
        handle_batch(payload, store)
    zones = {site_id: settle_zone(database, site_id) for site_id in ("blog", "shop")}
    system.run("set", "blog", "retention_days=5")
    for payload in batches:
        handle_batch(payload, store)
    while store._expiry.step(time.monotonic() + 60):
        pass
    assert verify_aggregates(settings.database_url) == []
    midnight = datetime.now(ZoneInfo(zones["blog"])).replace(hour=0, minute=0, second=0, microsecond=0)
    cut = midnight - timedelta(days=5)
    for site_id, zone in zones.items():
        own = [one for one in events if one["site_id"] == site_id]
        left = [one for one in own if site_id == "shop" or datetime.fromisoformat(one["timestamp"]) >= cut]
        assert read_counts(database, site_id) == recount(left, zone)
    [[outcomes]] = database.run("select sum(events)::int from outcomes")
    assert outcomes == sum(len(some) for some in shuffled_batches(events, seed))

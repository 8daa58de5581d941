"""Repairs, closes, openings, changes of time zones and batches in any order: the figures follow from the events."""

import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from common.days import opening
from common.days.closing import Closing, close_all
from common.days.opening import Day, open_days
from common.postgres.database import Database
from common.settings import Settings
from common.sites.zone_change import begin_change
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.sites.time_zone_change import TimeZoneChange
from infra.verification.recount import verify_aggregates
from infra.verification.repair import SiteRepair
from tests.contract.history import SITES, batch, make_history, shuffled_batches
from tests.contract.test_repair import DAMAGES, OVER_MIDNIGHT

ZONES = ("UTC", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Pago_Pago")
SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 8)))


class Bustle:
    """Whatever others do to sites between two steps of somebody's work."""

    def __init__(self, database: Database, draw: random.Random, batches: Iterator[dict[str, Any]]) -> None:
        self._database = database
        self._draw = draw
        self._batches = batches
        self._store = PostgresStore(database)

    def step(self, _waits: float = 0) -> None:
        """Do some of it."""
        for _ in range(self._draw.randint(0, 3)):
            work = self._draw.choice(
                [self._send, self._close_all, self._close_some, self._open, self._change, self._go_on]
            )
            work(self._draw.choice(SITES))

    def find_closed(self, site_id: str) -> list[Day]:
        """The closed days of a site."""
        query = "select site_id, cast(date as text) from closed_days where site_id = :site_id order by date"
        return [(site, date) for site, date in self._database.run(query, site_id=site_id)]

    def _send(self, _: str) -> None:
        if events := next(self._batches, None):
            handle_batch(events, self._store)

    def _close_all(self, _: str) -> None:
        close_all(self._database)

    def _close_some(self, _: str) -> None:
        closing = Closing(self._database, after_hours=0, step_rows=5)
        for _ in range(self._draw.randint(1, 4)):
            closing.step()

    def _open(self, site_id: str) -> None:
        open_days(self._database, self.find_closed(site_id)[:2], deadline=0)

    def _change(self, site_id: str) -> None:
        with self._database.transaction() as connection:
            query = "select from sites where site_id = :site_id and next_time_zone is null for update"
            if connection.run(query, site_id=site_id):
                begin_change(connection, site_id, self._draw.choice(ZONES))

    def _go_on(self, site_id: str) -> None:
        if self._database.run("select from sites where site_id = :site_id", site_id=site_id):
            TimeZoneChange(self._database, site_id, most=self._draw.choice([1, 20])).step()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_repair_is_right_whatever_happens_between_its_steps(
    seed: int, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "STEP_EVENTS", 7)
    draw = random.Random(seed)
    history = shuffled_batches([*make_history(seed, events=250), *OVER_MIDNIGHT], seed)
    batches = [batch(events, number) for number, events in enumerate(history)]
    for payload in batches[::2]:
        handle_batch(payload, PostgresStore(database))
    for statement in draw.choice(list(DAMAGES.values())).split("; "):
        database.run(statement)
    bustle = Bustle(database, draw, iter(batches[1::2]))

    for site_id in SITES:
        with closing(Database(settings.database_url, connections=1, timeout_seconds=20)) as own:
            SiteRepair(own, site_id, "UTC", bustle.step, most=draw.choice([1, 30])).run(is_misjoined=True)

    assert verify_aggregates(settings.database_url) == []
    for site_id in SITES:
        open_days(database, bustle.find_closed(site_id))
    assert verify_aggregates(settings.database_url) == []

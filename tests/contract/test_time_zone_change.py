"""A site's time zone changes in steps, between which its events go on being counted."""

from collections.abc import Iterator

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.sites.time_zone_change import TimeZoneChange
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, make_history, shuffled_batches

FIGURES = "select * from rollups order by site_id, dimension, grain, date, value"
VISITS = "select * from visits order by site_id, visitor, start"


@pytest.fixture
def change(settings: Settings, database: Database) -> Iterator[TimeZoneChange]:
    opened = Database(settings.database_url, connections=1, timeout_seconds=20)
    yield TimeZoneChange(opened, "blog", most=1)
    opened.close()


def no_pause(_: float) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "after"),
    [("UTC", "Pacific/Kiritimati"), pytest.param("Pacific/Kiritimati", "Pacific/Midway", marks=pytest.mark.long)],
)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_the_figures_follow_from_the_events_after_every_step_whatever_comes_between(
    settings: Settings, database: Database, change: TimeZoneChange, seed: int, before: str, after: str
) -> None:
    store = PostgresStore(database, time_zone=before)
    first, *later = shuffled_batches(make_history(seed=seed, events=300), seed=seed)
    handle_batch(batch(first), store)
    steps = 0

    def write(_: float) -> None:
        nonlocal steps
        steps += 1
        assert verify_aggregates(settings.database_url) == []
        if steps <= len(later):
            handle_batch(batch(later[steps - 1], steps), store)
            assert verify_aggregates(settings.database_url) == []

    assert change.change_to(after, write)
    assert steps >= 2
    for number in range(steps, len(later)):
        handle_batch(batch(later[number], number + 1), store)
    assert verify_aggregates(settings.database_url) == []
    expected = database.run(FIGURES.replace("order", "where site_id = 'blog' order")), database.run(VISITS)
    database.run("truncate events, visits, rollups, daily_values, quarter_stats, daily_stats, daily_users, daily_paths")
    for number, events in enumerate([first, *later]):
        handle_batch(batch(events, 1_000 + number), store)
    assert (database.run(FIGURES.replace("order", "where site_id = 'blog' order")), database.run(VISITS)) == expected


def test_a_change_that_was_interrupted_is_finished_by_the_next_one(
    settings: Settings, database: Database, change: TimeZoneChange
) -> None:
    handle_batch(batch(make_history(seed=3, events=300)), PostgresStore(database))

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change.change_to("Asia/Tokyo", stop)
    zones = "select time_zone, next_time_zone, rebuilt_until is null from sites where site_id = 'blog'"
    assert database.run(zones) == [["UTC", "Asia/Tokyo", False]]
    assert verify_aggregates(settings.database_url) == []
    assert change.change_to("Europe/Berlin", no_pause)
    assert database.run(zones) == [["Europe/Berlin", None, True]]
    assert verify_aggregates(settings.database_url) == []
    assert not change.change_to("Europe/Berlin", no_pause)

"""`analytics verify --repair` on a real PostgreSQL."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.operations import verify
from infra.verification.recount import verify_aggregates
from infra.verification.repair import SiteRepair, find_misjoined, find_sites, repair
from tests.contract.everywhere import everywhere
from tests.contract.history import MIDNIGHT, batch, event, make_history, shuffled_batches

pytestmark = pytest.mark.long

DAMAGES = {
    "events deleted": "delete from events where get_byte(uuid_send(event_id), 15) % 3 = 0",
    "visits deleted": "delete from visits where sample % 2 = 0",
    "visits changed": "update visits set exit = '/elsewhere', events = events + 1",
    "rollups deleted": "delete from rollups where dimension <> 'path'",
    "rollups added": "insert into rollups select site_id, 'path', 'day', date '1999-01-01', '/gone', 1, 1, 1, 1, 1, 1"
    " from sites",
    "daily sets deleted": "delete from daily_values; delete from daily_users",
    "quarters deleted": "delete from quarter_stats",
    "days changed": "update daily_stats set total_views = 7; delete from daily_paths",
    "links deleted": "delete from visitor_links",
    "joined visitors changed": "update events set visitor = 'd' || visitor_id, sample = 1 where visitor_id is not null",
    "sites deleted": "delete from sites",
}

EVERYDAY = ("visits deleted", "joined visitors changed", "sites deleted")
"""Those that are repaired beside a writer in each run of the suite; `make test-long` has the others."""
BESIDE_A_WRITER = [
    pytest.param(damage, id=name, marks=[] if name in EVERYDAY else [pytest.mark.long])
    for name, damage in DAMAGES.items()
]

OVER_MIDNIGHT = [
    event(9_001, MIDNIGHT - timedelta(minutes=10), user_id=None, visitor_id="o" * 16),
    event(9_002, MIDNIGHT + timedelta(minutes=10), user_id=None, visitor_id="n" * 16, previous_visitor_id="o" * 16),
]
"""A visitor with two derived ids."""


def store_history(database: Database) -> None:
    events = [*make_history(seed=3, events=300), *OVER_MIDNIGHT]
    handle_batch(batch(events), PostgresStore(database))


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(verify, arguments, obj=everywhere(settings))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_was_changed_by_hand_is_made_right(damage: str, settings: Settings, database: Database) -> None:
    store_history(database)
    for statement in damage.split("; "):
        database.run(statement)
    assert run(settings).exit_code == 1
    repaired = run(settings, "--repair")
    assert repaired.exit_code == 0, repaired.output
    assert "repaired blog" in repaired.output
    assert verify_aggregates(settings.database_url) == []
    handle_batch(batch(make_history(seed=4, events=100)), PostgresStore(database))
    assert verify_aggregates(settings.database_url) == []


def test_a_site_that_is_right_is_left_alone(settings: Settings, database: Database) -> None:
    store_history(database)
    database.run("delete from rollups where site_id = 'blog'")
    query = "select version, xmin from sites where site_id = 'shop'"
    before = database.run(query)
    assert "repaired shop" not in run(settings, "--repair").output
    assert database.run(query) == before
    assert find_sites(verify_aggregates(settings.database_url)) == []


def no_pause(_: float) -> None:
    pass


def repair_in_days(settings: Settings, site_id: str, pause: Callable[[float], None], *, is_misjoined: bool) -> None:
    with closing(Database(settings.database_url, connections=1, timeout_seconds=20)) as database:
        SiteRepair(database, site_id, "UTC", pause, most=1).run(is_misjoined=is_misjoined)


@pytest.mark.parametrize("step", [2, 9])
def test_a_repair_that_was_killed_between_steps_is_done_by_the_next(
    settings: Settings, database: Database, step: int
) -> None:
    store_history(database)
    database.run("delete from visits where sample % 2 = 0")
    steps = 0

    def kill(_: float) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repair_in_days(settings, "blog", kill, is_misjoined=False)
    assert "shop" in find_sites(verify_aggregates(settings.database_url))
    assert run(settings, "--repair").exit_code == 0


def test_a_repair_that_dies_within_a_step_leaves_what_the_steps_before_made(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_history(database)
    database.run("delete from visits; delete from quarter_stats")

    def stop(_: str) -> None:
        killing = "select pg_terminate_backend(pg_backend_pid()), cast(:site_id as text)"
        monkeypatch.setattr("infra.verification.repair.REPAIR_QUARTERS", killing)

    with pytest.raises(Unavailable):
        repair(settings, ["blog", "shop"], set(), tell=stop, pause=no_pause)
    assert find_sites(verify_aggregates(settings.database_url)) == ["shop"]
    monkeypatch.undo()
    assert run(settings, "--repair").exit_code == 0


@pytest.mark.parametrize("damage", BESIDE_A_WRITER)
def test_events_are_counted_between_the_steps_and_the_figures_follow_from_all_of_them(
    damage: str, settings: Settings, database: Database
) -> None:
    store_history(database)
    for statement in damage.split("; "):
        database.run(statement)
    store = PostgresStore(database)
    waiting = iter(shuffled_batches(make_history(seed=11, events=200), seed=1))
    steps = written = 0

    def write(_: float) -> None:
        nonlocal steps, written
        steps += 1
        if events := next(waiting, None):
            handle_batch(batch(events, 100 + steps), store)
            written += 1

    before = verify_aggregates(settings.database_url)
    for site in find_sites(before):
        repair_in_days(settings, site, write, is_misjoined=site in find_misjoined(before))
    assert steps > 10
    assert written > 5
    assert verify_aggregates(settings.database_url) == []


def test_a_visit_that_a_new_event_joins_with_what_is_wrong_after_the_step_is_made_again_by_the_next(
    settings: Settings, database: Database
) -> None:
    store = PostgresStore(database)
    handle_batch(batch([event(n, MIDNIGHT + timedelta(minutes=at)) for n, at in enumerate((-40, 15))]), store)
    database.run("update visits set events = 99, page_views = 99 where start > :midnight", midnight=MIDNIGHT)
    pauses = iter(range(100))

    def join(_: float) -> None:
        if next(pauses) == 0:
            handle_batch(batch([event(9, MIDNIGHT - timedelta(minutes=12))], 1), store)
            assert database.run("select events from visits") == [[101]]

    repair_in_days(settings, "blog", join, is_misjoined=False)
    assert database.run("select events from visits") == [[3]]
    assert verify_aggregates(settings.database_url) == []


def test_a_visit_of_many_days_is_made_again_whole(settings: Settings, database: Database) -> None:
    began = MIDNIGHT - timedelta(hours=20)
    events = [event(n, began + timedelta(minutes=25 * n)) for n in range(300)]
    handle_batch(batch(events), PostgresStore(database))
    expected = database.run('select start, "end", events from visits')
    assert expected[0][2] == 300
    database.run("delete from visits")
    repair_in_days(settings, "blog", no_pause, is_misjoined=False)
    assert database.run('select start, "end", events from visits') == expected
    assert verify_aggregates(settings.database_url) == []


def test_a_repair_and_writers_do_not_disturb_each_other(settings: Settings, database: Database) -> None:
    store_history(database)
    database.run("delete from rollups")
    batches = shuffled_batches(make_history(seed=5, events=300), seed=5)
    store = PostgresStore(database)

    def write() -> None:
        for number, events in enumerate(batches, start=1):
            handle_batch(batch(events, number), store)

    writer = threading.Thread(target=write)
    writer.start()
    repair(settings, ["blog", "shop"], set())
    writer.join()
    assert verify_aggregates(settings.database_url) == []

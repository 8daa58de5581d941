"""`analytics verify --repair` on a real PostgreSQL."""

import threading
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
from infra.verification.repair import find_sites, repair
from tests.contract.history import MIDNIGHT, batch, event, make_history, shuffled_batches

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


OVER_MIDNIGHT = [
    event(9_001, MIDNIGHT - timedelta(minutes=10), user_id=None, visitor_id="o" * 16),
    event(9_002, MIDNIGHT + timedelta(minutes=10), user_id=None, visitor_id="n" * 16, previous_visitor_id="o" * 16),
]
"""A visitor with two derived ids."""


def store_history(database: Database) -> None:
    events = [*make_history(seed=3, events=300), *OVER_MIDNIGHT]
    handle_batch(batch(events), PostgresStore(database))


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(verify, arguments, obj=settings)


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


def test_an_interrupted_repair_is_taken_up_by_the_next(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_history(database)
    database.run("delete from visits")

    def stop(_: str) -> None:
        killing = "select pg_terminate_backend(pg_backend_pid()), cast(:site_id as text)"
        monkeypatch.setattr("infra.verification.repair.REBUILD_ROLLUPS", killing)

    with pytest.raises(Unavailable):
        repair(settings, ["blog", "shop"], tell=stop)
    assert find_sites(verify_aggregates(settings.database_url)) == ["shop"]
    monkeypatch.undo()
    assert run(settings, "--repair").exit_code == 0


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
    repair(settings, ["blog", "shop"])
    writer.join()
    assert verify_aggregates(settings.database_url) == []

"""Sites in several groups, and moving them, on real databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.days.closing import close_all
from common.errors import Unavailable
from common.groups.databases import Databases
from common.groups.slots import find_slot
from common.postgres.database import Database
from common.settings import Settings
from common.wire import SitesTask
from functions.process.app import handle_batch
from functions.process.grouped_store import GroupedStore
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.group_of_tests import KINDS, MOVED, STAYS, Groups, batch, event
from tests.contract.test_fair_shares import wait_until

pytestmark = pytest.mark.one_group("it has groups of its own")

MIXED = batch(
    [event(1), event(2, STAYS)],
    [event(3), event(4)],
    [event(5, STAYS)],
    [event(6), {"site_id": MOVED, "bogus": 1}, {"site_id": STAYS, "bogus": 2}],
    [event(7, filtered="bot"), event(8, STAYS, filtered="bot")],
)
LOOKED_AT = (
    "insert into queue_sightings (stream, shard, generation, mark, at_ms, last_ms, oldest_ms, accepted, queued, behind)"
    " values ('events', 0, 'a', 1, 1762000050000, 1762000040000, 1762000000000, 9, 9, 0)"
)
"""The poller saw that none of the entries was acknowledged."""
WAITING = "select count(*) from pg_locks where relation = 'visits'::regclass and not granted"
DONE = {"batchItemFailures": []}


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str]) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    yield made
    made.close()


def verify(groups: Groups) -> None:
    for url in groups.urls:
        assert verify_aggregates(url) == []


@pytest.mark.parametrize("other_urls", KINDS, indirect=True)
def test_each_event_is_stored_in_its_sites_group_once(groups: Groups) -> None:
    groups.move()
    for _ in range(3):
        assert groups.deliver(MIXED) == DONE
    assert (groups.count(groups.home, MOVED), groups.count(groups.second, STAYS)) == (0, 0)
    assert (len(groups.read(MOVED)["events"]), len(groups.read(STAYS)["events"])) == (4, 2)
    for site_id in (MOVED, STAYS):
        assert len(groups.read(site_id)["rejected_events"]) == len(groups.read(site_id)["filtered_events"]) == 1
    verify(groups)


@pytest.mark.parametrize("other_urls", KINDS, indirect=True)
def test_figures_of_several_groups_equal_those_of_one(groups: Groups) -> None:
    groups.deliver(MIXED)
    alone = [groups.read(site_id) for site_id in (MOVED, STAYS)]
    assert alone[0]["visits"]
    assert alone[0]["outcomes"]
    for target in (*groups.settings.database_urls, "home"):
        groups.move(target)
        assert [groups.read(site_id) for site_id in (MOVED, STAYS)] == alone
        where = {name for name, one in groups.databases.groups.items() if groups.count(one, MOVED)}
        assert where == {target}
        verify(groups)


@pytest.mark.parametrize("has_looked", [False, True])
def test_what_is_delivered_again_after_a_move_changes_nothing(groups: Groups, has_looked: bool) -> None:
    """Its batch was stored, and the poller died before it could acknowledge it."""
    groups.deliver(MIXED)
    before = [groups.read(site_id) for site_id in (MOVED, STAYS)]
    if has_looked:
        groups.home.run(LOOKED_AT)
    groups.move()
    assert groups.deliver(MIXED) == DONE
    assert [groups.read(site_id) for site_id in (MOVED, STAYS)] == before


def test_an_old_map_writes_nothing_where_the_slot_was(groups: Groups) -> None:
    old = groups.make_store()
    assert groups.deliver(batch([event(1)]), old) == DONE
    groups.mover().move([find_slot(MOVED)], "second")  # the old map is still trusted
    answer = groups.deliver(batch([event(2), event(3, STAYS)], [event(4, STAYS)], first=10), old)
    assert [failure["reason"] for failure in answer["batchItemFailures"]] == ["deferred"]
    assert groups.count(groups.home, MOVED) == 0
    assert groups.deliver(batch([event(2), event(3, STAYS)], first=10), old) == DONE  # the map was read again
    assert (len(groups.read(MOVED)["events"]), len(groups.read(STAYS)["events"])) == (2, 2)


def test_without_the_setting_nothing_of_a_moved_slot_is_written_at_home(groups: Groups) -> None:
    groups.move()
    with pytest.raises(Unavailable):
        handle_batch(batch([event(1)]), PostgresStore(groups.home))
    assert groups.count(groups.home, MOVED) == 0


@pytest.mark.parametrize("step", ["fence", "copy", "hand over", "open", "clear"])
def test_a_move_that_is_interrupted_goes_on(groups: Groups, step: str) -> None:
    groups.deliver(MIXED)
    before = groups.read(MOVED)

    class Killed(Exception):
        pass

    def die(reached: str) -> None:
        if reached == step:
            raise Killed

    with pytest.raises(Killed):
        groups.move(step=die)
    groups.now += 100
    late = batch([event(20), event(21, STAYS)], first=20)
    is_paused = bool(groups.deliver(late)["batchItemFailures"])
    assert is_paused == (step in ("copy", "hand over", "open"))
    groups.mover().move([], "second")
    groups.now += 100
    assert groups.deliver(late) == DONE
    assert groups.deliver(MIXED) == DONE
    after = groups.read(MOVED)
    assert len(after["events"]) == len(before["events"]) + 1
    assert groups.count(groups.home, MOVED) == 0
    verify(groups)


def test_rows_that_a_move_is_deleting_are_no_difference(groups: Groups) -> None:
    groups.deliver(MIXED)

    def delete_half(step: str) -> None:
        if step == "clear":
            groups.home.run("delete from events where site_id = :site", site=MOVED)
            verify(groups)

    groups.move(step=delete_half)
    verify(groups)


def test_days_that_are_closed_while_a_site_is_copied_keep_their_figures(groups: Groups) -> None:
    groups.deliver(MIXED)
    with ThreadPoolExecutor(1) as pool:
        with groups.home.transaction() as holder:
            holder.run("lock table visits in access exclusive mode")
            moved = pool.submit(groups.move)
            wait_until(lambda: groups.home.run(WAITING) == [[1]])
            close_all(groups.home, pause=lambda _: holder.run("commit"))
        moved.result()
    verify(groups)


def test_a_group_that_is_down_keeps_its_own_events_waiting_alone(groups: Groups) -> None:
    groups.move()
    dead = Databases({"home": groups.home, "second": Database("postgresql://a@127.0.0.1:1/none", 1, 1)})
    store = GroupedStore(dead, {name: PostgresStore(database) for name, database in dead.groups.items()})
    answer = groups.deliver(MIXED, store)
    failed = {failure["itemIdentifier"]: failure["reason"] for failure in answer["batchItemFailures"]}
    assert set(failed.values()) == {"deferred"}
    assert len(failed) == 4  # all but the entry that has nothing of the group
    assert len(groups.read(STAYS)["events"]) == 2
    store.ping()
    assert groups.deliver(MIXED) == DONE
    assert len(groups.read(MOVED)["events"]) == 4
    verify(groups)


def test_when_no_group_answers_nothing_is_deferred(groups: Groups) -> None:
    groups.move()
    dead = Database("postgresql://a@127.0.0.1:1/none", 1, 1)
    databases = Databases({"home": dead, "second": dead})
    store = GroupedStore(databases, {name: PostgresStore(dead) for name in databases.groups})
    with pytest.raises(Unavailable):
        groups.deliver(MIXED, store)


def test_a_site_of_another_group_is_deleted_with_what_home_has_of_it(groups: Groups) -> None:
    groups.deliver(MIXED)
    groups.move()
    groups.home.run(
        "insert into report_subscriptions (subscription_id, site_id, period, address, secret)"
        " values ('1', :site, 'weekly', 'a@b.example', 's')",
        site=MOVED,
    )
    groups.second.run("insert into site_removals (site_id) values (:site)", site=MOVED)
    published = groups.store.handle_sites(SitesTask())
    assert published.removals.keys() == {MOVED}
    while groups.store.handle_sites(SitesTask(remove=MOVED)).removed_rows:
        pass
    assert groups.store.handle_sites(SitesTask(remove=MOVED, is_last=True)).is_removed
    assert groups.count(groups.second, MOVED) == 0
    assert groups.home.run("select count(*) from report_subscriptions") == [[0]]
    assert len(groups.read(STAYS)["events"]) == 2


def test_settings_of_all_groups_are_published_together(groups: Groups) -> None:
    groups.deliver(MIXED)
    groups.move()
    for database, site_id in ((groups.second, MOVED), (groups.home, STAYS)):
        database.run("update site_settings set is_paused = true where site_id = :site", site=site_id)
    answer = groups.store.handle_sites(SitesTask())
    assert answer.document is not None
    assert all(site_id in answer.document for site_id in (MOVED, STAYS))
    assert groups.store.handle_sites(SitesTask(version=answer.version or "")).document is None

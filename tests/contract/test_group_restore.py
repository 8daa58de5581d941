"""A further group's database that was restored from a copy is noticed, and gets back what the queue's file has."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from common.errors import Unavailable
from common.groups.slots import SLOTS, find_slot
from common.placement import STRIPES
from common.postgres.database import Database
from common.redis.stream import RedisStream
from common.settings import Settings
from common.witness import other_groups
from infra.cli.ledger import ledger
from infra.cli.operations import status
from infra.cli.recover import recover
from infra.verification.recount import verify_aggregates
from tests.contract.group_of_tests import MOVED, Groups
from tests.contract.test_database_restore import Processor, count, count_missing, dump, live, restore
from tests.contract.test_queue_loss import Queue, encode, run

TOGETHER = SLOTS // STRIPES
STAYS = next(
    name
    for name in (f"site-{number}" for number in itertools.count())
    if find_slot(name) // TOGETHER == find_slot(MOVED) // TOGETHER and find_slot(name) != find_slot(MOVED)
)
"""A site that ingest puts into the same entries as the one that is moved."""


class GroupQueue(Queue):
    """Events of both sites, in the same entries; the processor stores each in its group."""

    def __init__(self, folder: Path, groups: Groups) -> None:
        super().__init__(folder, groups.settings, groups.home)
        self.store = groups.store  # type: ignore[assignment]

    def accept(self, events: int) -> tuple[int, int]:
        async def append() -> None:
            stream = RedisStream(self.settings)
            for _ in range(events // 10):
                numbers = range(self.number, self.number + 10)
                self.number += 10
                await stream.append(0, [self._encode(number) for number in numbers])
            await stream.close()

        asyncio.run(append())
        return 0, 0

    def _encode(self, number: int) -> tuple[str, bytes]:
        site = MOVED if number % 2 else STAYS
        return site, json.dumps({**json.loads(encode(number)), "site_id": site}).encode()


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str]) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    made.move()
    yield made
    made.close()


@pytest.fixture
def queue(tmp_path: Path, groups: Groups, monkeypatch: pytest.MonkeyPatch) -> Iterator[GroupQueue]:
    one = GroupQueue(tmp_path, groups)
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(one))
    yield one
    one.redis.close()
    one.kill()


def go_back(queue: GroupQueue, groups: Groups, tmp_path: Path, url: str = "") -> None:
    """20 events are in the copy that comes back, and 50 are not."""
    live(queue, 20)
    file = dump(queue, tmp_path, url)
    live(queue, 50)
    assert (count(groups.home), count(groups.second)) == (35, 35)
    assert queue.watch.losses == ()
    restore(queue, file, url)


def outcomes(database: Database) -> dict[str, int]:
    return {name: int(events) for name, events in database.run("select outcome, sum(events) from outcomes group by 1")}


def test_a_group_older_than_what_the_queue_settled_is_named_and_gets_its_own_events_back(
    queue: GroupQueue, groups: Groups, tmp_path: Path
) -> None:
    go_back(queue, groups, tmp_path, groups.settings.database_urls["second"])
    assert count(groups.second) == 10
    assert "the database of the group second" in run(status, queue)[1].partition("LOST")[2]  # before a poller looked
    queue.look()
    queue.look()
    [loss] = queue.watch.losses
    assert (loss.cause, loss.group, loss.about) == ("database_went_back", "second", 50)
    assert "the database of the group second is older than the queue" in loss.describe()
    assert count_missing(queue, groups.databases) == 25
    assert '"events": 25' in run(recover, queue, str(queue.server.folder), "--dry-run", "--json")[1]  # of 50
    for _ in range(2):
        code, text = run(recover, queue, str(queue.server.folder))
        assert (code, "failed" in text) == (0, False)
    assert (count(groups.home), count(groups.second)) == (35, 35)
    assert count_missing(queue, groups.databases) == 0
    assert outcomes(groups.home) == outcomes(groups.second) == {"stored": 35}
    for url in (groups.settings.database_url, *groups.settings.database_urls.values()):
        assert verify_aggregates(url) == []
    assert "the group second" in run(ledger, queue, "accept-loss")[1]
    live(queue, 10)
    assert queue.watch.losses == ()


def test_home_that_went_back_gets_its_events_back_and_the_other_group_counts_nothing_twice(
    queue: GroupQueue, groups: Groups, tmp_path: Path
) -> None:
    go_back(queue, groups, tmp_path)
    queue.look()
    assert [(loss.group, loss.about) for loss in queue.watch.losses] == [("", 50)]
    run(recover, queue, str(queue.server.folder))
    assert (count(groups.home), count(groups.second)) == (35, 35)
    assert outcomes(groups.home) == outcomes(groups.second) == {"stored": 35}


def test_both_that_went_back_are_named_and_get_all_back(queue: GroupQueue, groups: Groups, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    live(queue, 20)
    urls = {"": tmp_path, groups.settings.database_urls["second"]: tmp_path / "second"}
    files = {url: dump(queue, folder, url) for url, folder in urls.items()}
    live(queue, 50)
    for url, file in files.items():
        restore(queue, file, url)
    queue.look()
    assert queue.watch.losses
    run(recover, queue, str(queue.server.folder))
    assert (count(groups.home), count(groups.second)) == (35, 35)


def test_a_group_that_was_replaced_by_an_empty_one_lacks_all(queue: GroupQueue, groups: Groups) -> None:
    live(queue, 20)
    groups.second.run("truncate queue_sightings, events, processed_entries, outcomes")
    queue.watch = queue.make_watch()
    queue.look()
    [loss] = queue.watch.losses
    assert (loss.group, loss.from_ms, loss.about) == ("second", 0, 20)


def test_a_copy_that_lacks_nothing_is_no_loss(queue: GroupQueue, groups: Groups, tmp_path: Path) -> None:
    live(queue, 20)
    file = dump(queue, tmp_path, groups.settings.database_urls["second"])
    queue.accept(10)  # waits
    queue.look()
    restore(queue, file, groups.settings.database_urls["second"])
    queue.look()
    assert queue.watch.losses == ()


def test_a_group_that_was_down_for_a_while_has_lost_nothing(queue: GroupQueue, groups: Groups) -> None:
    live(queue, 20)
    with mock.patch.object(other_groups, "_remember", side_effect=Unavailable("down")):
        live(queue, 20)
    live(queue, 20)
    assert queue.watch.losses == ()


def test_a_group_without_slots_loses_nothing(queue: GroupQueue, groups: Groups) -> None:
    live(queue, 20)
    groups.move("home")
    groups.second.run("truncate queue_sightings")
    live(queue, 20)
    assert queue.watch.losses == ()


def test_a_loss_that_was_recorded_before_the_processor_died_is_recorded_once(
    queue: GroupQueue, groups: Groups, tmp_path: Path
) -> None:
    go_back(queue, groups, tmp_path, groups.settings.database_urls["second"])
    with mock.patch.object(other_groups, "_remember", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        queue.look()
    queue.look()
    assert groups.home.run("select group_name, about from queue_losses") == [["second", 50]]

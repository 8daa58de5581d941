"""A queue that comes back with less than PostgreSQL has seen of it is noticed, said, and accepted by an operator."""

import asyncio
import itertools
import json
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from redis import Redis

from common.errors import Unavailable
from common.postgres.database import Database
from common.redis.driver import RedisError
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import encode_batch, encode_sightings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.ledger import ledger
from infra.cli.operations import status
from infra.local.address import free_port
from infra.local.valkey import ValkeyServer
from infra.poller.main import read_readiness
from infra.poller.queue_watch import QueueWatch
from infra.queue.consumer import RedisQueue
from infra.queue.sightings import look

pytestmark = pytest.mark.one_group("what the queue shows is remembered at home")


class Queue:
    """A Valkey server as `make up` runs it, which can be killed, with everything behind it in this process."""

    def __init__(self, folder: Path, settings: Settings, database: Database) -> None:
        self.server = ValkeyServer(folder / "valkey", free_port(), "lost")
        self.server.prepare()
        self.settings = settings.model_copy(update={"redis_url": self.server.url, "redis_timeout_seconds": 20})
        self.redis = Redis.from_url(self.server.url, protocol=2)
        self.store = PostgresStore(database)
        self.copy = folder / "copy"
        self.watch = self.make_watch()
        self.number = 0
        self.start()

    def make_watch(self) -> QueueWatch:
        """That of a poller which has just begun."""
        invoker = mock.Mock()
        invoker.observe = lambda payload: json.dumps(handle_batch(payload, self.store)).encode()
        return QueueWatch(self.settings, self.redis, invoker)

    def start(self) -> None:
        self.process = subprocess.Popen(self.server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self.server.is_ready():
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def file(self) -> Path:
        [path] = (self.server.folder / "appendonlydir").glob("*.incr.aof")
        return path

    def accept(self, events: int) -> tuple[int, int]:
        """Accept so many, in entries of ten; returns when the first and the last were, in milliseconds."""

        async def append() -> None:
            stream = RedisStream(self.settings)
            for _ in range(events // 10):
                numbers = range(self.number, self.number + 10)
                self.number += 10
                await stream.append(0, [("blog", encode(number)) for number in numbers])
            await stream.close()

        asyncio.run(append())
        given = [
            int(name.split(b"-")[0]) for name, _ in self.redis.xrevrange(queue_keys(self), count=events // 10 or 1)
        ]
        return given[-1] if given else 0, given[0] if given else 0

    def drain(self) -> None:
        queue = RedisQueue(self.redis, self.settings, shard=0, lane=0)
        while entries := queue.read_own() or queue.read_new(1):
            handle_batch(encode_batch(entries), self.store)
            queue.settle(entries)

    def look(self) -> None:
        self.watch.step()
        self.watch.step()  # the mark that the first answer allowed


def encode(number: int) -> bytes:
    event = {"site_id": "blog", "event_type": "page_view", "path": "/", "timestamp": "2025-11-12T10:00:00Z"}
    return json.dumps({**event, "event_id": f"00000000-0000-0000-0000-{number:012}"}).encode()


@pytest.fixture
def queue(tmp_path: Path, settings: Settings, database: Database) -> Iterator[Queue]:
    one = Queue(tmp_path, settings, database)
    yield one
    one.redis.close()
    one.kill()


def empty_the_file(queue: Queue) -> None:
    queue.kill()
    os.truncate(queue.file, 0)
    queue.start()


def cut_the_file(queue: Queue) -> None:
    queue.kill()
    os.truncate(queue.file, queue.file.stat().st_size - 15_000)
    queue.start()


def flush(queue: Queue) -> None:
    try:
        queue.redis.flushall()
    except RedisError as error:
        raise AssertionError from error


def restore_the_copy(queue: Queue) -> None:
    queue.kill()
    shutil.rmtree(queue.server.folder / "appendonlydir")
    shutil.copytree(queue.copy, queue.server.folder / "appendonlydir")
    queue.start()


DAMAGES = [empty_the_file, cut_the_file, flush, restore_the_copy]


def run(command: object, queue: Queue, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments, obj=queue.settings, catch_exceptions=False)  # type: ignore[arg-type]
    return result.exit_code, result.output


ORDERS = list(itertools.product(["nothing new", "more than was lost"], ["same poller", "new poller"]))
"""What follows a damage. Each damage and each order is in `make test` once, every pair of them in `make test-long`."""
LOSSES = [
    pytest.param(damage, *order, marks=() if number == place else pytest.mark.long)
    for place, damage in enumerate(DAMAGES)
    for number, order in enumerate(ORDERS)
]


@pytest.mark.parametrize(("damage", "follows", "poller"), LOSSES)
def test_a_queue_that_lost_events_is_named_until_an_operator_accepts_it(
    damage: Callable[[Queue], None],
    follows: str,
    poller: str,
    queue: Queue,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    comes_first = 500 if follows == "more than was lost" else 0
    queue.accept(10)
    queue.drain()
    queue.look()
    shutil.copytree(queue.server.folder / "appendonlydir", queue.copy)
    began, ended = queue.accept(100)
    queue.look()
    assert not queue.watch.losses
    damage(queue)
    queue.accept(comes_first)  # what came since must not hide what is gone
    assert "LOST" in run(status, queue)[1]  # even where no poller has looked
    if poller == "new poller":
        queue.watch = queue.make_watch()
    with caplog.at_level(logging.ERROR):
        queue.look()
    assert "THE QUEUE HAS LOST EVENTS" in caplog.text
    queue.drain()
    [loss] = queue.watch.losses
    [[stored]] = database.run("select count(*) from events")
    lost = 110 + comes_first - stored
    assert lost > 0
    assert loss.from_ms <= began
    assert loss.until_ms >= ended
    assert lost <= loss.about <= 100
    code, text = run(ledger, queue)
    assert code == 1
    assert f"loss {loss.id}: " in text
    assert json.loads(run(status, queue, "--json")[1])["losses"][0]["about"] == loss.about
    assert not read_readiness(queue.settings, queue.redis, mock.Mock(), queue.watch)[0]
    assert "about" in run(ledger, queue, "accept-loss", "--note", "a test")[1]
    queue.watch = queue.make_watch()
    queue.look()
    assert queue.watch.losses == ()
    assert run(ledger, queue)[0] == 0
    assert json.loads(run(status, queue, "--json")[1])["losses"] == []
    assert read_readiness(queue.settings, queue.redis, mock.Mock(), queue.watch)[0]


@pytest.mark.parametrize("site_id", ["blog", "shop"])
def test_minutes_whose_counts_a_replaced_queue_lost_are_not_judged_for_any_site(site_id: str, queue: Queue) -> None:
    stored = json.loads(encode(1)) | {"site_id": site_id}
    minutes_ago = f"0:{int(time.time() * 1000) - 120_000}-0"
    queue.accept(10)
    queue.look()
    handle_batch({"Records": [{"messageId": minutes_ago, "body": json.dumps([stored])}]}, queue.store)
    flush(queue)
    queue.look()
    run(ledger, queue, "accept-loss")
    assert run(ledger, queue)[0] == 0


def test_a_loss_begins_where_the_queue_went_back_to_whatever_came_and_was_marked_since(queue: Queue) -> None:
    queue.accept(10)
    queue.look()
    shutil.copytree(queue.server.folder / "appendonlydir", queue.copy)
    began, ended = queue.accept(100)
    queue.watch = queue.make_watch()
    queue.watch.step()  # it knows no mark to write yet, and so the queue goes back to the mark that was seen last
    restore_the_copy(queue)
    queue.accept(50)
    queue.look()
    [loss] = queue.watch.losses
    assert loss.from_ms <= began
    assert loss.until_ms >= ended


def look_in_vain(queue: Queue) -> None:
    with mock.patch.object(queue.watch, "_invoker") as invoker:
        invoker.observe.side_effect = Unavailable("the processor is away")
        with pytest.raises(Unavailable):
            queue.watch.step()


@pytest.mark.parametrize("look", [look_in_vain, Queue.look])
def test_a_loss_that_ingest_alone_knows_of_begins_where_the_queue_went_back_to_though_it_was_marked_since(
    look: Callable[[Queue], None], queue: Queue
) -> None:
    queue.accept(10)
    queue.look()
    shutil.copytree(queue.server.folder / "appendonlydir", queue.copy)
    ingest = RedisStream(queue.settings)
    with asyncio.Runner() as runner:
        runner.run(ingest.append(0, [("blog", encode(number)) for number in range(100, 200)]))
        [(lost, _)] = queue.redis.xrevrange(queue_keys(queue), count=1)
        restore_the_copy(queue)
        for _ in range(3):
            queue.accept(10)  # by another ingest, which has not heard of what is gone
            look(queue)
        assert not queue.watch.losses
        runner.run(ingest.append(0, [("blog", encode(200))]))
        runner.run(ingest.close())
    queue.look()
    [loss] = queue.watch.losses
    assert loss.from_ms <= int(lost.split(b"-")[0]) <= loss.until_ms


def test_a_restart_that_loses_nothing_is_no_loss(queue: Queue) -> None:
    queue.accept(100)
    queue.look()
    queue.accept(10)
    queue.kill()
    queue.start()
    queue.look()
    queue.drain()
    queue.look()
    assert queue.watch.losses == ()
    assert run(ledger, queue)[0] == 0


def test_two_pollers_that_look_in_turn_see_no_loss(queue: Queue) -> None:
    other = queue.make_watch()
    for _ in range(5):
        queue.accept(10)
        queue.watch.step()
        queue.accept(10)
        other.step()
        queue.drain()
    assert (queue.watch.losses, other.losses) == ((), ())


def test_two_looks_in_one_millisecond_that_are_told_in_the_other_order_are_no_loss(queue: Queue) -> None:
    queue.look()
    before = look(queue.redis, queue.settings)
    queue.accept(10)
    after = look(queue.redis, queue.settings)
    same = [one.model_copy(update={"at_ms": other.at_ms}) for one, other in zip(before, after, strict=True)]
    for sightings in (after, same):
        told = handle_batch(encode_sightings(sightings), queue.store)
    assert told["queue"]["losses"] == []
    queue.look()
    assert queue.watch.losses == ()


def test_an_older_copy_of_the_database_is_no_loss_of_the_queue(queue: Queue, database: Database) -> None:
    queue.look()
    rows = database.run("select mark, at_ms, accepted from queue_sightings where shard = 0")
    queue.accept(50)
    queue.look()
    [[mark, at_ms, accepted]] = rows
    database.run(
        "update queue_sightings set mark = :mark, at_ms = :at_ms, accepted = :accepted, last_ms = 0",
        mark=mark,
        at_ms=at_ms,
        accepted=accepted,
    )
    queue.accept(50)
    queue.look()
    assert queue.watch.losses == ()


def test_an_entry_that_was_processed_and_that_the_stream_never_gave_is_a_loss(queue: Queue, database: Database) -> None:
    queue.accept(10)
    queue.look()
    queue.accept(10)  # never seen by the watch, but processed
    queue.drain()
    [[last]] = database.run("select max(entry) from processed_entries")
    queue.redis.delete(queue_keys(queue))
    queue.redis.xadd(queue_keys(queue), {"v": 1}, id=f"{int(last[2:].split('-')[0]) - 1}-0")
    queue.look()
    assert [loss.cause for loss in queue.watch.losses] == ["went_back"]
    queue.look()
    assert len(queue.watch.losses) == 1


@pytest.mark.parametrize("damage", [cut_the_file, flush])
def test_what_no_poller_has_seen_is_named_by_the_ingest_that_had_accepted_it(
    damage: Callable[[Queue], None], queue: Queue, database: Database
) -> None:
    queue.accept(10)
    queue.look()

    async def go_on() -> None:
        stream = RedisStream(queue.settings)
        for number in range(100, 200):
            await stream.append(0, [("blog", encode(number))])
        await asyncio.to_thread(damage, queue)
        await stream.append(0, [("blog", encode(number)) for number in range(300, 600)])
        await stream.close()

    asyncio.run(go_on())
    queue.look()
    queue.drain()
    [loss] = queue.watch.losses
    [[stored]] = database.run("select count(*) from events")
    assert 0 < 410 - stored == loss.about


def test_a_replaced_queue_that_was_seen_is_named_once(queue: Queue) -> None:
    async def go_on() -> None:
        stream = RedisStream(queue.settings)
        await stream.append(0, [("blog", encode(1))])
        queue.look()
        queue.redis.flushall()
        queue.look()
        await stream.append(0, [("blog", encode(2))])
        queue.look()
        await stream.close()

    asyncio.run(go_on())
    assert [loss.cause for loss in queue.watch.losses] == ["replaced"]


def queue_keys(queue: Queue) -> str:
    return f"{{{queue.settings.stream_name}:0}}"

"""Nothing that was acknowledged is lost, whatever happens to a cluster of three primaries with a replica each."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from traffic import drain, events_of, is_available, polling, traffic
from valkey_cluster import Node, ValkeyCluster, eventually

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.redis.client import connect
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry
from functions.ingest.rate_counter import RedisCounter
from functions.ingest.rate_limit import Allowance, Quota
from functions.ingest.visitor_salts import VisitorSalts
from infra.poller import salt_removal
from infra.poller.salt_removal import SaltRemoval
from infra.queue.consumer import RedisQueue
from infra.queue.dead_letters import DeadLetters
from infra.queue.status import read_status
from tests.chaos.proxy import Proxy
from tests.idle_reset import append_around_reset


def append(settings: Settings, *events: bytes, shard: int = 0) -> None:
    async def run() -> None:
        stream = RedisStream(settings)
        try:
            await stream.append(shard, [("blog", event) for event in events])
        finally:
            await stream.close()

    asyncio.run(run())


def keys_of(settings: Settings, shard: int = 0) -> ShardKeys:
    return ShardKeys.of(settings.stream_name, shard)


def queued(node: Node, keys: ShardKeys) -> set[int]:
    """The events on one server, whatever the cluster thinks."""
    return {event for _, fields in node.redis.xrange(keys.stream) for event in json.loads(fields["data"])}


def other_primary(cluster: ValkeyCluster, keys: ShardKeys) -> Node:
    return next(node for node in cluster.primaries() if node is not cluster.primary_of(keys))


def test_the_poller_reads_counts_and_settles_every_shard(settings: Settings, redis: "Redis") -> None:
    began = time.time()
    for shard in range(settings.stream_shards):
        append(settings, b"%d" % shard, shard=shard)
    status = read_status(redis, settings)
    assert (status.events, status.entries, status.dead_letters) == (4, 4, 0)
    assert 0 < status.oldest_age_seconds <= time.time() - began + 0.001  # an id has whole milliseconds
    for shard in range(settings.stream_shards):
        queue = RedisQueue(redis, settings, shard, lane=0)
        [entry] = queue.read_new(50)
        assert json.loads(entry.data) == [shard]
        names = [entry.message_id, f"{entry.message_id}/0"]
        assert queue.count_failures(names) == [1, 1]
        assert queue.read_failures(names) == [1, 1]
        queue.hold(entry)
        assert queue.claim() == []
        queue.settle([entry], [DeadLetter(names[1], "[0]", "exited", 5)])
    letters = DeadLetters(redis, settings)
    assert [letters.replay(letter) for letter in letters.list()] == [True] * settings.stream_shards
    assert read_status(redis, settings).events == settings.stream_shards
    assert drain(settings, redis) == {0}


def test_the_backlog_is_read_over_all_shards(settings: Settings) -> None:
    async def run() -> dict[str, int]:
        stream = RedisStream(settings)
        await asyncio.gather(*(stream.append(shard, [("blog", b"1")]) for shard in range(settings.stream_shards)))
        backlog = await stream.read_backlog()
        await stream.close()
        return backlog

    assert asyncio.run(run()) == {"events": 4, "bytes": 12}


def test_whoever_finds_no_connection_free_waits_for_one(
    settings: Settings, cluster: ValkeyCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.ingest.rate_counter.LONGEST_WAIT_SECONDS", 60)

    async def ask_at_once() -> list[Allowance | None]:
        day = datetime.now(UTC).date()
        salts, counter, stream = VisitorSalts(settings), RedisCounter(settings), RedisStream(settings)
        try:
            assert len(set(await asyncio.gather(*(salts.find(day) for _ in range(20))))) == 1
            await asyncio.gather(*(stream.count_refused(1) for _ in range(20)))
            sites = (stream.admit_sites({f"site-{number}": 1}, 100) for number in range(100))
            backlogs = (stream.read_backlog() for _ in range(20))
            admitted, *_ = await asyncio.gather(asyncio.gather(*sites), *backlogs)
            assert {refused for refused, _ in admitted} == {frozenset()}
            quota = Quota("client", 10, 3_600)
            return await asyncio.gather(*(counter.take(quota, ["ann"]) for _ in range(40)))
        finally:
            for client in (salts, counter, stream):
                await client.close()

    allowances = asyncio.run(ask_at_once())
    assert [allowance and allowance.is_exceeded for allowance in allowances].count(False) == 10
    assert None not in allowances
    owner = cluster.primary_of(keys_of(settings)).redis
    assert sum(int(str(owner.get(key))) for key in owner.scan_iter(f"{keys_of(settings).refused}*")) == 20 + 30


def test_a_connection_that_was_reset_while_idle_costs_no_event(
    settings: Settings, redis: "Redis", cluster: ValkeyCluster
) -> None:
    uvloop = pytest.importorskip("uvloop")
    primary = cluster.primary_of(keys_of(settings))
    proxy = Proxy(primary.port, seed=1)
    near = settings.model_copy(update={"redis_url": primary.server.url})
    with cluster.announced_as(primary, proxy.port):
        uvloop.run(append_around_reset(near, proxy))
    assert drain(settings, redis) == {1, 2}


def test_what_a_failover_can_lose_was_not_acknowledged(
    settings: Settings, redis: "Redis", cluster: ValkeyCluster
) -> None:
    primary = cluster.primary_of(keys_of(settings))
    replica = cluster.replica_of(primary)
    append(settings, b"1")
    replica.kill()
    with pytest.raises(Unavailable, match="send the same events again"):
        append(settings.model_copy(update={"redis_timeout_seconds": 5}), b"2")
    append(settings.model_copy(update={"redis_waitaof_replicas": 0}), b"3")
    assert queued(primary, keys_of(settings)) == {1, 2, 3}
    primary.kill()
    replica.start()
    eventually(lambda: cluster.primary_of(keys_of(settings)) is replica)
    assert drain(settings, redis) == {1}


@pytest.mark.parametrize("is_atomic", [False, True])
def test_moving_a_slot_loses_nothing(
    settings: Settings, redis: "Redis", cluster: ValkeyCluster, is_atomic: bool
) -> None:
    keys = keys_of(settings)
    target = other_primary(cluster, keys)
    polled: set[int] = set()

    def settle(queue: RedisQueue, entries: list[Entry]) -> None:
        polled.update(events_of(entries))
        queue.settle(entries)

    with traffic(settings) as sent, polling(settings, redis, settle):
        if is_atomic:
            cluster.move_slot_at_once(keys, target)
        else:
            cluster.move_slot(keys, target, pause=sent.wait_for_more)
        sent.wait_for_more(shard=0)
    assert cluster.primary_of(keys) is target
    assert sent.acknowledged_ids <= polled | drain(settings, redis)


def test_a_killed_and_restarted_primary_loses_nothing(
    settings: Settings, redis: "Redis", cluster: ValkeyCluster
) -> None:
    primary = cluster.primary_of(keys_of(settings))
    with (
        cluster.no_failover_of(primary),
        traffic(settings) as sent,
        polling(settings, redis, lambda *_: None),
    ):
        primary.kill()
        primary.start()
        sent.wait_for_more(shard=0)
    cluster.wait_until_whole()
    assert cluster.primary_of(keys_of(settings)) is primary
    assert sent.acknowledged_ids <= drain(settings, redis)


def test_a_failover_loses_nothing(settings: Settings, redis: "Redis", cluster: ValkeyCluster) -> None:
    primary = cluster.primary_of(keys_of(settings))
    with traffic(settings) as sent, polling(settings, redis, lambda *_: None):
        primary.kill()
        eventually(lambda: cluster.primary_of(keys_of(settings)) is not primary)
        successor = cluster.primary_of(keys_of(settings))
        assert len(sent.acknowledged_ids & queued(successor, keys_of(settings))) == sent.acknowledged[0]
        primary.start()  # until then the successor has no replica, and nothing is acknowledged
        sent.wait_for_more(shard=0)
    assert sent.acknowledged_ids <= drain(settings, redis)
    cluster.wait_until_whole()
    assert cluster.replica_of(successor) is primary


def test_a_dead_primary_of_other_keys_does_not_stop_the_poller(
    settings: Settings, redis: "Redis", cluster: ValkeyCluster
) -> None:
    default = redis.get_default_node()  # type: ignore[attr-defined]
    dead = next(node for node in cluster.nodes if node.port == default.port)
    shard = next(shard for shard in range(64) if cluster.primary_of(keys_of(settings, shard)) is not dead)
    queue = RedisQueue(redis, settings, shard, lane=0)
    append(settings, b"1", shard=shard)
    dead.kill()

    def settle() -> bool:
        entries = queue.read_own() or queue.read_new(1)
        queue.settle(entries)
        return events_of(entries) == {1}

    eventually(lambda: is_available(settle))


def test_a_cluster_that_is_away_is_unavailable_at_its_first_use() -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0", redis_cluster=True, redis_timeout_seconds=0.5)
    with pytest.raises(Unavailable):
        append(settings, b"1")
    redis = connect(settings)
    queue = RedisQueue(redis, settings, shard=0, lane=0)
    with pytest.raises(Unavailable):
        queue.read_new(1)
    redis.close()


def test_a_server_that_is_no_cluster_is_unavailable(settings: Settings, valkey_url: str) -> None:
    alone = settings.model_copy(update={"redis_url": valkey_url, "redis_timeout_seconds": 0.5})
    with pytest.raises(Unavailable):
        append(alone, b"1")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal of salts that waits for a replica as long as a busy machine needs."""
    monkeypatch.setattr(salt_removal, "CATCH_UP_SECONDS", 60)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("is_behind", [False, True], ids=["replica in step", "replica behind"])
def test_a_salt_that_ended_is_removed_from_the_files_of_its_primary_and_its_replica(
    is_behind: bool, cluster: ValkeyCluster, settings: Settings, redis: "Redis"
) -> None:
    primary = cluster.primary_of(keys_of(settings))
    folders = make_salt(cluster, settings)
    with cluster.cut_off(cluster.replica_of(primary), seconds=1.5) if is_behind else nullcontext():
        assert SaltRemoval(redis, settings).step(datetime.now(UTC) + timedelta(days=3))
    eventually(lambda: not folders())


@pytest.mark.usefixtures("patient")
def test_a_salt_is_removed_from_the_file_of_a_replica_that_the_poller_has_not_heard_of(
    cluster: ValkeyCluster, settings: Settings, redis: "Redis"
) -> None:
    redis.ping()  # the client knows the cluster as it is before the move
    cluster.move_slot_at_once(keys_of(settings), other_primary(cluster, keys_of(settings)))
    cluster.wait_until_whole()
    folders = make_salt(cluster, settings)
    assert SaltRemoval(redis, settings).step(datetime.now(UTC) + timedelta(days=3))
    eventually(lambda: not folders())


def make_salt(cluster: ValkeyCluster, settings: Settings) -> Callable[[], list[Path]]:
    """Have a salt of today in the files of its primary and its replica; returns what tells whose files have it."""

    async def find() -> bytes:
        salts = VisitorSalts(settings)
        try:
            return await salts.find(datetime.now(UTC).date())
        finally:
            await salts.close()

    salt = asyncio.run(find())
    primary = cluster.primary_of(keys_of(settings))
    folders = [node.server.folder for node in (primary, cluster.replica_of(primary))]

    def holds(folder: Path) -> bool:
        with suppress(FileNotFoundError):  # a file that a rewrite has replaced
            return any(salt in path.read_bytes() for path in (folder / "appendonlydir").iterdir() if path.is_file())
        return True

    def holding() -> list[Path]:
        return [folder for folder in folders if holds(folder)]

    eventually(lambda: holding() == folders)
    return holding

"""The lanes of a poller over a real queue and a real store: an upgrade, and more shards, lose nothing."""

import asyncio
import json
import threading
from collections.abc import Sequence
from uuid import UUID

import pytest
from redis import Redis

from common.placement import find_overflow, find_shard, find_stripe
from common.postgres.database import Database
from common.redis.keys import GROUP, ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, Outcome, encode_batch, read_failures
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.poller import lanes
from infra.poller.lanes import build_lanes
from infra.queue.consumer import RedisQueue
from infra.queue.status import read_status
from infra.verification.recount import verify_aggregates

SITES = [f"site-{number}" for number in range(12)]


class InProcess:
    """Invokes the processor without HTTP."""

    def __init__(self, database: Database) -> None:
        self._store = PostgresStore(database)

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        answer = handle_batch(encode_batch(entries, may_defer=True), self._store)
        return read_failures(json.dumps(answer).encode(), entries)


def event(number: int) -> tuple[str, bytes]:
    site_id = SITES[number % len(SITES)]
    fields = {
        "site_id": site_id,
        "event_type": "page_view",
        "path": "/home",
        "user_id": f"u{number % 100}",
        "timestamp": f"2025-11-12T10:{number % 60:02}:00Z",
        "event_id": str(UUID(int=number)),
    }
    return site_id, json.dumps(fields).encode()


def write_as_before(redis: "Redis", settings: Settings, shard: int, numbers: range) -> None:
    """An entry as ingest wrote it before entries had stripes: of all sites."""
    keys = ShardKeys.of(settings.stream_name, shard)
    data = b"[" + b",".join(event(number)[1] for number in numbers) + b"]"
    redis.xadd(keys.stream, {"v": 1, "n": len(numbers), "data": data})
    redis.hincrby(keys.backlog, "events", len(numbers))
    redis.hincrby(keys.backlog, "bytes", len(data))


def accept(settings: Settings, numbers: range) -> None:
    async def append() -> None:
        stream = RedisStream(settings)
        for number in numbers:
            await stream.append(find_shard(event(number)[0], settings.stream_shards), [event(number)])
        await stream.close()

    asyncio.run(append())


def drain(settings: Settings, redis: "Redis", database: Database) -> None:
    """Let all lanes work until nothing is queued."""
    stop = threading.Event()
    built = build_lanes(settings, redis, InProcess(database), stop)  # type: ignore[arg-type]
    while read_status(redis, settings).events:
        threads = [threading.Thread(target=lane.step, args=(False,)) for lane in built]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane that has nothing to do waits for no more than a moment."""
    monkeypatch.setattr(lanes, "IDLE_BLOCK_MS", 10)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("shards", [1, 4])
def test_what_an_older_release_queued_and_was_handed_is_stored_once_by_a_newer_one_with_any_number_of_shards(
    shards: int, settings: Settings, redis: "Redis", database: Database
) -> None:
    before = settings.model_copy(update={"poller_name": "poller"})
    for number in range(10):
        write_as_before(redis, settings, 0, range(50 * number, 50 * number + 50))
    write_as_before(redis, settings, find_overflow(0, 1), range(500, 550))
    keys = ShardKeys.of(settings.stream_name, 0)
    redis.xgroup_create(keys.stream, GROUP, "0")
    for lane in range(2):  # both lanes of the old poller had something in hand
        redis.xreadgroup(GROUP, f"poller-{lane}", {keys.stream: ">"}, count=2)
    after = before.model_copy(update={"stream_shards": shards})
    accept(after, range(550, 700))
    drain(after, redis, database)
    assert database.run("select count(*), count(distinct event_id) from events") == [[700, 700]]
    assert verify_aggregates(settings.database_url) == []


def test_an_entry_holds_events_of_one_stripe_of_sites_and_says_which(settings: Settings, redis: "Redis") -> None:
    async def append() -> None:
        stream = RedisStream(settings)
        await stream.append(0, [event(number) for number in range(240)])
        await stream.close()

    asyncio.run(append())
    entries = RedisQueue(redis, settings, shard=0).read_new(0)
    stripes = [{find_stripe(one["site_id"]) for one in json.loads(entry.data)} for entry in entries]
    assert stripes == [{entry.stripe} for entry in entries]
    assert len(entries) == len({find_stripe(site) for site in SITES})
    assert sum(entry.count for entry in entries) == 240

"""Both ends of the stream against a real Valkey."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis import Redis

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry
from infra.queue.consumer import RedisQueue
from infra.queue.dead_letters import DeadLetters
from infra.queue.status import read_status
from tests.chaos.proxy import Proxy
from tests.e2e.conftest import eventually
from tests.idle_reset import append_around_reset


def append(settings: Settings, *events: bytes, shard: int = 0) -> None:
    async def run() -> None:
        stream = RedisStream(settings)
        try:
            await stream.append(shard, [("blog", event) for event in events])
        finally:
            await stream.close()

    asyncio.run(run())


def with_settings(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def queue(redis: "Redis", settings: Settings) -> RedisQueue:
    return RedisQueue(redis, settings, shard=0, lane=0)


def ids(entries: Sequence[Entry]) -> list[str]:
    return [entry.message_id for entry in entries]


def test_what_was_queued_before_the_group_existed_is_delivered(settings: Settings, queue: RedisQueue) -> None:
    append(settings, b'{"n":1}', b'{"n":2}')
    [entry] = queue.read_new(1)
    assert (json.loads(entry.data), entry.count, entry.message_id[:2]) == ([{"n": 1}, {"n": 2}], 2, "0:")


def test_asking_whether_the_queue_takes_writes_writes_nothing(settings: Settings, redis: "Redis") -> None:
    append(settings, b'{"n":1}')

    async def ask() -> bool:
        """Whether nothing changed on the server meanwhile, for others may use it too."""
        stream = RedisStream(settings)
        try:
            changes = cast(Any, redis.info("persistence"))["rdb_changes_since_last_save"]
            assert (await stream.read_backlog())["events"] == 1
            return bool(cast(Any, redis.info("persistence"))["rdb_changes_since_last_save"] == changes)
        finally:
            await stream.close()

    assert any(asyncio.run(ask()) for _ in range(50))


def test_a_connection_that_was_reset_while_idle_costs_no_event(settings: Settings, queue: RedisQueue) -> None:
    parts = urlsplit(settings.redis_url)
    proxy = Proxy(parts.port or 0, seed=1)
    url = urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{proxy.port}"))
    near = with_settings(settings, redis_url=url)
    pytest.importorskip("uvloop").run(append_around_reset(near, proxy))
    assert [entry.data for entry in queue.read_new(2)] == [b"[1]", b"[2]"]


def test_a_count_whose_answer_comes_too_late_is_forgotten_in_its_time_too(
    settings: Settings, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.redis.stream.COUNT_TIMEOUT_SECONDS", 2)
    parts = urlsplit(settings.redis_url)
    is_mute = asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mute: asyncio.Event) -> None:
        with closing(writer):
            while chunk := await reader.read(65_536):
                if b"INCRBY" in chunk:
                    is_mute.set()
                if not mute.is_set():
                    writer.write(chunk)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(pass_on(reader, server, asyncio.Event()), pass_on(answers, writer, is_mute))

    async def count() -> None:
        async with await asyncio.start_server(accept, "127.0.0.1", 0) as proxy:
            port = proxy.sockets[0].getsockname()[1]
            near = urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))
            stream = RedisStream(settings.model_copy(update={"redis_url": near, "redis_timeout_seconds": 30}))
            await stream.read_backlog()
            await stream.count_refused(2)
            await stream.close()

    asyncio.run(count())
    assert is_mute.is_set()
    names = f"{ShardKeys.of(settings.stream_name, 0).refused}*"
    eventually(lambda: redis.keys(names), 60, "counted")
    keys = cast(list[bytes], redis.keys(names))
    assert [0 < redis.ttl(key) <= settings.ledger_hours * 3600 for key in keys] == [True]


def test_what_was_read_and_not_settled_is_read_again_by_the_same_consumer(
    settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    entries = queue.read_new(1)
    assert queue.read_new(1) == []
    assert queue.read_own() == entries
    queue.settle(entries)
    assert queue.read_own() == []


def test_settling_deletes_and_uncounts_once_however_often_it_comes(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1", b"2")
    append(settings, b"3")
    first, second = queue.read_new(1)
    queue.settle([first])
    queue.settle([first])
    status = read_status(redis, settings)
    assert (status.events, status.entries, status.bytes) == (1, 1, len(second.data))
    assert status.oldest_age_seconds < 60
    queue.settle([second])
    assert {**read_status(redis, settings).as_dict(), "clock_ahead_seconds": 0.0} == {
        "events": 0,
        "bytes": 0,
        "entries": 0,
        "oldest_age_seconds": 0.0,
        "dead_letters": 0,
        "ids_ahead_seconds": 0.0,
        "clock_ahead_seconds": 0.0,
    }


def test_an_abandoned_entry_is_claimed_only_after_its_time(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    entries = queue.read_new(1)
    other = RedisQueue(redis, settings, shard=0, lane=1)
    assert other.claim() == []
    hasty = RedisQueue(redis, with_settings(settings, claim_idle_seconds=0.0), shard=0, lane=1)
    assert hasty.claim() == entries
    assert queue.read_own() == []


def test_holding_an_entry_keeps_others_from_claiming_it(redis: "Redis", settings: Settings, queue: RedisQueue) -> None:
    append(settings, b"1")
    [entry] = queue.read_new(1)
    keys = ShardKeys.of(settings.stream_name, 0)
    redis.execute_command("XCLAIM", keys.stream, "processors", "someone", 0, entry.message_id[2:], "IDLE", 999_999)
    queue.hold(entry)
    assert RedisQueue(redis, settings, shard=0, lane=1).claim() == []
    assert queue.read_own() == [entry]


def test_an_entry_that_another_poller_settled_is_silently_forgotten(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    queue.read_new(1)
    keys = ShardKeys.of(settings.stream_name, 0)
    redis.xtrim(keys.stream, maxlen=0)
    assert queue.read_own() == []
    assert redis.xpending(keys.stream, "processors")["pending"] == 0


def test_a_dead_letter_is_kept_with_its_entrys_end_and_not_by_a_latecomer(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    [entry] = queue.read_new(1)
    letter = DeadLetter(f"{entry.message_id}/0", "[1]", "exited", 5, "blog")
    queue.settle([entry], [letter])
    queue.settle([entry], [replace(letter, message_id=f"{entry.message_id}/1")])
    letters = list(DeadLetters(redis, settings).list())
    assert letters == [letter]


def test_failures_are_counted_until_the_entry_ends(redis: "Redis", settings: Settings, queue: RedisQueue) -> None:
    append(settings, b"1", b"2")
    [entry] = queue.read_new(1)
    names = [entry.message_id, f"{entry.message_id}/1"]
    assert queue.count_failures(names) == [1, 1]
    assert queue.count_failures(names[:1]) == [2]
    assert queue.read_failures([*names, "0:9-9"]) == [2, 1, 0]
    queue.settle([entry])
    assert redis.exists(ShardKeys.of(settings.stream_name, 0).failures) == 0


def test_a_failure_of_an_entry_that_another_poller_settled_is_not_counted(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    [entry] = queue.read_new(1)
    queue.settle([entry])
    assert queue.count_failures([entry.message_id, f"{entry.message_id}/0"]) == [0, 0]
    assert redis.exists(ShardKeys.of(settings.stream_name, 0).failures) == 0


def test_an_event_is_given_up_and_its_entry_ended_where_memory_is_full(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    [entry] = queue.read_new(1)
    redis.config_set("maxmemory", 1)
    try:
        assert queue.count_failures([f"{entry.message_id}/0"]) == [1]
        queue.settle([entry], [DeadLetter(f"{entry.message_id}/0", "[1]", "exited", 5)])
    finally:
        redis.config_set("maxmemory", 0)
    assert [letter.payload for letter in DeadLetters(redis, settings).list()] == ["[1]"]


def test_a_replayed_dead_letter_is_queued_once_with_its_edit(
    redis: "Redis", settings: Settings, queue: RedisQueue
) -> None:
    append(settings, b"1")
    [entry] = queue.read_new(1)
    message_id = f"{entry.message_id}/0"
    queue.settle([entry], [DeadLetter(message_id, "[1]", "exited", 5)])
    letters = DeadLetters(redis, settings)
    letter = letters.find(message_id)
    assert letter is not None
    letters.save(replace(letter, payload="[2]", original=letter.payload))
    edited = letters.find(message_id)
    assert edited is not None
    assert (edited.payload, edited.original) == ("[2]", "[1]")
    assert [letters.replay(edited), letters.replay(edited)] == [True, False]
    assert [json.loads(entry.data) for entry in queue.read_new(1)] == [[2]]
    assert read_status(redis, settings).events == 1


@pytest.mark.parametrize("bound", [{"backlog_max_events": 3}, {"backlog_max_bytes": 12}])
def test_a_full_backlog_refuses_whole_requests_and_recovers(
    settings: Settings, queue: RedisQueue, bound: dict[str, int]
) -> None:
    bounded = with_settings(settings, **bound)
    append(bounded, b"11", b"22")
    with pytest.raises(Unavailable, match="full"):
        append(bounded, b"33", b"44")
    queue.settle(queue.read_new(1))
    append(bounded, b"33", b"44")
    assert [entry.count for entry in queue.read_new(1)] == [2]


def test_a_stream_that_is_away_is_unavailable(settings: Settings) -> None:
    away = with_settings(settings, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable):
        append(away, b"1")
    with pytest.raises(Unavailable):
        RedisQueue(Redis.from_url(away.redis_url), away, shard=0, lane=0).read_new(1)


def test_a_full_memory_is_unavailable_and_says_so(settings: Settings, redis: "Redis") -> None:
    redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable, match="memory"):
            append(settings, b"1")
    finally:
        redis.config_set("maxmemory", "0")
    append(settings, b"1")


def test_asking_whether_the_stream_takes_writes_writes_nothing(settings: Settings, redis: "Redis") -> None:
    async def ask(times: int) -> None:
        stream = RedisStream(settings)
        for _ in range(times):
            await stream.read_backlog()
        await stream.close()

    def written() -> int:
        return int(redis.info("persistence")["aof_current_size"])

    asyncio.run(ask(1))  # the first one ever makes the count
    before = written()
    asyncio.run(ask(50))
    assert written() == before
    append(settings, b"{}")
    before = written()
    asyncio.run(ask(50))
    assert written() == before


def test_requests_of_one_turn_share_a_stream_entry(settings: Settings, queue: RedisQueue) -> None:
    async def run() -> None:
        stream = RedisStream(settings)
        await asyncio.gather(*(stream.append(0, [("blog", b"%d" % n)]) for n in range(20)))
        await stream.close()

    asyncio.run(run())
    assert [entry.count for entry in queue.read_new(1)] == [20]

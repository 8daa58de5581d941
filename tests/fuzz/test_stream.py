"""What somebody else writes to the stream: it ends as rows, rejections or dead letters, and harms no neighbour."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from redis import Redis

from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import name_entry
from infra.poller import lanes
from infra.poller.http_invoker import HttpInvoker
from infra.queue.dead_letters import DeadLetters
from infra.set_aside.rejected_events import RejectedEvents
from infra.verification.recount import verify_aggregates
from tests.e2e.conftest import eventually
from tests.fuzz.conftest import Run, Services
from tests.fuzz.inputs import NEIGHBOURS, Inputs
from tests.fuzz.services import find_secrets

ENTRIES_A_ROUND = 250
DRAINED_WITHIN_SECONDS = 120
Fields = dict[bytes, bytes]


def foreign_entry(inputs: Inputs) -> tuple[Fields, list[str]]:
    """An entry of somebody else's, and the ids of the valid events in it that are to be stored."""
    pick = inputs.random
    if inputs.is_one_in(10):
        names = (b"v", b"n", b"data", b"", b"\xff", b"payload", inputs.text().encode(errors="replace"))
        fields = {pick.choice(names): pick.randbytes(pick.randrange(50)) for _ in range(pick.randint(1, 4))}
        return fields, []
    events = [inputs.event() for _ in range(pick.randrange(3))]
    items = [inputs.item() for _ in range(pick.randrange(4))] + [json.dumps(event) for event in events]
    pick.shuffle(items)
    data = f"[{','.join(items)}]".encode()
    if inputs.is_one_in(3):
        nested = b'[{"a":' + b"[" * 992 + b"]" * 992 + b"}]"  # as deep as Python reads, and one less than it writes
        shapes = (inputs.body(), inputs.mutate(data), b"", b"null", b"{}", b"[" * 100_000, nested, b"[]", b" [ ] ")
        data, events = pick.choice(shapes), []
    elif inputs.is_one_in(60):
        event = {**inputs.event("hostile"), "path": "/" + "x" * (1 << 20)}
        data, events = json.dumps([event, *events]).encode(), events
    elif inputs.is_one_in(100):
        data, events = b"\xff" * (1 << 20), []
    honest = b"%d" % len(items)
    counts = (
        *[honest] * 20,
        b"1",
        b"0",
        b"1000",
        b"999999999999999999",
        b"9" * 5_000,
        b"-5",
        b"x",
        b"\xff",
        b"",
    )
    version, count = pick.choice((b"1",) * 9 + (b"2", b"", b"\xff")), pick.choice(counts)
    is_ours = version == b"1" and count in (honest, b"1", b"0", b"1000")
    return {b"v": version, b"n": count, b"data": data}, [event["event_id"] for event in events] if is_ours else []


@contextmanager
def polling(settings: Settings, redis: "Redis", process_url: str) -> Iterator[None]:
    """The poller's lanes at work."""
    stop = threading.Event()
    built = lanes.build_lanes(settings, redis, HttpInvoker(process_url, 30, settings.process_key), stop)
    threads = [threading.Thread(target=lanes.run_lane, args=(lane, stop, 10)) for lane in built]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def write(run: Run, redis: "Redis", stream: RedisStream, key: str, entries: int) -> tuple[dict[str, Fields], set[str]]:
    """Foreign entries among ours; returns the foreign ones by their stream ids, and the ids of events to be stored."""
    foreign, expected = {}, set()

    async def write_all() -> None:
        for _ in range(entries):
            fields, valid = foreign_entry(run.inputs)
            foreign[redis.xadd(key, fields).decode()] = fields  # type: ignore[union-attr, arg-type]
            expected.update(valid)
            own = run.inputs.event()
            await stream.append(0, [(NEIGHBOURS, json.dumps(own).encode())])
            expected.add(own["event_id"])
        await stream.close()

    asyncio.run(write_all())
    return foreign, expected


@pytest.mark.long
def test_entries_of_somebody_else(
    run: Run,
    services: Services,
    secret_settings: Settings,
    redis: "Redis",
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "pause_seconds", lambda failures: 0.0)  # thousands fail: that would take an hour
    name = f"{secret_settings.stream_name}-foreign"
    settings = secret_settings.model_copy(update={"stream_name": name, "event_max_attempts": 2})
    keys, stream = ShardKeys.of(settings.stream_name, 0), RedisStream(settings)
    with (
        closing(Database(settings.database_url, connections=1, timeout_seconds=30)) as database,
        polling(settings, redis, services["process"].url),
    ):
        left = len(run.repeat(0.1))
        while left > 0:
            entries = min(left, ENTRIES_A_ROUND)
            left -= entries
            foreign, expected = write(run, redis, stream, keys.stream, entries)
            eventually(lambda: redis.xlen(keys.stream) == 0, DRAINED_WITHIN_SECONDS, "drained")
            check_outcomes(run, redis, database, keys, foreign, expected)
        assert [event for event in RejectedEvents(database).list() if not event.detail] == []
    assert redis.hmget(keys.backlog, "events", "bytes") == [b"0", b"0"]
    assert redis.hgetall(keys.failures) == {}
    assert verify_aggregates(settings.database_url) == []
    assert [letter for letter in DeadLetters(redis, settings).list() if not letter.reason] == []
    assert find_secrets(caplog.text) == []
    assert "Traceback" not in caplog.text


def check_outcomes(
    run: Run, redis: "Redis", database: Database, keys: ShardKeys, foreign: dict[str, Fields], expected: set[str]
) -> None:
    """Every foreign entry was dealt with, every expected event is stored."""
    dead = {name_entry(message_id.decode()) for message_id in redis.hkeys(keys.dead_letters)}  # type: ignore[union-attr]
    processed = {entry for [entry] in database.run("select split_part(entry, '/', 1) from processed_entries")}
    rejected = {entry for [entry] in database.run("select split_part(source, '/', 1) from rejected_events")}
    for stream_id, fields in foreign.items():
        message_id = f"0:{stream_id}"
        assert message_id in dead | processed | rejected, fields
        outcome = "dead-lettered" if message_id in dead else "rejected" if message_id in rejected else "stored"
        run.outcomes[outcome] += 1
    stored = {
        str(event_id) for [event_id] in database.run("select event_id from events where site_id = :s", s=NEIGHBOURS)
    }
    assert expected <= stored

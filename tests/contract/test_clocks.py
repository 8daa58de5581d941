"""Redis's clock is the one that counts: whoever's own is wrong stamps rightly, deletes nothing early, and is told."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.queue_clock import QueueClock
from functions.ingest.visitor_salts import VisitorSalts
from infra.poller import lanes
from infra.poller.main import read_readiness
from infra.poller.salt_removal import SaltRemoval
from infra.queue.status import read_status

DAY = 86_400


class Own:
    """A clock of a machine that is so many seconds off."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return time.time() + self.seconds


@pytest.mark.parametrize("off", [3 * DAY, -3 * DAY, 0])
def test_an_ingest_whose_clock_is_days_off_stamps_by_the_queues(off: int, settings: Settings, redis: "Redis") -> None:
    stream = RedisStream(settings)
    clock = QueueClock(stream.read_milliseconds, Own(off))
    salts = VisitorSalts(settings, clock.now)
    app = build_ingest_app(stream, settings, salts=salts, clock=clock)
    with TestClient(app) as client:
        sent = {"site_id": "blog", "event_type": "page_view", "path": "/"}
        assert client.post("/event", json=sent, headers={"User-Agent": "Mozilla/5.0"}).status_code == 202
        [[_, fields]] = redis.xrange(ShardKeys.of(settings.stream_name, 0).stream)
        [event] = json.loads(fields[b"data"])
        stamped = datetime.fromisoformat(event["timestamp"])
        assert abs(stamped - datetime.now(UTC)) < timedelta(seconds=60)
        today = datetime.now(UTC).date()
        assert redis.exists(f"{ShardKeys.of(settings.stream_name, 0).salts}{today}")
        ready = client.get("/readyz")
        assert ready.status_code == (503 if off else 200)
        if off:
            assert "clock of this instance" in ready.json()["detail"]
        assert client.portal is not None
        client.portal.call(stream.close)
        client.portal.call(salts.close)


def test_a_clock_that_is_set_while_ingest_runs_is_measured_again(settings: Settings) -> None:
    own = Own(0)

    async def run() -> None:
        stream = RedisStream(settings)
        clock = QueueClock(stream.read_milliseconds, own)
        await clock.measure()
        assert not clock.is_due
        own.seconds = 2 * DAY
        assert clock.is_due
        await clock.measure()
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=60)
        await stream.close()

    asyncio.run(run())


def test_an_id_of_tomorrow_does_not_hide_that_nothing_moves(settings: Settings, redis: "Redis") -> None:
    stream = ShardKeys.of(settings.stream_name, 0).stream
    redis.xadd(stream, {"v": 1, "n": 1, "data": "[]"}, id=f"{int(time.time() + DAY) * 1000}-0")
    read_status(redis, settings)
    while (status := read_status(redis, settings)).oldest_age_seconds == 0:
        pass  # until a millisecond has passed
    assert status.ids_ahead_seconds > DAY - 60
    invoker = mock.Mock()
    invoker.is_ready.return_value = True
    is_ready, details = read_readiness(settings, redis, invoker)
    assert not is_ready
    assert "newest id" in details["clocks"][0]


@pytest.mark.parametrize("off", [3 * DAY, -61, 30])
def test_a_poller_whose_clock_differs_by_over_a_minute_is_not_ready_and_says_so(
    off: int, settings: Settings, redis: "Redis", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("infra.queue.status.time", mock.Mock(time=Own(off)))
    invoker = mock.Mock()
    invoker.is_ready.return_value = True
    is_ready, details = read_readiness(settings, redis, invoker)
    assert is_ready == (abs(off) < 60)
    assert ("clocks" in details) == (abs(off) > 60)
    assert lanes.warn_of_clocks(settings, redis, is_told=False) == (abs(off) > 60)
    assert ("THE CLOCKS DIFFER" in caplog.text) == (abs(off) > 60)


def test_a_poller_that_is_days_ahead_deletes_no_salt_in_use(
    settings: Settings, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = ShardKeys.of(settings.stream_name, 0).salts
    today = datetime.now(UTC).date()
    redis.set(f"{prefix}{today}", b"in use")

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=3)

    monkeypatch.setattr(lanes, "datetime", Ahead)
    lanes.remove_salts(SaltRemoval(redis, settings), settings, redis)
    assert redis.get(f"{prefix}{today}") == b"in use"
    old = today - timedelta(days=3)
    redis.set(f"{prefix}{old}", b"expired")
    redis.delete(f"{prefix}removed:{today}")
    lanes.remove_salts(SaltRemoval(redis, settings), settings, redis)
    assert not redis.exists(f"{prefix}{old}")


def test_status_says_what_is_wrong_with_the_clocks(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from infra.cli.operations import status

    assert database.run("select 1") == [[1]]
    monkeypatch.setattr("infra.queue.status.time", mock.Mock(time=Own(DAY)))
    result = CliRunner().invoke(status, [], obj=settings, catch_exceptions=False)
    assert "CLOCKS" in result.output

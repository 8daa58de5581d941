"""The salts of visitors' derived ids, on a real Valkey: one a day for all, and nothing left of those that ended."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest import mock

import psutil
import pytest
from redis import Redis
from redis.exceptions import ResponseError

from common.errors import Unavailable
from common.redis.keys import ShardKeys
from common.settings import Settings
from functions.ingest.visitor_salts import VisitorSalts
from infra.local import embedded
from infra.poller.lanes import poll, remove_salts
from infra.poller.salt_removal import RETRY_SECONDS, SaltRemoval
from tests.e2e.conftest import eventually

NOW = datetime.now(UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of each test, and its day, also where midnight passes meanwhile or since this module was read."""
    at = datetime.now(UTC)
    monkeypatch.setattr(f"{__name__}.NOW", at)
    monkeypatch.setattr(f"{__name__}.TODAY", at.date())


async def find(settings: Settings, *days: date) -> list[bytes]:
    salts = VisitorSalts(settings)
    try:
        return [await salts.find(day) for day in days]
    finally:
        await salts.close()


def key_of(settings: Settings, day: date) -> str:
    return f"{ShardKeys.of(settings.stream_name, 0).salts}{day}"


def test_all_instances_have_one_salt_a_day_whoever_makes_it(stream_settings: Settings) -> None:
    async def together() -> list[bytes]:
        return [salt for [salt] in await asyncio.gather(*(find(stream_settings, TODAY) for _ in range(10)))]

    salts = asyncio.run(together())
    assert len(set(salts)) == 1
    assert len(salts[0]) == 32
    [other] = asyncio.run(find(stream_settings, TODAY + timedelta(days=1)))
    assert other != salts[0]


def test_a_salt_ends_48_hours_after_its_day_began(stream_settings: Settings, redis: "Redis") -> None:
    asyncio.run(find(stream_settings, TODAY))
    ends = datetime.fromtimestamp(redis.expiretime(key_of(stream_settings, TODAY)), UTC)
    assert ends == datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + timedelta(hours=48)


def test_a_salt_is_asked_for_once(stream_settings: Settings, redis: "Redis") -> None:
    async def again() -> list[bytes]:
        salts = VisitorSalts(stream_settings)
        first = await salts.find(TODAY)
        redis.delete(key_of(stream_settings, TODAY))
        second = await salts.find(TODAY)
        await salts.close()
        return [first, second]

    first, second = asyncio.run(again())
    assert first == second


def test_a_salt_that_has_ended_is_neither_made_nor_remembered(stream_settings: Settings) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(find(stream_settings, TODAY - timedelta(days=2)))


def test_a_salt_is_forgotten_when_it_ends_by_the_queues_clock_even_if_no_further_event_comes(
    stream_settings: Settings,
) -> None:
    ends = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + timedelta(hours=48)
    looks = []

    def now() -> datetime:
        """It stands still while the salt is made, and a little longer."""
        looks.append(None)
        return ends - timedelta(seconds=0.05 if len(looks) < 8 else 0)

    async def run() -> None:
        salts = VisitorSalts(stream_settings, now)
        assert len(await salts.find(TODAY)) == 32
        async with asyncio.timeout(60):
            while salts._known:
                await asyncio.sleep(0.01)
        await salts.close()

    asyncio.run(run())
    assert len(looks) >= 8


def test_without_redis_there_is_no_salt(stream_settings: Settings) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(find(stream_settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}), TODAY))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def own(folder: Path) -> Iterator[Settings]:
    """A server whose data folder is the test's own."""
    with embedded.valkey(folder) as url:
        yield Settings(redis_url=url)


def holds(folder: Path, salt: bytes) -> bool:
    """Whether any file in a folder has these bytes."""
    with suppress(FileNotFoundError):  # a file that a rewrite has replaced: look again
        return any(salt in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return True


def test_nothing_of_a_salt_is_left_on_disk_after_it_ended(own: Settings, folder: Path) -> None:
    day, next_day = TODAY, TODAY + timedelta(days=1)  # Redis itself deletes neither within this test
    ended, kept = asyncio.run(find(own, day, next_day))
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        assert holds(folder, ended)
        redis.bgrewriteaof()
        eventually(lambda: redis.info("persistence")["aof_rewrite_in_progress"] == 0, 60, "rewritten")
        assert holds(folder, ended)  # it is in use until it ends
        redis.delete(key_of(own, day))  # as Redis does by itself, though not in time for this test
        assert holds(folder, ended)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=2)
        assert SaltRemoval(redis, own).step(midnight)
        eventually(lambda: not holds(folder, ended), 60, "removed")
        assert redis.info("persistence")["aof_last_bgrewrite_status"] == "ok"
        assert holds(folder, kept)
        assert redis.get(key_of(own, next_day)) == kept


def test_a_salt_that_redis_did_not_delete_in_time_is_removed_too(own: Settings, folder: Path) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.set(key_of(own, TODAY - timedelta(days=9)), b"a salt of long ago")
        redis.set(key_of(own, TODAY - timedelta(days=1)), b"a salt in use yet")
        assert SaltRemoval(redis, own).step(NOW)
        eventually(lambda: not holds(folder, b"a salt of long ago"), 60, "removed")
        assert redis.get(key_of(own, TODAY - timedelta(days=1))) == b"a salt in use yet"


def test_one_of_all_pollers_has_the_file_rewritten_once_a_day(own: Settings) -> None:
    now = NOW
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        first, second = SaltRemoval(redis, own), SaltRemoval(redis, own)
        assert [first.step(now), first.step(now), second.step(now)] == [True, False, False]
        eventually(lambda: redis.info("persistence")["aof_rewrite_in_progress"] == 0, 60, "rewritten")
        assert second.step(now + timedelta(days=1))


def test_a_rewrite_that_was_begun_before_is_not_taken_for_the_one_that_is_needed(own: Settings) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.config_set("rdb-key-save-delay", 100_000)
        for number in range(500):
            redis.set(f"filler:{number}", b"x")
        redis.bgrewriteaof()
        removal = SaltRemoval(redis, own)
        assert not removal.step(NOW)
        assert redis.get(f"{ShardKeys.of(own.stream_name, 0).salts}removed:{TODAY}") == b"begun"


def test_where_the_file_can_not_be_rewritten_the_log_says_so(own: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
        with caplog.at_level(logging.WARNING):
            assert not SaltRemoval(redis, own).step(NOW)
            assert not SaltRemoval(redis, own).step(NOW)
    [line] = [record.getMessage() for record in caplog.records]
    assert "can't be rewritten" in line


def mark_of(settings: Settings) -> str:
    return f"{ShardKeys.of(settings.stream_name, 0).salts}removed:{TODAY}"


def test_a_rewrite_that_fails_after_it_began_is_tried_again(
    own: Settings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = NOW
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.set(key_of(own, TODAY - timedelta(days=9)), b"a salt of long ago")
        redis.config_set("rdb-key-save-delay", 100_000)
        for number in range(500):
            redis.set(f"filler:{number}", b"x")
        first, second = SaltRemoval(redis, own), SaltRemoval(redis, own)
        assert first.step(now)
        assert not first.step(now)
        assert redis.get(mark_of(own)).startswith(b"rewriting:")
        [child] = psutil.Process(redis.info("server")["process_id"]).children()
        child.kill()
        eventually(lambda: redis.info("persistence")["aof_last_bgrewrite_status"] == "err", 60, "failed")
        with caplog.at_level(logging.WARNING):
            assert not second.step(now)
            assert not first.step(now)
        [line] = [record.getMessage() for record in caplog.records]
        assert "will retry" in line
        assert 0 < redis.ttl(mark_of(own)) <= RETRY_SECONDS
        assert holds(folder, b"a salt of long ago")
        redis.config_set("rdb-key-save-delay", 0)
        redis.delete(mark_of(own))  # as Redis does once it is time
        assert second.step(now)
        eventually(lambda: not holds(folder, b"a salt of long ago"), 60, "removed")
        eventually(lambda: not (first.step(now) or redis.get(mark_of(own)) != b"done"), 60, "done")


def test_a_server_that_was_started_anew_is_not_taken_for_one_that_rewrote_its_file(own: Settings) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.set(mark_of(own), b"rewriting:" + b"0" * 40)
        assert not SaltRemoval(redis, own).step(NOW)
        assert redis.get(mark_of(own)) == b"failed"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("unknown command 'BGREWRITEAOF', with args beginning with: ", b"done"),
        ("Can't execute an AOF background rewriting. Please check the server logs for more information.", b"failed"),
    ],
)
def test_what_a_server_says_tells_whether_to_ask_it_again_today(
    own: Settings, caplog: pytest.LogCaptureFixture, answer: str, state: bytes
) -> None:
    server = mock.Mock(**{"execute_command.side_effect": ResponseError(answer), "info.return_value": {"run_id": "1"}})
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        removal = SaltRemoval(redis, own)
        with mock.patch.object(removal, "_find_servers", return_value=[server]), caplog.at_level(logging.WARNING):
            assert [removal.step(NOW) for _ in range(3)] == [False] * 3
        assert redis.get(mark_of(own)) == state
    assert server.execute_command.call_count == len(caplog.records) == 1


def test_a_replica_that_stays_behind_is_asked_again_later(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.poller.salt_removal.CATCH_UP_SECONDS", 0.1)
    primary = mock.Mock(**{"info.return_value": {"run_id": "1", "master_repl_offset": 200}})
    replica = mock.Mock(**{"info.return_value": {"run_id": "2", "slave_repl_offset": 199}})
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        removal = SaltRemoval(redis, own)
        with mock.patch.object(removal, "_find_servers", return_value=[primary, replica]):
            assert not removal.step(NOW)
            assert redis.get(mark_of(own)) == b"failed"
            assert 0 < redis.ttl(mark_of(own)) <= RETRY_SECONDS
            assert not replica.execute_command.called
            redis.delete(mark_of(own))  # it has expired
            replica.info.return_value["slave_repl_offset"] = 200
            assert removal.step(NOW)
    replica.execute_command.assert_called_once_with("BGREWRITEAOF")


def test_where_we_may_not_ask_how_it_went_the_file_is_rewritten_all_the_same(own: Settings) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.execute_command("ACL", "SETUSER", "default", "-info")
        assert SaltRemoval(redis, own).step(NOW)
        assert redis.get(mark_of(own)) == b"done"


def test_a_poller_at_work_removes_what_ended(own: Settings) -> None:
    with Redis.from_url(own.redis_url, protocol=2) as redis:
        redis.set(key_of(own, TODAY - timedelta(days=3)), b"a salt of long ago")
        stop = threading.Event()
        poller = threading.Thread(target=poll, args=(own, redis, mock.Mock(), stop, 60))
        poller.start()
        try:
            eventually(lambda: redis.get(key_of(own, TODAY - timedelta(days=3))) is None, 60, "removed")
        finally:
            stop.set()
            poller.join()


def test_a_poller_works_on_where_salts_can_not_be_removed(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0")
    with Redis.from_url(settings.redis_url, protocol=2) as redis:
        remove_salts(SaltRemoval(redis, settings), settings, redis)
    assert "not removed yet" in caplog.text

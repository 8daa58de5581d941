"""What the template lets each user of the queue do, tried on a real Valkey."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

from common.dead_letter import DeadLetter
from common.redis.client import connect
from common.redis.clock import read_clock
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import SitesAnswer, SitesTask
from functions.ingest.sites.redis_source import RedisSites
from functions.ingest.visitor_salts import VisitorSalts
from infra.local import embedded
from infra.poller.salt_removal import SaltRemoval
from infra.poller.sites.publisher import SitePublisher
from infra.queue.consumer import RedisQueue
from infra.queue.lead import Lead
from infra.queue.sightings import look
from infra.queue.status import read_status
from tests.cloud.template import Template

Login = Callable[[str], Settings]
KEYS = ShardKeys.of(Settings().stream_name, 0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey server of this module's own: its users are the server's, and so is the stream's name."""
    with embedded.valkey(tmp_path_factory.mktemp("users") / "data", durable=False) as url:
        yield url


@pytest.fixture
def login(server: str, mailing: Template) -> Iterator[Login]:
    """Settings that log in as a user of the template: `login("IngestQueueUser")`."""
    with Redis.from_url(server, protocol=2) as admin:
        for name, user in mailing.of_type("AWS::MemoryDB::User").items():
            admin.execute_command("ACL", "SETUSER", name, *user["AccessString"].split(), ">secret")

        def settings(user: str) -> Settings:
            parts = urlsplit(server)
            return Settings(redis_url=urlunsplit(parts._replace(netloc=f"{user}:secret@{parts.netloc.split('@')[-1]}")))

        yield settings
        admin.flushall()


async def accept(settings: Settings, *events: bytes) -> dict[str, int]:
    stream = RedisStream(settings)
    try:
        await stream.append(0, [("site", event) for event in events])
        await stream.count_refused(1)
        await stream.count_dropped({("site", "language"): 1})
        return await stream.read_backlog()
    finally:
        await stream.close()


def test_ingest_may_do_all_that_it_does(login: Login, server: str) -> None:
    assert asyncio.run(accept(login("IngestQueueUser"), b"{}", b"{}"))["events"] == 2
    with Redis.from_url(server, protocol=2) as admin:
        assert admin.keys(f"{KEYS.accepted}*")
        assert admin.keys(f"{KEYS.refused}*")
        assert admin.keys(f"{KEYS.dropped}*")


async def find_salt(settings: Settings, day: date) -> bytes:
    salts = VisitorSalts(settings)
    try:
        return await salts.find(day)
    finally:
        await salts.close()


def test_ingest_may_make_salts_and_the_poller_remove_them(login: Login, server: str) -> None:
    now = datetime.now(UTC)
    assert len(asyncio.run(find_salt(login("IngestQueueUser"), now.date()))) == 32
    settings = login("PollerQueueUser")
    with connect(settings) as redis, Redis.from_url(server, protocol=2) as admin:
        SaltRemoval(redis, settings).step(now + timedelta(days=3))
        assert admin.keys(f"{KEYS.salts}20*") == []


async def read_sites(settings: Settings) -> tuple[str, bytes] | None:
    source = RedisSites(settings)
    try:
        return await source.read("")
    finally:
        await source.close()


class Processor:
    """One that has something to publish, and a site to delete."""

    def ask(self, task: SitesTask) -> SitesAnswer:
        if task.remove is not None:
            return SitesAnswer(is_removed=task.is_last)
        return SitesAnswer(version="1", document='{"sites":{}}', removals={"site": 60})


def find_accepted(server: str) -> str:
    """The key of what was accepted in a minute: which may be over by now."""
    with Redis.from_url(server, protocol=2, decode_responses=True) as admin:
        [key] = admin.keys(f"{KEYS.accepted}*")
        return str(key)


def test_the_poller_may_publish_and_delete_sites_and_ingest_read_them(login: Login, server: str) -> None:
    asyncio.run(accept(login("IngestQueueUser"), b"{}"))
    accepted = find_accepted(server)
    settings = login("PollerQueueUser")
    with connect(settings) as redis:
        assert not SitePublisher(redis, settings, Processor(), settle_seconds=0).step()
        assert redis.hgetall(accepted) == {}
    assert asyncio.run(read_sites(login("IngestQueueUser"))) == ("1", b'{"sites":{}}')


def test_ingest_may_not_read_events_or_dead_letters(login: Login) -> None:
    asyncio.run(accept(login("IngestQueueUser"), b"{}"))
    with connect(login("IngestQueueUser")) as redis:
        for read in (
            lambda: redis.xrange(KEYS.stream),
            lambda: redis.hgetall(KEYS.dead_letters),
            lambda: redis.eval("return redis.call('XRANGE', KEYS[1], '-', '+')", 1, KEYS.stream),
            lambda: redis.xdel(KEYS.stream, "0-1"),
        ):
            with pytest.raises(ResponseError, match=r"(?i)no permissions"):
                read()


def test_the_poller_may_do_all_that_it_does(login: Login) -> None:
    asyncio.run(accept(login("IngestQueueUser"), b"{}", b"{}"))
    settings = login("PollerQueueUser")
    with connect(settings) as redis:
        queue = RedisQueue(redis, settings, 0, 0)
        lead = Lead(redis, settings, 0, 60)
        assert lead.take()
        lead.give_up()
        [entry] = queue.read_new(block_ms=1)
        assert queue.read_own() == [entry]
        assert queue.claim() == []
        queue.hold(entry)
        assert queue.count_failures([entry.message_id]) == [1]
        assert queue.read_failures([entry.message_id]) == [1]
        queue.settle([entry], [DeadLetter(f"{entry.message_id}/0", "[{}]", "crashed", 5, "site")])
        assert read_status(redis, settings).dead_letters == 1


def test_reports_may_read_what_alarms_judge_and_change_nothing(login: Login, server: str) -> None:
    asyncio.run(accept(login("IngestQueueUser"), b"{}"))
    accepted = find_accepted(server)
    settings = login("ReportsQueueUser")
    with connect(settings) as redis:
        assert read_status(redis, settings).events == 1
        assert [one.queued for one in look(redis, settings)] == [1, 0]
        assert read_clock(redis, KEYS.stream) > 0
        assert redis.hgetall(accepted) != {}
        for change in (
            lambda: redis.xadd(KEYS.stream, {"event": "{}"}),
            lambda: redis.xdel(KEYS.stream, "0-1"),
            lambda: redis.hset(KEYS.dead_letters, "0-1", "{}"),
            lambda: redis.delete(KEYS.backlog),
            lambda: redis.get("x"),
        ):
            with pytest.raises(NoPermissionError):
                change()


def test_nobody_may_flush_configure_or_look_beyond_the_stream(login: Login) -> None:
    for user in ("IngestQueueUser", "PollerQueueUser", "ReportsQueueUser"):
        with connect(login(user)) as redis:
            for forbidden in (redis.flushall, lambda: redis.keys("*"), redis.config_get, lambda: redis.hget("x", "y")):
                with pytest.raises(NoPermissionError):
                    forbidden()

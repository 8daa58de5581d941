"""A queue that is full answers 503 before Redis itself is, and takes events again as soon as there is room."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import yaml
from redis import Redis

from common.incoming_event import IncomingEvent
from common.redis.keys import ShardKeys, load_script
from common.settings import Settings
from common.wire import VERSION
from functions.ingest.queued_event import TimestampBounds, complete, encode
from infra.local import embedded
from infra.queue.consumer import RedisQueue
from infra.queue.safety import MEMORY_PER_QUEUED_BYTE
from tests.pressure.parts import EVENT, Parts

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
BACKLOG_MAX_BYTES = 4 << 20
NOW = datetime(2025, 11, 13, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}
EVENT_ID = "01900000-0000-7000-8000-000000000001"
SHORTEST = {"site_id": "b", "path": "/", "timestamp": "2025-11-12T10:00:00Z"}
"""Entries of one such event take the most of Redis's memory for each byte that is counted."""


@pytest.fixture
def small_server(tmp_path: Path) -> Iterator[str]:
    """A server whose memory is as small as the documents allow for this backlog."""
    with embedded.valkey(tmp_path / "small", durable=False) as url, Redis.from_url(url, protocol=2) as redis:
        used = redis.info("memory")["used_memory"]
        redis.config_set("maxmemory", used + MEMORY_PER_QUEUED_BYTE * BACKLOG_MAX_BYTES)
        yield url


@pytest.fixture
def settings(stream_settings: Settings, small_server: str) -> Settings:
    return stream_settings.model_copy(update={"redis_url": small_server, "backlog_max_bytes": BACKLOG_MAX_BYTES})


def send_until_full(url: str, body: bytes) -> httpx.Response:
    with httpx.Client(base_url=url, headers=JSON) as client:
        while (answer := client.post("/events" if body.startswith(b"[") else "/event", content=body)).is_success:
            pass
        return answer


def read_all(redis: "Redis", settings: Settings) -> int:
    """Settle everything that waits, as the poller does; how many events it was."""
    queue = RedisQueue(redis, settings, 0, 0)
    events = 0
    while entries := queue.read_new(block_ms=1):
        events += sum(entry.count for entry in entries)
        queue.settle(entries)
    return events


def test_a_full_queue_refuses_before_redis_does_and_takes_again_when_read(
    queue_parts: Parts, settings: Settings
) -> None:
    bounds = {"redis_url": settings.redis_url, "backlog_max_bytes": BACKLOG_MAX_BYTES, "site_share_bytes": 0}
    ingest = queue_parts.start("ingest", host="uvicorn", **bounds)
    body = json.dumps([json.loads(EVENT)] * 500).encode()
    refused = send_until_full(ingest.url, body)
    assert (refused.status_code, refused.json()["detail"]) == (
        503,
        "The queue is full; send the same events again later.",
    )
    assert int(refused.headers["retry-after"]) >= 1
    with Redis.from_url(settings.redis_url, protocol=2) as redis:
        memory: dict[str, Any] = redis.info("memory")
        assert memory["used_memory"] < memory["maxmemory"]
        assert "errorstat_OOM" not in redis.info("errorstats")
        assert httpx.get(f"{ingest.url}/readyz").status_code == 200
        assert read_all(redis, settings) > 1000
        assert redis.hget(ShardKeys.of(settings.stream_name, 0).backlog, "bytes") == b"0"
    assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == 202


def test_redis_needs_no_more_than_is_documented_for_each_byte_that_waits(small_server: str) -> None:
    keys = ShardKeys.of("shortest", 0)
    incoming, bounds = IncomingEvent(**SHORTEST), TimestampBounds(NOW.replace(year=2000), timedelta(1))
    event = complete(incoming, NOW, EVENT_ID, bounds, lambda given, _: {"path": given.path})
    entry = b"[%s]" % encode(event)
    arguments = [10**9, BACKLOG_MAX_BYTES, VERSION, 3600, 0, 0, 1, 60_000, 1, entry, 0, SHORTEST["site_id"], 1]
    with Redis.from_url(small_server, protocol=2) as redis:
        before = redis.info("memory")["used_memory"]
        script = redis.script_load(load_script("common.redis.stream", "append"))
        with redis.pipeline(transaction=False) as pipeline:
            for _ in range(BACKLOG_MAX_BYTES // len(entry)):
                pipeline.evalsha(script, 4, keys.stream, keys.backlog, keys.accepted, keys.witness, *arguments)
            assert all(pipeline.execute())
        assert redis.info("memory")["used_memory"] - before < MEMORY_PER_QUEUED_BYTE * BACKLOG_MAX_BYTES


def test_the_bound_holds_for_events_too_and_exactly(queue_parts: Parts) -> None:
    ingest = queue_parts.start("ingest", backlog_max_events=10)
    for expected in [202] * 10 + [503] * 3:
        assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == expected


def test_where_redis_itself_is_full_the_answer_is_a_503_and_recovery_needs_nobody(
    queue_parts: Parts, small_server: str
) -> None:
    ingest = queue_parts.start("ingest", redis_url=small_server)
    with Redis.from_url(small_server, protocol=2) as redis:
        enough = redis.config_get("maxmemory")["maxmemory"]
        redis.config_set("maxmemory", 1)
        refused = httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert httpx.get(f"{ingest.url}/readyz").status_code == 503
        redis.config_set("maxmemory", enough)
        assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == 202
        assert httpx.get(f"{ingest.url}/readyz").status_code == 200


def test_compose_gives_redis_the_memory_that_the_default_bound_needs() -> None:
    config = yaml.safe_load(COMPOSE.read_text())["configs"]["redis"]["content"]
    [gigabytes] = re.findall(r"maxmemory \$\{REDIS_MAXMEMORY:-(\d+)gb\}", config)
    needed = MEMORY_PER_QUEUED_BYTE * Settings.model_fields["backlog_max_bytes"].default
    assert int(gigabytes) << 30 >= needed
    assert "maxmemory-policy noeviction\n" in config

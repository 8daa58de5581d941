"""New sites an hour are bounded over all instances, and whoever looks sees what fills the queue's memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.new_sites import NewSites
from infra.cli.operations import status
from infra.ledger.reader import LedgerReader
from infra.local import embedded
from infra.queue.memory import read_memory
from infra.queue.status import read_status

MOST = 3


@contextmanager
def instance(settings: Settings) -> Iterator[TestClient]:
    stream = RedisStream(settings)
    new_sites = NewSites(stream.admit_sites, settings.new_sites_per_hour)
    with TestClient(build_ingest_app(stream, settings, new_sites=new_sites)) as client:
        yield client
        assert client.portal is not None
        client.portal.call(stream.close)


@pytest.fixture
def few(settings: Settings) -> Settings:
    return settings.model_copy(update={"new_sites_per_hour": MOST})


def event(site_id: str) -> dict[str, str]:
    return {"site_id": site_id, "event_type": "page_view", "path": "/", "timestamp": "2025-11-12T10:00:00Z"}


def test_a_site_too_many_is_refused_by_each_instance_and_known_ones_go_on(few: Settings, redis: "Redis") -> None:
    with instance(few) as one:
        assert [one.post("/event", json=event(f"s{n}")).status_code for n in range(5)] == [202, 202, 202, 429, 429]
    with instance(few) as other:
        answer = other.post("/event", json=event("s9"))
        assert answer.status_code == 429
        assert answer.json()["violated-policies"] == ["new-sites"]
        assert "NEW_SITES_PER_HOUR" in answer.json()["detail"]
        assert 0 < int(answer.headers["Retry-After"]) <= 3600
        assert other.post("/event", json=event("s1")).status_code == 202
    assert read_status(redis, few).events == 4
    assert sum(int(redis.get(key) or 0) for key in redis.scan_iter(f"{ShardKeys.of(few.stream_name, 0).refused}*")) == 3


def test_in_a_batch_the_neighbours_of_a_site_too_many_are_accepted(few: Settings, redis: "Redis") -> None:
    with instance(few) as client:
        for n in range(MOST):
            client.post("/event", json=event(f"s{n}"))
        answer = client.post("/events", json=[event("s0"), event("new"), event("s1"), event("new")])
        assert answer.status_code == 202
        assert answer.json()["accepted"] == 2
        assert [one["index"] for one in answer.json()["rejected"]] == [1, 3]
        assert answer.json()["rejected"][0]["errors"][0]["pointer"] == "/site_id"
        assert client.post("/events", json=[event("new"), event("new2")]).status_code == 429
    keys = ShardKeys.of(few.stream_name, 0)
    assert redis.zcard(keys.sites) == MOST  # what is refused leaves nothing
    assert sum(int(redis.get(key) or 0) for key in redis.scan_iter(f"{keys.refused}*")) == 4


def test_status_says_what_fills_the_memory_and_how_many_sites_are_new(
    few: Settings, redis: "Redis", database: Database
) -> None:
    with instance(few) as client:
        for n in range(5):
            client.post("/event", json=event(f"s{n}"))
        ready = client.get("/readyz").json()
        assert ready["memory"]["used"] > 0
    text = CliRunner().invoke(status, [], obj=few, catch_exceptions=False).output
    assert "3 new in this hour, 2 events of others refused" in text
    memory = json.loads(CliRunner().invoke(status, ["--json"], obj=few, catch_exceptions=False).output)["memory"]
    assert memory["parts"]["stream"] > 0
    assert memory["parts"]["ledger"] > 0
    assert LedgerReader(redis, database, few).find_losses() == ()


def test_a_full_memory_is_said_with_its_figures_by_the_answer_and_by_readyz(tmp_path: Path, few: Settings) -> None:
    with embedded.valkey(tmp_path / "small", durable=False) as url, Redis.from_url(url, protocol=2) as redis:
        own = few.model_copy(update={"redis_url": url, "new_sites_per_hour": 0})
        with instance(own) as client:
            assert client.post("/event", json=event("a")).status_code == 202
            redis.config_set("maxmemory", 1)
            for answer in (client.post("/event", json=event("a")), client.get("/readyz")):
                assert answer.status_code == 503
                assert "of 1 are in use" in answer.json()["detail"]
        memory = read_memory(redis, own, 0)
        assert memory is not None
        assert memory.max == 1


def test_a_key_of_another_prefix_is_not_the_ledgers(few: Settings, redis: "Redis") -> None:
    before = read_memory(redis, few, 0)
    redis.set("another", "x" * 10_000)
    after = read_memory(redis, few, 0)
    assert before is not None
    assert after is not None
    assert after.parts == before.parts
    redis.delete("another")

"""Values past what a site may bring in a day, from ingest to the figures."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis

from common.redis.keys import ShardKeys
from common.settings import Settings
from infra.cli.operations import status
from tests.functions.conftest import Serve


@pytest.fixture
def event() -> dict[str, Any]:
    """What is the same of all events: their day too, even if midnight passes between them."""
    return {"site_id": "blog", "user_id": "ann", "timestamp": datetime.now(UTC).isoformat()}


def test_what_is_gathered_is_queued_so_and_counted_in_the_ledger(
    serve: Serve, environment: pytest.MonkeyPatch, redis: Redis, settings: Settings, event: dict[str, Any]
) -> None:
    environment.setenv("SITE_DAY_PATHS", "2")
    ingest = serve("ingest")
    for path in ("/a", "/b", "/c", "/d"):
        assert ingest.post("/event", json={**event, "path": path}).status_code == 202
    keys = ShardKeys.of(settings.stream_name, 0)
    queued = [one for _, fields in redis.xrange(keys.stream) for one in json.loads(fields[b"data"])]
    assert [one["path"] for one in queued] == ["/a", "/b", "(other)", "(other)"]
    counts = [redis.hgetall(key) for key in redis.scan_iter(f"{keys.dropped}*")]
    assert sum(int(count) for fields in counts for name, count in fields.items() if name == b"path(other) blog") == 2
    told = CliRunner().invoke(status, ["--json"], obj=settings, catch_exceptions=False)
    assert json.loads(told.stdout)["gathered_24h"] == [{"site_id": "blog", "field": "path", "events": 2}]
    assert "2 path of blog under (other)" in CliRunner().invoke(status, obj=settings).output


def test_who_tries_an_event_is_told_what_would_be_gathered(
    serve: Serve, environment: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    environment.setenv("SITE_DAY_PATHS", "1")
    ingest = serve("ingest")
    ingest.post("/event", json={**event, "path": "/a"})
    tried = [{**event, "path": path} for path in ("/a", "/b")]
    [known, new] = ingest.post("/validate", json=tried).json()["events"]
    assert "gathered" not in known
    assert (new["outcome"], new["event"]["path"]) == ("stored", "(other)")
    assert [fault["pointer"] for fault in new["gathered"]] == ["/path"]
    assert "(other)" in new["gathered"][0]["detail"]


def test_what_is_only_tried_takes_no_place(
    serve: Serve, environment: pytest.MonkeyPatch, redis: Redis, settings: Settings, event: dict[str, Any]
) -> None:
    environment.setenv("SITE_DAY_PATHS", "1")
    ingest = serve("ingest")
    ingest.post("/validate", json={**event, "path": "/a"})
    ingest.post("/event", json={**event, "path": "/b"})
    [(_, fields)] = redis.xrange(ShardKeys.of(settings.stream_name, 0).stream)
    assert json.loads(fields[b"data"])[0]["path"] == "/b"

"""Ingest, and what it queues of other trackers' requests."""

import json
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.redis.keys import ShardKeys
from common.settings import Settings
from common.sites.document import SitesDocument, write_document
from tests.functions.conftest import Serve

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


class Ingest:
    """Ingest, as other trackers' clients meet it."""

    def __init__(self, client: TestClient, redis: Redis, settings: Settings) -> None:
        self.client, self.redis = client, redis
        self.keys = ShardKeys.of(settings.stream_name, 0)
        client.headers["User-Agent"] = FIREFOX

    def queued(self) -> list[Any]:
        """Every event, in its order."""
        return [event for _, fields in self.redis.xrange(self.keys.stream) for event in json.loads(fields[b"data"])]

    def dropped(self) -> dict[str, int]:
        """What the ledger counts as dropped, by name and site."""
        hashes = [self.redis.hgetall(key) for key in self.redis.keys(f"{self.keys.dropped}*")]
        return {name.decode(): int(count) for found in hashes for name, count in found.items()}

    def refused(self) -> int:
        """How many events the ledger counts as refused."""
        return sum(int(self.redis.get(key)) for key in self.redis.keys(f"{self.keys.refused}*"))

    def validate(self, dialect: str, query: str = "", **request: Any) -> list[Any]:
        """What POST /validate tells of each item of a request."""
        answer = self.client.post(f"/validate?dialect={dialect}&{query}", **request)
        assert answer.status_code == 200, answer.text
        return answer.json()["events"]  # type: ignore[no-any-return]

    def alias(self, dialect: str, external_id: str, site_id: str) -> None:
        """Publish that an id stands for a site."""
        document = write_document(SitesDocument(aliases={(dialect, external_id): site_id}))
        self.redis.hset(self.keys.sites_document, mapping={"version": "1", "document": document})


@pytest.fixture
def ingest(serve: Serve, redis: Redis, settings: Settings) -> Ingest:
    return Ingest(serve("ingest"), redis, settings)

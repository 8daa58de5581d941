"""Everything but ingest, a step at a time: for tests of sites. It runs on real servers."""

import json
from typing import Any

from click.testing import CliRunner
from redis import Redis
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.settings import Settings
from common.wire import SitesAnswer, SitesTask, encode_sites_task, read_sites_answer
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.main import analytics
from infra.poller.sites.publisher import SitePublisher
from infra.queue.consumer import RedisQueue

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HEADERS = {"Content-Type": "application/json", "User-Agent": FIREFOX}


class SteppedSystem:
    """Process, the publisher of sites and the queue of one stream and one database."""

    def __init__(self, settings: Settings, database: Database, redis: Redis) -> None:
        self.settings, self.database, self.redis = settings, database, redis
        self.store = PostgresStore(database, unknown_sites=settings.unknown_sites)
        self.publisher = SitePublisher(redis, settings, self, settle_seconds=0)
        self.queue = RedisQueue(redis, settings, 0, 0)

    def ask(self, task: SitesTask) -> SitesAnswer:
        """The processor's answer, over the wire."""
        return read_sites_answer(json.dumps(handle_batch(encode_sites_task(task), self.store)).encode())

    def process(self) -> None:
        """Store what is queued."""
        entries = self.queue.read_new(block_ms=1)
        records = [{"messageId": entry.message_id, "body": entry.data.decode()} for entry in entries]
        if records:
            assert handle_batch({"Records": records}, self.store) == {"batchItemFailures": []}
        self.queue.settle(entries)

    def run(self, *arguments: str, fails: bool = False) -> Any:
        """What a command prints; JSON where it is."""
        done = CliRunner().invoke(analytics, ["sites", *arguments], catch_exceptions=True)
        assert (done.exit_code != 0) == fails, done.output
        return json.loads(done.output) if "--json" in arguments else str(done.exception if fails else done.output)

    def remove(self, site_id: str) -> None:
        """Delete a site to the end."""
        for _ in range(100):
            self.publisher.step()
            if self.database.run("select count(*) from site_removals where site_id = :site", site=site_id) == [[0]]:
                self.publisher.step()
                return
        raise AssertionError("the site is still there")


def send(ingest: TestClient, site_id: str, **fields: Any) -> int:
    page = {} if "path" in fields else {"url": "https://shop.example/a"}
    return ingest.post(
        "/event", content=json.dumps({"site_id": site_id, **page, **fields}), headers=HEADERS
    ).status_code

"""The processor and the stats app over a real PostgreSQL, with histories in it, each on a site of its own."""

import json
from datetime import datetime
from itertools import count
from typing import Any

from starlette.testclient import TestClient

from common.adapters.database import Database
from common.adapters.postgres import PostgresStore
from common.adapters.verification import verify_aggregates
from common.process import handle_batch
from tests.oracle.comparison import EVERYTHING, Comparison, compare
from tests.oracle.histories import History
from tests.oracle.oracle import Site

MOST_SITES = 20
"""In the database at a time: a recount reads them all."""
TABLES = "events, sites, visits, rollups, daily_values, quarter_stats, daily_stats, daily_paths, daily_users"

_numbers = count(1)


class Stand:
    """What a client meets, and what it should be told."""

    def __init__(self, database_url: str, database: Database, client: TestClient, now: datetime) -> None:
        self._url = database_url
        self._database = database
        self._store = PostgresStore(database)
        self._client = client
        self._now = now
        self._sites = 0

    def store(self, history: History) -> str:
        """Through the processor; the site's id."""
        site_id = f"site {next(_numbers)}"
        self._forget_sites()
        self._database.run(
            "insert into sites (site_id, time_zone) values (:site_id, :time_zone)",
            site_id=site_id,
            time_zone=history.time_zone,
        )
        for batch in history.batches:
            entries = [[{"site_id": site_id, **event} for event in entry] for entry in batch]
            records = [{"messageId": f"0:{next(_numbers)}-0", "body": json.dumps(entry)} for entry in entries]
            assert handle_batch({"Records": records}, self._store) == {"batchItemFailures": []}
        assert self._database.run("select count(*) from rejected_events") == [[0]]
        return site_id

    def _forget_sites(self) -> None:
        self._sites += 1
        if self._sites % MOST_SITES == 0:
            self._database.run(f"truncate {TABLES}, filtered_events")

    def verify(self) -> list[dict[str, Any]]:
        """What a recount of the events finds wrong."""
        return [difference.as_dict() for difference in verify_aggregates(self._url)]

    def ask(self, site_id: str, endpoint: str, query: dict[str, str]) -> dict[str, Any]:
        """An answer of the API; of an error, the problem document."""
        return self._client.get(f"/v1/stats/{endpoint}", params={"site_id": site_id, **query}).json()

    def compare(self, site: Site, site_id: str, endpoint: str, query: dict[str, str]) -> Comparison:
        """A query's answer beside the oracle's."""
        said = self.ask(site_id, endpoint, query)
        if "meta" not in said:
            return Comparison([f"refused: {said}"])
        asked = query if said["meta"]["exact"] or endpoint != "breakdown" else query | EVERYTHING
        return compare(endpoint, query, said, site.answer(endpoint, asked, self._now))

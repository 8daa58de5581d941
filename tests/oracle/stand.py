"""The processor and the stats app over a real PostgreSQL, with histories in it, each on a site of its own."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any

from starlette.testclient import TestClient

from common.days.closing import close_due
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from common.segments.segment import Segment
from common.segments.segments import Segments
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations.backfill import backfill
from infra.sites.sites import set_time_zone
from infra.verification.recount import verify_aggregates
from tests.oracle.comparison import EVERYTHING, Comparison, compare
from tests.oracle.histories import Batch, History
from tests.oracle.oracle import Site

MOST_SITES = 20
"""In the database at a time: a recount reads them all."""
FIGURES = ("visits", "rollups", "daily_values", "quarter_stats")
OTHERS = ("events", "sites", "daily_stats", "daily_paths", "daily_users", "closed_days", "filtered_events")

_numbers = count(1)


class Stand:
    """What a client meets, and what it should be told."""

    def __init__(self, settings: Settings, database: Database, client: TestClient, now: datetime) -> None:
        self._settings = settings
        self._database = database
        self._store = PostgresStore(database)
        self._client = client
        self._now = now
        self._sites = 0

    def store(self, history: History) -> str:
        """Through the processor; the site's id."""
        site_id = f"site {next(_numbers)}"
        self._sites += 1
        if self._sites % MOST_SITES == 0:
            self._database.run(f"truncate {', '.join([*FIGURES, *OTHERS])}")
        self._add_site(site_id, "Asia/Tokyo" if history.past == "time zone set later" else history.time_zone)
        payloads = [_make_payload(site_id, batch) for batch in history.batches]
        if history.past == "delivered at once":
            with ThreadPoolExecutor(3) as processors:
                work: list[Future[Any]] = []
                for number, payload in enumerate(payloads):
                    if number in history.closings:
                        work.append(processors.submit(close_due, self._database, 0))
                    work.append(processors.submit(self._deliver, payload))
            for done in work:
                done.result()
        else:
            for number, payload in enumerate(payloads):
                if number in history.closings:
                    close_due(self._database, 0)
                if history.past == "counted later" and number == len(payloads) // 2:
                    self._forget_figures(site_id)
                self._deliver(payload)
        if history.past == "counted later":
            assert backfill(self._database, history.time_zone, chunk_events=7)
        if history.past == "time zone set later":
            assert set_time_zone(self._settings, site_id, history.time_zone)
        if len(payloads) in history.closings:
            close_due(self._database, 0)
        assert self._database.run("select count(*) from rejected_events") == [[0]]
        return site_id

    def _add_site(self, site_id: str, time_zone: str) -> None:
        statement = "insert into sites (site_id, time_zone) values (:site_id, :time_zone)"
        self._database.run(statement, site_id=site_id, time_zone=time_zone)

    def _deliver(self, payload: dict[str, Any]) -> None:
        assert handle_batch(payload, self._store) == {"batchItemFailures": []}

    def _forget_figures(self, site_id: str) -> None:
        """As if the site's events had been stored before there were any."""
        for table in FIGURES:
            self._database.run(f"delete from {table} where site_id = :site_id", site_id=site_id)
        self._database.run("update events set is_counted = false where site_id = :site_id", site_id=site_id)

    def verify(self, site_id: str) -> list[dict[str, Any]]:
        """What a recount of the events finds wrong with the site."""
        found = [difference.as_dict() for difference in verify_aggregates(self._settings.database_url)]
        return [difference for difference in found if difference["site_id"] == site_id]

    def ask(self, site_id: str, endpoint: str, query: dict[str, str]) -> dict[str, Any]:
        """An answer of the API; of an error, the problem document."""
        return self._client.get(f"/v1/stats/{endpoint}", params={"site_id": site_id, **query}).json()

    def put_goals(self, site_id: str, goals: list[dict[str, Any]]) -> None:
        """Define a site's goals, as the API shows them."""
        for goal in goals:
            Goals(self._database).put("test", site_id, Goal(**{**goal, "filters": json.dumps(goal["filters"])}))

    def put_segments(self, site_id: str, segments: dict[str, list[Any]]) -> None:
        """Define a site's segments, by name."""
        for name, filters in segments.items():
            Segments(self._database).put("test", site_id, Segment(name, json.dumps(filters)))

    def ask_day(self, site_id: str, day: str) -> dict[str, Any]:
        """An answer of GET /stats."""
        return self._client.get("/stats", params={"site_id": site_id, "date": day}).json()

    def close_days(self, site_id: str) -> int:
        """Close every day; how many the site has that are closed."""
        close_due(self._database, 0)
        [[closed]] = self._database.run("select count(*) from closed_days where site_id = :site_id", site_id=site_id)
        return int(closed)

    def compare(self, site: Site, site_id: str, endpoint: str, query: dict[str, str]) -> Comparison:
        """A query's answer beside the oracle's."""
        said = self.ask(site_id, endpoint, query)
        if "meta" not in said:
            return Comparison([f"refused: {said}"])
        asked = query if said["meta"]["exact"] or endpoint != "breakdown" else query | EVERYTHING
        return compare(endpoint, query, said, site.answer(endpoint, asked, self._now))


def _make_payload(site_id: str, batch: Batch) -> dict[str, Any]:
    entries = [[{"site_id": site_id, **event} for event in entry] for entry in batch]
    return {"Records": [{"messageId": f"0:{next(_numbers)}-0", "body": json.dumps(entry)} for entry in entries]}

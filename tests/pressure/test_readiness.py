"""The poller is not ready while the queue is stuck, though everything is alive; ingest is ready throughout."""

import httpx2 as httpx

from common.adapters.database import Database
from tests.pressure.parts import EVENT, Parts, eventually

JSON = {"Content-Type": "application/json"}


def test_a_stuck_queue_makes_the_poller_unready_and_ingest_goes_on(parts: Parts, database: Database) -> None:
    process = parts.start("process", database_timeout_seconds=1)
    ingest = parts.start("ingest")
    poller = parts.start("poller", process_url=process.url, oldest_pending_max_seconds=1)

    def read_poller() -> httpx.Response:
        return httpx.get(f"{poller.url}/readyz", timeout=10)

    assert read_poller().status_code == 200
    with database.transaction() as connection:
        connection.run("lock table events in access exclusive mode")
        assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == 202
        eventually(lambda: read_poller().status_code == 503, 10, "the poller says that the queue is stuck")
        content = read_poller().json()
        assert content["processor"] is True
        assert content["queue"]["oldest_age_seconds"] > 1
        assert httpx.get(f"{poller.url}/healthz").status_code == 200
        assert httpx.get(f"{process.url}/readyz").status_code == 200
        assert httpx.get(f"{ingest.url}/readyz").json()["backlog"]["events"] == 1
        assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == 202
    eventually(lambda: read_poller().status_code == 200, 20, "the poller is ready again")
    assert database.run("select total_views from daily_stats") == [[2]]

"""The poller is not ready while the queue is stuck, though everything is alive; ingest is ready throughout."""

import socket
import time

import httpx2 as httpx

from common.postgres.database import Database
from infra.health import serve_health
from infra.local.address import free_port
from tests.pressure.parts import EVENT, Parts, eventually

JSON = {"Content-Type": "application/json"}


def is_stuck(answer: httpx.Response) -> bool:
    """Whether it is not ready for that alone; for a moment it may be that the processor is slow to answer, too."""
    content = answer.json()
    is_old = answer.status_code == 503 and content["queue"]["oldest_age_seconds"] > 1
    return bool(is_old and content["processor"] is True)


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
        eventually(lambda: is_stuck(read_poller()), 60, "the poller says that the queue is stuck")
        assert httpx.get(f"{poller.url}/healthz").status_code == 200
        assert httpx.get(f"{process.url}/readyz").status_code == 200
        assert httpx.get(f"{ingest.url}/readyz").json()["backlog"]["events"] == 1
        assert httpx.post(f"{ingest.url}/event", content=EVENT, headers=JSON).status_code == 202
    eventually(lambda: read_poller().status_code == 200, 20, "the poller is ready again")
    eventually(lambda: database.run("select total_views from daily_stats") == [[2]], 10, "both events are counted")


def test_a_request_for_the_pollers_health_that_trickles_in_is_given_up() -> None:
    port = free_port()
    server = serve_health("127.0.0.1", port, lambda: (True, {}), read_seconds=0.3)
    with server, socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        ends_at = time.monotonic() + 10
        try:
            for byte in b"GET /healthz HTTP/1.1\r\n" * 100:
                connection.send(bytes([byte]))
                time.sleep(0.02)
                assert time.monotonic() < ends_at
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            raise AssertionError("all of it was read")
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        server.shutdown()

"""The figures of an HTTP part, in one process and in several."""

import os
import subprocess
import sys
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from common.http import messages
from common.http.app import App, build_app
from common.metrics.exposition import make_registry, render
from common.metrics.requests import RequestMeter, expose

PROJECT = Path(__file__).resolve().parents[4]
KEY = {"Authorization": "Bearer a-key-of-the-test"}


def build() -> App:
    async def answer(_: Request) -> Response:
        return messages.answer({})

    async def fail(_: Request) -> Response:
        raise RuntimeError("a failure of ours")

    app = build_app([Route("/sites/{site}", answer), Route("/fail", fail)])
    registry = make_registry()
    expose(app, RequestMeter(registry), registry, "a-key-of-the-test")
    return app


def test_requests_count_under_their_route_whatever_they_name() -> None:
    client = TestClient(build(), raise_server_exceptions=False)
    for path in ("/sites/a", "/sites/b", "/nothing/a", "/nothing/b", "/fail"):
        client.get(path)
    for method in ("INVENTED", "ANOTHER"):
        client.request(method, "/sites/a")
    lines = client.get("/metrics", headers=KEY).text.splitlines()
    counts = {line.partition("_count")[2] for line in lines if "_seconds_count{" in line}
    assert counts == {
        '{method="GET",route="/sites/{site}",status="200"} 2.0',
        '{method="GET",route="",status="404"} 2.0',
        '{method="GET",route="/fail",status="500"} 1.0',
        '{method="other",route="/sites/{site}",status="405"} 2.0',
    }


def test_who_guesses_the_key_is_soon_told_nothing_and_who_has_it_is_answered() -> None:
    client = TestClient(build())
    statuses = [client.get("/metrics", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(12)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert client.get("/metrics", headers=KEY).status_code == 200


_WORKER = """
import sys
from common.metrics.driver import Counter, Gauge
from common.metrics.exposition import make_registry, render
registry = make_registry()
counter = Counter("counted", "c", registry=registry)
gauge = Gauge("held", "g", multiprocess_mode="livesum", registry=registry)
counter.inc(2)
gauge.inc(3)
print(render(registry).decode())
"""


def test_what_a_process_counted_stays_when_it_ends_and_what_it_held_does_not(tmp_path: Path) -> None:
    said = ""
    for _ in range(2):
        env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(PROJECT)}
        done = subprocess.run([sys.executable, "-c", _WORKER], env=env, capture_output=True, text=True, check=True)
        said = done.stdout
    assert "counted_total 4.0" in said
    assert "held 3.0" in said


def test_the_process_itself_is_shown() -> None:
    assert b"process_resident_memory_bytes" in render(make_registry())

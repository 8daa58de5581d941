"""One trace follows an event from its request to the commit, as a collector gets it."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.conftest import System, eventually, get

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@dataclass(frozen=True)
class Span:
    """What of a span is looked at."""

    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    began: int
    ended: int
    attributes: dict[str, Any]


class Collector:
    """Takes spans by OTLP over HTTP."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.spans: list[Span] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            told = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    attributes = {
                        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
                        for one in span.attributes
                    }
                    place = (span.trace_id, span.span_id, span.parent_span_id)
                    times = (span.start_time_unix_nano, span.end_time_unix_nano)
                    self.spans.append(Span(told["service.name"], span.name, *place, *times, attributes))

    def find(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class TracedSystem(System):
    """One that sends every trace to a collector, soon."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        super().__init__(folder)
        self._endpoint = endpoint

    @property
    def env(self) -> dict[str, str]:
        own = {"OTEL_EXPORTER_OTLP_ENDPOINT": self._endpoint, "TRACES_SHARE": "1", "OTEL_BSP_SCHEDULE_DELAY": "100"}
        return super().env | own


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TracedSystem]:
    one = TracedSystem(tmp_path_factory.mktemp("traced"), collector.url)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def send(system: System, path: str, body: object, **headers: str) -> int:
    headers["Content-Type"] = "application/json"
    request = urllib.request.Request(f"{system.ingest_url}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return int(response.status)


def test_one_trace_follows_an_event_from_its_request_to_the_commit(traced: TracedSystem, collector: Collector) -> None:
    assert send(traced, "/event", {"site_id": "traced", "path": "/secret-path", "user_id": "secret-user"}) == 202
    parts = ("POST /event", "wait in the queue", "store")
    eventually(lambda: all(map(collector.find, parts)), 60, "the collector has the whole trace")
    [posted] = collector.find("POST /event")
    [waited] = collector.find("wait in the queue")
    [stored] = collector.find("store")
    assert (posted.service, waited.service, stored.service) == (
        "analytics-ingest",
        "analytics-process",
        "analytics-process",
    )
    assert posted.parent == b""
    assert posted.trace == waited.trace == stored.trace
    assert posted.id == waited.parent == stored.parent
    assert posted.began // 1_000_000 <= waited.began // 1_000_000 <= waited.ended <= stored.began < stored.ended
    assert posted.attributes["http.response.status_code"] == 202
    assert stored.attributes["analytics.batch.stored"] == 1
    assert "secret" not in str(collector.spans)


def test_each_request_of_a_shared_write_has_its_own_trace(traced: TracedSystem, collector: Collector) -> None:
    before = len(collector.find("store"))
    events = [{"site_id": f"site-{number}", "path": "/", "user_id": "a"} for number in range(50)]
    threads = [threading.Thread(target=send, args=(traced, "/events", events)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    posts = {span.trace for span in collector.find("POST /events")}
    eventually(lambda: len({span.trace for span in collector.find("POST /events")}) == 4, 60, "four requests")
    posts = {span.trace for span in collector.find("POST /events")}
    eventually(lambda: posts <= {span.trace for span in collector.find("store")[before:]}, 60, "four commits")


def test_a_sender_can_not_choose_a_trace(traced: TracedSystem, collector: Collector) -> None:
    theirs = "0af7651916cd43dd8448eb211c80319c"
    before = len(collector.find("POST /event"))
    send(
        traced,
        "/event",
        {"site_id": "traced", "path": "/", "user_id": "a"},
        traceparent=f"00-{theirs}-b7ad6b7169203331-01",
    )
    eventually(lambda: len(collector.find("POST /event")) > before, 60, "the request is traced")
    assert bytes.fromhex(theirs) not in {span.trace for span in collector.spans}


def test_questions_are_traced_by_their_route(traced: TracedSystem, collector: Collector) -> None:
    get(f"{traced.stats_url}/v1/stats/summary?site_id=traced&period=all")
    eventually(lambda: collector.find("GET /v1/stats/summary"), 60, "the question is traced")
    assert collector.find("GET /v1/stats/summary")[0].service == "analytics-stats"

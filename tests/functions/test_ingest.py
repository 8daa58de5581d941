"""The ingest function over HTTP."""

import gzip
import json
import socket
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from redis import Redis
from starlette.testclient import TestClient

from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.functions.conftest import Load, Serve, http_event

EVENT = {"site_id": "blog", "path": "/home", "user_id": "ann", "timestamp": "2025-11-12T10:00:00Z"}
PACKED = gzip.compress(b"{}", mtime=0)
PROBLEM = "application/problem+json"


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(serve: Serve) -> TestClient:
    return serve("ingest")


def queued(redis: "Redis", settings: Settings) -> list[Any]:
    entries = redis.xrange(f"{{{settings.stream_name}:0}}")
    return [event for _, fields in entries for event in json.loads(fields[b"data"])]


def test_one_event_is_accepted_and_queued(ingest: TestClient, redis: "Redis", settings: Settings) -> None:
    answer = ingest.post("/event", json=EVENT)
    assert (answer.status_code, answer.text) == (202, '{"status":"ok"}')
    [event] = queued(redis, settings)
    assert event.pop("event_id")[14] == "7"
    assert event == {**EVENT, "event_type": "page_view", "timestamp": "2025-11-12T10:00:00.000000Z"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps([EVENT, EVENT])),
        ("application/x-ndjson", f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}\n"),
        ("text/plain;charset=UTF-8", json.dumps([EVENT, EVENT])),
        ('application/json; charset="utf-8"; x=y', json.dumps([EVENT, EVENT])),
        ("text/plain", f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}"),
    ],
)
def test_many_events_are_one_entry(
    content_type: str, body: str, ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    answer = ingest.post("/events", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()) == (202, {"status": "ok", "accepted": 2})
    assert len(queued(redis, settings)) == 2
    assert redis.xlen(f"{{{settings.stream_name}:0}}") == 1


def test_a_beacon_is_an_event_too(ingest: TestClient) -> None:
    answer = ingest.post("/event", content=json.dumps(EVENT), headers={"Content-Type": "text/plain;charset=UTF-8"})
    assert answer.status_code == 202


def test_valid_neighbours_of_invalid_events_are_accepted(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    answer = ingest.post("/events", json=[EVENT, {"site_id": "blog"}, {**EVENT, "timestamp": "1999-01-01T00:00:00Z"}])
    assert answer.status_code == 202
    content = answer.json()
    assert (content["status"], content["accepted"]) == ("partial", 1)
    assert [(item["index"], item["errors"][0]["pointer"]) for item in content["rejected"]] == [
        (1, "/path"),
        (2, "/timestamp"),
    ]
    assert len(queued(redis, settings)) == 1


def test_where_nothing_is_valid_nothing_is_queued(ingest: TestClient, redis: "Redis", settings: Settings) -> None:
    answer = ingest.post("/events", json=[{}, 1])
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [item["index"] for item in answer.json()["rejected"]] == [0, 1]
    assert queued(redis, settings) == []


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "/event", {"Content-Type": "application/json"}, "{", 400),
        ("POST", "/events", {"Content-Type": "application/json"}, "[{}", 400),
        ("POST", "/event", {"Content-Type": "application/json"}, "[]", 422),
        ("POST", "/event", {"Content-Type": "application/json"}, '{"site_id":1}', 422),
        ("POST", "/events", {"Content-Type": "application/json"}, "[]", 422),
        ("POST", "/events", {"Content-Type": "application/json"}, "{}", 422),
        ("POST", "/event", {"Content-Type": "application/x-www-form-urlencoded"}, "{}", 415),
        ("POST", "/event", {}, "{}", 415),
        ("POST", "/event", {"Content-Type": "application/json;charset=utf-16"}, "{}", 415),
        ("POST", "/event", {"Content-Type": "application/json; x=y; charset=latin1"}, "{}", 415),
        ("POST", "/event", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, PACKED, 415),
        ("POST", "/event", {"Content-Type": "application/json"}, '"' + "x" * (1 << 20) + '"', 413),
        ("POST", "/events", {"Content-Type": "application/json"}, json.dumps([EVENT] * 1001), 413),
        ("GET", "/nothing", {}, "", 404),
        ("GET", "/event", {}, "", 405),
    ],
)
def test_every_error_is_a_problem_document(
    method: str, path: str, headers: dict[str, str], body: str | bytes, status: int, ingest: TestClient
) -> None:
    answer = ingest.request(method, path, headers=headers, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
    if status == 405:
        assert answer.headers["allow"] == "POST"


def test_a_body_without_a_length_is_cut_off_at_the_limit(ingest: TestClient) -> None:
    answer = ingest.post(
        "/event", content=(b"x" * 65536 for _ in range(100)), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_without_its_stream_ingest_says_so_and_when_to_come_back(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    ingest = serve("ingest")
    for answer in (ingest.post("/event", json=EVENT), ingest.get("/readyz")):
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["retry-after"]) >= 1
    assert ingest.get("/healthz").status_code == 200


def test_a_refusal_does_not_wait_for_a_stream_that_hangs(
    environment: pytest.MonkeyPatch, serve: Serve, shipped_count_timeout: float
) -> None:
    environment.setattr("common.redis.stream.COUNT_TIMEOUT_SECONDS", shipped_count_timeout)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment.setenv("REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        environment.setenv("REDIS_TIMEOUT_SECONDS", "60")
        ingest = serve("ingest")
        started = time.monotonic()
        assert ingest.post("/event", json={}).status_code == 422
        assert time.monotonic() - started < 30


def test_a_full_queue_is_a_503_while_ingest_stays_ready(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("BACKLOG_MAX_EVENTS", "1")
    ingest = serve("ingest")
    assert ingest.post("/event", json=EVENT).status_code == 202
    assert ingest.post("/event", json=EVENT).status_code == 503
    ready = ingest.get("/readyz")
    assert (ready.status_code, ready.json()["backlog"]["events"]) == (200, 1)


def test_a_probe_of_readiness_adds_nothing_to_the_append_only_file(ingest: TestClient, redis: "Redis") -> None:
    def count_writes() -> int:
        return int(redis.info("persistence")["rdb_changes_since_last_save"])

    assert ingest.post("/event", json=EVENT).status_code == 202
    assert ingest.get("/readyz").status_code == 200  # the first notes what it saw
    written = count_writes()
    assert [ingest.get("/readyz").status_code for _ in range(20)] == [200] * 20
    assert count_writes() == written
    ingest.post("/event", json=EVENT)
    assert count_writes() > written


def test_pages_of_other_origins_may_send_events(ingest: TestClient) -> None:
    preflight = {
        "Origin": "https://blog.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert ingest.options("/event", headers=preflight).headers["access-control-allow-origin"] == "*"
    answer = ingest.post("/event", json={}, headers={"Origin": "https://blog.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (422, "*")


def test_lambda_events_get_the_same_answers(load: Load, redis: "Redis", settings: Settings) -> None:
    handler = load("ingest").handler
    for _ in range(2):  # cold, then warm
        answer = handler(http_event("POST", "/event", json.dumps(EVENT), content_type="application/json"), {})
        assert (answer["statusCode"], answer["body"]) == (202, '{"status":"ok"}')
    refused = handler(http_event("POST", "/event", "{", content_type="application/json"), {})
    assert (refused["statusCode"], refused["headers"]["content-type"]) == (400, PROBLEM)
    assert len(queued(redis, settings)) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EVENT, "event_id", "event_type", "x"]), inner)
    ),
    max_leaves=10,
)


@bounded(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
    path=st.sampled_from(["/event", "/events"]),
    content_type=st.sampled_from(["application/json", "text/plain", "application/x-ndjson", "x"]),
)
def test_whatever_arrives_the_answer_is_2xx_or_a_4xx_problem(
    ingest: TestClient, body: bytes, path: str, content_type: str
) -> None:
    answer = ingest.post(path, content=body, headers={"Content-Type": content_type})
    assert answer.status_code in (202, 400, 413, 415, 422)
    if answer.status_code != 202:
        assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("media_type", ["text/plain", "application/json"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://a.example", 202), ("https://b.example", 403), ("null", 403), ("http://a.example", 403), (None, 202)],
)
def test_a_page_of_another_origin_is_refused_and_counted_and_a_server_is_not(
    media_type: str,
    origin: str | None,
    status: int,
    serve: Serve,
    environment: pytest.MonkeyPatch,
    settings: Settings,
    redis: "Redis",
) -> None:
    environment.setenv("CORS_ALLOW_ORIGINS", "https://a.example")
    ingest = serve("ingest")
    headers = {"Content-Type": media_type, **({"Origin": origin} if origin else {})}
    event = '{"site_id":"blog","path":"/home","user_id":"ann"}'
    answer = ingest.post("/event", content=event, headers=headers)
    assert answer.status_code == status
    assert ingest.post("/events", content=f"[{event}]", headers=headers).status_code == status
    assert ingest.post("/validate", content=event, headers=headers).status_code == {202: 200}.get(status, status)
    refused = [redis.get(key) for key in redis.scan_iter(f"{ShardKeys.of(settings.stream_name, 0).refused}*")]
    assert sum(int(count or 0) for count in refused) == (2 if status == 403 else 0)
    if status == 403:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "CORS_ALLOW_ORIGINS" in answer.json()["detail"]

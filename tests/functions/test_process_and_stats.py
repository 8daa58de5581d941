"""The process and stats functions over HTTP and as Lambda calls them."""

import json

import pytest

from common.settings import Settings
from tests.functions.conftest import Load, Serve, http_event

EVENT = {
    "site_id": "blog",
    "event_type": "page_view",
    "path": "/home",
    "user_id": "ann",
    "timestamp": "2025-11-12T10:00:00.000000Z",
    "event_id": "0193209e-3a80-7000-8000-000000000001",
}
BATCH = {"Records": [{"messageId": "0:1-0", "body": json.dumps([EVENT])}, {"messageId": "0:2-0", "body": "nope"}]}
PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
FAILED = [{"itemIdentifier": "0:2-0", "reason": "not_a_batch_of_events"}]


def test_a_stored_batch_shows_in_the_stats(serve: Serve) -> None:
    answer = serve("process").post("/", json=BATCH)
    assert (answer.status_code, answer.json()) == (200, {"batchItemFailures": FAILED})
    stats = serve("stats").get("/stats", params={"site_id": "blog", "date": "2025-11-12"})
    assert stats.text == (
        '{"site_id":"blog","date":"2025-11-12","total_views":1,"unique_users":1,'
        '"top_paths":[{"path":"/home","views":1}]}'
    )


def test_lambda_calls_get_the_same_answers(load: Load, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("STATS_API_KEY", "sesame")
    assert load("process").handler(BATCH, None) == {"batchItemFailures": FAILED}
    handler = load("stats").handler
    for _ in range(2):
        answer = handler(http_event("GET", "/stats", query="site_id=blog&date=2025-11-12", x_api_key="sesame"), {})
        assert (answer["statusCode"], json.loads(answer["body"])["total_views"]) == (200, 1)


@pytest.mark.parametrize("body", ["", "{", "[]", '{"Records":[{}]}', '{"Records":[{"messageId":"1","body":2}]}'])
def test_what_is_no_batch_is_refused(body: str, serve: Serve) -> None:
    answer = serve("process").post("/", content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)


def test_a_payload_over_the_platforms_limit_is_too_large(serve: Serve) -> None:
    assert serve("process").post("/", content=b"x" * (6 << 20) + b"x", headers=JSON).status_code == 413


def test_without_their_store_both_say_so(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    process, stats = serve("process"), serve("stats")
    for answer in (
        process.post("/", json=BATCH),
        process.get("/readyz"),
        stats.get("/stats?site_id=blog&date=2025-11-12"),
        stats.get("/readyz"),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert "127.0.0.1" not in answer.text
    assert process.get("/healthz").status_code == stats.get("/healthz").status_code == 200


def test_both_are_ready_with_their_store(serve: Serve) -> None:
    assert serve("process").get("/readyz").status_code == serve("stats").get("/readyz").status_code == 200


def test_no_cache_keeps_figures_that_a_key_opened(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("STATS_API_KEY", "sesame")
    stats = serve("stats")
    for path in (
        "/stats?site_id=blog&date=2025-11-12",
        "/stats?site_id=blog",
        "/v1/stats/summary?site_id=blog&period=all",
        "/v1/stats/summary?site_id=blog&period=never",
        "/v1/stats/realtime?site_id=blog",
        "/v1/stats/dimensions?site_id=blog",
        "/readyz",
        "/nothing",
    ):
        for headers in ({"X-API-Key": "sesame"}, {"Authorization": "Bearer sesame"}, {}):
            control = stats.get(path, headers=headers).headers.get("cache-control", "")
            assert control in ("no-store", "private, no-cache"), (path, headers)


def test_a_day_without_events_is_zeros(serve: Serve) -> None:
    answer = serve("stats").get("/stats?site_id=é&date=2024-02-29&limit=100")
    assert answer.json() == {
        "site_id": "é",
        "date": "2024-02-29",
        "total_views": 0,
        "unique_users": 0,
        "top_paths": [],
    }


def test_settings_are_read_from_the_environment(environment: pytest.MonkeyPatch, settings: Settings) -> None:
    assert Settings.load().stream_name == settings.stream_name

"""Whom the process function obeys, and how much it takes at once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from common.errors import FromTheFuture, TooLarge
from common.wire import MAX_BATCH_EVENTS, MAX_ENTRY_BYTES, MAX_ENTRY_EVENTS
from tests.functions.conftest import Load, Serve

KEY = "a-key-of-the-tests-only"
PROBLEM = "application/problem+json"
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
Ask = Callable[..., Any]


def make_event(number: int = 1, **more: Any) -> dict[str, Any]:
    when = "2025-11-12T10:00:00.000000Z"
    named = {"site_id": "blog", "event_type": "page_view", "path": "/", "user_id": "ann"}
    return {**named, "timestamp": when, "event_id": str(UUID(int=number)), **more}


def make_batch(*bodies: str, first: int = 1) -> dict[str, Any]:
    return {"Records": [{"messageId": f"0:{first + place}-0", "body": body} for place, body in enumerate(bodies)]}


BATCH = make_batch(json.dumps([make_event()]))


def count_views(serve: Serve) -> int:
    answer = serve("stats").get("/stats?site_id=blog&date=2025-11-12").json()
    return int(answer["total_views"])


@pytest.fixture
def keyed(environment: pytest.MonkeyPatch, serve: Serve) -> TestClient:
    """A processor with a key, asked under the name that the poller has for it."""
    environment.setenv("PROCESS_KEY", KEY)
    environment.setenv("PROCESS_URL", "http://process:3002")
    return serve("process")


def test_a_form_of_a_foreign_page_stores_nothing(serve: Serve) -> None:
    headers = {"Content-Type": "text/plain", "Origin": "https://evil.example", "Host": "evil.example"}
    answer = serve("process").post("/", content=json.dumps(BATCH), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert count_views(serve) == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3002", ""])
def test_a_page_is_refused_even_with_the_key(origin: str, keyed: TestClient) -> None:
    assert keyed.post("/", json=BATCH, headers={"Origin": origin} | AUTHORIZATION).status_code == 403


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_only_json_is_read(media_type: str, keyed: TestClient) -> None:
    answer = keyed.post("/", content=json.dumps(BATCH), headers={"Content-Type": media_type} | AUTHORIZATION)
    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


@pytest.mark.parametrize("host", ["process", "process:3002", "PROCESS:80", "localhost:1", "127.0.0.1:3002", "[::1]:1"])
def test_the_poller_is_obeyed_under_any_name_of_the_processor(host: str, keyed: TestClient) -> None:
    assert keyed.post("/", json=BATCH, headers={"Host": host} | AUTHORIZATION).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "process.evil.example", "localhost.evil.example", "a@localhost", "127.0.0.1.nip.io", ""]
)
def test_a_name_that_is_not_the_processors_is_refused(host: str, keyed: TestClient) -> None:
    answer = keyed.post("/", json=BATCH, headers={"Host": host} | AUTHORIZATION)
    assert (answer.status_code, answer.headers["content-type"]) == (421, PROBLEM)
    assert "PROCESS_URL" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}, {"Authorization": f"Basic {KEY}"},
     {"Authorization": "Bearer "}, {"Authorization": f"Bearer {KEY}x"}, {"X-API-Key": KEY}],
)  # fmt: skip
def test_without_the_key_nothing_is_stored(headers: dict[str, str], keyed: TestClient, serve: Serve) -> None:
    answer = keyed.post("/", json=BATCH, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)
    assert answer.headers["www-authenticate"] == 'Bearer realm="process"'
    assert KEY not in answer.text
    assert count_views(serve) == 0


@pytest.mark.parametrize(
    ("peer", "status"),
    [("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200),
     ("10.0.0.7", 403), ("::ffff:10.0.0.7", 403), ("fe80::1%eth0", 403), ("", 403)],
)  # fmt: skip
def test_without_a_key_set_only_this_machine_is_answered(peer: str, status: int, serve: Serve) -> None:
    own = serve("process")
    client = TestClient(own.app, base_url="http://localhost", client=(peer, 50_000), raise_server_exceptions=False)
    answer = client.post("/", json=BATCH)
    assert answer.status_code == status
    assert status == 200 or "PROCESS_KEY" in answer.json()["detail"]


def test_without_a_key_set_only_local_names_are_answered(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("PROCESS_URL", "http://process:3002")
    answer = serve("process").post("/", json=BATCH, headers={"Host": "process:3002"})
    assert (answer.status_code, answer.headers["content-type"]) == (421, PROBLEM)


def test_health_checks_need_no_key(keyed: TestClient) -> None:
    assert keyed.get("/healthz").status_code == keyed.get("/readyz").status_code == 200


@pytest.fixture
def refused(serve: Serve, load: Load) -> Ask:
    """The title under which a batch is refused, which must be one over HTTP and as Lambda calls."""
    client, handler = serve("process"), load("process").handler

    def ask(batch: dict[str, Any], status: int, error: type[Exception]) -> None:
        answer = client.post("/", json=batch)
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        with pytest.raises(error):
            handler(batch, None)

    return ask


def test_ids_of_the_future_are_refused_whole(refused: Ask, serve: Serve) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    good, future = json.dumps([make_event(1)]), json.dumps([make_event(2)])
    for message_id in (f"0:{now + 70_000}-0", f"7:{now + 70_000}-3/2", "0:999999999999999-0"):
        batch = make_batch(good)
        batch["Records"].append({"messageId": message_id, "body": future})
        refused(batch, 422, FromTheFuture)
    assert count_views(serve) == 0


def test_ids_of_clocks_that_differ_a_little_are_taken(serve: Serve) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    assert serve("process").post("/", json=make_batch(BATCH["Records"][0]["body"], first=now + 30_000)).is_success


def test_more_records_than_a_batch_has_are_refused(refused: Ask) -> None:
    refused(make_batch(*["[]"] * (MAX_BATCH_EVENTS + 1)), 413, TooLarge)


@pytest.mark.parametrize("item", ["{}", "0", "[]"])
def test_more_events_than_a_batch_has_are_refused(item: str, refused: Ask) -> None:
    body = f"[{','.join([item] * MAX_ENTRY_EVENTS)}]"
    refused(make_batch(*[body] * (MAX_BATCH_EVENTS // MAX_ENTRY_EVENTS + 1)), 413, TooLarge)


@pytest.mark.parametrize(
    "body",
    [
        f"[{','.join(['{}'] * (MAX_ENTRY_EVENTS + 1))}]",
        f"[{','.join(['{}'] * 900_000)}]",
        json.dumps([make_event(number) for number in range(MAX_ENTRY_EVENTS + 1)]),
        json.dumps([make_event(title="x" * MAX_ENTRY_BYTES)]),
        json.dumps([make_event()]) + " " * MAX_ENTRY_BYTES,
        f'["{"é" * (MAX_ENTRY_BYTES // 2)}"]',
    ],
    ids=["one empty event too many", "900,000 empty events", "one event too many", "long", "padded", "long in UTF-8"],
)
def test_an_entry_over_its_bounds_fails_alone(body: str, serve: Serve) -> None:
    answer = serve("process").post("/", json=make_batch(body, json.dumps([make_event(5_000)])))
    assert answer.json() == {"batchItemFailures": [{"itemIdentifier": "0:1-0", "reason": "too_large"}]}
    assert count_views(serve) == 1


def test_an_entry_with_the_most_events_is_stored_whole(serve: Serve) -> None:
    body = json.dumps([make_event(number) for number in range(MAX_ENTRY_EVENTS)])
    assert serve("process").post("/", json=make_batch(body)).json() == {"batchItemFailures": []}
    assert count_views(serve) == MAX_ENTRY_EVENTS

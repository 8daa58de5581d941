"""Whatever arrives on the sockets of ingest and stats: they answer with a 2xx or a clear 4xx, and go on."""

import json
from urllib.parse import quote

import pytest
from redis import Redis

from common.incoming_event import MAX_EVENTS
from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.fuzz.conftest import Run, Services
from tests.fuzz.inputs import TEXTS, Inputs
from tests.fuzz.services import SECRETS, check_problem, find_secrets
from tests.fuzz.wire import METHODS, Answer, exchange, odd_request, post

TYPES = (
    *["application/json"] * 12,
    "application/x-ndjson",
    *["text/plain"] * 3,
    "text/plain;charset=UTF-8",
    "text/html",
    "",
    "é",
)
REFUSED = (400, 404, 405, 408, 413, 415, 422, 431)
FRAMEWORKS_OWN = (b"", b"Method Not Allowed", b"Not Found")
"""Bodies of HEAD's answers, and of functions-framework's own: TRACE and `*` never reach the app."""


def note(run: Run, answers: list[Answer], received: bytes) -> None:
    """Check every answer, and count them."""
    assert find_secrets(received) == []
    for answer in answers:
        assert answer.status in (200, 202, *REFUSED), answer
        run.outcomes[str(answer.status)] += 1
        is_preflight = answer.status == 400 and answer.body.startswith(b"Disallowed CORS")
        if answer.status >= 400 and answer.body not in FRAMEWORKS_OWN and not is_preflight:
            check_problem(answer)
    if not answers:
        run.outcomes["closed without an answer"] += 1


def test_bodies_of_ingest(run: Run, services: Services) -> None:
    for _ in run.repeat(0.2):
        path = run.inputs.random.choice(("/event", "/events"))
        request = post(path, run.inputs.body(), run.inputs.random.choice(TYPES))
        answers, received = exchange(services["ingest"].port, request)
        assert len(answers) == 1, request
        note(run, answers, received)


def test_neighbours_of_invalid_events(run: Run, services: Services, secret_settings: Settings, redis: "Redis") -> None:
    accepted = set()
    for _ in run.repeat(0.1):
        neighbours = [run.inputs.event() for _ in range(run.inputs.random.randint(1, 3))]
        items = [json.dumps(event) for event in neighbours]
        as_lines = run.inputs.is_one_in(2)
        others = [run.inputs.item() for _ in range(run.inputs.random.randint(1, 4))]
        if as_lines:
            others = [run.inputs.mutate(item.encode(errors="replace")).decode("latin-1") for item in others]
        elif any(word in "".join(others) for word in ("NaN", "Infinity")):
            others = []  # no JSON: with it the whole array is refused
        body = ("\n".join([*others, *items]) if as_lines else f"[{','.join([*others, *items])}]").encode()
        media_type = "application/x-ndjson" if as_lines else "application/json"
        [answer], received = exchange(services["ingest"].port, post("/events", body, media_type))
        assert answer.status == 202, (answer, body)
        assert answer.json()["accepted"] >= len(neighbours)
        note(run, [answer], received)
        accepted |= {event["event_id"] for event in neighbours}
    entries = redis.xrange(ShardKeys.of(secret_settings.stream_name, 0).stream)
    queued = {event["event_id"] for _, fields in entries for event in json.loads(fields[b"data"])}
    assert accepted <= queued


def test_odd_requests_to_ingest(run: Run, services: Services) -> None:
    for _ in run.repeat(0.2):
        path = run.inputs.random.choice(("/event", "/events", "/readyz", "/healthz", "/nothing"))
        request = odd_request(run.inputs, path, run.inputs.body()[:2_000])
        if run.inputs.is_one_in(4):
            request = run.inputs.mutate(request)
        note(run, *exchange(services["ingest"].port, request, is_whole=False))


def test_bytes_that_are_no_requests(run: Run, services: Services) -> None:
    for _ in run.repeat(0.05):
        noise = run.inputs.random.randbytes(run.inputs.random.randrange(1, 200))
        prefix = run.inputs.random.choice(
            (b"", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00", b"POST /event ")
        )
        note(run, *exchange(services["ingest"].port, prefix + noise, is_whole=False))


def query_of(inputs: Inputs) -> str:
    pick = inputs.random
    parameters = []
    for name, usual in (("site_id", "blog"), ("date", "2025-11-12"), ("limit", "5")):
        if pick.randrange(20):
            days = ("0001-01-01", "9999-12-31", "2025-02-30", "2024-02-29", "0000-00-00")
            value = pick.choice((*[usual] * 12, pick.choice(TEXTS), pick.choice(days), str(pick.randrange(-9, 200))))
            parameters.append(f"{name}={quote(value, errors='replace')}")
    parameters += [
        f"{quote(inputs.text(), errors='replace')}={pick.randrange(9)}" for _ in range(pick.randrange(10) // 9)
    ]
    if inputs.is_one_in(5):
        parameters.append(
            pick.choice(("site_id=x", "%", "%ff%fe", "site_id=%ED%A0%80", "&" * 50, "a=b;c=d", "=", "x=" + "y" * 9_000))
        )
    return "&".join(parameters)


def test_queries_of_stats(run: Run, services: Services) -> None:
    for _ in run.repeat(0.1):
        key = run.inputs.random.choice((SECRETS["stats_api_key"],) * 12 + ("", "wrong", "é", "x" * 9_000))
        header = run.inputs.random.choice((f"Authorization: Bearer {key}", f"X-API-Key: {key}"))
        head = f"GET /stats?{query_of(run.inputs)} HTTP/1.1\r\nHost: fuzz\r\n{header}\r\nConnection: close\r\n\r\n"
        [answer], received = exchange(services["stats"].port, head.encode("latin-1"))
        assert find_secrets(received) == []
        run.outcomes[str(answer.status)] += 1
        assert answer.status in (200, 401, 422, 429), (head, answer)
        if answer.status == 200:
            assert list(answer.json()) == ["site_id", "date", "total_views", "unique_users", "top_paths"]
        else:
            check_problem(answer)


def test_odd_requests_to_stats(run: Run, services: Services) -> None:
    for _ in run.repeat(0.05):
        request = odd_request(run.inputs, f"/stats?{query_of(run.inputs)}", run.inputs.body()[:500])
        answers, received = exchange(services["stats"].port, request, is_whole=False)
        run.outcomes["401"] += sum(answer.status == 401 for answer in answers)
        note(run, [answer for answer in answers if answer.status != 401], received)


@pytest.mark.parametrize("name", ["ingest", "stats"])
def test_every_method_on_every_path_is_answered(name: str, services: Services) -> None:
    for method in METHODS[:-1]:
        for path in ("/event", "/events", "/stats", "/healthz", "/readyz", "/", "/event/", "/stats/"):
            request = (
                f"{method} {path} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            answers, received = exchange(services[name].port, request.encode())
            for answer in answers:
                assert answer.status in (200, 400, 401, 404, 405, 415), (method, path, answer)
                assert ("allow" in answer.headers) is (answer.status == 405), (method, path, answer)
            assert b"evil.example" not in received


def test_the_largest_body_is_read_and_the_next_byte_refused(services: Services) -> None:
    event = b'{"site_id":"blog","event_type":"visit"}\n'
    most = event * MAX_EVENTS
    for padding, status in (((1 << 20) - len(most), 202), ((1 << 20) - len(most) + 1, 413)):
        body = most + b" " * padding
        [answer], _ = exchange(services["ingest"].port, post("/events", body, "application/x-ndjson"))
        assert answer.status == status

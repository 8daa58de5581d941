"""Bodies as programs and hostile clients write them: byte order marks, media types, numbers, times, broken JSON."""

import codecs
import json
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.settings import Settings
from tests.functions.conftest import Serve
from tests.functions.test_ingest import PROBLEM, queued
from tests.functions.test_what_pages_send import FIREFOX, JSON_TYPE, PAGE, try_out


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(serve: Serve) -> TestClient:
    return serve("ingest")


@pytest.mark.parametrize("path", ["/event", "/events", "/validate"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_byte_order_mark_before_json_is_skipped(path: str, content_type: str, ingest: TestClient) -> None:
    event = json.dumps({"site_id": "shop", "path": "/", "user_id": "ann"})
    body = codecs.BOM_UTF8 + (f"[{event}]" if path == "/events" else event).encode()
    assert ingest.post(path, content=body, headers={"Content-Type": content_type}).status_code in (200, 202)


def test_files_that_were_joined_may_each_begin_with_a_byte_order_mark(ingest: TestClient) -> None:
    line = codecs.BOM_UTF8 + b'{"site_id": "shop", "path": "/", "user_id": "ann"}\r\n'
    answer = ingest.post("/events", content=line * 2, headers={"Content-Type": "application/x-ndjson"})
    assert answer.json() == {"status": "ok", "accepted": 2}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 202), ("text/plain;charset=UTF-8", 202), ("TEXT/PLAIN; charset=utf-8", 202),
        ("application/json; charset=utf-8", 202), ("", 415), ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=a", 415), ("application/octet-stream", 415), ("application/gzip", 415),
    ],
)  # fmt: skip
def test_a_beacon_comes_as_text_or_json_and_else_is_told_so(content_type: str, status: int, ingest: TestClient) -> None:
    body = json.dumps({"site_id": "shop", "path": "/a", "user_id": "ann"})
    answer = ingest.post("/event", content=body, headers={"Content-Type": content_type} if content_type else {})
    assert answer.status_code == status
    if status == 415:
        assert answer.headers["content-type"] == PROBLEM
        assert "application/json, text/plain" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        (19.99, "19.99"), ("19.90", "19.90"), (0.1 + 0.7, "0.8"), (3 * 2.2, "6.6"), (1.1 * 1.1, "1.21"),
        (59.97, "59.97"),
        (-7, "-7"), (1200, "1200"), (1.00005, "1.0001"), (-0.00001, "0"), (1e-9, "0"), (2.5e3, "2500.0"),
    ],
)  # fmt: skip
def test_an_amount_that_javascript_computed_is_rounded(amount: float | str, stored: str, ingest: TestClient) -> None:
    outcome = try_out(ingest, event_type="purchase", revenue={"amount": amount, "currency": "USD"})
    assert outcome["event"]["revenue"] == {"amount": stored, "currency": "USD"}


@pytest.mark.parametrize(
    "revenue", [("1,50", "EUR"), ("0.30000000000000004", "EUR"), (1, "eur"), (1e15, "EUR"), ("", "EUR")]
)
def test_an_amount_as_a_text_and_a_currency_are_held_to_their_form(revenue: Any, ingest: TestClient) -> None:
    fields = dict(zip(("amount", "currency"), revenue, strict=True))
    [fault] = try_out(ingest, event_type="purchase", revenue=fields)["errors"]
    assert fault["pointer"].startswith("/revenue/")


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        ("1745223344556677889", "1745223344556677889"), ("1745223344556677890", "1745223344556677890"),
        ("-9223372036854775809", "-9223372036854775809"), ("9" * 1_000, "9" * 1_000),
        ("9007199254740993", "9007199254740993"),
        ("-0", "0"), ("-0.0", "0.0"), ("0.25", "0.25"), ("1e-3", "0.001"), ("4e15", "4000000000000000.0"),
    ],
)  # fmt: skip
def test_a_number_among_properties_keeps_its_digits(number: str, stored: str, ingest: TestClient) -> None:
    body = f'{{"site_id": "shop", "path": "/", "props": {{"order": {number}}}}}'
    [outcome] = ingest.post("/validate", content=body, headers=JSON_TYPE).json()["events"]
    assert outcome["event"]["props"] == {"order": stored}


@pytest.mark.parametrize(
    "number", ["1745223344556677889.0", "1745223344556677889e0", "9007199254740993.0", "1e22", "1e400", "-1e400",
    "9" * 1_001,
               "9" * 5_000]
)  # fmt: skip
def test_a_number_that_would_lose_digits_is_refused_in_words(number: str, ingest: TestClient) -> None:
    body = f'[{{"site_id": "shop", "path": "/", "props": {{"order": {number}}}}}, {{"site_id": "shop", "path": "/"}}]'
    answer = ingest.post("/validate", content=body, headers=JSON_TYPE)
    refused, neighbour = answer.json()["events"]
    assert "send a string" in refused["errors"][0]["detail"]
    assert neighbour["outcome"] in ("stored", "filtered")


@pytest.mark.parametrize("wish", ["DNT", "Sec-GPC"])
def test_who_wishes_not_to_be_tracked_is_a_view_without_a_visitor(wish: str, ingest: TestClient) -> None:
    answer = ingest.post("/validate", json={"site_id": "shop", "url": PAGE}, headers={"User-Agent": FIREFOX, wish: "1"})
    [outcome] = answer.json()["events"]
    assert outcome["outcome"] == "stored"
    assert "visitor_id" not in outcome["event"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"site_id":"a","path":"/","props":{"n":NaN}}', b'{"site_id":"a","path":"/","props":{"n":-Infinity}}',
        b'{"site_id":"a","path":"/","props":{"n":1e999}}', b'{"site_id":"a","path":"/","props":{"n":' + b"[" * 3_000,
        b"[" * 50_000, b'{"site_id":"a","path":"/",}', b'{"site_id":"a","path":"/"} // end',
        b"{'site_id':'a','path':'/'}",
        b"", b" \n ", b"null", b"7", b'"a"', b'{"site_id":"a","path":"/\xff"}', b'{"site_id":"a","path":"/\xc0\xaf"}',
        '{"site_id":"a","path":"/"}'.encode("utf-16"), b'{"site_id":"a","path":"/\\ud800"}',
        b'{"site_id":"a","path":"/\\u0000"}',
        codecs.BOM_UTF8, codecs.BOM_UTF8 * 2 + b'{"site_id":"a","path":"/"}',
    ],
)  # fmt: skip
def test_what_is_no_json_of_an_event_is_a_problem_and_nothing_is_queued(
    body: bytes, ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    answer = ingest.post("/event", content=body, headers=JSON_TYPE)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == PROBLEM
    assert queued(redis, settings) == []


@pytest.mark.parametrize(
    ("timestamp", "stored"),
    [
        ("2025-06-01t08:00:00z", "2025-06-01T08:00:00.000000Z"),
        ("2025-06-01T08:00:00.987654321Z", "2025-06-01T08:00:00.987654Z"),
        ("2025-06-01T08:00:00-00:00", "2025-06-01T08:00:00.000000Z"),
        ("2025-06-01T08:00:00+05:45", "2025-06-01T02:15:00.000000Z"),
        ("2024-12-31T23:59:59.5-11:00", "2025-01-01T10:59:59.500000Z"),
        ("2024-02-29T10:00:00+14:00", "2024-02-28T20:00:00.000000Z"),
        *((text, None) for text in (
            "2025-06-01T08:00:00", "2025-06-01T08:00:00,5Z", "2025-06-01 08:00:00Z", "2025-06-01T24:00:00Z",
            "1748764800000",
            "2023-02-29T08:00:00Z", "2025-06-01T08:00Z", "20250601T080000Z", "2025-06-01T08:00:00+25:00",
            "1999-06-01T08:00:00Z",
            "9999-06-01T08:00:00Z", "0000-01-01T00:00:00Z", "2025-06-01T08:00:00 Z", 1748764800000, "",
        )),
    ],
)  # fmt: skip
def test_a_timestamp_is_in_utc_or_refused_in_words(timestamp: object, stored: str | None, ingest: TestClient) -> None:
    outcome = try_out(ingest, path="/", timestamp=timestamp)
    if stored:
        assert outcome["event"]["timestamp"] == stored
    else:
        [fault] = outcome["errors"]
        assert fault["pointer"] == "/timestamp"
        assert fault["detail"]

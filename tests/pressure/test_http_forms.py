"""HTTP as it really comes: any form of a request, and a problem document for every refusal. Under each host in use."""

from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from common.settings import Settings
from tests.pressure.parts import EVENT, HOSTS, Parts, RunningPart

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
PROBLEM = "application/problem+json"
LENGTH = b"Content-Length: %d\r\n" % len(EVENT)
JSON = b"Host: x\r\nContent-Type: application/json\r\n"
CHUNKED = b"7\r\n%s\r\n%x;note=1\r\n%s\r\n0\r\n\r\n" % (EVENT[:7], len(EVENT) - 7, EVENT[7:])


@pytest.fixture(scope="module", params=HOSTS)
def ingest(
    request: pytest.FixtureRequest, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPart]:
    settings = Settings(
        redis_url=valkey_url, database_url=NO_DATABASE, stream_name="http-forms", trusted_proxies="127.0.0.0/8"
    )
    parts = Parts(settings, tmp_path_factory.mktemp("forms"))
    yield parts.start("ingest", host=request.param)
    parts.stop()


def send(ingest: RunningPart, request: bytes) -> tuple[HTTPResponse, bytes]:
    """An answer and its body; interim answers are passed over."""
    with ingest.connect(request) as connection:
        answer = HTTPResponse(connection, method=request.split(b" ")[0].decode())
        answer.begin()
        return answer, answer.read()


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /event HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + CHUNKED,
        b"POST /event HTTP/1.1\r\n" + JSON + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n" + EVENT,
        b"POST /event HTTP/1.0\r\nContent-Type: application/json\r\n" + LENGTH + b"\r\n" + EVENT,
    ],
    ids=["chunked", "expect", "http 1.0 without a host"],
)
def test_an_event_may_come_in_any_form_of_http(sent: bytes, ingest: RunningPart) -> None:
    answer, body = send(ingest, sent)
    assert (answer.status, body) == (202, b'{"status":"ok"}')


def test_who_waits_to_be_told_to_go_on_is(ingest: RunningPart) -> None:
    head = b"POST /event HTTP/1.1\r\n" + JSON + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n"
    with ingest.connect(head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(EVENT)
        assert connection.recv(100).startswith(b"HTTP/1.1 202")


def test_a_head_request_is_a_get_without_a_body(ingest: RunningPart) -> None:
    answer, body = send(ingest, b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (answer.status, body, answer.headers["content-type"]) == (200, b"", "application/json")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/robots.txt", 404, None), ("GET", "/favicon.ico", 404, None), ("POST", "/robots.txt", 404, None),
        ("GET", "/", 404, None), ("POST", "/event/", 404, None), ("PROPFIND", "/", 404, None),
        ("GET", "/event", 405, "POST"), ("PUT", "/event", 405, "POST"), ("TRACE", "/event", 405, "POST"),
        ("PROPFIND", "/events", 405, "POST"), ("DELETE", "/healthz", 405, "GET, HEAD"),
        ("OPTIONS", "/event", 405, "POST"),
    ],
)  # fmt: skip
def test_whatever_is_refused_is_a_problem_document(
    method: str, path: str, status: int, allow: str | None, ingest: RunningPart
) -> None:
    answer, body = send(ingest, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.headers["allow"] == allow
    assert b'"detail"' in body


def test_of_two_header_fields_of_proxies_the_nearest_address_counts(ingest: RunningPart) -> None:
    chains = b"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.5\r\n"
    _, body = send(ingest, b"POST /validate HTTP/1.1\r\n" + JSON + chains + LENGTH + b"\r\n" + EVENT)
    assert b'"address":"203.0.113.5"' in body

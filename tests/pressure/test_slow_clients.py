"""What clients that are slow, endless or deaf may hold: some memory, for some seconds. Under each host in use."""

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from common.settings import Settings
from tests.pressure.parts import EVENT, HOSTS, Parts, RunningPart

NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
TIMEOUT_SECONDS = 1.0
MIB = 1 << 20
HEAD = b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module", params=HOSTS)
def ingest(
    request: pytest.FixtureRequest, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPart]:
    settings = Settings(redis_url=valkey_url, database_url=NO_DATABASE, stream_name="slow-clients")
    parts = Parts(settings, tmp_path_factory.mktemp("slow"))
    part = parts.start("ingest", host=request.param, http_timeout_seconds=TIMEOUT_SECONDS)
    yield part
    parts.stop()
    assert "Traceback" not in part.log  # whatever any of these clients did


def seconds_until_closed(connection: socket.socket, trickle: bytes) -> tuple[float, bytes]:
    """How long a connection lives that is sent a byte now and then, and what was answered."""
    started, answer = time.monotonic(), b""
    connection.settimeout(0.05)
    while time.monotonic() - started < 20:
        with contextlib.suppress(OSError):  # what was answered before the other side had enough is still to be read
            connection.send(trickle)
        try:
            more = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not more:
            break
        answer += more
    connection.close()
    return time.monotonic() - started, answer


def test_a_connection_that_is_reset_after_its_answer_is_forgotten(ingest: RunningPart) -> None:
    connection = ingest.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    with ingest.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as other:
        assert other.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    ("sent", "trickle", "answer"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b""),
        (HEAD + b"X-Slow: ", b"a", b"HTTP/1.1 408"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"a", b"HTTP/1.1 408"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"HTTP/1.1 408"),
        (HEAD + b"Content-Length: 9000000\r\n\r\n", b"a", b"HTTP/1.1 413"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n", b"HTTP/1.1 200"),
    ],
    ids=["silence", "empty lines", "head", "body", "chunks", "rest of a refused body", "after an answer"],
)
def test_what_trickles_in_is_ended_in_time(ingest: RunningPart, sent: bytes, trickle: bytes, answer: bytes) -> None:
    lived, answered = seconds_until_closed(ingest.connect(sent), trickle)
    assert lived < 5 * TIMEOUT_SECONDS
    assert answered.startswith(answer)


def test_a_connection_that_is_used_is_kept(ingest: RunningPart) -> None:
    for _ in range(20):
        with ingest.connect() as connection:
            lived, longest = use(connection)
        if lived >= 3 * TIMEOUT_SECONDS or longest < TIMEOUT_SECONDS / 2:
            break  # else a busy machine made us slow, and the connection may be closed for that
    assert lived >= 3 * TIMEOUT_SECONDS


def use(connection: socket.socket) -> tuple[float, float]:
    """How long a connection lives that has request after request, and the seconds that the longest of these took."""
    began, longest = time.monotonic(), 0.0
    while (lived := time.monotonic() - began) < 3 * TIMEOUT_SECONDS:
        is_answered = request_slowly(connection)
        longest = max(longest, time.monotonic() - began - lived)
        if not is_answered:
            break
    return lived, longest


def request_slowly(connection: socket.socket) -> bool:
    """Send an event in three parts; whether it was accepted."""
    whole, answer = HEAD + b"Content-Length: %d\r\n\r\n" % len(EVENT) + EVENT, b""
    with contextlib.suppress(OSError):
        for part in (whole[:20], whole[20:-10], whole[-10:]):
            connection.sendall(part)
            time.sleep(0.05)
        while not answer.endswith(b"}") and (more := connection.recv(65536)):  # the body may come apart from its head
            answer += more
    return answer.startswith(b"HTTP/1.1 202") and answer.endswith(b'{"status":"ok"}')


def send_endlessly(connection: socket.socket, parts: Iterator[bytes]) -> tuple[int, bytes]:
    """How many bytes were sent until the other side had enough, and what it answered."""
    sent, answer = 0, b""
    connection.settimeout(10)
    with contextlib.suppress(OSError):
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    connection.setblocking(False)
    with contextlib.suppress(OSError):
        answer = connection.recv(65536)
    connection.close()
    return sent, answer


def repeat(part: bytes, size: int) -> Iterator[bytes]:
    return (part for _ in range(size // len(part)))


HEADER = b"X-Many: " + b"a" * 1000 + b"\r\n"
CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        (HEAD + b"X-Long: ", lambda: repeat(b"a" * MIB, 10_000 * MIB)),
        (HEAD, lambda: repeat(HEADER, 10_000 * MIB)),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", lambda: repeat(CHUNK, 10_000 * MIB)),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
            lambda: repeat(HEADER, 10_000 * MIB),
        ),
        (HEAD + b"Content-Length: 10000000000\r\n\r\n", lambda: repeat(b"x" * MIB, 10_000 * MIB)),
    ],
    ids=["one header", "many headers", "chunks", "trailers", "content-length"],
)
def test_ten_gigabytes_of_anything_cost_no_memory_and_little_time(
    ingest: RunningPart, sent: bytes, more: Callable[[], Iterator[bytes]]
) -> None:
    before, started = ingest.read_rss(), time.monotonic()
    most, answer = send_endlessly(ingest.connect(sent), more())
    assert most < 10_000 * MIB
    assert time.monotonic() - started < 8
    assert ingest.read_rss() - before < 16 * MIB
    assert answer[:12] in (b"", b"HTTP/1.1 413", b"HTTP/1.1 431")  # the reset may overtake the answer


def test_a_client_that_sends_a_body_somewhat_too_large_gets_to_read_why(ingest: RunningPart) -> None:
    with ingest.connect(HEAD + b"Content-Length: 3000000\r\n\r\n") as connection:
        connection.sendall(b"x" * 3_000_000)
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, json.load(answer)["status"]) == (413, 413)


def send_for_ever(connection: socket.socket, what: bytes) -> None:
    while True:
        connection.sendall(what)


def test_a_client_that_never_reads_its_answers_is_cut_off(ingest: RunningPart) -> None:
    question = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
    with ingest.connect() as connection:
        connection.settimeout(15)
        started = time.monotonic()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_for_ever(connection, question)
        assert time.monotonic() - started < 15


def test_what_is_no_http_is_a_problem(ingest: RunningPart) -> None:
    with ingest.connect(b"\x16\x03\x01 hello\r\n\r\n") as connection:
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert json.load(answer)["status"] == 400


def test_past_the_bound_new_connections_are_closed_and_room_comes_back(queue_parts: Parts) -> None:
    ingest = queue_parts.start("ingest", host="uvicorn", http_max_connections=20)
    held = [ingest.connect() for _ in range(20)]
    time.sleep(0.2)
    with ingest.connect() as one_more:
        answer = HTTPResponse(one_more)
        answer.begin()
        assert (answer.status, answer.headers["retry-after"], json.load(answer)["status"]) == (503, "1", 503)
        assert one_more.recv(1000) == b""
    for connection in held:
        connection.close()
    with ingest.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as welcome:
        assert welcome.recv(100).startswith(b"HTTP/1.1 200")


def test_a_client_that_keeps_all_connections_waiting_loses_one_to_who_needs_it(valkey_url: str, tmp_path: Path) -> None:
    settings = Settings(redis_url=valkey_url, database_url=NO_DATABASE, stream_name="greedy-client")
    parts = Parts(settings, tmp_path)
    try:
        part = parts.start("ingest", http_timeout_seconds=600, http_max_connections=20)
        held = [part.connect(HEAD + b"Content-Length: 100\r\n\r\n{") for _ in range(25)]
        answer = b""
        while not answer.startswith(b"HTTP/1.1 200"):  # for ever, if no one makes room for it
            with contextlib.suppress(OSError), part.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as other:
                answer = other.recv(65536)
        for connection in held:
            connection.close()
    finally:
        parts.stop()

"""What the poller makes of a processor that breaks a connection."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common.errors import FromTheFuture
from common.wire import Entry
from infra.local.address import free_port
from infra.poller import http_invoker
from infra.poller import invoker as poller_invoker
from infra.poller.http_invoker import HttpInvoker
from infra.poller.invoker import Crash, Outage

READY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture
def patient_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not taken for a slow processor."""
    monkeypatch.setattr(poller_invoker, "CONTROL_SHARE", 20)


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """The URL of a server that answers one connection after another so, the last answer to all others."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server:

        def serve() -> None:
            rest = list(answers)
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(rest.pop(0) if len(rest) > 1 else rest[0])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def problem(status: int, title: str) -> bytes:
    body = json.dumps({"type": "about:blank", "title": title, "status": status}).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body


@pytest.mark.parametrize(("status", "setting"), [(401, "PROCESS_KEY"), (403, "PROCESS_KEY"), (421, "PROCESS_URL")])
def test_a_processor_that_does_not_obey_is_an_outage_that_is_said_once(
    status: int, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    with answering(problem(status, "No")) as url:
        invoker = HttpInvoker(url, timeout_seconds=2, key="a-key-of-the-tests-only")
        for _ in range(3):
            with pytest.raises(Outage):
                invoker.invoke([Entry(b"[]", 0, "0:1-0")])
        assert not invoker.is_ready()
    [record] = caplog.records
    assert (record.levelname, setting in record.getMessage()) == ("ERROR", True)


def test_ids_ahead_of_the_processors_clock_are_no_events_fault() -> None:
    with answering(problem(422, FromTheFuture.title)) as url, pytest.raises(Outage, match="clock"):
        HttpInvoker(url, timeout_seconds=2).invoke([Entry(b"[]", 0, "0:1-0")])


@pytest.mark.usefixtures("patient_controls")
def test_a_batch_on_which_the_database_never_ends_is_at_fault_where_the_processor_is_quick_otherwise() -> None:
    with answering(problem(504, "Took too long"), READY) as url, pytest.raises(Crash, match="timed_out"):
        HttpInvoker(url, timeout_seconds=2).invoke([Entry(b"[]", 0, "0:1-0")])


@pytest.mark.usefixtures("patient_controls")
def test_any_other_batch_that_is_refused_is_at_fault() -> None:
    with answering(problem(422, "Invalid input"), READY) as url, pytest.raises(Crash, match="refused"):
        HttpInvoker(url, timeout_seconds=2).invoke([Entry(b"[]", 0, "0:1-0")])


@pytest.mark.parametrize(("key", "shown"), [("a-key-of-the-tests-only", "Bearer a-key-of-the-tests-only"), ("", None)])
def test_the_processor_is_shown_the_key_and_nobody_that_it_redirects_to(key: str, shown: str | None) -> None:
    seen: list[tuple[str, str | None]] = []

    class Processor(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((self.path, self.headers["Authorization"]))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Processor) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        with pytest.raises(Outage, match="307"):
            HttpInvoker(f"http://127.0.0.1:{server.server_port}", 2, key).invoke([Entry(b"[]", 0, "0:1-0")])
        server.shutdown()
    assert seen == [("/", shown)]


@pytest.mark.usefixtures("patient_controls")
def test_a_broken_connection_to_a_processor_that_comes_back_is_a_crash() -> None:
    with answering(b"", b"", b"", READY) as url, pytest.raises(Crash, match="exited"):
        HttpInvoker(url, timeout_seconds=2).invoke([Entry(b"[]", 0, "0:1-0")])


def test_connections_that_all_break_are_an_outage_whatever_was_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_invoker, "RESTART_SECONDS", 0.5)
    with answering(READY[:10]) as url, pytest.raises(Outage):
        HttpInvoker(url, timeout_seconds=2).invoke([Entry(b"[]", 0, "0:1-0")])


@contextmanager
def taking(batch_seconds: float, probe_seconds: float) -> Iterator[str]:
    """The URL of a processor that takes so long over every batch, and over saying that it is ready."""
    is_over = threading.Event()

    class Processor(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            is_over.wait(batch_seconds)
            self._answer(b'{"batchItemFailures":[]}')

        def do_GET(self) -> None:
            is_over.wait(probe_seconds)
            self._answer(b'{"status":"ok"}')

        def _answer(self, body: bytes) -> None:
            with suppress(OSError):  # the poller has given up
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Processor) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            is_over.set()
            server.shutdown()


@pytest.mark.usefixtures("patient_controls")
def test_a_batch_that_hangs_in_a_processor_that_is_quick_otherwise_is_a_crash() -> None:
    with taking(batch_seconds=60, probe_seconds=0) as url, pytest.raises(Crash, match="timed_out"):
        HttpInvoker(url, timeout_seconds=1).invoke([Entry(b"[]", 0, "0:1-0")])


def test_a_batch_that_takes_too_long_where_everything_does_is_an_outage() -> None:
    with taking(batch_seconds=60, probe_seconds=1.8) as url:
        invoker = HttpInvoker(url, timeout_seconds=3)
        assert invoker.is_ready()
        with pytest.raises(Outage, match="timed_out"):
            invoker.invoke([Entry(b"[]", 0, "0:1-0")])


def test_lanes_that_invoke_at_once_leave_no_warnings_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    together = threading.Barrier(2, timeout=10)

    class Processor(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            together.wait()
            self.send_response(200)
            self.send_header("Content-Length", "24")
            self.end_headers()
            self.wfile.write(b'{"batchItemFailures":[]}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Processor) as server, ThreadPoolExecutor(2) as lanes:
        threading.Thread(target=server.serve_forever).start()
        invoker = HttpInvoker(f"http://127.0.0.1:{server.server_port}", timeout_seconds=10)
        assert list(lanes.map(invoker.invoke, [[Entry(b"[]", 0, "0:1-0")], [Entry(b"[]", 0, "0:2-0")]])) == [{}, {}]
        server.shutdown()
    assert not caplog.records

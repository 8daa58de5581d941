"""Mail servers and webhooks that say a little, again and again: each delivery ends."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection

import pytest

from common.settings import Settings
from infra.outbox.delivery import Delivery
from infra.outbox.outbox import Message, State

MAIL = Message("m", "s", "ann@example.com", {"subject": "x", "text": "x", "html": "x"}, repeats=False)
DEADLINE = 20
SECONDS = {"waiting": 0.5, "unknown": 3, "sent": 3}
"""Until a delivery ends; more where the server is to be heard before that, which takes a busy machine its time."""
MOST_DROPS = 4_000
"""At least 40 seconds: then it ends, or a test that fails would not."""


@contextmanager
def drip(begin: bytes, until: bytes, drop: bytes) -> Iterator[int]:
    """A server that begins so, answers as a mail server until it has heard something, then drips; its port."""
    is_over = threading.Event()

    def serve(listening: socket.socket) -> None:
        client, _ = listening.accept()
        heard = b""
        with client, suppress(OSError):
            client.sendall(begin)
            while until not in heard.lower() and (got := client.recv(4096)):
                heard += got
                if until not in heard.lower():
                    client.sendall(b"354 go on\r\n" if got.lower().startswith(b"data") else b"250 well\r\n")
            for _ in range(MOST_DROPS):
                if is_over.wait(0.01):
                    break
                client.sendall(drop)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(serve, listening)
        try:
            yield listening.getsockname()[1]
        finally:
            is_over.set()


@pytest.mark.parametrize(
    ("asked", "drop", "state"),
    [
        (b"", b"2", "waiting"),
        (b"ehlo", b"250-more\r\n", "waiting"),
        (b"\r\n.\r\n", b"250-more\r\n", "unknown"),
        (b"\r\n.\r\n", b"2", "unknown"),
    ],
    ids=["greeting", "answer without an end", "verdict", "verdict without an end"],
)
def test_a_mail_server_that_drips_ends_a_delivery_at_its_deadline(
    asked: bytes, drop: bytes, state: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.outbox.delivery.TOTAL_SECONDS", SECONDS[state])
    with drip(b"220 here\r\n" if asked else b"", asked, drop) as port, ThreadPoolExecutor(1) as pool:
        given = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "a@example.com"})
        result = pool.submit(Delivery(given).send, MAIL).result(DEADLINE)
    assert result.state == state


def send_mail(said_to_data: bytes, verdict: bytes, settings: Settings) -> State:
    """Mail by a server that breaks off after its verdict, or after what it says to DATA if it does not go on."""

    def serve(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            client.sendall(b"220 here\r\n")
            for answer in (b"250 well\r\n", b"250 well\r\n", b"250 well\r\n", said_to_data):
                client.recv(4096)  # EHLO, MAIL, RCPT, DATA
                client.sendall(answer)
            heard = b"" if verdict else b"\r\n.\r\n"
            while not heard.endswith(b"\r\n.\r\n"):
                heard += client.recv(4096)
            client.sendall(verdict)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(serve, listening)
        address = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        given = settings.model_copy(update={"smtp_url": address, "mail_from": "a@example.com"})
        return Delivery(given).send(MAIL).state


@pytest.mark.parametrize("verdict", [b"2", b"25", b"250", b"250-well\r\n2", b"25\r\n", b"354 more\r\n", b"well\r\n"])
def test_a_mail_whose_verdict_breaks_off_or_is_none_may_have_arrived(verdict: bytes, settings: Settings) -> None:
    assert send_mail(b"354 go on\r\n", verdict, settings) == "unknown"


@pytest.mark.parametrize("said", [b"", b"35", b"354", b"552 n"])
def test_a_mail_that_was_not_sent_yet_when_the_server_broke_off_is_tried_again(said: bytes, settings: Settings) -> None:
    assert send_mail(said, b"", settings) == "waiting"


@pytest.mark.parametrize(
    ("begin", "drop", "state"),
    [
        (b"", b"H", "waiting"),
        (b"HTTP/1.1 200 OK\r\n", b"a", "sent"),
        (b"HTTP/1.1 500 No\r\n", b"a", "waiting"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "waiting"),
    ],
    ids=["status", "headers after a yes", "headers after a no", "interim answers"],
)
def test_a_webhook_that_drips_ends_a_delivery_at_its_deadline(
    begin: bytes, drop: bytes, state: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.outbox.delivery.TOTAL_SECONDS", SECONDS[state])
    with drip(begin, b"", drop) as port, ThreadPoolExecutor(1) as pool:
        hook = Message("alarm:a:firing:1", "", f"http://127.0.0.1:{port}/", {}, repeats=True, secret="whsec_AAAA")
        result = pool.submit(Delivery(settings).send, hook).result(DEADLINE)
    assert result.state == state


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\na", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200, b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000],
    ids=["half a header", "too many headers", "too long a header"],
)
def test_a_webhook_that_says_yes_has_the_message_even_if_it_breaks_off(answer: bytes, settings: Settings) -> None:
    def serve(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            heard = b""
            while b"{}" not in heard:
                heard += client.recv(4096)
            client.sendall(answer)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(serve, listening)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        hook = Message("alarm:a:firing:1", "", address, {}, repeats=True, secret="whsec_AAAA")
        assert Delivery(settings).send(hook).state == "sent"


@pytest.mark.parametrize("fault", [None, ssl.SSLEOFError], ids=["http", "as over TLS"])
@pytest.mark.parametrize(("answer", "state"), [(b"200 OK", "sent"), (b"410 Gone", "failed"), (b"", "waiting")])
def test_what_a_webhook_answers_before_it_has_heard_all_is_its_answer(
    answer: bytes, state: str, fault: type[OSError] | None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_reset = threading.Event()

    def serve(listening: socket.socket) -> None:
        client, _ = listening.accept()
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += client.recv(4096)
        client.sendall(b"HTTP/1.1 " + answer + b"\r\n\r\n" if answer else b"")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        client.close()
        has_reset.set()

    def send_late(connection: HTTPConnection, content: bytes) -> None:
        assert content.startswith(b"POST ") or has_reset.wait(DEADLINE)
        try:
            send(connection, content)
        except ConnectionError as error:
            raise (fault or type(error)) from error

    send = HTTPConnection.send
    monkeypatch.setattr(HTTPConnection, "send", send_late)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(serve, listening)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        hook = Message("alarm:a:firing:1", "", address, {}, repeats=True, secret="whsec_AAAA")
        assert Delivery(settings).send(hook).state == state

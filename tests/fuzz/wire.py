"""HTTP as bytes on a socket: what no client library would send, and every answer that comes back."""

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any

from tests.fuzz.inputs import Inputs

TIMEOUT_SECONDS = 20
METHODS = ("POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW", "post", "PRI", "")
VERSIONS = ("HTTP/1.1",) * 20 + ("HTTP/1.0", "HTTP/9.9", "")


@dataclass(frozen=True)
class Answer:
    """One answer, as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, request: bytes, is_whole: bool = True) -> tuple[list[Answer], bytes]:
    """All answers to what is sent on one connection, and the bytes that they were.

    `is_whole`: the request asks for the connection to be closed; else our end is closed after it.
    """
    received = b""
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as link:
        with contextlib.suppress(ConnectionError):
            link.sendall(request)  # the server may have answered, and closed, before it had it all
        if not is_whole:
            link.shutdown(socket.SHUT_WR)
        while chunk := link.recv(1 << 16):
            received += chunk
    return list(_split(received, request.startswith(b"HEAD "))), received


def _split(received: bytes, is_head: bool) -> Any:
    while received.startswith(b"HTTP/1.1 "):
        head, _, rest = received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = 0 if is_head else int(headers.get("content-length", "0"))
        if not status.startswith("HTTP/1.1 1"):  # 100 Continue comes before an answer
            yield Answer(int(status.split()[1]), headers, rest[:size])
        received = rest[size:]


def post(
    path: str, body: bytes, content_type: str = "application/json", host: str = "fuzz", authorization: str = ""
) -> bytes:
    """A plain request."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nConnection: close\r\n"
    head += f"Authorization: {authorization}\r\n" if authorization else ""
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def odd_request(inputs: Inputs, path: str, body: bytes) -> bytes:
    """A request of which anything may be odd: method, path, version, headers, framing."""
    pick = inputs.random
    target = pick.choice(
        (path, path, path + "/", "//" + path, "*", "http://[::1/x", "/%00", "/" + "a" * pick.choice((9, 70_000)))
    )
    method, version = pick.choice(METHODS[:1] * 20 + METHODS), pick.choice(VERSIONS)
    line = f"{method} {target} {version}"
    headers = [
        (b"Host", pick.choice((b"fuzz", b"", b"[", b"a" * 300, b"x\xff", b"a, b"))),
        (
            b"Content-Type",
            pick.choice((b"application/json", b"text/plain;charset=\xb2", b"application/json; charset=utf-7")),
        ),
        *[odd_header(inputs) for _ in range(pick.randrange(4))],
    ]
    content, framing = frame(inputs, body)
    headers += framing
    if inputs.is_one_in(2):
        headers.append((b"Connection", b"close"))
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    return line.encode(errors="replace") + b"\r\n" + head + b"\r\n" + content


def odd_header(inputs: Inputs) -> tuple[bytes, bytes]:
    """A header that means something to somebody, with a value that means little."""
    pick = inputs.random
    name = pick.choice(
        (
            *(b"Origin", b"Access-Control-Request-Method", b"Access-Control-Request-Headers", b"Content-Encoding"),
            *(b"Expect", b"Upgrade", b"Connection", b"Authorization", b"X-API-Key", b"X-Forwarded-For", b"Forwarded"),
            *(
                b"Cookie",
                b"Range",
                b"Accept",
                b"Function-Execution-Id",
                b"X-Cloud-Trace-Context",
                b"traceparent",
                b"X Y",
                b"",
            ),
        )
    )
    values = (
        b"",
        b"*",
        b"100-continue",
        b"websocket",
        b"gzip",
        b"Bearer",
        b"Bearer \xff",
        b"::1, x",
        b"a" * 9_000,
        b"\x01",
        b"DELETE",
    )
    return name, pick.choice((*values, inputs.text().encode(errors="replace")))


def frame(inputs: Inputs, body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """A body as it is sent, and the headers that say where it ends, or lie about it."""
    pick, size = inputs.random, len(body)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body) if body else b"0\r\n\r\n"
    kind = pick.randrange(15)
    if kind == 0:
        lengths = (
            b"-1",
            b"+5",
            b"1e3",
            b"\xb2",
            b"9" * 30,
            b"9" * 5_000,
            b"0x10",
            b"%d, %d" % (size, size),
            b"%d" % (size + 9),
        )
        return body, [(b"Content-Length", pick.choice(lengths))]
    if kind == 1:
        broken = (
            inputs.mutate(chunked),
            b"zz\r\n" + body,
            b"fffffffffffffffff\r\n" + body,
            chunked[:-5],
            b"5;x=\x00\r\n" + body,
        )
        return pick.choice(broken), [(b"Transfer-Encoding", b"chunked")]
    if kind == 2:
        return chunked, [
            (b"Transfer-Encoding", pick.choice((b"chunked", b"gzip, chunked", b"chunked, identity", b"x")))
        ]
    if kind == 3:
        return chunked, [(b"Content-Length", b"%d" % size), (b"Transfer-Encoding", b"chunked")]
    return body, [(b"Content-Length", b"%d" % size)]

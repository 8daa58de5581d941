"""Runs functions-framework with limits for slow and greedy clients: `python -m infra.host`.

uvicorn waits forever for a request's head, for its body (even if nobody reads it) and for a client to take its
response, and it buffers a head of any length (docs/decisions/slow-clients.md). `Connection` limits all of these, both
under functions-framework's workers and as `uvicorn --http=infra.host:Connection`.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.settings import Settings

MAX_HEAD_BYTES = 64 << 10
"""The most that a request line with headers may have, or that a message may have beyond eight times its body."""
PATIENCE_SECONDS = 1.0
"""How long a client may keep a connection waiting that a new one needs: time enough for a slow network."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and dropped, so that the client can read the response."""

_settings = Settings.load_or_exit()


def _refuse(status: int, title: str, detail: str) -> bytes:
    """A complete response: a problem document that also closes the connection."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    head = f"HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
    retry = "retry-after: 1\r\n" if status == 503 else ""
    return f"{head}{retry}connection: close\r\n\r\n".encode() + body


_TIMEOUT = _refuse(408, "Request timeout", f"The request did not arrive within {_settings.http_timeout_seconds:g} s.")
_TOO_LONG = _refuse(431, "Request header fields too large", f"At most {MAX_HEAD_BYTES} bytes are read.")
_FULL = _refuse(503, "Service unavailable", "This instance has reached its connection limit; try again.")

Wait = Literal["head", "body", "rest"]


class Connection(HttpToolsProtocol):
    """A uvicorn connection that ends when its client is too slow or sends a head that is too long."""

    timeout_seconds = _settings.http_timeout_seconds
    max_connections = _settings.http_max_connections

    _waiting: ClassVar["OrderedDict[Connection, float]"] = OrderedDict()
    """The connections that wait for their clients, and since when; the longest wait is first."""

    _wait: Wait | None = None
    _deadline: asyncio.TimerHandle | None = None
    _write_deadline: asyncio.TimerHandle | None = None
    _is_in_head = False
    _is_whole = True
    """Whether the latest message has arrived completely."""
    _unaccounted = 0
    """Bytes of the message so far, less eight times those of its body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections and not self._make_room():
            self._end(_FULL)
        else:
            self._set_wait("head")
            self._waiting[self] = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._set_wait(None)
        self._waiting.pop(self, None)
        self.resume_writing()
        self._unset_keepalive_if_required()  # also after a reset
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._unaccounted += len(data)
        super().data_received(data)
        if self._unaccounted > MAX_HEAD_BYTES:
            self._end(_TOO_LONG)
        self._watch()

    def on_message_begin(self) -> None:
        self._is_in_head, self._is_whole = True, False
        self._unaccounted = 0  # leaves out the bytes of this read, whose size is limited anyway
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unaccounted -= 8 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_deadline = self.loop.call_later(self.timeout_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._write_deadline is not None:
            self._write_deadline.cancel()
            self._write_deadline = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._end(_refuse(400, "Bad request", msg))

    def timeout_keep_alive_handler(self) -> None:
        self._end(b"")

    def _watch(self) -> None:
        """Set the deadline for what the client has to send next."""
        is_answered = self.cycle is None or self.cycle.response_complete
        if self.transport.is_closing():
            self._set_wait(None)
        elif self._is_in_head or (self._is_whole and is_answered and self.timeout_keep_alive_task is None):
            self._set_wait("head")
        elif not self._is_whole:
            self._set_wait("rest" if is_answered else "body")
        else:
            self._set_wait(None)
        if self._wait in ("head", "body") or (self._is_whole and is_answered):
            self._waiting.setdefault(self, self.loop.time())  # new bytes do not renew it
        else:
            self._waiting.pop(self, None)

    def _make_room(self) -> bool:
        """End the connection that has waited longest for its client: else one client could keep all of them."""
        if not self._waiting:
            return False
        slowest, since = next(iter(self._waiting.items()))
        if self.loop.time() - since < PATIENCE_SECONDS:
            return False
        del self._waiting[slowest]
        slowest._end(_FULL)
        return True

    def _set_wait(self, wait: Wait | None) -> None:
        if wait == self._wait:
            return  # new bytes do not extend a deadline
        if self._deadline is not None:
            self._deadline.cancel()
        self._wait, self._deadline = wait, None
        if wait is not None:
            seconds = LINGER_SECONDS if wait == "rest" else self.timeout_seconds
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        self._end(_TIMEOUT if self._is_in_head or self._wait == "body" else b"")

    def _end(self, last_words: bytes) -> None:
        if self.transport.is_closing():
            return
        is_answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not is_answering and not self.pipeline:
            self.transport.write(last_words)
        self.transport.close()  # after the written bytes are sent; the abort keeps a slow client from delaying that
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _answer_everything(aio: ModuleType) -> None:
    """Route every path and method to the function, which answers with problem documents.

    By default, the framework answers /robots.txt, /favicon.ico and unknown methods itself, in plain text.
    """
    create = aio.create_asgi_app

    def create_for_all(*arguments: Any) -> Any:
        app = create(*arguments)
        route = app.router.routes[-1]  # /{path:path}
        route.methods = None
        app.router.routes[:] = [route]
        return app

    aio.create_asgi_app = create_for_all  # type: ignore[attr-defined]


def _share_figures() -> None:
    """Give several workers one folder for their figures, so that each shows those of all at GET /metrics."""
    if not _settings.metrics_key or int(os.environ.get("WORKERS") or 1) < 2:
        return
    if own := os.environ.get("XDG_RUNTIME_DIR"):
        folder = Path(own) / "metrics"
        shutil.rmtree(folder, ignore_errors=True)  # what the workers of the last run counted
        folder.mkdir(parents=True)
    else:
        folder = Path(tempfile.mkdtemp(prefix="metrics-"))
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))  # before prometheus-client is loaded


def main() -> None:
    """Run the command line of functions-framework with limited connections."""
    from functions_framework import aio
    from functions_framework._cli import _cli
    from uvicorn_worker import UvicornWorker

    # The framework does not pass on uvicorn's options. TRUSTED_PROXIES decides which proxies to trust.
    bounded = {"http": Connection, "ws": "none", "proxy_headers": False}
    UvicornWorker.CONFIG_KWARGS = {**UvicornWorker.CONFIG_KWARGS, **bounded}
    _answer_everything(aio)
    _share_figures()
    _cli(prog_name="python -m infra.host")


if __name__ == "__main__":
    main()

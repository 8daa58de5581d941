"""Health endpoints of what serves nothing else: GET /healthz (alive), GET /readyz (it moves), and GET /metrics."""

import hmac
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Check = Callable[[], tuple[bool, dict[str, Any]]]


class Shown(NamedTuple):
    """What GET /metrics shows to who has the key, in Prometheus's text format."""

    key: str
    render: Callable[[], bytes]


def serve_health(
    host: str, port: int, check_ready: Check, shown: Shown | None = None, read_seconds: float = 5
) -> ThreadingHTTPServer:
    """Serve these paths on a daemon thread until the server's shutdown() is called.

    `shown`: None: there is no /metrics. Each request occupies a thread, so one that has not arrived within
    `read_seconds` is dropped.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def setup(self) -> None:
            super().setup()
            # `timeout` applies to each read, and a slow client can send one byte per read.
            self._deadline = threading.Timer(read_seconds, self.connection.shutdown, [socket.SHUT_RD])
            self._deadline.daemon = True
            self._deadline.start()

        def finish(self) -> None:
            self._deadline.cancel()
            super().finish()

        def do_GET(self) -> None:
            self._deadline.cancel()
            if self.path == "/healthz":
                self._answer(200, {"status": "ok"})
            elif self.path == "/readyz":
                is_ready, details = check_ready()
                self._answer(200 if is_ready else 503, {"status": "ok" if is_ready else "not ready", **details})
            elif self.path == "/metrics" and shown is not None:
                self._show(shown)
            else:
                problem = {"type": "about:blank", "title": "Not Found", "status": 404}
                self._answer(404, {**problem, "detail": "The paths are /healthz and /readyz."})

        def _show(self, shown: Shown) -> None:
            scheme, _, presented = self.headers.get("Authorization", "").partition(" ")
            if scheme.lower() == "bearer" and hmac.compare_digest(presented.strip().encode(), shown.key.encode()):
                self._send(200, "text/plain; version=0.0.4; charset=utf-8", shown.render())
            else:
                problem = {"type": "about:blank", "title": "Unauthorized", "status": 401}
                self._answer(401, {**problem, "detail": "Send METRICS_KEY as `Authorization: Bearer <key>`."})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            is_problem = "title" in content
            media_type = "application/problem+json" if is_problem else "application/json"
            self._send(status, media_type, json.dumps(content, separators=(",", ":")).encode())

        def _send(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Bearer realm="metrics"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server

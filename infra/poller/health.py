"""The poller's health endpoints: GET /healthz (alive) and GET /readyz (the queue is moving)."""

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Check = Callable[[], tuple[bool, dict[str, Any]]]


def serve_health(host: str, port: int, check_ready: Check, read_seconds: float = 5) -> ThreadingHTTPServer:
    """Serve both paths on a daemon thread until the server's shutdown() is called.

    Each request occupies a thread, so one that has not arrived within `read_seconds` is dropped.
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
            else:
                problem = {"type": "about:blank", "title": "Not Found", "status": 404}
                self._answer(404, {**problem, "detail": "The paths are /healthz and /readyz."})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content, separators=(",", ":")).encode()
            self.send_response(status)
            is_problem = "title" in content
            self.send_header("Content-Type", "application/problem+json" if is_problem else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server

"""Lambda's Runtime API, as far as awslambdaric asks: it hands out one invocation at a time.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/2018-06-01/runtime"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:"


@dataclass
class Invocation:
    """One payload on its way through the function."""

    payload: bytes
    timeout_seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: bytes = b""
    is_error: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, answer: bytes, *, is_error: bool) -> None:
        """Note the answer and let who waits for it go on."""
        self.answer, self.is_error = answer, is_error
        self.done.set()


class RuntimeApi:
    """Serves one execution environment on a free port."""

    def __init__(self, function_name: str) -> None:
        self.init_error: bytes | None = None
        self.ready = threading.Event()
        """Set once the function is loaded and asks for work."""
        self._arn = ARN + function_name
        self._next: queue.Queue[Invocation | None] = queue.Queue()
        self._running: dict[str, Invocation] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def submit(self, invocation: Invocation) -> None:
        """Hand an invocation to the function."""
        self._running[invocation.request_id] = invocation
        self._next.put(invocation)

    def close(self) -> None:
        """Stop serving."""
        self._next.put(None)
        self._server.shutdown()
        self._server.server_close()

    def _take(self) -> tuple[Invocation, dict[str, str]] | None:
        self.ready.set()
        invocation = self._next.get()
        if invocation is None:
            return None
        deadline_ms = int((time.time() + invocation.timeout_seconds) * 1000)
        return invocation, {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Content-Type": "application/json",
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }

    def _receive(self, path: str, body: bytes) -> None:
        if path == f"{PREFIX}/init/error":
            self.init_error = body
            return
        _, request_id, outcome = path.rsplit("/", 2)
        self._running.pop(request_id).finish(body, is_error=outcome == "error")

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else an answer in two packets waits for an acknowledgement

            def do_GET(self) -> None:
                taken = api._take()
                if taken is None:
                    self.close_connection = True
                    return
                invocation, headers = taken
                self._answer(200, invocation.payload, headers)

            def do_POST(self) -> None:
                api._receive(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(202, b"{}", {})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

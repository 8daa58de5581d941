"""A web site of a test's own: pages from a dictionary, on a port of their own."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Answer:
    """What a path is answered with."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


class Website:
    """Serves `pages`, by their path, while the test adds to them."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        """The paths that were asked for."""
        self.headers: dict[str, dict[str, str]] = {}
        """Those of the last request of each path, by lower-case name."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def at(self, path: str, host: str = "blog.test") -> str:
        """The URL of a page. A browser of the tests takes every name in .test for this machine."""
        return f"http://{host}:{self.port}{path}"

    def add(self, path: str, body: str, script: str = "", status: int = 200, **headers: str) -> None:
        """A page with a title of its path, and a script element in its head."""
        head = f"<!doctype html><html lang=en><meta charset=utf-8><title>Page {path}</title>{script}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Answer(f"{head}<body>{body}", status, {"Content-Type": "text/html; charset=utf-8"} | names)

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        pages, asked, headers = self.pages, self.asked, self.headers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append(urlsplit(self.path).path)
                headers[asked[-1]] = {name.lower(): value for name, value in self.headers.items()}
                answer = pages.get(urlsplit(self.path).path, Answer("nothing here", 404))
                content = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

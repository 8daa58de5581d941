"""A stand-in for the ingest function, a clock that only pauses move, and log lines."""

import json
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from common.event import Event
from common.incoming_event import IncomingEvent
from infra.importer.report import ImportReport

Import = Callable[..., ImportReport]
LOG = Path(__file__).parent.parent / "data" / "access-2015-05-17.log"
GOOGLEBOT = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def log_line(
    number: int = 0,
    target: bytes = b"/home",
    agent: bytes = b"Mozilla/5.0 Firefox/26.0",
    referrer: bytes = b"-",
    address: bytes = b"192.0.2.7",
) -> bytes:
    time = b"%02d:%02d:%02d" % (number // 3600, number // 60 % 60, number % 60)
    fields = (address, time, target, referrer, agent)
    return b'%s - - [17/May/2015:%s +0200] "GET %s HTTP/1.1" 200 5 "%s" "%s"\n' % fields


RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MEDIA_TYPES = {"/events": "application/json", "/import": "application/x-ndjson"}
TAKE, DROP, STORE_AND_DROP = "take", "drop", "store and drop"


@dataclass
class Answer:
    """What the stand-in says instead of its own answer; it stores nothing then."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Ingest(ThreadingHTTPServer):
    """Stands in for the ingest function: checks what the contract asks of a batch, and keeps the events by key.

    `script` holds what the next requests meet: TAKE, an Answer, DROP or STORE_AND_DROP; after it all is well.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.script: deque[Answer | str] = deque()
        self.batches: list[list[dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.events: dict[tuple[str, str, str], dict[str, str]] = {}
        self.breaches: list[str] = []

    def take(self, body: bytes, content_type: str | None, path: str) -> Answer:
        self.bodies.append(body)
        is_stored = path == "/import"
        if content_type != MEDIA_TYPES[path] or len(body) > 1 << 20:
            self.breaches.append(f"{content_type}, {len(body)} bytes")
        batch = list(map(json.loads, body.splitlines())) if is_stored else json.loads(body)
        self.batches.append(batch)
        if not 1 <= len(batch) <= 1_000:
            self.breaches.append(f"{len(batch)} events")
        self.breaches.extend(
            breach for event in batch for breach in find_breaches(event, Event if is_stored else IncomingEvent)
        )
        self.events.update({(e["site_id"], e["event_id"], e["timestamp"]): e for e in batch})
        return Answer(202, {"status": "ok", "accepted": len(batch)})


def find_breaches(event: dict[str, str], model: type[BaseModel]) -> Iterator[str]:
    try:
        model.model_validate_json(json.dumps(event))
    except ValidationError as error:
        yield str(error)
    if not RFC3339.fullmatch(event["timestamp"]) or str(UUID(event["event_id"])) != event["event_id"]:
        yield f"key {event['timestamp']} {event['event_id']}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Ingest

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        planned = self.server.script.popleft() if self.server.script else None
        if planned == DROP:
            return self.drop()
        if isinstance(planned, Answer):
            return self.answer(planned)
        if self.path not in MEDIA_TYPES:
            return self.answer(Answer(404, {"detail": "no such page"}))
        answer = self.server.take(body, self.headers["Content-Type"], self.path)
        return self.drop() if planned == STORE_AND_DROP else self.answer(answer)

    def drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@dataclass
class FakeTime:
    """A clock that only pauses move."""

    now: float = 0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

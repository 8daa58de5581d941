"""What one instance takes on at once: past it requests are answered 503, unread, and at once."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from common.http import messages
from common.http.admission import Limits
from common.http.app import App, build_app

KB = 1_000


@dataclass
class Call:
    """One request to an app, whose body arrives when it is told to."""

    path: str = "/"
    method: str = "POST"
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    incoming: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    reads: int = 0

    def arrive(self, body: bytes, more: bool = False) -> None:
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def start(self, app: App) -> "asyncio.Task[None]":
        scope: dict[str, Any] = {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "headers": [],
            "query_string": b"",
        }
        return asyncio.ensure_future(app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        self.reads += 1
        return await self.incoming.get()

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.content += message["body"]


async def read_all(request: Request) -> Response:
    return messages.answer({"size": len(await messages.read_body(request, 1 << 20))})


async def read_all_and_wait(request: Request) -> Response:
    await messages.read_body(request, 1 << 20)
    await request.receive()
    return messages.answer({})


def build(limits: Limits) -> App:
    routes = [Route("/", read_all, methods=["GET", "POST"]), Route("/slow", read_all_and_wait, methods=["GET", "POST"])]
    return build_app(routes, limits=limits)


async def begin(app: App, *calls: Call) -> "list[asyncio.Task[None]]":
    tasks = [call.start(app) for call in calls]
    for _ in range(20):
        await asyncio.sleep(0)
    return tasks


def test_past_the_requests_that_are_taken_on_the_answer_is_a_503_until_one_is_done() -> None:
    async def scenario() -> None:
        app = build(Limits(max_requests=2))
        held, refused, health, later = [Call("/slow"), Call("/slow", "GET")], Call(), Call("/healthz", "GET"), Call()
        held[0].arrive(b"")
        tasks = await begin(app, *held)
        await begin(app, refused, health)
        assert (refused.status, refused.headers["retry-after"], refused.reads) == (503, "1", 0)
        assert json.loads(refused.content)["status"] == 503
        assert health.status == 200
        held[0].arrive(b"")
        await tasks[0]
        later.arrive(b"abc")
        await begin(app, later)
        assert (held[0].status, later.status) == (200, 200)
        tasks[1].cancel()

    asyncio.run(scenario())


def test_past_the_bytes_that_are_held_the_answer_is_a_503_until_some_are_freed() -> None:
    async def scenario() -> None:
        app = build(Limits(max_bytes=100 * KB))
        first, too_much, refused, small, later = Call(), Call(), Call(), Call(), Call()
        [task] = await begin(app, first)
        first.arrive(b"x" * 60 * KB, more=True)
        too_much.arrive(b"x" * 60 * KB, more=True)
        await begin(app, too_much)
        assert too_much.status == 503
        first.arrive(b"x" * 40 * KB, more=True)
        refused.arrive(b"x" * 17 * KB, more=True)
        small.arrive(b"x" * KB)
        await begin(app, refused, small)
        assert (refused.status, small.status) == (503, 200)
        first.arrive(b"")
        await task
        later.arrive(b"x" * 100 * KB)
        await begin(app, later)
        assert (json.loads(first.content), later.status) == ({"size": 100 * KB}, 200)

    asyncio.run(scenario())


def test_requests_that_are_still_being_sent_take_nobodys_place() -> None:
    async def scenario() -> None:
        app = build(Limits(max_requests=2))
        slow, quick = [Call() for _ in range(5)], Call()
        for call in slow:
            call.arrive(b"{", more=True)
        tasks = await begin(app, *slow)
        quick.arrive(b"abc")
        await begin(app, quick)
        assert quick.status == 200
        for task in tasks:
            task.cancel()

    asyncio.run(scenario())


def test_a_request_that_arrives_when_all_places_are_taken_is_answered_503() -> None:
    async def scenario() -> None:
        app = build(Limits(max_requests=1))
        late, held = Call(), Call("/slow")
        late.arrive(b"a", more=True)
        held.arrive(b"")
        await begin(app, late)
        tasks = await begin(app, held)
        late.arrive(b"b")
        await begin(app)
        assert (late.status, late.headers["retry-after"]) == (503, "1")
        tasks[0].cancel()

    asyncio.run(scenario())


def test_a_client_that_leaves_makes_room() -> None:
    async def scenario() -> None:
        app = build(Limits(max_requests=1, max_bytes=10))
        leaves, next_one = Call(), Call()
        [task] = await begin(app, leaves)
        leaves.arrive(b"x" * 10, more=True)
        leaves.incoming.put_nowait({"type": "http.disconnect"})
        await task
        next_one.arrive(b"")
        await begin(app, next_one)
        assert next_one.status == 200

    asyncio.run(scenario())

"""A single event beside many dear requests is served first."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from common.redis.entry_buffer import SiteEvent
from common.settings import Settings
from functions.ingest import turns
from functions.ingest.app import build_ingest_app
from functions.ingest.slices import SlicedArray

CLIENTS = 16
EVENTS = [{"site_id": "blog", "path": "/", "title": "t" * 300, "user_agent": f"Mozilla/5.0 {n}"} for n in range(400)]


class Stream:
    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        pass


@pytest.mark.parametrize("path", ["/validate", "/events"])
def test_a_single_event_waits_for_no_more_than_two_slices_of_sixteen_large_bodies(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_read = 0
    read_slice = SlicedArray.read

    def read(array: SlicedArray) -> None:
        nonlocal slices_read
        slices_read += 1
        read_slice(array)

    monkeypatch.setattr(SlicedArray, "read", read)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)  # each turn is one step
    app = build_ingest_app(Stream(), Settings(_env_file=None))  # type: ignore[arg-type]

    async def post(path: str, content: bytes) -> int:
        scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"content-type", b"application/json")],
                 "query_string": b"", "client": ("192.0.2.1", 1)}  # fmt: skip
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content}

        async def send(message: Any) -> None:
            answers.append(message)

        await app(scope, receive, send)
        return int(answers[0]["status"])

    async def run() -> None:
        dear = [asyncio.ensure_future(post(path, json.dumps(EVENTS).encode())) for _ in range(CLIENTS)]
        single = asyncio.ensure_future(post("/event", b'{"site_id":"blog","path":"/"}'))
        assert await single == 202
        assert slices_read <= 2
        assert not any(request.done() for request in dear)
        assert {await request for request in dear} <= {200, 202}

    asyncio.run(run())
    assert slices_read > CLIENTS

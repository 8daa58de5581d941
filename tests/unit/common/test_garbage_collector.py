"""The garbage collector stays out of a request's way, and has nothing to do there."""

import asyncio
import gc
import json
import warnings
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import pytest

from common import garbage_collector
from common.errors import Unavailable
from common.http.app import App
from common.incoming_event import MAX_EVENTS
from common.redis.entry_buffer import SiteEvent
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.body import read_array

EVENT = b'{"site_id":"blog","path":"/"}'
FAULTY = b'{"site_id":"blog","path":"/","colour":"red"}'


class Stream:
    """Takes everything, or nothing."""

    def __init__(self, is_full: bool) -> None:
        self._is_full = is_full

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        if self._is_full:
            raise Unavailable("The queue is full.")

    async def count_refused(self, events: int, reason: str = "") -> None:
        pass

    async def read_backlog(self) -> dict[str, int]:
        return {}


@pytest.fixture(autouse=True, scope="module")
def tidy() -> Iterator[None]:
    """No garbage of earlier tests, whose connections may be open still; what they left is looked through no more."""
    gc.unfreeze()  # a function that an earlier test loaded froze what there was, garbage too
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def collections() -> Iterator[list[str]]:
    """The collections that began."""
    before, seen = gc.get_threshold(), list[str]()

    def note(phase: str, _: dict[str, int]) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)
    gc.set_threshold(*before)


def test_a_batch_is_read_without_looking_for_garbage(collections: list[str]) -> None:
    body = b"[" + b",".join([EVENT] * MAX_EVENTS) + b"]"
    garbage_collector.tune()
    gc.collect()
    collections.clear()
    assert len(read_array(body).raw) == MAX_EVENTS
    assert collections == []


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("/event", "application/json", EVENT),
        ("/event", "application/json", FAULTY),
        ("/event", "application/json", b"{"),
        ("/events", "application/json", b"[" + EVENT + b"," + FAULTY + b"]"),
        ("/events", "application/json", b'[{"site_id":"blog"}]'),
        ("/events", "application/x-ndjson", EVENT + b"\n" + FAULTY + b"\n{\n"),
        ("/validate", "application/json", b"[" + EVENT + b"," + FAULTY + b"]"),
        ("/validate", "application/json", FAULTY),
        ("/validate", "application/x-ndjson", b'{"site_id":"blog"}\n{'),
    ],
)
def test_a_request_leaves_no_garbage_behind(path: str, media_type: str, body: bytes, is_full: bool) -> None:
    app = build_ingest_app(Stream(is_full), Settings(redis_url="redis://nowhere"))

    async def count_garbage() -> list[int]:
        found = []
        for _ in range(3):  # the first one fills caches
            gc.collect()
            await post(app, path, media_type, body)
            found.append(gc.collect())
        return found

    assert asyncio.run(count_garbage())[1:] == [0, 0]


async def post(app: App, path: str, media_type: str, body: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if body := message.get("body"):
            assert json.loads(body)

    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(b"content-type", media_type.encode())],
    }  # fmt: skip
    await app(scope, receive, send)

"""No request of many events holds the event loop."""

import asyncio
import gc
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from common.redis.entry_buffer import SiteEvent
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.preload import preload
from functions.ingest.turns import TURN_SECONDS, Turns

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0 {1}"


class Stream:
    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        pass

    async def count_refused(self, events: int, reason: str = "") -> None:
        pass

    async def read_backlog(self) -> dict[str, int]:
        return {}


def test_others_are_served_between_turns_and_many_requests_take_theirs_one_after_another() -> None:
    now = 0.0
    seen: list[str] = []

    def work(item: str) -> str:
        nonlocal now
        now += TURN_SECONDS * 0.6
        seen.append(item)
        return item.upper()

    async def tick() -> None:
        for _ in range(6):
            seen.append("tick")
            await asyncio.sleep(0)

    async def run() -> list[Any]:
        turns = Turns(lambda: now)
        return await asyncio.gather(turns.map(work, "aaaa"), turns.map(work, "bbbb"), tick())

    assert asyncio.run(run())[:2] == [list("AAAA"), list("BBBB")]
    assert "".join(seen).replace("tick", "") == "aabbaabb"
    assert "ab" not in "".join(seen)
    assert "ba" not in "".join(seen)


def test_a_turn_that_fails_is_over() -> None:
    async def run() -> list[int]:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            await turns.map(lambda item: 1 // item, [1, 0])
        return await turns.map(lambda item: 1 // item, [1])

    assert asyncio.run(run()) == [1]


BODIES = {
    "fresh agents": [
        {"site_id": "blog", "path": "/", "user_agent": AGENT.format(n % 200, "/validate-" + "x" * n), "ip": "192.0.2.1"}
        for n in range(1_000)
    ],
    "faults": [{f"f{field}": n for field in range(40)} for n in range(1_000)],
}


@pytest.fixture
def settled() -> Iterator[None]:
    """All is loaded, as in a process that serves, and the whole suite's heap is not searched for cycles."""
    preload()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("path", ["/validate", "/events"])
@pytest.mark.parametrize("kind", BODIES)
def test_a_thousand_events_hold_the_loop_for_no_longer_than_a_few(path: str, kind: str) -> None:
    body = json.dumps(BODIES[kind]).encode().replace(b"/validate", path.encode())  # agents that were never seen
    held: list[float] = []

    async def request() -> int:
        app = build_ingest_app(Stream(), Settings(_env_file=None))
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"",
                 "client": ("192.0.2.1", 1)}  # fmt: skip
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            answers.append(message)

        task = asyncio.ensure_future(app(scope, receive, send))
        while not task.done():
            started = time.thread_time()
            await asyncio.sleep(0)
            held.append(time.thread_time() - started)
        await task
        assert json.loads(answers[1]["body"])
        return int(answers[0]["status"])

    assert asyncio.run(request()) in (200, 202, 422)
    assert max(held) < 0.020  # of CPU time, 8 ms of it at most as measured

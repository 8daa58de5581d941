"""Ends the work for a client that has left: a reader of the page has clicked on."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from common.postgres.cancellation import Cancellation

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


async def run_until_left(work: Callable[[Request], Answer], request: Request) -> Answer:
    """What `work` gives, in a thread. Its statements are cancelled when the client leaves: raises ClientDisconnect."""
    cancellation = Cancellation()
    with cancellation.applies():
        working = asyncio.ensure_future(run_in_threadpool(work, request))
    leaving = asyncio.ensure_future(_wait_until_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        await _cancel(cancellation, working)
        raise ClientDisconnect
    finally:
        leaving.cancel()


async def _cancel(cancellation: Cancellation, working: "asyncio.Future[Answer]") -> None:
    """Return when the work has ended: until then it has its share, and its connection."""
    pause = FIRST_PAUSE_SECONDS
    while not working.done():
        await asyncio.to_thread(cancellation.cancel)  # not a thread of the pool: the work may have them all
        await asyncio.wait((working,), timeout=pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    working.exception()  # nobody is told of it


async def _wait_until_left(request: Request) -> None:
    with suppress(ClientDisconnect):
        await request.body()  # of a GET, empty: what the server says next is about the connection
        while (await request.receive())["type"] != "http.disconnect":
            pass

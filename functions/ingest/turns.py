"""Shares the event loop: a request of many events works in short turns, between which all others are served."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

TURN_SECONDS = 0.002
"""After so long a turn ends. One event may take some milliseconds: a user agent that was never seen."""
LARGE_BYTES = 100_000
"""A body that is read in a turn of its own; a smaller one takes less than a millisecond."""


class Turns:
    """The turns of one function instance: however many requests wait for one, the loop is held for one at a time."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._alone = asyncio.Lock()

    async def read(self, read: Callable[[bytes, str], Result], body: bytes, media_type: str) -> Result:
        """What `read` gives for a body. Of many large bodies that came at once, others are served between any two."""
        if len(body) < LARGE_BYTES:
            return read(body, media_type)
        async with self._turn:
            try:
                return read(body, media_type)
            finally:  # also for a body that is refused: a lock that is free lets the next one in at once
                await asyncio.sleep(0)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """For a body that may be much longer than it was sent: of these one is read at a time, and others between."""
        async with self._alone:
            try:
                yield
            finally:
                await asyncio.sleep(0)

    async def repeat(self, work: Callable[[], None], is_done: Callable[[], bool]) -> None:
        """Do `work` until it is done; raises what it raises. Others are served after each turn."""
        while not is_done():
            async with self._turn:
                until = self._clock() + TURN_SECONDS
                while not is_done():
                    work()
                    if self._clock() >= until:
                        break
                await asyncio.sleep(0)

    async def map(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """What `work` gives for each item, in their order; raises what it raises."""
        results: list[Result] = []
        left = iter(items)
        clock = self._clock
        while len(results) < len(items):
            async with self._turn:  # who waits longest is next
                until = clock() + TURN_SECONDS
                for item in left:
                    results.append(work(item))
                    if clock() >= until:
                        break
                if len(results) < len(items):
                    await asyncio.sleep(0)  # nobody else's turn yet: first those who take none are served
        return results

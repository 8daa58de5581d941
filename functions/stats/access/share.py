"""Keeps dear questions from taking all connections: a day's figures, what happens now and readiness come through."""

import asyncio
from collections.abc import Callable
from typing import Self, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from common.errors import Unavailable
from common.settings import Settings

Answer = TypeVar("Answer")


class Share:
    """What dear questions may have of one function instance."""

    def __init__(self, most: int, patience_seconds: float) -> None:
        """`most` of them are answered at once; others wait, holding no thread and no connection, but not for long."""
        self._free = asyncio.Semaphore(most)
        self._patience_seconds = patience_seconds

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """All connections but one, of which there may be no other; as patient as one that waits for a connection."""
        return cls(max(1, settings.database_connections - 1), settings.database_timeout_seconds)

    async def answer(self, work: Callable[[Request], Answer], request: Request) -> Answer:
        """What `work` gives, in a thread; raises Unavailable where others have taken the share for too long."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable("Too many questions of this kind are being answered; ask again.") from None
        try:
            return await run_in_threadpool(work, request)
        finally:
            self._free.release()

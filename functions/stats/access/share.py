"""Keeps expensive queries from taking all connections, so that a day's figures and readiness still get through."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self, TypeVar
from weakref import WeakValueDictionary

from starlette.requests import ClientDisconnect, Request

from common.errors import Unavailable
from common.settings import Settings
from functions.stats.access.disconnection import run_until_left

Answer = TypeVar("Answer")


class Share:
    """What dear questions may have of one function instance."""

    def __init__(self, most: int, patience_seconds: float) -> None:
        """`most` of them are answered at once; others wait, holding no thread and no connection, but not for long."""
        self._most = most
        self._free = asyncio.Semaphore(most)
        self._free_of_sites: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._patience_seconds = patience_seconds

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """All connections but one, of which there may be no other; as patient as one that waits for a connection."""
        return cls(max(1, settings.database_connections - 1), settings.database_timeout_seconds)

    async def answer(self, work: Callable[[Request], Answer], request: Request) -> Answer:
        """What `work` gives, in a thread; raises Unavailable where others have taken the share for too long.

        Those about one site have all but one of the share, if there is more, so that others come through. A question
        whose client has left while it waited is not answered, and that of one who leaves now is cancelled: raises
        ClientDisconnect.
        """
        async with AsyncExitStack() as held:
            site = self._find_site(request)
            waits = site.locked() or self._free.locked()
            try:
                async with asyncio.timeout(self._patience_seconds):
                    await held.enter_async_context(site)
                    await held.enter_async_context(self._free)
            except TimeoutError:
                raise Unavailable("Too many questions of this kind are being answered; ask again.") from None
            if waits and await _has_left(request):
                raise ClientDisconnect
            return await run_until_left(work, request)

    def _find_site(self, request: Request) -> asyncio.Semaphore:
        """What is free of a site's part; it is kept as long as somebody asks about the site."""
        site_id = request.query_params.get("site_id", "")
        return self._free_of_sites.setdefault(site_id, asyncio.Semaphore(max(1, self._most - 1)))


async def _has_left(request: Request) -> bool:
    """Whether nobody waits for the answer any more: a reader of the page has clicked on."""
    await request.body()  # of a GET, empty: what the server says next is about the connection
    return await request.is_disconnected()

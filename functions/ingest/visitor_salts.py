"""The salts of visitors' derived ids: one a UTC day, made by whoever needs it first, the same for all instances."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import cast

from common.errors import Unavailable
from common.redis.client import FAULTS, connect_async
from common.redis.cluster import AsyncCluster
from common.redis.driver import AsyncRedis
from common.redis.keys import ShardKeys
from common.redis.login import note_refusal
from common.settings import Settings
from common.visitor import SALT_BYTES, ends_at

CONNECTIONS = 1


class VisitorSalts:
    """Connects at its first use, never at import. Redis deletes a salt 48 hours after its day began."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now`: the time, by the queue's clock: it deletes the salts."""
        self._now = now
        self._settings = settings
        self._prefix = ShardKeys.of(settings.stream_name, 0).salts
        self._known: dict[date, bytes] = {}
        self._redis: AsyncRedis | AsyncCluster | None = None

    async def find(self, day: date) -> bytes:
        """See functions.ingest.intake.SaltStore."""
        self._forget()
        return self._known.get(day) or await self._share(day)

    async def close(self) -> None:
        """Close the connections; a later use opens new ones."""
        if self._redis is not None:
            await self._redis.aclose()
        self._redis = None

    async def _share(self, day: date) -> bytes:
        """Offer a salt, and take the one that was offered first."""
        key, ends = f"{self._prefix}{day}", ends_at(day)
        try:
            await self._connect().set(key, secrets.token_bytes(SALT_BYTES), nx=True, exat=int(ends.timestamp()))
            salt = await cast(Awaitable[bytes | None], self._connect().get(key))
        except FAULTS as error:
            note_refusal(error)
            raise Unavailable("The queue can't be reached; send the same events again.") from error
        if salt is None:  # it expired between the two commands: our clock is far behind
            raise Unavailable("This instance's clock is wrong; send the same events again.")
        self._known[day] = salt
        self._forget_at(ends)
        return salt

    def _forget_at(self, ends: datetime) -> None:
        """Forget a salt when it ends, even if no further event comes. If the loop's clock is ahead, wait again."""
        if (seconds := (ends - self._now()).total_seconds()) > 0:
            asyncio.get_running_loop().call_later(seconds, self._forget_at, ends)
        self._forget()

    def _forget(self) -> None:
        now = self._now()
        for day in [day for day in self._known if ends_at(day) <= now]:
            del self._known[day]

    def _connect(self) -> AsyncRedis | AsyncCluster:
        if self._redis is None:
            self._redis = connect_async(self._settings, CONNECTIONS)
        return self._redis

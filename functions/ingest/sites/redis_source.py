"""Reads the sites' document from Redis."""

from collections.abc import Awaitable
from typing import cast

from common.errors import Unavailable
from common.redis.client import FAULTS, connect_async
from common.redis.cluster import AsyncCluster
from common.redis.driver import AsyncRedis
from common.redis.keys import ShardKeys
from common.redis.login import note_refusal
from common.settings import Settings

CONNECTIONS = 1


class RedisSites:
    """Connects at its first use, never at import."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = ShardKeys.of(settings.stream_name, 0).sites_document
        self._redis: AsyncRedis | AsyncCluster | None = None

    async def read(self, version: str) -> tuple[str, bytes] | None:
        """See functions.ingest.sites.refresh.SitesSource."""
        if self._redis is None:
            self._redis = connect_async(self._settings, CONNECTIONS)
        try:
            [published] = await cast(Awaitable[list[bytes | None]], self._redis.hmget(self._key, ["version"]))
            if published is None or published.decode() == version:
                return None
            # both at once: the version may have changed meanwhile
            found = await cast(Awaitable[list[bytes | None]], self._redis.hmget(self._key, ["version", "document"]))
        except FAULTS as error:
            note_refusal(error)
            raise Unavailable("The queue can't be reached; send the same events again.") from error
        newest, document = found
        return None if newest is None or document is None else (newest.decode(), document)

    async def close(self) -> None:
        """Close the connection; a later use opens a new one."""
        if self._redis is not None:
            await self._redis.aclose()
        self._redis = None

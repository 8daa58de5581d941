"""Counts requests against rate limits in Redis, for all instances. Clients and sites are stored as keyed hashes."""

import asyncio
import hashlib
import logging
import math
import secrets
import time
from collections.abc import Sequence
from typing import Any, cast

from common.log import fields
from common.redis.client import FAULTS, connect_async, digest
from common.redis.cluster import AsyncCluster
from common.redis.driver import AsyncRedis, NoScriptError
from common.redis.keys import ShardKeys, load_script
from common.redis.login import note_refusal
from common.settings import Settings
from functions.ingest.rate_limit import Allowance, Quota

CONNECTIONS = 4
LONGEST_WAIT_SECONDS = 1.0
"""A rate limit is not worth a longer wait: without Redis the request fails at the stream anyway, with a clear error."""

log = logging.getLogger(__name__)


class RedisCounter:
    """Connects at its first use, never at import. All its keys are of shard 0, so that one script reaches them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys = ShardKeys.of(settings.stream_name, 0)
        self._hash_key = settings.rate_limit_key.encode()
        self._redis: AsyncRedis | AsyncCluster | None = None
        self._is_failing = False

    async def take(self, quota: Quota, members: Sequence[str]) -> Allowance | None:
        """See functions.ingest.rate_limit.Counter."""
        interval = max(quota.window_seconds * 1_000_000 // quota.requests, 1)
        arguments = [interval, interval * quota.requests, self._settings.ledger_hours * 3600]
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                hash_key = self._hash_key or await self._find_hash_key()
                keys = [self._name(hash_key, quota, member) for member in members]
                refused = f"{self._keys.refused}{int(time.time() // 60)}"
                is_exceeded, remaining, microseconds = await self._run([*keys, refused], arguments)
        except (*FAULTS, TimeoutError) as error:
            self._note_failure(error)
            return None
        self._is_failing = False
        return Allowance(quota, bool(is_exceeded), remaining, math.ceil(microseconds / 1_000_000))

    async def close(self) -> None:
        """Close the connections; a later use opens new ones."""
        if self._redis is not None:
            await self._redis.aclose()
        self._redis = None

    def _name(self, hash_key: bytes, quota: Quota, member: str) -> str:
        """A key that does not reveal whom it counts."""
        hashed = hashlib.blake2b(f"{quota.name} {member}".encode(), key=hash_key[:64], digest_size=16)
        return f"{self._keys.rates}{quota.name}:{hashed.hexdigest()}"

    async def _find_hash_key(self) -> bytes:
        """The key that the first instance made."""
        where = f"{self._keys.rates}key"
        await self._connect().set(where, secrets.token_hex(32), nx=True)
        self._hash_key = cast(bytes, await self._connect().get(where))
        return self._hash_key

    async def _run(self, keys: Sequence[str], arguments: Sequence[int]) -> Any:
        text = load_script(__name__, "take")
        words: list[Any] = [*keys, *arguments]
        try:
            return await self._connect().evalsha(digest(text), len(keys), *words)
        except NoScriptError:
            return await self._connect().eval(text, len(keys), *words)

    def _connect(self) -> AsyncRedis | AsyncCluster:
        if self._redis is None:
            self._redis = connect_async(self._settings, CONNECTIONS)
        return self._redis

    def _note_failure(self, error: Exception) -> None:
        note_refusal(error)
        if not self._is_failing:
            log.warning("rate limits are not enforced: Redis can't count", extra=fields(error=str(error)[:200]))
        self._is_failing = True

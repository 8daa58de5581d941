"""Makes the redis-py client, for a single server or a cluster, and translates its errors."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisClusterException, RedisError
from redis.retry import Retry

from common.errors import Unavailable
from common.redis.cluster import AsyncCluster, Cluster, LazyCluster
from common.redis.connection import checked
from common.redis.keys import load_script
from common.redis.login import login_options, note_refusal
from common.settings import Settings

FAULTS = (RedisError, RedisClusterException, OSError)
"""What redis-py raises. Its cluster client's own exceptions are no RedisErrors."""


def connect(settings: Settings) -> "Redis":
    """A client for the queue, safe to share between threads; connects at its first use."""
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    if settings.redis_cluster:
        return cast("Redis", LazyCluster(lambda: Cluster(retry=retry, protocol=2, **_options(settings))))
    return Redis.from_url(protocol=2, retry=retry, **_options(settings))


def connect_async(settings: Settings, connections: int) -> "AsyncRedis | AsyncCluster":
    """A client for one event loop; connects at its first use.

    `connections`: at most so many to a server, and in a cluster one more to learn the slots.
    """
    # a connection that Redis closed while idle; a time-out is not tried again: it has cost enough
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = {**_options(settings), "max_connections": connections, "retry": retry}
    if settings.redis_cluster:
        return cast(AsyncCluster, AsyncCluster.from_url(protocol=2, **options))
    pool = BlockingConnectionPool.from_url(timeout=settings.redis_timeout_seconds, **options)
    pool.connection_class = checked(pool.connection_class)
    return AsyncRedis.from_pool(pool)


def run_script(redis: "Redis", module: str, name: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Run a Lua script beside a module (its `__name__`); in a cluster all its keys are of one shard."""
    text = load_script(module, name)
    words = (len(keys), *keys, *arguments)
    try:
        return redis.evalsha(digest(text), *words)
    except NoScriptError:
        # EVAL keeps it where it ran; SCRIPT LOAD would have to reach every node of a cluster
        return redis.eval(text, *words)


@cache
def digest(text: str) -> str:
    """The name under which Redis keeps a script."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def translated() -> Iterator[None]:
    """Errors of redis-py as Unavailable."""
    try:
        yield
    except FAULTS as error:
        note_refusal(error)
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"The queue can't be reached ({type(error).__name__}).", reason=reason) from error


def _options(settings: Settings) -> dict[str, Any]:
    seconds = settings.redis_timeout_seconds
    timeouts = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    return {"url": settings.redis_url, **timeouts, **login_options(settings)}

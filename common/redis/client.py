"""Makes the redis-py client, for a single server or a cluster, and translates its errors."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from redis import Redis, RedisCluster
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterError, NoScriptError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from common.errors import Unavailable
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
        return cast("Redis", _LazyCluster(lambda: _Cluster(retry=retry, protocol=2, **_options(settings))))
    return Redis.from_url(protocol=2, retry=retry, **_options(settings))


def connect_async(settings: Settings, connections: int) -> "AsyncRedis | AsyncRedisCluster":
    """A client for one event loop, with at most so many connections to a server; connects at its first use."""
    # a connection that Redis closed while idle; a time-out is not tried again: it has cost enough
    retry = AsyncRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options = {**_options(settings), "max_connections": connections, "retry": retry}
    if settings.redis_cluster:
        return _AsyncCluster.from_url(protocol=2, **options)
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


class _Cluster(RedisCluster):
    def determine_slot(self, *args: Any) -> int | None:
        """The slot of a command. All our keys begin with their hash tag, and no earlier argument does.

        redis-py would ask a server about XREADGROUP each time, always the same one, even when it is dead.
        """
        for word in args[1:]:
            if isinstance(word, str) and word.startswith("{"):
                return int(self.keyslot(word))  # type: ignore[no-untyped-call]
        return super().determine_slot(*args)

    def get_node(self, *args: Any, **kwargs: Any) -> Any:
        """A node by its address. While a slot moves to a node that had none, that node is still unknown to us."""
        return _known(super().get_node(*args, **kwargs))  # type: ignore[no-untyped-call]


class _AsyncCluster(AsyncRedisCluster):
    def __init__(self, max_connections: int, **options: Any) -> None:
        self._free_connections = asyncio.Semaphore(max_connections)
        self._timeout_seconds: float = options["socket_timeout"]
        # as many again for scripts that are confirmed: they take connections of a node beside the commands
        super().__init__(max_connections=2 * max_connections, **options)
        kind = checked(self.connection_kwargs["connection_class"])  # which can't be given
        self.connection_kwargs["connection_class"] = kind
        for node in self.startup_nodes:
            node.connection_class = kind

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for a free connection, as with a single server: a node has an error for whoever finds none.

        Before it knows the slots, redis-py sends commands to any node; after a few redirections it closes all
        connections, also those that others use.
        """
        async with asyncio.timeout(self._timeout_seconds):
            await self._free_connections.acquire()
        try:
            await self.initialize()
            return await super().execute_command(*args, **kwargs)
        finally:
            self._free_connections.release()

    def get_node(self, *args: Any, **kwargs: Any) -> Any:
        """As above: a node that is not known yet is an error here, not None."""
        return _known(super().get_node(*args, **kwargs))


def _known(node: Any) -> Any:
    if node is None:  # redis-py would go on with None
        raise ClusterError("redirected to a node that is not known yet")
    return node


class _LazyCluster:
    """A cluster client that is made at its first use: redis-py's own asks the cluster as soon as it is made."""

    def __init__(self, make: Callable[[], RedisCluster]) -> None:
        self._make = make
        self._made: RedisCluster | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

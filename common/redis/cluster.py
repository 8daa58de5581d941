"""redis-py's cluster clients, with what they lack for us."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from redis import RedisCluster
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import ClusterError
from redis.exceptions import TimeoutError as RedisTimeoutError

from common.redis.connection import checked


class Cluster(RedisCluster):
    """For threads."""

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


class AsyncCluster(AsyncRedisCluster):
    """For one event loop."""

    def __init__(self, max_connections: int, **options: Any) -> None:
        """`max_connections`: to each node, and one more to learn which node has which slots."""
        self._free = asyncio.Semaphore(max_connections)
        self._timeout_seconds: float = options["socket_timeout"]
        self._learning: asyncio.Task[Any] | None = None
        super().__init__(max_connections=max_connections + 1, **options)
        kind = checked(self.connection_kwargs["connection_class"])  # redis-py takes no class of ours
        self.connection_kwargs["connection_class"] = kind
        for node in self.startup_nodes:
            node.connection_class = kind

    async def initialize(self, *args: Any, **kwargs: Any) -> Self:
        """Learn which node has which slots, once for all who wait for it.

        redis-py closes every connection, also those in use, if the request that happens to do it is cancelled.
        """
        if self._initialize:
            if self._learning is None or self._learning.done():
                self._learning = asyncio.create_task(super().initialize(*args, **kwargs))
                self._learning.add_done_callback(_note_result)
            await asyncio.shield(self._learning)
        return self

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """The answer to a command, once the slots are known and a connection is free.

        Before it knows the slots, redis-py sends commands to any node, and after a few redirections it closes every
        connection, also those in use.
        """
        async with self.connection():
            await self.initialize()
            return await super().execute_command(*args, **kwargs)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        """A turn to use a connection: a node has an error for whoever finds none free. Raises redis-py's TimeoutError.

        Whoever has a turn must not wait for another.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise RedisTimeoutError("no connection became free in time") from error
        try:
            yield
        finally:
            self._free.release()

    def get_node(self, *args: Any, **kwargs: Any) -> Any:
        """As Cluster's: a node that is not known yet is an error here, not None."""
        return _known(super().get_node(*args, **kwargs))


class LazyCluster:
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
        """Close its connections, if it was made."""
        if self._made is not None:
            self._made.close()


def _known(node: Any) -> Any:
    if node is None:  # redis-py would go on with None
        raise ClusterError("redirected to a node that is not known yet")
    return node


def _note_result(task: "asyncio.Task[Any]") -> None:
    """Whoever waited may be gone: an error that nobody takes would be logged when the task is."""
    if not task.cancelled():
        task.exception()

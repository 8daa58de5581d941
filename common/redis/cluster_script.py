"""Writes in a cluster that survive the loss of a primary."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

from redis.asyncio.cluster import ClusterNode, PipelineCommand
from redis.exceptions import (
    AskError,
    ClusterError,
    MovedError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from common.errors import Unavailable
from common.log import fields
from common.redis.client import digest
from common.redis.cluster import AsyncCluster
from common.redis.login import note_refusal

log = logging.getLogger(__name__)

_PAUSES_SECONDS = (0, 0.05, 0.1)
_LAST_PAUSE_SECONDS = 0.2
_PASSING = (TryAgainError, ClusterError, ReadOnlyError, RedisConnectionError, RedisClusterException)
"""Errors that a failover, a moving slot or a restart causes for a while."""


class ConfirmedScript:
    """A Lua script that writes, run on its keys' primary and synced there and on `replicas` of its replicas.

    A primary's own sync is not enough in a cluster: when it dies, the replica that takes over has
    what it was sent. So the script and WAITAOF go over one connection, and a redirection repeats both.
    """

    def __init__(self, cluster: AsyncCluster, text: str, replicas: int, timeout_seconds: float) -> None:
        self._cluster = cluster
        self._text = text
        self._digest = digest(text)
        self._replicas = replicas
        self._timeout_seconds = timeout_seconds
        self._is_map_stale = False

    async def __call__(self, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer. Raises Unavailable or what redis-py raises: then it may have run, even twice."""
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                return await self._run_until(deadline, keys, args)
        except (TimeoutError, RedisTimeoutError):
            self._is_map_stale = True  # the primary may be gone for good
            raise

    async def _run_until(self, deadline: float, keys: Sequence[str], args: Sequence[Any]) -> Any:
        words = (len(keys), *keys, *args)
        script: tuple[Any, ...] = ("EVALSHA", self._digest)
        asked: AskError | None = None
        for pause in chain(_PAUSES_SECONDS, repeat(_LAST_PAUSE_SECONDS)):
            try:
                node = await self._find_node(keys[0], asked)
                return await self._run(node, [*([("ASKING",)] if asked else []), (*script, *words)])
            except NoScriptError:
                script = ("EVAL", self._text)  # which also caches the script there
            except MovedError as moved:
                asked = None
                await self._cluster.nodes_manager.move_slot(moved)
            except AskError as error:
                asked = error
            except _PASSING as error:
                asked = None
                note_refusal(error)
                self._is_map_stale = not isinstance(error, TryAgainError)
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError

    async def _find_node(self, key: str, asked: AskError | None) -> ClusterNode:
        await self._cluster.initialize()
        if self._is_map_stale:
            await self._cluster.nodes_manager.initialize()
            self._is_map_stale = False
        manager = self._cluster.nodes_manager
        if asked is None:
            return manager.get_node_from_slot(self._cluster.keyslot(key))
        node = manager.get_node(host=asked.host, port=asked.port)
        if node is None:
            raise TryAgainError("the slot moves to a node that is not known before it has come there")
        return node

    async def _run(self, node: ClusterNode, words: list[tuple[Any, ...]]) -> Any:
        """Send all commands at once over one connection. Returns the answer of the script once it is confirmed."""
        wait_ms = int(self._timeout_seconds * 400)  # for each of the two, and some time to spare
        # Replicas report what they synced when they are asked, or once a second. WAITAOF asks at once, too
        # early for this write; WAIT returns when they have it, and WAITAOF asks again.
        confirm = [("WAIT", self._replicas, wait_ms), ("WAITAOF", 1, self._replicas, wait_ms)]
        commands = [
            PipelineCommand(index, *command)
            for index, command in enumerate([*words, *(confirm if self._replicas else [])])
        ]
        async with self._cluster.connection():
            await node.execute_pipeline(commands)
        results = [command.result for command in commands]
        for result in results[: len(words)]:
            if isinstance(result, Exception):
                raise result
        if self._replicas:
            self._check_confirmed(results[-1])
        return results[len(words) - 1]

    def _check_confirmed(self, answer: Any) -> None:
        if isinstance(answer, list) and answer[0] >= 1 and answer[1] >= self._replicas:
            return
        log.warning("write not confirmed", extra=fields(waitaof=str(answer)[:300], replicas=self._replicas))
        raise Unavailable("The queue can't confirm that the events are safe; send the same events again.")

"""What our cluster client does before it asks a server."""

import asyncio

import pytest
from redis.asyncio import RedisCluster

from common.redis.client import connect_async
from common.settings import Settings


def test_the_slots_are_learned_once_for_all_even_if_whoever_asked_first_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        learned, may_end = [], asyncio.Event()

        async def learn(cluster: RedisCluster) -> None:
            learned.append(cluster)
            await may_end.wait()
            cluster._initialize = False

        monkeypatch.setattr(RedisCluster, "initialize", learn)
        cluster = connect_async(Settings(redis_url="redis://127.0.0.1:1", redis_cluster=True), 1)
        first, second = asyncio.create_task(cluster.initialize()), asyncio.create_task(cluster.initialize())
        await asyncio.sleep(0)
        first.cancel()
        may_end.set()
        await second
        assert learned == [cluster]
        assert first.cancelled()
        await cluster.aclose()

    asyncio.run(run())

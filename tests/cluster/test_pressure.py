"""Rate limits and the check of the queue's safety, in a cluster."""

import asyncio

from redis import Redis

from common.settings import Settings
from functions.ingest.rate_counter import RedisCounter
from functions.ingest.rate_limit import Quota
from infra.queue.safety import find_unsafe


def test_one_script_counts_many_sites_of_many_shards(settings: Settings) -> None:
    async def scenario() -> list[tuple[bool, int]]:
        counter = RedisCounter(settings)
        sites = [f"site-{n}" for n in range(20)]
        taken = [await counter.take(Quota("site", 2, 600), sites) for _ in range(3)]
        await counter.close()
        return [(one.is_exceeded, one.remaining) for one in taken if one is not None]

    assert asyncio.run(scenario()) == [(False, 1), (False, 0), (True, 0)]


def test_a_node_that_is_set_as_shipped_is_safe(settings: Settings, redis: "Redis") -> None:
    assert find_unsafe(redis, settings) == []

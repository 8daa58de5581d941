"""Connections to the stores are bounded by settings, however many requests there are at once."""

import asyncio
from collections import Counter
from collections.abc import Callable

import httpx2 as httpx
from redis import Redis

from common.postgres.database import Database
from common.redis.entry_buffer import WRITES_IN_FLIGHT
from functions.ingest import rate_counter, visitor_salts
from functions.ingest.sites import redis_source
from tests.pressure.parts import EVENT, Parts

REQUESTS = 200
DATABASE_CONNECTIONS = 3
OF_OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
"""An autovacuum worker is nobody's connection."""


async def send_at_once(count_connections: Callable[[], int], method: str, url: str, body: bytes) -> tuple[int, int]:
    """Requests three times over, all at once; how many were answered 2xx, and the most connections seen meanwhile."""
    # None is used again: a client that is late would use one that the server is about to close.
    limits = httpx.Limits(max_connections=REQUESTS, max_keepalive_connections=0)
    headers = {"Content-Type": "application/json"}
    answers: Counter[bool] = Counter()
    most = 0

    async def send(client: httpx.AsyncClient) -> None:
        answers[(await client.request(method, url, content=body, headers=headers)).is_success] += 1

    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        sending = asyncio.gather(*(send(client) for _ in range(3 * REQUESTS)))
        while not sending.done():
            most = max(most, await asyncio.to_thread(count_connections))
            await asyncio.sleep(0.01)
        await sending
    return answers[True], most


def test_many_readers_share_few_connections_to_the_database(parts: Parts, database: Database) -> None:
    stats = parts.start("stats", database_connections=DATABASE_CONNECTIONS)

    def count() -> int:
        [[connections]] = database.run(OF_OTHERS)
        return int(connections)

    url = f"{stats.url}/stats?site_id=blog&date=2025-11-12"
    answered, most = asyncio.run(send_at_once(count, "GET", url, b""))
    assert answered == 3 * REQUESTS
    assert 0 < most <= DATABASE_CONNECTIONS


def test_many_writers_share_few_connections_to_redis(queue_parts: Parts, redis: "Redis") -> None:
    redis.ping()
    others = len(redis.client_list())
    # A busy machine has five seconds' work for Redis with so many requests at once: refusing some is another test.
    ingest = queue_parts.start(
        "ingest", rate_limit_client_requests=1_000_000, redis_timeout_seconds=60, http_timeout_seconds=60
    )
    writes = 2 * WRITES_IN_FLIGHT  # to the shard, and to its overflow
    bound = writes + 1 + rate_counter.CONNECTIONS + visitor_salts.CONNECTIONS + redis_source.CONNECTIONS
    whose = EVENT.replace(b'"user_id":"ann",', b"")  # so that the day's salt is asked for
    assert whose != EVENT
    answered, most = asyncio.run(
        send_at_once(lambda: len(redis.client_list()) - others, "POST", f"{ingest.url}/event", whose)
    )
    assert answered == 3 * REQUESTS
    assert 0 < most <= bound

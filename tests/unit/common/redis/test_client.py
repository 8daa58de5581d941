"""The clients of the queue, before they connect."""

import pytest
from redis.asyncio import Connection, RedisCluster, SSLConnection

from common.redis.client import connect_async
from common.redis.connection import checked
from common.settings import Settings


@pytest.mark.parametrize(("scheme", "plain"), [("redis", Connection), ("rediss", SSLConnection)])
@pytest.mark.parametrize("is_cluster", [False, True])
def test_every_connection_is_checked_before_it_is_written_to(
    scheme: str, plain: type[Connection], is_cluster: bool
) -> None:
    client = connect_async(Settings(redis_url=f"{scheme}://127.0.0.1:1", redis_cluster=is_cluster), 2)
    if isinstance(client, RedisCluster):
        kinds = {
            client.connection_kwargs["connection_class"],
            *(node.connection_class for node in client.startup_nodes),
        }
    else:
        kinds = {client.connection_pool.connection_class}
    assert kinds == {checked(plain)} != {plain}

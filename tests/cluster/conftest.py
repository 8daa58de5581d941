"""One cluster for these tests; each leaves it whole, and has a stream of its own."""

import uuid
from collections.abc import Iterator

import pytest
from redis import Redis
from valkey_cluster import ValkeyCluster

from common.redis.client import connect
from common.redis.keys import ShardKeys
from common.settings import Settings


@pytest.fixture(scope="session")
def running_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    """Three primaries with a replica each, as durable as what is shipped."""
    cluster = ValkeyCluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(running_cluster: ValkeyCluster) -> Iterator[ValkeyCluster]:
    """The cluster, whole before and after the test."""
    yield running_cluster
    running_cluster.start_dead_nodes()
    running_cluster.wait_until_whole()


@pytest.fixture
def settings(cluster: ValkeyCluster) -> Settings:
    """Settings with a stream of the test's own; the URL names a node that has nothing to do with shard 0."""
    name = f"test-{uuid.uuid4().hex}"
    owner = cluster.primary_of(ShardKeys.of(name, 0))
    bystander = next(node for node in cluster.primaries() if node is not owner)
    return Settings(
        redis_url=bystander.server.url,
        redis_cluster=True,
        redis_timeout_seconds=20,  # nothing waits for its end, and a busy machine syncs slowly
        stream_name=name,
        stream_shards=4,
    )


@pytest.fixture
def redis(settings: Settings) -> Iterator["Redis"]:
    """The client of a poller that has been at work for a while."""
    client = connect(settings)
    client.ping()
    yield client
    client.close()

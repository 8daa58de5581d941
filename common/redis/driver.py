"""What the rest of the code names of redis-py: clients as types, and the errors that it tells apart."""

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.exceptions import NoPermissionError, NoScriptError, RedisError, ResponseError

__all__ = [
    "AsyncRedis",
    "AsyncRedisCluster",
    "NoPermissionError",
    "NoScriptError",
    "Redis",
    "RedisError",
    "ResponseError",
]

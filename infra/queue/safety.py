"""Finds server settings that could lose acknowledged events or make the queue fail."""

from collections.abc import Mapping
from typing import Any

from common.redis.client import translated
from common.redis.driver import Redis, ResponseError
from common.settings import Settings

MEMORY_PER_QUEUED_BYTE = 2
"""Bytes of memory that Redis needs per byte of backlog, with room to spare (see docs/reliability.md)."""

_CHECKED = ("maxmemory-policy", "appendonly", "appendfsync", "maxmemory")


def find_unsafe(redis: "Redis", settings: Settings) -> list[str]:
    """One sentence per unsafe setting, with the value to use. Skips settings that the server does not report.

    In a cluster, only one node is asked. Raises Unavailable if Redis does not answer.
    """
    with translated():
        config = _read_config(redis) or _read_info(redis)
    return [*_judge_memory(config, settings), *([] if _keeps_copies(settings) else _judge_file(config))]


def _keeps_copies(settings: Settings) -> bool:
    """Whether the service provides durability by itself, without the append-only file."""
    return settings.redis_cluster and settings.redis_waitaof_replicas == 0


def _judge_memory(config: Mapping[str, str], settings: Settings) -> list[str]:
    faults = []
    policy = config.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        faults.append(f"maxmemory-policy is {policy}: Redis may evict queued events. Set it to noeviction.")
    shards = 1 if settings.redis_cluster else settings.stream_shards
    needed = MEMORY_PER_QUEUED_BYTE * settings.backlog_max_bytes * shards
    maxmemory = int(config.get("maxmemory", 0))
    if 0 < maxmemory < needed:
        faults.append(
            f"maxmemory is {maxmemory:,} bytes: Redis may be full before BACKLOG_MAX_BYTES is reached."
            f" Set it to {needed:,} or more, or lower BACKLOG_MAX_BYTES."
        )
    return faults


def _judge_file(config: Mapping[str, str]) -> list[str]:
    if config.get("appendonly", "yes") != "yes":
        return ["appendonly is no: a restart of Redis loses every queued event. Set it to yes."]
    sync = config.get("appendfsync", "always")
    if sync != "always":
        return [f"appendfsync is {sync}: a power cut loses events that were acknowledged. Set it to always."]
    return []


def _read_config(redis: "Redis") -> dict[str, str]:
    try:
        return {str(name): str(value) for name, value in redis.config_get(*_CHECKED).items()}
    except ResponseError:  # managed services may forbid CONFIG or not have it
        return {}


def _read_info(redis: "Redis") -> dict[str, str]:
    """The same settings from INFO, which does not report appendfsync."""
    try:
        info: dict[str, Any] = {**redis.info("memory"), **redis.info("persistence")}
    except ResponseError:
        return {}
    names = {"maxmemory_policy": "maxmemory-policy", "maxmemory": "maxmemory"}
    config = {config_name: str(info[name]) for name, config_name in names.items() if name in info}
    if "aof_enabled" in info:
        config["appendonly"] = "yes" if info["aof_enabled"] else "no"
    return config

"""Removes what is left of salts that have ended: Redis forgets them by itself, its append-only file does not."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from redis import Redis
from redis.exceptions import ResponseError

from common.adapters.redis_client import translated
from common.adapters.redis_keys import ShardKeys
from common.log import fields
from common.settings import Settings
from common.visitor import ends_at

LOOKS_BACK_DAYS = 14
"""For salts of days on which no poller ran."""
ATTEMPT_SECONDS = 60
MARK_SECONDS = 3 * 86_400

log = logging.getLogger(__name__)


class SaltRemoval:
    """Has the append-only file rewritten once a day, after a salt has ended, by one of all the pollers."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._prefix = ShardKeys.of(settings.stream_name, 0).salts
        self._done: date | None = None

    def step(self, now: datetime) -> bool:
        """Do what is due; whether the file is now being rewritten for it. Raises Unavailable."""
        today = now.astimezone(UTC).date()
        if today == self._done:
            return False
        mark = f"{self._prefix}removed:{today}"
        with translated():
            if self._redis.get(mark) == b"done":
                self._done = today
                return False
            if not self._redis.set(mark, b"begun", nx=True, ex=ATTEMPT_SECONDS):
                return False
            self._delete_ended(now, today)
            is_begun = self._rewrite()
            if is_begun is not None:
                self._redis.set(mark, b"done", ex=MARK_SECONDS)
        return bool(is_begun)

    def _delete_ended(self, now: datetime, today: date) -> None:
        """Redis may be late with keys that nobody reads, and a rewrite would keep them."""
        days = (today - timedelta(days=back) for back in range(2, 2 + LOOKS_BACK_DAYS))
        for day in days:
            if ends_at(day) <= now:
                self._redis.delete(f"{self._prefix}{day}")

    def _rewrite(self) -> bool | None:
        """Whether a rewrite was begun; None if one is under way, which may have begun too early: ask again later."""
        try:
            for server in self._find_servers():
                server.execute_command("BGREWRITEAOF")
        except ResponseError as error:
            if "in progress" in str(error):
                return None
            log.warning(
                "the append-only file can't be rewritten: salts that ended stay in it until the service does so",
                extra=fields(reason=str(error)[:200]),
            )
            return False
        log.info("the append-only file is rewritten without the salts that ended")
        return True

    def _find_servers(self) -> list[Any]:
        """Every server that has the salts in a file: in a cluster, the shard's replicas, too."""
        cluster = cast(Any, self._redis)
        if not hasattr(cluster, "nodes_manager"):
            return [self._redis]
        nodes = cluster.nodes_manager.slots_cache[cluster.keyslot(self._prefix)]
        return [cluster.get_redis_connection(node) for node in nodes]

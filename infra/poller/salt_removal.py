"""Removes what is left of salts that have ended: Redis forgets them by itself, its append-only file does not."""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from common.log import fields
from common.redis.client import translated
from common.redis.driver import NoPermissionError, Redis, ResponseError
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.visitor import ends_at

LOOKS_BACK_DAYS = 14
"""For salts of days on which no poller ran."""
ATTEMPT_SECONDS = 60
RETRY_SECONDS = 900
MARK_SECONDS = 3 * 86_400
REWRITING = b"rewriting:"

log = logging.getLogger(__name__)


class SaltRemoval:
    """Has the append-only file rewritten once a day, after a salt has ended, by one of all the pollers.

    How far they are is in Redis, in a mark of that day: "begun" (by one of them, who may die), "rewriting" with the
    servers' run ids, until any of them sees that it succeeded, "failed" until it is time to try again, "done".
    """

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._prefix = ShardKeys.of(settings.stream_name, 0).salts
        self._done: date | None = None

    def step(self, now: datetime) -> bool:
        """Do what is due; whether a rewrite was begun for it. Raises Unavailable."""
        today = now.astimezone(UTC).date()
        if today == self._done:
            return False
        mark = f"{self._prefix}removed:{today}"
        with translated():
            state = self._redis.get(mark)
            if state == b"done":
                self._done = today
            elif isinstance(state, bytes) and state.startswith(REWRITING):
                self._check(mark, state)
            elif self._redis.set(mark, b"begun", nx=True, ex=ATTEMPT_SECONDS):
                self._delete_ended(now, today)
                return self._begin(mark)
        return False

    def _delete_ended(self, now: datetime, today: date) -> None:
        """Redis may be late with keys that nobody reads, and a rewrite would keep them."""
        days = (today - timedelta(days=back) for back in range(2, 2 + LOOKS_BACK_DAYS))
        for day in days:
            if ends_at(day) <= now:
                self._redis.delete(f"{self._prefix}{day}")

    def _begin(self, mark: str) -> bool:
        try:
            run_ids = self._read_run_ids()  # before it begins: what is started anew later has others
            for server in self._find_servers():
                server.execute_command("BGREWRITEAOF")
        except ResponseError as error:
            self._give_up(mark, error)
            return False
        self._redis.set(mark, b"done" if run_ids is None else REWRITING + run_ids, ex=MARK_SECONDS)
        return True

    def _give_up(self, mark: str, error: ResponseError) -> None:
        """For the day, where the service has no such command or does not allow it; else for some time."""
        reason = str(error)
        if "in progress" in reason:
            return  # that one may have begun too early: ask again when the mark has ended
        if isinstance(error, NoPermissionError) or reason.lower().startswith("unknown command"):
            self._redis.set(mark, b"done", ex=MARK_SECONDS)
            words = "the append-only file can't be rewritten: salts that ended stay in it until the service does so"
            log.warning(words, extra=fields(reason=reason[:200]))
        else:
            self._fail(mark, reason)

    def _fail(self, mark: str, reason: str) -> None:
        self._redis.set(mark, b"failed", ex=RETRY_SECONDS)
        words = "the append-only file was not rewritten, and salts that ended are in it yet: it is tried again"
        log.warning(words, extra=fields(reason=reason[:200], again_seconds=RETRY_SECONDS))

    def _check(self, mark: str, state: bytes) -> None:
        """Whether the servers are done, and with success; one that was started anew meanwhile may not have been."""
        figures = [server.info("persistence") for server in self._find_servers()]
        if any(one.get("aof_rewrite_in_progress") or one.get("aof_rewrite_scheduled") for one in figures):
            return
        if any(one.get("aof_last_bgrewrite_status", "ok") != "ok" for one in figures):
            self._fail(mark, "the last rewrite failed, as the server's log says")
        elif state != REWRITING + (self._read_run_ids() or b""):
            self._fail(mark, "a server was started anew meanwhile")
        else:
            self._redis.set(mark, b"done", ex=MARK_SECONDS)
            log.info("the append-only file was rewritten without the salts that ended")

    def _read_run_ids(self) -> bytes | None:
        """What tells a server from the one that is there after a restart; None where we may not ask."""
        try:
            ids = [str(server.info("server").get("run_id", "")) for server in self._find_servers()]
        except NoPermissionError:
            return None
        return ",".join(sorted(ids)).encode()

    def _find_servers(self) -> list[Any]:
        """Every server that has the salts in a file: in a cluster, the shard's replicas, too."""
        cluster = cast(Any, self._redis)
        if not hasattr(cluster, "nodes_manager"):
            return [self._redis]
        nodes = cluster.nodes_manager.slots_cache[cluster.keyslot(self._prefix)]
        return [cluster.get_redis_connection(node) for node in nodes]

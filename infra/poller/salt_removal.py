"""Removes expired salts from Redis's append-only file. Redis expires the keys, but the file still has them."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from common.log import fields
from common.redis.client import translated
from common.redis.driver import NoPermissionError, Redis, ResponseError
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.visitor import ends_at

LOOKS_BACK_DAYS = 14
"""Covers the salts of days on which no poller ran."""
ATTEMPT_SECONDS = 60
RETRY_SECONDS = 900
CATCH_UP_SECONDS = 5.0
MARK_SECONDS = 3 * 86_400
REWRITING = b"rewriting:"

log = logging.getLogger(__name__)


class SaltRemoval:
    """Has one of the pollers rewrite the append-only file once a day, after a salt has expired.

    A key in Redis, one per day, holds the state: "begun" by a poller that may yet die; "rewriting" with the servers'
    run ids, until any poller sees that it succeeded; "failed" until it is time to retry; "done".
    """

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._prefix = ShardKeys.of(settings.stream_name, 0).salts
        self._is_cluster = settings.redis_cluster
        self._done: date | None = None

    def step(self, now: datetime) -> bool:
        """Do what is due; returns whether a rewrite was started. Raises Unavailable."""
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
        """Delete expired salts: Redis may be slow to expire keys that nobody reads, and a rewrite would keep them."""
        days = (today - timedelta(days=back) for back in range(2, 2 + LOOKS_BACK_DAYS))
        for day in days:
            if ends_at(day) <= now:
                self._redis.delete(f"{self._prefix}{day}")

    def _begin(self, mark: str) -> bool:
        try:
            primary, *replicas = servers = self._find_servers()
            run_ids = _read_run_ids(servers)  # before the rewrite: a server that restarts later has a new id
            offset = primary.info("replication")["master_repl_offset"] if replicas and run_ids is not None else 0
            primary.execute_command("BGREWRITEAOF")
            for replica in replicas:
                if not _catches_up(replica, offset):
                    self._fail(mark, "a replica is behind its primary")
                    return False
                replica.execute_command("BGREWRITEAOF")
        except ResponseError as error:
            self._give_up(mark, error)
            return False
        self._redis.set(mark, b"done" if run_ids is None else REWRITING + run_ids, ex=MARK_SECONDS)
        return True

    def _give_up(self, mark: str, error: ResponseError) -> None:
        """Give up for the day if the service lacks or forbids the command, else until the next retry."""
        reason = str(error)
        if "in progress" in reason:
            return  # it may have started too early: ask again when the mark has expired
        if isinstance(error, NoPermissionError) or reason.lower().startswith("unknown command"):
            self._redis.set(mark, b"done", ex=MARK_SECONDS)
            words = "the append-only file can't be rewritten: expired salts stay in it until the service rewrites it"
            log.warning(words, extra=fields(reason=reason[:200]))
        else:
            self._fail(mark, reason)

    def _fail(self, mark: str, reason: str) -> None:
        self._redis.set(mark, b"failed", ex=RETRY_SECONDS)
        words = "the append-only file was not rewritten and still has expired salts: will retry"
        log.warning(words, extra=fields(reason=reason[:200], again_seconds=RETRY_SECONDS))

    def _check(self, mark: str, state: bytes) -> None:
        """Note whether the rewrite succeeded. A server that restarted meanwhile may not have finished it."""
        servers = self._find_servers()
        figures = [server.info("persistence") for server in servers]
        if any(one.get("aof_rewrite_in_progress") or one.get("aof_rewrite_scheduled") for one in figures):
            return
        if any(one.get("aof_last_bgrewrite_status", "ok") != "ok" for one in figures):
            self._fail(mark, "the last rewrite failed: see the server's log")
        elif state != REWRITING + (_read_run_ids(servers) or b""):
            self._fail(mark, "a server was restarted meanwhile")
        else:
            self._redis.set(mark, b"done", ex=MARK_SECONDS)
            log.info("the append-only file was rewritten without the expired salts")

    def _find_servers(self) -> list[Any]:
        """Every server whose file has the salts: in a cluster, the shard's replicas too."""
        cluster = cast(Any, self._redis)
        if not self._is_cluster:
            return [cluster]
        # Ask anew: after a slot has moved, the client knows its new primary, and none of that one's replicas.
        cluster.nodes_manager.initialize(disconnect_startup_nodes_pools=False)
        nodes = cluster.nodes_manager.slots_cache[cluster.keyslot(self._prefix)]
        return [cluster.get_redis_connection(node) for node in nodes]


def _read_run_ids(servers: Sequence[Any]) -> bytes | None:
    """The servers' run ids, which change with a restart; None if we may not read them."""
    try:
        ids = [str(server.info("server").get("run_id", "")) for server in servers]
    except NoPermissionError:
        return None
    return ",".join(sorted(ids)).encode()


def _catches_up(replica: Any, offset: int) -> bool:
    """Whether a replica has what its primary deleted: one that is behind would write the salt into its new file."""
    ends = time.monotonic() + CATCH_UP_SECONDS
    while offset and replica.info("replication").get("slave_repl_offset", offset) < offset:
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True

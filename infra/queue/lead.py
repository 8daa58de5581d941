"""Which poller reads what is new in a shard: one at a time, because two would wait for each other's sites."""

import socket
import time
from contextlib import suppress

from common.errors import Unavailable
from common.redis.client import run_script, translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings


class Lead:
    """One poller's claim to lead in a shard. It ends by itself, so that a poller that dies holds nobody up for long.

    Nothing depends on there being one leader alone: two are only slower.
    """

    def __init__(self, redis: "Redis", settings: Settings, shard: int, seconds: float) -> None:
        """`seconds`: how long it lasts unless it is taken again."""
        self._redis = redis
        self._key = ShardKeys.of(settings.stream_name, shard).lead
        self._poller = name_poller(settings)
        self._seconds = seconds
        self._renew_at = 0.0

    def take(self) -> bool:
        """Whether this poller leads now. It asks again in the second half alone, because each time the queue writes.

        Raises Unavailable.
        """
        now = time.monotonic()
        if now < self._renew_at:
            return True
        if not self._run(max(1, int(self._seconds * 1000))):
            return False
        self._renew_at = now + self._seconds / 2
        return True

    def give_up(self) -> None:
        """Let another poller lead; if the queue does not answer, one does when this lead has ended."""
        self._renew_at = 0.0
        with suppress(Unavailable):
            self._run(0)

    def _run(self, milliseconds: int) -> bool:
        with translated():
            return bool(run_script(self._redis, __name__, "lead", [self._key], [self._poller, milliseconds]))


def name_poller(settings: Settings) -> str:
    """Stable, so that a restarted poller finds its own entries. The port separates pollers on one machine."""
    return settings.poller_name or f"{socket.gethostname()}-{settings.poller_port}"

"""Goes on with erasures: has the processor do its steps, waits until nothing of one is queued, erases dead letters."""

import json
import time
from collections.abc import Sequence
from typing import Any, Protocol, cast

from common.dead_letter import DeadLetter
from common.erasure.criteria import Criteria
from common.erasure.ids import find_ids
from common.errors import AnalyticsError
from common.redis.client import translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import ErasureTask, SitesAnswer, SitesTask, find_site

READ_COUNT = 100
SECONDS = 2.0
"""How long a step goes on with erasures in turn before settings are looked at again."""


class Asker(Protocol):
    """Asks the processor (see infra.poller.invoker.Invoker)."""

    def ask(self, task: SitesTask) -> SitesAnswer:
        """Its answer. Raises AnalyticsError where there is none."""


class QueuedErasures:
    """What the poller does of erasures. Raises AnalyticsError where the processor or Redis does not answer.

    The processor leaves out of each batch what is to be erased, from its first step on. So an erasure is over once all
    that was queued before it has left the queue: what comes later is left out too as long as it goes on.
    """

    def __init__(self, redis: "Redis", settings: Settings, asker: Asker) -> None:
        self._redis = redis
        self._shards = [ShardKeys.of(settings.stream_name, shard) for shard in settings.all_shards]
        self._asker = asker
        self._queued: dict[int, list[str]] = {}
        """By erasure the last entry of each shard when nothing was left of it in the database."""
        self._last = 0

    def step(self, tasks: Sequence[ErasureTask]) -> bool:
        """Go a step on with each in turn, until the time is up; whether to go on at once.

        One that fails does not keep the others from going on.
        """
        known = {task.id for task in tasks}
        self._queued = {id_: last for id_, last in self._queued.items() if id_ in known}
        deadline = time.monotonic() + SECONDS
        has_more = False
        failed: AnalyticsError | None = None
        for task in sorted(tasks, key=lambda task: (task.id <= self._last, task.id)):
            self._last = task.id
            try:
                has_more |= self._go_on(task)
            except AnalyticsError as error:
                failed = error
            if time.monotonic() >= deadline:
                has_more = True  # others may be waiting
                break
        if failed is not None:
            raise failed
        return has_more

    def _go_on(self, task: ErasureTask) -> bool:
        if self._asker.ask(SitesTask(erase=task.id)).erased_rows:
            return True
        with translated():
            if task.id not in self._queued:
                # the letters first: one that was queued again before this is waited for, as all that is queued
                self._erase_letters(task)
                self._queued[task.id] = [self._find_last(keys) for keys in self._shards]
            if any(map(self._holds, self._shards, self._queued[task.id])):
                return False
            self._erase_letters(task)
        return not self._asker.ask(SitesTask(erase=task.id, is_last=True)).is_erased

    def _find_last(self, keys: ShardKeys) -> str:
        last = cast("list[Any]", self._redis.xrevrange(keys.stream, "+", "-", count=1))
        return last[0][0].decode() if last else "0-0"

    def _holds(self, keys: ShardKeys, last: str) -> bool:
        return bool(self._redis.xrange(keys.stream, "-", last, count=1))

    def _erase_letters(self, task: ErasureTask) -> None:
        site_id, criteria = task.site_id, Criteria.read(task.asked)
        for keys in self._shards:
            for message_id, letter in self._redis.hscan_iter(keys.dead_letters, count=READ_COUNT):
                found = DeadLetter.decode(message_id.decode(), letter)
                texts = [payload for payload in (found.payload, found.original) if payload]
                if found.site_id in ("", site_id) and any(_names(site_id, criteria, payload) for payload in texts):
                    # whoever sent it may send it again, and somebody may be queueing it again just now
                    if ids := list(find_ids(texts)):
                        self._asker.ask(SitesTask(erase=task.id, dead=ids))
                    self._redis.hdel(keys.dead_letters, message_id)


def _names(site_id: str, criteria: Criteria, payload: str) -> bool:
    """Whether a dead letter's payload is to be erased: an array of one event, or whatever was on the stream."""
    try:
        events = json.loads(payload)
    except (ValueError, RecursionError):
        events = None
    if not isinstance(events, list):
        return criteria.match_text(payload)
    return any(find_site(event) in ("", site_id) and criteria.match_value(event) for event in events)

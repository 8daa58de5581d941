"""Carries what is set of sites from the processor to Redis, where ingest reads it; and sees to it that sites go."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from common.errors import AnalyticsError
from common.log import fields
from common.redis.client import translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import SitesAnswer, SitesTask
from infra.poller.sites.erasures import QueuedErasures
from infra.poller.sites.queue_removal import QueueRemoval

PUBLISH_EVERY_SECONDS = 2.0
EXPIRE_EVERY_SECONDS = 60.0
REMOVING_SECONDS = 2.0
"""How long a step goes on with sites that are being deleted before settings are looked at again."""
SETTLE_SECONDS = 15.0
"""How long after it was published that a site is being deleted ingest may still take its events: no instance's
knowledge is older."""

log = logging.getLogger("poller")


class Asker(Protocol):
    """Asks the processor (see infra.poller.invoker.Invoker)."""

    def ask(self, task: SitesTask) -> SitesAnswer:
        """Its answer. Raises AnalyticsError where there is none."""


class SitePublisher:
    """Publishes sites' settings; steps on with sites that are being deleted."""

    def __init__(
        self, redis: "Redis", settings: Settings, asker: Asker, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._redis = redis
        self._key = ShardKeys.of(settings.stream_name, 0).sites_document
        self._asker = asker
        self._queue = QueueRemoval(redis, settings)
        self._erasures = QueuedErasures(redis, settings, asker)
        self._settle_seconds = settle_seconds
        self._last_removed = ""
        self._next_expiry = 0.0
        self._known_since: dict[str, float] = {}
        """By site that is being deleted: since when that is published at the latest, by time.monotonic()."""

    def step(self) -> bool:
        """Publish what changed, and go a step on with each site that is being deleted; whether to go on at once.

        A step also counts the next filtered events that somebody wished back, goes on with erasures, and with what
        sites keep no longer. What was published is read from Redis each time: after Redis was emptied, it is published
        again. Raises AnalyticsError where the processor or Redis does not answer.
        """
        with translated():
            published = self._redis.hget(self._key, "version")
        version = published.decode() if isinstance(published, bytes) else ""
        answer = self._asker.ask(SitesTask(version=version))
        if answer.version is not None and answer.document is not None:
            content: Any = {"version": answer.version, "document": answer.document}
            with translated():
                self._redis.hset(self._key, mapping=content)
            sites = len(json.loads(answer.document)["sites"])
            log.info("sites published", extra=fields(sites=sites, bytes=len(answer.document)))
        has_more = list(self._remove_some(answer.removals))
        works: list[Callable[[], bool]] = [self._expire, lambda: self._erasures.step(answer.erasures)]
        if answer.restores:
            works.insert(0, lambda: self._asker.ask(SitesTask(restores=True)).restores > 0)
        failed: AnalyticsError | None = None
        for work in works:
            try:
                has_more.append(work())
            except AnalyticsError as error:  # the others go on
                failed = error
        if failed is not None:
            raise failed
        return any(has_more)

    def _expire(self) -> bool:
        """Have deleted what sites keep no longer; whether there may be more."""
        now = time.monotonic()
        if now < self._next_expiry:
            return False
        has_more = self._asker.ask(SitesTask(expire=True)).removed_rows > 0
        self._next_expiry = now if has_more else now + EXPIRE_EVERY_SECONDS
        return has_more

    def _remove_some(self, removals: Iterable[str]) -> Iterator[bool]:
        """Go a step on with sites in turn until time is up; for each, whether to go on at once.

        However many are being deleted, what is set of all others is published meanwhile.
        """
        now = time.monotonic()
        deadline = now + REMOVING_SECONDS
        self._known_since = {site_id: self._known_since.get(site_id, now) for site_id in removals}
        in_turn = sorted(removals, key=lambda site_id: (site_id <= self._last_removed, site_id))
        for site_id in in_turn:
            self._last_removed = site_id
            yield self._remove(site_id)
            if site_id != in_turn[-1] and time.monotonic() >= deadline:
                yield True  # others are waiting
                return

    def _remove(self, site_id: str) -> bool:
        if self._asker.ask(SitesTask(remove=site_id)).removed_rows:
            return True
        known_seconds = time.monotonic() - self._known_since[site_id]
        if known_seconds < self._settle_seconds or self._queue.holds(site_id):
            return False
        self._queue.forget(site_id)
        is_removed = self._asker.ask(SitesTask(remove=site_id, is_last=True)).is_removed
        if is_removed:
            log.info("a site was deleted")
        return not is_removed


def publish_sites(publisher: SitePublisher, stop: threading.Event) -> None:
    """Step until `stop` is set; while anything fails, go on later."""
    has_failed = False
    while not stop.is_set():
        has_more = False
        try:
            has_more = publisher.step()
            has_failed = False
        except AnalyticsError as error:
            if not has_failed:
                log.warning("sites are not published yet", extra=fields(reason=str(error)))
            has_failed = True
        except Exception:  # it must survive its own bugs
            log.exception("publishing sites failed")
        if not has_more:
            stop.wait(PUBLISH_EVERY_SECONDS)

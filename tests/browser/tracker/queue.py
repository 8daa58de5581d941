"""What ingest has accepted, as it is in the queue."""

import json
import time
from collections import Counter
from typing import Any

from playwright.sync_api import Page
from redis import Redis

from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import read_entry
from tests.browser.waiting import SECONDS


class Queue:
    """The events in a stream of one shard; nobody takes them out."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._stream = ShardKeys.of(settings.stream_name, 0).stream

    def read(self, *, has_reports: bool = False) -> list[dict[str, Any]]:
        """All events so far, in the order in which they came; one that came again is there again.

        Without reports of a second or more: a page that is left sends one if it was seen for so long, as on a slow
        machine. One of less time has no reason, and is never left out.
        """
        entries = self._redis.xrange(self._stream)
        events = [event for identifier, fields in entries for event in json.loads(read_entry(identifier, fields).data)]
        return [event for event in events if has_reports or not _is_due_report(event)]

    def wait_for(self, page: Page, *types: str) -> list[dict[str, Any]]:
        """Wait until the queue holds events of exactly these types, each as often as it is named, and no others.

        Reports of engagement are among them if `types` names one.
        """
        has_reports = "engagement" in types
        deadline, events = time.monotonic() + SECONDS, self.read(has_reports=has_reports)
        while Counter(event["event_type"] for event in events) != Counter(types):
            assert time.monotonic() < deadline, [(event["event_type"], event.get("path")) for event in events]
            page.wait_for_timeout(20)
            events = self.read(has_reports=has_reports)
        return events

    def settle(self, page: Page, *types: str) -> list[dict[str, Any]]:
        """The same, when the page has had a second event's time to send too much: it sends `done`, and that is last."""
        page.evaluate("analytics('done')")
        return [event for event in self.wait_for(page, *types, "done") if event["event_type"] != "done"]


def _is_due_report(event: dict[str, Any]) -> bool:
    return event["event_type"] == "engagement" and int(event["engaged_ms"]) >= 1_000

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

    def read(self) -> list[dict[str, Any]]:
        """All events so far, in the order in which they came; one that came again is there again."""
        entries = self._redis.xrange(self._stream)
        return [event for identifier, fields in entries for event in json.loads(read_entry(identifier, fields).data)]

    def wait_for(self, page: Page, *types: str) -> list[dict[str, Any]]:
        """Wait until the queue holds events of exactly these types, each as often as it is named, and no others."""
        deadline, events = time.monotonic() + SECONDS, self.read()
        while Counter(event["event_type"] for event in events) != Counter(types):
            assert time.monotonic() < deadline, [(event["event_type"], event.get("path")) for event in events]
            page.wait_for_timeout(20)
            events = self.read()
        return events

    def settle(self, page: Page, *types: str) -> list[dict[str, Any]]:
        """The same, when the page has had a second event's time to send too much: it sends `done`, and that is last."""
        page.evaluate("analytics('done')")
        return [event for event in self.wait_for(page, *types, "done") if event["event_type"] != "done"]

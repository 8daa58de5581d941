"""Remembers how far a page view was scrolled, for clients whose reports of engagement do not say what they said before.

A report adds to those before it (docs/decisions/engagement.md), and the first of a page view has to be told from the
others. An instance remembers that by itself, in memory. Where it can't know (it was started since, another instance had
the report before, the visitor is not to be known) a report counts as that of a page view of its own.
"""

from collections import OrderedDict
from typing import Any

from common.event import ENGAGEMENT, PAGE_VIEW

MOST = 100_000
"""Page views that are remembered, about 20 MB; then those that reported longest ago go."""


class Depths:
    """What the last report of each page view said."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._depths: OrderedDict[int, int] = OrderedDict()

    def follow(self, event: dict[str, Any]) -> None:
        """Note a queued event; add to a report what the one before had said."""
        event_type = event["event_type"]
        if event_type not in (ENGAGEMENT, PAGE_VIEW) or "scroll_depth_before" in event:
            return
        if event_type == PAGE_VIEW and not self._depths:
            return
        who = event.get("user_id") or event.get("visitor_id")
        if who is None:
            return
        key = hash((event["site_id"], who, event.get("hostname"), event.get("path")))
        if event_type == PAGE_VIEW:
            self._depths.pop(key, None)
            return
        before = self._depths.pop(key, None)
        self._depths[key] = max(event.get("scroll_depth", 0), before or 0)
        if before is not None:
            event["scroll_depth_before"] = before
        if len(self._depths) > self._most:
            self._depths.popitem(last=False)

"""Takes from queued events whose they are: they count, and nobody's visit grows by them."""

import json
from collections.abc import Set
from uuid import UUID

from common.wire import Entry

_VISITOR = ("user_id", "visitor_id", "previous_visitor_id")


def remove_visitors(entry: Entry, events: Set[tuple[str, str]]) -> Entry:
    """An entry, some of whose events have no visitor any more. `events`: the site and the id of each."""
    items = json.loads(entry.data)
    found = [item for item in items if (item["site_id"], str(UUID(item["event_id"]))) in events]
    for item in found:
        for field in _VISITOR:
            item.pop(field, None)
    if not found:
        return entry
    return Entry(json.dumps(items, separators=(",", ":")).encode(), entry.count, entry.message_id)

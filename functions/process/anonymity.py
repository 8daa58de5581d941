"""Lets queued events join no visit: they count, and nobody's visit grows by them."""

import json
from collections.abc import Set
from uuid import UUID

from common.wire import Entry

ALONE = "is_alone"
"""The mark of such an event for insert_events.sql; nothing else sees it."""


def set_apart(entry: Entry, events: Set[tuple[str, str]]) -> Entry:
    """An entry, some of whose events belong to no visitor. `events`: the site and the id of each.

    They keep their user_id: it was given, and the day's users are counted by it. A derived id was not.
    """
    items = json.loads(entry.data)
    found = [item for item in items if (item["site_id"], str(UUID(item["event_id"]))) in events]
    for item in found:
        item[ALONE] = True
        item.pop("visitor_id", None)
        item.pop("previous_visitor_id", None)
    if not found:
        return entry
    return Entry(json.dumps(items, separators=(",", ":")).encode(), entry.count, entry.message_id)

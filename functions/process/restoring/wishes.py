"""What is left of the wishes to count filtered events: a page of one at a time, each event once, sites in turn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.wire import Entry

PAGE_EVENTS = 200


@dataclass(frozen=True)
class Page:
    """The next events of a wish; none: it is fulfilled."""

    wish: int
    site_id: str
    months: frozenset[date]
    keys: Sequence[tuple[str, UUID]]
    """Timestamp (RFC 3339) and id of each."""
    entry: Entry
    """The events as they would have been queued, had they not been filtered."""


def count_wishes(connection: Connection) -> int:
    """How many are left."""
    rows = connection.run(load_query(__name__, "count_wishes")) or []
    return int(rows[0][0]) if rows else 0


def find_page(database: Database, last_site: str, most: int = PAGE_EVENTS) -> Page | None:
    """The next page of the oldest wish of the site after `last_site`; None: there is no wish. Sites are in a circle."""
    rows = database.run(load_query(__name__, "find_page"), last_site=last_site, most=most)
    if not rows:
        return None
    wish, site_id = rows[0][:2]
    found = [row[2:] for row in rows if row[2] is not None]
    events = [_unmark(payload) for _, _, _, payload in found]
    return Page(
        wish,
        site_id,
        frozenset(month for _, _, month, _ in found),
        [(timestamp, event_id) for timestamp, event_id, _, _ in found],
        Entry(json.dumps(events).encode(), len(events), ""),
    )


def mark(connection: Connection, page: Page) -> None:
    """Record that the page's events are counted, and where the wish goes on; end one that has no more."""
    if not page.keys:
        end(connection, page)
        return
    keys = json.dumps([{"timestamp": timestamp, "event_id": str(event_id)} for timestamp, event_id in page.keys])
    connection.run(load_query(__name__, "mark_page"), wish=page.wish, site_id=page.site_id, keys=keys)


def end(connection: Connection, page: Page) -> None:
    """Forget the wish."""
    connection.run(load_query(__name__, "end_wish"), wish=page.wish)


def _unmark(payload: str) -> object:
    content = json.loads(payload)
    content.pop("filtered", None)
    content.pop("crawler", None)
    return content

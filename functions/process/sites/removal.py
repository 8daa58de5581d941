"""Deletes a site with all its data from the database, in short steps; and keeps its events out meanwhile."""

import json
from collections.abc import Sequence, Set

from common import wire
from common.days.locks import lock_site
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.wire import Entry

STEP_ROWS = 5_000
KEYS = {
    "events": 'site_id, "timestamp", event_id',
    "visits": "site_id, visitor, start",
    "rollups": "site_id, dimension, grain, date, value",
    "daily_values": "site_id, date, key",
    "daily_users": "site_id, date, user_id",
    "daily_paths": "site_id, date, path",
    "daily_stats": "site_id, date",
    "closed_days": "site_id, date",
    "quarter_stats": "site_id, at",
    "visitor_links": "site_id, visitor",
    "crossings": "site_id, previous, at, visitor",
    "filtered_events": 'site_id, "timestamp", event_id',
    "filtered_restores": "id",
    "erasures": "site_id, id",
    "erased_events": "site_id, key",
    "goals": "site_id, name",
    "funnels": "site_id, name",
    "segments": "site_id, name",
    "annotations": "site_id, annotation_id",
    "report_subscriptions": "subscription_id",
    "alarms": "alarm_id",
    "outbox": "message_id",
    "imported_figures": "site_id, dimension, date, value",
    "imports": "site_id, import_id",
    "rejected_events": "site_id, source",
    "outcomes": "site_id, minute, outcome, reason",
}
"""Every table that holds data of a site, with its key; a test compares them with the schema."""
_STATEMENTS = [fill(load_query(__name__, "delete_some"), table=table, key=key) for table, key in KEYS.items()]


def hold_off(connection: Connection) -> set[str]:
    """The sites that are being deleted. None of them ends, and no event of theirs may be stored, in this transaction.

    A batch that did not see a site here is over before that site's last step.
    """
    return {row[0] for row in connection.run(load_query(__name__, "hold_off")) or []}


def leave_out(entries: Sequence[Entry], removed: Set[str]) -> list[Entry]:
    """The entries without the events of these sites. An entry that loses all its events stays, with none."""
    return [_leave_out(entry, removed) for entry in entries]


def _leave_out(entry: Entry, removed: Set[str]) -> Entry:
    events = json.loads(entry.data)
    kept = [event for event in events if wire.find_site(event) not in removed]
    if len(kept) == len(events):
        return entry
    return Entry(json.dumps(kept).encode(), len(kept), entry.message_id)


def remove_some(database: Database, site_id: str, rows: int = STEP_ROWS) -> int:
    """One step: delete so many rows at most, each table's in a transaction. Returns how many; 0: none is left."""
    deleted = 0
    for statement in _STATEMENTS:
        [[count]] = database.run(statement, site_id=site_id, most=rows)
        deleted += int(count)
        if deleted >= rows:
            break
    return deleted


def finish(database: Database, site_id: str) -> bool:
    """The last step, once nothing of the site is queued: False if rows were left after all, which are deleted first.

    Raises Unavailable if batches that are being stored, or whoever else writes the site, take too long: try again.
    """
    with database.transaction() as connection:
        # batches that come meanwhile wait behind this lock
        connection.run("set local lock_timeout = '1s'; select pg_advisory_xact_lock(7201007)")
        # a repair, or a day that closes, may be writing rows that nobody else can see yet
        lock_site(connection, site_id)
        for statement in _STATEMENTS:
            [[count]] = connection.run(statement, site_id=site_id, most=1)
            if count:
                return False
        connection.run(load_query(__name__, "forget_site"), site_id=site_id)
    return True

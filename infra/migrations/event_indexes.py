"""Builds the secondary indexes of events without blocking writers, even when the table is full.

Each index is declared on the parent table, which takes a moment; new partitions then get it when they are created.
On each existing partition it is built concurrently and attached. After an interruption, the next run continues.
"""

import json
import re
import time

from common.postgres.database import LOCK_TIMEOUT, Database, find_sqlstate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import load_query

_SOLD = (
    "visitor, is_counted, event_type, engaged_ms, currency, revenue, source, channel, utm_source, utm_medium,"
    " utm_campaign, utm_term, utm_content, country, region, city, browser, os, device, language, screen"
)
"""Enough to sum revenue without a look at the events, also by what a visit has. Another list needs another name of the
index. Paths, hosts and referrers are left out: an entry holds 2,700 bytes at most, and they may be long."""
INDEXES = {
    "sample": '(site_id, sample, "timestamp") where sample < 65536',
    "sold": f'(site_id, "timestamp") include ({_SOLD}) where revenue is not null',
    "continued": "(site_id, visitor_id, \"timestamp\") where visitor <> 'd' || visitor_id",
    "uncounted": '(site_id, "timestamp") where not is_counted',
}
"""Each is named events_<name>. They serve counts from a sample of visitors, sums of revenue, events
of a visitor that continues another, and events that wait for the backfill."""
REPLACED = ("revenue",)
"""Indexes of releases before, each of which another one replaces."""

_LOCK = 7_201_002
_PAUSE_SECONDS = 0.5
LOCK_TIMEOUT_MS = 1_000
"""The longest wait for a lock. Other writers queue behind us while we wait, so we give up early and try again."""


def build_indexes(database: Database) -> None:
    """Bring the indexes up to date. Raises Unavailable."""
    with database.session() as connection:
        # Don't block on the lock: a blocked session has a snapshot, and `create index concurrently` waits for those.
        while connection.run(f"select pg_try_advisory_lock({_LOCK})") != [[True]]:
            time.sleep(_PAUSE_SECONDS)
        try:
            for name, definition in INDEXES.items():
                if connection.run("select to_regclass('events_' || cast(:name as text))", name=name) == [[None]]:
                    _run_briefly(connection, f"create index events_{name} on only events {definition}")
            missing = connection.run(load_query(__name__, "list_missing_indexes"), names=json.dumps([*INDEXES])) or []
            for partition, name, is_valid in missing:
                _build(connection, partition, name, is_valid)
            for name in REPLACED:
                if connection.run("select to_regclass('events_' || cast(:name as text))", name=name) != [[None]]:
                    _run_briefly(connection, f"drop index events_{name}")
        finally:
            connection.run(f"select pg_advisory_unlock({_LOCK})")


def _build(connection: Connection, partition: str, name: str, is_valid: bool | None) -> None:
    assert re.fullmatch(r"events_\d{4}_\d{2}", partition)  # noqa: S101 - it becomes part of a statement
    if is_valid is False:
        connection.run(f"drop index concurrently {partition}_{name}")
    if not is_valid:
        connection.run(f"create index concurrently {partition}_{name} on {partition} {INDEXES[name]}")
    _run_briefly(connection, f"alter index events_{name} attach partition {partition}_{name}")


def _run_briefly(connection: Connection, statement: str) -> None:
    """Run a short statement that needs a lock, retrying until it gets the lock within LOCK_TIMEOUT_MS."""
    while True:
        connection.run("select set_config('lock_timeout', :most, false)", most=str(LOCK_TIMEOUT_MS))
        try:
            connection.run(statement)
        except DatabaseError as error:
            if find_sqlstate(error) != LOCK_TIMEOUT:
                raise
        else:
            return
        finally:
            connection.run(
                "select set_config('lock_timeout', '0', false)"
            )  # a concurrent build must be able to wait for older transactions
        time.sleep(_PAUSE_SECONDS)

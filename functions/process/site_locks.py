"""Locks the sites of a batch without waiting long for any of them.

A site's row may be locked for a while: by the batch of another lane, by a change of its time zone, or by an operator.
The batch waits for a moment, because most locks end within one; then it goes on without that site.
"""

import json
from collections.abc import Sequence, Set

from common import wire
from common.postgres.database import QUERY_CANCELED, find_sqlstate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import load_query
from common.wire import Entry

PATIENCE_MS = 250
"""How long a batch waits for its sites where it already could do something."""
IDLE_PATIENCE_MS = 500
"""The same where all its sites are locked. Most often the lane beside it has them, and is done sooner."""


def lock_without_waiting_long(connection: Connection, sites: Set[str], time_zone: str) -> set[str]:
    """Lock these sites, or those that are free after a moment; returns the locked ones. A new site gets `time_zone`."""
    wanted = json.dumps(sorted(sites))
    connection.run("savepoint sites")
    locked = _try_lock(connection, wanted, time_zone)
    if len(locked) < len(sites):
        # Let go first: whoever waits holds no lock of a site, so two batches never wait for each other.
        connection.run("rollback to savepoint sites")
        _wait(connection, wanted, PATIENCE_MS if locked else IDLE_PATIENCE_MS)
        locked = _try_lock(connection, wanted, time_zone)
    return locked


def _try_lock(connection: Connection, wanted: str, time_zone: str) -> set[str]:
    rows = connection.run_prepared(load_query(__name__, "try_lock_sites"), sites=wanted, time_zone=time_zone)
    return {site_id for [site_id] in rows}


def _wait(connection: Connection, wanted: str, milliseconds: int) -> None:
    [[usual]] = connection.run("show statement_timeout") or [["0"]]
    _set_timeout(connection, str(milliseconds))
    try:
        connection.run(load_query(__name__, "wait_for_sites"), sites=wanted)
    except DatabaseError as error:
        if find_sqlstate(error) != QUERY_CANCELED:
            raise
        connection.run("rollback to savepoint sites")
    _set_timeout(connection, usual)


def _set_timeout(connection: Connection, timeout: str) -> None:
    connection.run("select set_config('statement_timeout', :timeout, true)", timeout=timeout)


def leave_aside(entries: Sequence[Entry], locked: Set[str]) -> tuple[list[Entry], frozenset[str]]:
    """What of these entries can be stored with these sites locked, and the ids of entries that are not stored whole.

    An entry with events of several sites is taken apart, so that none waits for the site of another.
    """
    ready: list[Entry] = []
    deferred = set()
    for entry in entries:
        events = json.loads(entry.data)
        is_free = [event.get("filtered") is not None or event["site_id"] in locked for event in events]
        if all(is_free):
            ready.append(entry)
        else:
            deferred.add(entry.message_id)
            ready += [part for part, free in zip(wire.split(entry), is_free, strict=True) if free]
    return ready, frozenset(deferred)

"""Adds events that were stored before visits and rollups existed to the figures, while processors keep running."""

import time
from collections.abc import Callable

from common.days.opening import DaysClosed, open_days
from common.postgres.database import Database
from common.postgres.sql import fill, load_query
from common.visits.fragments import texts
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.writer import lock_sites, update_visits

COUNT_UNCOUNTED = fill(load_query(__name__, "count_uncounted"), count_events=texts.COUNT_EVENTS, **ATTRIBUTES)

CHUNK_EVENTS = 5_000
"""Events per transaction. New events of the same site wait about half a second for it."""


def backfill(
    database: Database,
    time_zone: str,
    deadline: float = float("inf"),
    tell: Callable[[int], object] = lambda _: None,
    chunk_events: int = CHUNK_EVENTS,
) -> bool:
    """Add all uncounted events to the figures, site by site, oldest first; True when none is left.

    Each chunk is one transaction, like a batch of the processor. After an interruption, the next run continues.
    `time_zone`: for sites that have no row yet. `deadline`: when to stop, by time.monotonic(). `tell` is called after
    each chunk with the number of events counted so far. Raises Unavailable.
    """
    counted = 0
    while rows := database.run(load_query(__name__, "find_uncounted")):
        [[site_id]] = rows
        while chunk := database.retry(lambda: _open_and_count(database, site_id, time_zone, chunk_events)):  # noqa: B023
            counted += chunk
            tell(counted)
            if time.monotonic() > deadline:
                return False
    return True


def _open_and_count(database: Database, site_id: str, time_zone: str, most: int) -> int:
    while True:
        try:
            return _count(database, site_id, time_zone, most)
        except DaysClosed as closed:
            open_days(database, closed.days, time_zone=time_zone)


def _count(database: Database, site_id: str, time_zone: str, most: int) -> int:
    with database.transaction() as connection:
        lock_sites(connection, {site_id}, time_zone)
        [[events, new_events, closed]] = connection.run(COUNT_UNCOUNTED, site_id=site_id, most=most)
        if closed:
            raise DaysClosed(closed)
        update_visits(connection, new_events)
    return int(events)

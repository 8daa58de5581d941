"""Opens closed days again: puts back who was seen with what, from the events, before anything more is counted there.

In steps of a bounded number of events, each a transaction that also notes how far it got. So several calls open a long
day, also where one is killed, and whoever waits for the site waits for a step alone.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from common.days.fragments.texts import SPAN
from common.days.locks import lock_free_sites, lock_sets, lock_site
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.visits.fragments.texts import EVENT_VALUES

FIND_SPAN = fill(load_query(__name__, "find_span"), span=SPAN)
REBUILD_SOME = fill(load_query(__name__, "rebuild_some"), event_values=EVENT_VALUES)

STEP_EVENTS = 20_000
"""Events that one transaction reads, or somewhat more: a few tenths of a second, in which the site is locked."""

Day = tuple[str, str]
"""A site and a date, as in closed_days."""


class DaysClosed(Exception):
    """Something was to be counted on days that are closed: open them and do all of it again."""

    def __init__(self, days: Iterable[Sequence[str]]) -> None:
        """`days`: the site and the date of each."""
        self.days: list[Day] = [(site_id, date) for site_id, date in days]
        super().__init__(f"{len(self.days)} days are closed.")


def open_days(
    database: Database,
    days: Iterable[Day],
    deadline: float = float("inf"),
    *,
    waits: bool = True,
    time_zone: str | None = None,
) -> set[str]:
    """Open these days; returns the sites of which some day is closed still: the time was up, or the site locked.

    `deadline`: by time.monotonic(); each site gets one step at least. `waits`: for sites that are locked. `time_zone`:
    that of sites whose rows somebody deleted; None: their days stay closed. Raises Unavailable.
    """
    dates: dict[str, list[str]] = defaultdict(list)
    for site_id, date in sorted(days):
        dates[site_id].append(date)
    if time_zone is not None and dates:
        database.run(load_query(__name__, "add_sites"), sites=json.dumps(list(dates)), time_zone=time_zone)
    closed = set()
    for site_id, left in dates.items():
        while left:
            with database.transaction() as connection:
                has_lock = lock_site(connection, site_id) if waits else bool(lock_free_sites(connection, [site_id]))
                if has_lock:
                    left = _open_some(connection, site_id, left, STEP_EVENTS)
            if left and (not has_lock or time.monotonic() > deadline):
                closed.add(site_id)
                break
    return closed


def _open_some(connection: Connection, site_id: str, dates: list[str], most: int) -> list[str]:
    """Open days of a site in order, until so many events are read; returns the dates that are left."""
    lock_sets(connection)
    left = list(dates)
    while left and most > 0:
        day = {"site_id": site_id, "date": left[0]}
        span = connection.run(FIND_SPAN, **day)
        if span:
            [[since, until]] = span
            [[events, last]] = connection.run(REBUILD_SOME, **day, since=since, until=until, most=most)
            if events >= most:
                connection.run(load_query(__name__, "advance"), **day, until=last)
                break
            connection.run(load_query(__name__, "open_day"), **day)
            most -= events
        del left[0]
    return left

"""Changes the figures of sites whose owners chose another time zone over HTTP.

Stats only records the request, because its role may not write figures. This runs as the owner of the tables.
"""

import logging
import threading
import time
from collections.abc import Callable

from common.errors import AnalyticsError
from common.log import fields
from common.postgres.database import Database
from common.postgres.sql import load_query
from infra.sites.time_zone_change import TimeZoneChange

LOOK_EVERY_SECONDS = 5.0

log = logging.getLogger("sites")


def finish_changes(database: Database, wait: Callable[[float], bool]) -> int:
    """Finish every change of a time zone that was begun; returns how many were. Each site has a step in turn.

    `wait`: waits for so many seconds, which the site's events get after a step; True: stop. What is left then goes on
    with the next call. Raises AnalyticsError where a step failed, after the other sites are done.
    """
    finished = 0
    failed: dict[str, AnalyticsError] = {}
    while changing := _list_changing(database) - failed.keys():
        for site_id in sorted(changing):
            began = time.monotonic()
            try:
                TimeZoneChange(database, site_id).step()
            except AnalyticsError as error:
                failed[site_id] = error
            if wait(time.monotonic() - began):
                return finished
        finished += len(changing - failed.keys() - _list_changing(database))
    for site_id in failed.keys() & _list_changing(database):  # a site may have been deleted meanwhile
        raise failed[site_id]
    return finished


def _list_changing(database: Database) -> set[str]:
    return {row[0] for row in database.run(load_query(__name__, "list_changing")) or []}


def keep_changing(
    database: Database, stop: threading.Event, note: Callable[[str, int | None], None] = lambda _work, _count: None
) -> None:
    """Finish changes as they are begun, until `stop` is set; while anything fails, go on later.

    `note`: gets "time_zones" and how many were finished, or None where it failed.
    """
    has_failed = False
    while not stop.is_set():
        try:
            finished = finish_changes(database, stop.wait)
            note("time_zones", finished)
            if finished:
                log.info("time zones were changed", extra=fields(sites=finished))
            has_failed = False
        except AnalyticsError as error:
            note("time_zones", None)
            if not has_failed:
                log.warning("time zones are not changed yet", extra=fields(reason=str(error)))
            has_failed = True
        stop.wait(LOOK_EVERY_SECONDS)

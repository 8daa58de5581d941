"""Changes a site's time zone in short steps, while its events go on being counted.

The site's row says until when its events count by the new zone (`local_day` in PostgreSQL). A step moves this on and
counts the days again that it touches, in one transaction. So the figures always follow from the events and the row, and
whoever is killed is continued by the next call.
"""

import time
from collections.abc import Callable

from common.access.audit import note
from common.errors import AnalyticsError
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.sites.zone_change import begin_change
from common.visits.fragments.engagement import ENGAGEMENT
from infra.verification.fragments import texts

REBUILD_VISITS = fill(load_query(__name__, "rebuild_visits"), recount_visits=texts.RECOUNT_VISITS)
REBUILD_DAYS = fill(
    load_query(__name__, "rebuild_days"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_rollups=texts.RECOUNT_ROLLUPS,
    **ENGAGEMENT,
)
FORGET_DAYS = fill(load_query(__name__, "forget_days"), **ENGAGEMENT)

STEP_EVENTS = 20_000
"""Most events of a step that is longer than a day."""


class TimeZoneChange:
    """The change of one site's time zone. Raises Unavailable, and AnalyticsError for a site that does not exist."""

    def __init__(self, database: Database, site_id: str, most: int = STEP_EVENTS) -> None:
        """`most`: events of a step."""
        self._database = database
        self._site_id = site_id
        self._most = most

    def change_to(
        self, time_zone: str, pause: Callable[[float], None] = time.sleep, actor: str = "command line"
    ) -> bool:
        """Change it to this zone; False if it is that already. A change that was interrupted is finished first.

        `pause`: waits for so many seconds. After each step the site's events get as much time as the step took.
        `actor`: who wants it, for the log of changes.
        """
        while True:
            self._finish(pause)
            with self._database.transaction() as connection:
                current, coming = self._lock(connection)
                if coming is None:
                    if current == time_zone:
                        return False
                    begin_change(connection, self._site_id, time_zone)
                    note(connection, actor, "site.change", self._site_id, {"members": ["time_zone"]})
                    break
        self._finish(pause)
        return True

    def step(self) -> bool:
        """Do the next step; False if there is none."""
        with self._database.transaction() as connection:
            _, coming = self._lock(connection)
            if coming is None:
                return False
            found = connection.run(load_query(__name__, "find_step"), site_id=self._site_id, most=self._most)
            if found:
                [[until, first, last]] = found
                self._rebuild(connection, until, {"first": first, "last": last})
            else:
                connection.run(load_query(__name__, "end_change"), site_id=self._site_id)
        return True

    def _rebuild(self, connection: Connection, until: str, days: dict[str, object]) -> None:
        def advance(span: dict[str, str]) -> None:
            connection.run(load_query(__name__, "advance"), site_id=self._site_id, until=until)
            connection.run(REBUILD_VISITS, site_id=self._site_id, **span)

        connection.run("set local work_mem = '256MB'")
        count_days_again(connection, self._site_id, days, advance)

    def _finish(self, pause: Callable[[float], None]) -> None:
        began = time.monotonic()
        while self.step():
            pause(time.monotonic() - began)
            began = time.monotonic()

    def _lock(self, connection: Connection) -> tuple[str, str | None]:
        known = connection.run(load_query(__name__, "lock_site"), site_id=self._site_id) or []
        if not known:
            raise AnalyticsError(f"there is no site {self._site_id} yet (see: analytics sites list)")
        [[current, coming]] = known
        return current, coming


def count_days_again(
    connection: Connection,
    site_id: str,
    days: dict[str, object],
    change: Callable[[dict[str, str]], None] = lambda _: None,
) -> dict[str, str]:
    """Count some local days of a site again, from `first` to `last`, in a transaction that has locked the site.

    `change` is called when the old figures are deleted, and changes what the new ones follow from. It gets the span of
    the events of all visits that touch these days, `since` and `before`; so does the caller.
    """
    connection.run(FORGET_DAYS, site_id=site_id, **days)
    [[since, before]] = connection.run(load_query(__name__, "find_span"), site_id=site_id, **days) or []
    span = {"since": since, "before": before}
    connection.run("set local enable_nestloop = off")
    change(span)
    connection.run(REBUILD_DAYS, site_id=site_id, **span, **days)
    connection.run(load_query(__name__, "delete_empty_months"), site_id=site_id, **days)
    return span

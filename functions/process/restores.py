"""Counts filtered events that a site's owner wished back, page by page."""

from common.days.opening import DaysClosed, open_days
from common.groups.absence import SlotAbsent
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.settings import UnknownSites
from common.visits.writer import lock_sites
from functions.process.arrivals import leave_out_erased
from functions.process.insertion import insert_or_split
from functions.process.partitions import MissingPartition, Partitions
from functions.process.restoring import wishes
from functions.process.sites.registration import register
from functions.process.sites.removal import hold_off


class Restores:
    """Fulfils wishes, a page of one site's, then of another's: none waits until another has all that it wished."""

    def __init__(self, database: Database, partitions: Partitions, time_zone: str, unknown_sites: UnknownSites) -> None:
        """`time_zone`, `unknown_sites`: as for the store."""
        self._database = database
        self._partitions = partitions
        self._time_zone = time_zone
        self._unknown_sites = unknown_sites
        self._last_site = ""

    def step(self, deadline: float) -> int:
        """Count the next page of events, in one transaction; returns 1 if there may be more. Raises Unavailable.

        Their outcomes are counted already: as filtered. Where they touch closed days, a step opens these instead, until
        `deadline` by time.monotonic(): a long one takes several.
        """
        page = wishes.find_page(self._database, self._last_site)
        if page is None:
            return 0
        self._last_site = page.site_id
        self._partitions.ensure(page.months)
        try:
            with self._database.transaction() as connection:
                self._count(connection, page)
        except DaysClosed as closed:
            open_days(self._database, closed.days, deadline, time_zone=self._time_zone)
        except MissingPartition:
            self._partitions.forget()
            raise
        return 1

    def _count(self, connection: Connection, page: wishes.Page) -> None:
        """Count a page, and mark it. Raises DaysClosed."""
        held = hold_off(connection)
        if page.site_id in held.removed:
            wishes.end(connection, page)
            return
        if page.site_id in held:
            raise SlotAbsent
        if page.keys:
            lock_sites(connection, {page.site_id}, self._time_zone)
            if self._unknown_sites == "create":
                register(connection, {page.site_id})
            entries = leave_out_erased(connection, held.erasing, [page.entry], frozenset())
            if entries:
                insert_or_split(connection, entries, frozenset(), None)
        wishes.mark(connection, page)

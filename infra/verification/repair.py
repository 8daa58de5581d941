"""Makes figures right that differ from the events: by hand-made changes, or by a fault of ours.

In steps of a day or of a number of events, each a transaction, between which the site's events go on being counted.
First the visits, from the oldest on; then the figures of days, which follow from them, and those of months, which are
their sums. A repair that is killed leaves some figures right and others as they were; the next one begins anew.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import closing, contextmanager, suppress

from common.days.locks import lock_site
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.settings import Settings
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT
from infra.sites.sites import open_database
from infra.sites.time_zone_change import STEP_EVENTS, count_days_again
from infra.verification.fragments import texts
from infra.verification.recount import Difference

REPAIR_LINKS = fill(load_query(__name__, "repair_links"), recount_visitors=texts.RECOUNT_VISITORS)
REPAIR_VISITS = fill(
    load_query(__name__, "repair_visits"), recount_visits=texts.RECOUNT_VISITS, **ATTRIBUTES, **ENGAGEMENT
)
REPAIR_MONTH = fill(load_query(__name__, "repair_month"), **ENGAGEMENT)
REPAIR_QUARTERS = fill(
    load_query(__name__, "repair_quarters"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_quarters=texts.RECOUNT_QUARTERS,
    **ENGAGEMENT,
)
BEGIN, END = "-infinity", "infinity"
LOOK_AHEAD_HOURS = (2, 12, 72, 432)
"""How far past the end of a step events are read, until all visits that begin in it have ended; then all are read."""


def find_sites(differences: Iterable[Difference]) -> list[str]:
    """The sites whose figures differ, by id."""
    return sorted({difference.site_id for difference in differences})


def find_misjoined(differences: Iterable[Difference]) -> set[str]:
    """The sites of which it differs who is one visitor."""
    joins = ("visitor_links", "events")
    return {one.site_id for one in differences if one.aggregate in joins and one.key != "counted"}


def repair(
    settings: Settings,
    sites: Iterable[str],
    misjoined: Set[str],
    tell: Callable[[str], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Make all figures of these sites again from their events. Raises Unavailable.

    `misjoined`: the sites of which it has to be found again who is one visitor; that is one step, whatever their size.
    `tell` is called with each site that is done, `pause` after each step, with the seconds that this took.
    """
    with closing(open_database(settings)) as database:
        for site_id in sites:
            SiteRepair(database, site_id, settings.time_zone, pause).run(is_misjoined=site_id in misjoined)
            tell(site_id)


class _Deleted(Exception):
    """Nothing is stored of the site any more."""


class SiteRepair:
    """The repair of one site."""

    def __init__(
        self,
        database: Database,
        site_id: str,
        time_zone: str,
        pause: Callable[[float], None] = time.sleep,
        most: int = STEP_EVENTS,
    ) -> None:
        """`time_zone`: that of a site without a row. `most`: events of a step that is longer than a day."""
        self._database = database
        self._site = {"site_id": site_id}
        self._time_zone = time_zone
        self._pause = pause
        self._most = most

    def run(self, *, is_misjoined: bool) -> None:
        """Do all steps; of a site that is deleted meanwhile no more. Raises Unavailable."""
        with suppress(_Deleted):
            self._run(is_misjoined=is_misjoined)

    def _run(self, *, is_misjoined: bool) -> None:
        if is_misjoined:
            with self._step() as connection:
                connection.run(load_query(__name__, "forget_links"), **self._site)
                connection.run(REPAIR_LINKS, **self._site)
                connection.run(load_query(__name__, "repair_visitors"), **self._site)
        self._walk(self._repair_visits)
        self._walk(self._repair_days)
        for [month] in self._database.run(load_query(__name__, "list_months"), **self._site):
            with self._step() as connection:
                connection.run(load_query(__name__, "forget_month"), **self._site, month=month)
                connection.run(REPAIR_MONTH, **self._site, month=month)

    def _walk(self, repair_step: Callable[[Connection, str, str], None]) -> None:
        """Repair one span of time after the other, from the beginning of time to its end."""
        first = BEGIN
        while first != END:
            with self._step() as connection:
                found = connection.run(load_query(__name__, "find_until"), **self._site, since=first, most=self._most)
                [[until]] = found or []
                repair_step(connection, first, until)
            first = until

    @contextmanager
    def _step(self) -> Iterator[Connection]:
        """A transaction in which nobody else writes what belongs to the site; then its events get as much time."""
        began = time.monotonic()
        with self._database.transaction() as connection:
            connection.run("set local work_mem = '256MB'")
            if not lock_site(connection, self._site["site_id"]):
                connection.run(load_query(__name__, "add_site"), **self._site, time_zone=self._time_zone)
                if not lock_site(connection, self._site["site_id"]):
                    raise _Deleted
            yield connection
            connection.run(load_query(__name__, "mark_changed"), **self._site)
        self._pause(time.monotonic() - began)

    def _repair_visits(self, connection: Connection, first: str, until: str) -> None:
        step = {**self._site, "first": first, "until": until}
        [[since, going_on]] = connection.run(load_query(__name__, "forget_visits"), **step) or []
        for hours in (*LOOK_AHEAD_HOURS, None):
            connection.run("savepoint visits; set local enable_nestloop = off")
            [[before]] = connection.run(load_query(__name__, "look_ahead"), until=until, hours=hours) or []
            [[is_cut]] = connection.run(REPAIR_VISITS, **step, since=since, before=before, going_on=going_on) or []
            if not is_cut:
                break
            connection.run("rollback to savepoint visits")

    def _repair_days(self, connection: Connection, first: str, until: str) -> None:
        step = {**self._site, "first": first, "until": until}
        connection.run(load_query(__name__, "forget_step"), **step)
        [[first_day, last_day]] = connection.run(load_query(__name__, "find_days"), **step) or []
        span = count_days_again(connection, self._site["site_id"], {"first": first_day, "last": last_day})
        connection.run(REPAIR_QUARTERS, **step, **span)
        connection.run(load_query(__name__, "repair_days"), **step)

"""Drops a whole month at once where every site that has anything in it keeps it no longer.

Only the hours around its end are erased event by event: what is in them may belong to a day, a visit or a visitor of
both months. Then nothing reaches beyond the month, and its partitions go with all figures of their days in one
transaction.
"""

import re
import time
from datetime import UTC, datetime, timedelta

from common.days.locks import lock_site
from common.erasure.criteria import Criteria
from common.errors import Unavailable
from common.postgres.database import Database
from common.postgres.sql import load_query
from functions.process.erasing.events import BEGIN, erase_some
from functions.process.insertion import insert_again
from functions.process.sites.removal import hold_off

BEFORE_END, AFTER_END = timedelta(hours=38), timedelta(hours=14)
"""Days elsewhere begin up to 14 hours before UTC's, or after them; as drop_expired_month has it."""
MOST_SITES = 200
"""Of a month that goes at once: their rows are locked for as long as it takes."""
LOCK_TIMEOUT_MS = 200
"""How long the tables are waited for: whoever comes later waits behind us."""
TRY_AGAIN_SECONDS = 60


class ExpiredMonths:
    """What one processor does of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._month: datetime | None = None
        self._trimmed: set[str] = set()
        """The sites of which the hours around its end are erased."""
        self._next_try = 0.0

    def step(self, cut: datetime, deadline: float) -> bool:
        """Go on with the oldest month until `deadline` by time.monotonic(); False if it can't go at once, or not now.

        `cut`: until when some site has expired. Raises Unavailable, and DaysClosed as erase_some does.
        """
        if time.monotonic() < self._next_try or (month := self._find_oldest()) is None:
            return False
        after = (month + timedelta(days=32)).replace(day=1)
        if after + AFTER_END > cut:
            return False
        sites = self._database.run(
            load_query(__name__, "list_month_sites"), start=month, after=after, most=MOST_SITES + 1
        )
        if len(sites) > MOST_SITES or any(kept is None or kept < after + AFTER_END for _, kept in sites):
            return False
        if month != self._month:
            self._month, self._trimmed = month, set()
        names = [site_id for site_id, _ in sites]
        for site_id in names:
            if site_id in self._trimmed:
                continue
            is_trimmed = self._trim(site_id, after, deadline)
            if not is_trimmed:
                return is_trimmed is not None  # there is more to erase
        self._trimmed = set()  # whatever comes of it, late events may be there next time
        try:
            return self._drop(month, names)
        except Unavailable:
            self._next_try = time.monotonic() + TRY_AGAIN_SECONDS
            return False

    def _find_oldest(self) -> datetime | None:
        rows = self._database.run(load_query(__name__, "list_months"))
        match = re.fullmatch(r"events_(\d{4})_(\d\d)", rows[0][0]) if rows else None
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC) if match else None

    def _trim(self, site_id: str, after: datetime, deadline: float) -> bool | None:
        """Erase the hours around the end of a site's month; False if the time was up, None if it must not be written.

        Raises DaysClosed.
        """
        criteria = Criteria(start=after - BEFORE_END, after=after + AFTER_END)
        while True:
            with self._database.transaction() as connection:
                if site_id in hold_off(connection) or not lock_site(connection, site_id):
                    return None
                erased = erase_some(connection, site_id, criteria, BEGIN, insert_again, is_guarded=False).erased
            if not erased:
                self._trimmed.add(site_id)
                return True
            if time.monotonic() >= deadline:
                return False

    def _drop(self, month: datetime, sites: list[str]) -> bool:
        with self._database.transaction() as connection:
            held = hold_off(connection)
            if any(one in held for one in sites) or not all(lock_site(connection, one) for one in sites):
                return False
            connection.run("select set_config('lock_timeout', :most, true)", most=f"{LOCK_TIMEOUT_MS}ms")
            [[is_dropped]] = connection.run(
                "select drop_expired_month(cast(:month as date), cast(:sites as text[]))",
                month=month.date(), sites=sites,
            ) or []  # fmt: skip
        return bool(is_dropped)

"""Erases what sites keep no longer: events with all figures that follow from them, and what was set aside.

The oldest first, in the same steps as erasures; a month that no site keeps goes at once. What is left is as if the
older events had never come. So `verify` stays true, and a visit that goes on past the cut keeps its later part.
"""

import json
import re
import time
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from common.days.locks import lock_site
from common.days.opening import DaysClosed, open_days
from common.erasure.criteria import Criteria
from common.errors import Unavailable
from common.postgres.database import Database
from common.postgres.sql import load_query
from functions.process.erasing.events import BEGIN, erase_some
from functions.process.expired_months import LOCK_TIMEOUT_MS, ExpiredMonths
from functions.process.insertion import insert_again
from functions.process.sites.removal import hold_off

ROWS = 5_000
"""Most rows that were set aside that a step deletes."""
READ_EVENTS = 1_000


class Expiry:
    """What one processor does of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._months = ExpiredMonths(database)
        self._last_site = ""
        self._cut: datetime | None = None
        """The latest that something was erased for, since months were looked at."""

    def step(self, deadline: float) -> int:
        """Erase some of one site, then of another, until `deadline` by time.monotonic(). Returns 0 if nothing is left.

        Raises Unavailable.
        """
        is_due = True
        held: set[str] = set()
        while is_due:
            is_due = self._step_site(deadline, held)
            if time.monotonic() >= deadline:
                break
        return int(is_due)

    def _step_site(self, deadline: float, held: set[str]) -> bool:
        """Erase some of the next site. `held`: sites that were passed over, because they must not be written now."""
        place: dict[str, Any] = {"last_site": self._last_site, "held": json.dumps(sorted(held))}
        rows = self._database.run(load_query(__name__, "find_expired"), **place)
        if not rows:
            self._drop_months()
            return False
        [[site_id, cut]] = rows
        self._last_site = site_id
        try:
            if self._months.step(cut, deadline):
                return True
            has_events = self._erase_events(site_id, cut)
        except DaysClosed as closed:
            open_days(self._database, closed.days, deadline)
            return True
        if has_events is None:
            held.add(site_id)
        elif not has_events:
            self._database.run(load_query(__name__, "delete_expired"), site_id=site_id, cut=cut, most=ROWS)
        else:
            self._cut = max(cut, self._cut or cut)
        return True

    def _erase_events(self, site_id: str, cut: datetime) -> bool | None:
        """Erase the oldest events; False if none is due, None if the site must not be written. Raises DaysClosed."""
        with self._database.transaction() as connection:
            if site_id in hold_off(connection) or not lock_site(connection, site_id):
                return None
            criteria = Criteria(after=cut)
            done = erase_some(
                connection, site_id, criteria, BEGIN, insert_again, is_guarded=False, most_read=READ_EVENTS
            )
        return done.erased > 0

    def _drop_months(self) -> None:
        """Drop the partitions of months before the cut in which no site has anything any more."""
        cut, self._cut = self._cut, None
        for [name] in self._database.run(load_query(__name__, "list_months")) if cut else []:
            if not re.fullmatch(r"events_\d{4}_\d\d", name):
                continue
            month = date(int(name[-7:-3]), int(name[-2:]), 1)
            end = date(month.year + month.month // 12, month.month % 12 + 1, 1)
            if not cut or end > cut.date():
                break
            with suppress(Unavailable), self._database.transaction() as connection:  # somebody uses it: later
                connection.run(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
                connection.run("select drop_empty_month(cast(:month as date))", month=month)

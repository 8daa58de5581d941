"""Closes days that are no longer written: their figures are kept, and who was seen with what is deleted.

A step locks the sites of some days that nobody else has locked, notes that the days are closed, and deletes a bounded
number of rows. What is left of a closed day goes with later steps.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from common.days.fragments.texts import IS_DUE, KEPT_DAYS, SPAN
from common.days.locks import lock_free_sites, lock_sets
from common.errors import Unavailable
from common.postgres.database import LOCK_TIMEOUT, Database, find_sqlstate
from common.postgres.sql import fill, load_query

FIND_DAYS = fill(load_query(__name__, "find_days"), kept_days=KEPT_DAYS, is_due=IS_DUE, span=SPAN)
CLOSE_DAYS = fill(load_query(__name__, "close_days"), is_due=IS_DUE, span=SPAN)
CLOSE_ALL = fill(load_query(__name__, "close_all"), kept_days=KEPT_DAYS)

STEP_ROWS = 5_000
"""Most rows that a step deletes of either table: some hundredths of a second, in which the sites are locked."""
STEP_DAYS = 200
"""Most days that a step looks at."""
LOCK_TIMEOUT_MS = 1_000
PAUSE_SECONDS = 0.5
TRIES = 60

Day = tuple[str, str]
"""A site and a date."""
_START: Day = ("", "0001-01-01")


class Closing:
    """Goes through the days of which something is kept, again and again."""

    def __init__(self, database: Database, after_hours: int, step_rows: int = STEP_ROWS) -> None:
        """`after_hours`: how long a day must not have been written."""
        self._database = database
        self._after_hours = after_hours
        self._step_rows = step_rows
        self._after = _START
        self._due: list[Day] = []
        self.is_round_over = False
        """Whether the step was the last of a round: then it looked at the last day that there is."""

    def step(self) -> int:
        """Look at the next days and close those that are due; returns how many rows went. Raises Unavailable."""
        if not self._due:
            self._find()
        deleted, self._due = self._close(self._due) if self._due else (0, [])
        self.is_round_over = not self._due and self._after == _START
        return deleted

    def _find(self) -> None:
        """Find the days that are due among the next ones, or of which something is left."""
        site_id, date = self._after
        found = self._database.run(FIND_DAYS, site_id=site_id, date=date, most=STEP_DAYS, hours=self._after_hours)
        self._due = [(site_id, date) for site_id, date, is_due in found if is_due]
        self._after = (found[-1][0], found[-1][1]) if len(found) == STEP_DAYS else _START

    def _close(self, days: Sequence[Day]) -> tuple[int, list[Day]]:
        """How many rows went, and the days of which more may be left."""
        with self._database.transaction() as connection:
            # If the close is lost in a crash, the day is open as before: no need to wait for the disk.
            connection.run("set local synchronous_commit = off")
            locked = lock_free_sites(connection, [site_id for site_id, _ in days])
            free = [day for day in days if day[0] in locked]
            if not free:
                return 0, []
            lock_sets(connection)
            columns: dict[str, Any] = {
                "sites": json.dumps([site_id for site_id, _ in free]),
                "dates": json.dumps([date for _, date in free]),
            }
            connection.run(CLOSE_DAYS, **columns, hours=self._after_hours)
            [[values, last_value, users, last_user]] = connection.run(
                load_query(__name__, "forget_sets"), **columns, most=self._step_rows
            )  # fmt: skip
        reached = [tuple(last) for rows, last in ((values, last_value), (users, last_user)) if rows >= self._step_rows]
        return int(values) + int(users), [day for day in free if day >= min(reached)] if reached else []


def close_due(database: Database, after_hours: int) -> int:
    """Close every day that is due, and delete what is left of closed days; returns how many rows went.

    Days of sites that are locked are passed over. Raises Unavailable.
    """
    closing = Closing(database, after_hours)
    deleted = closing.step()
    while not closing.is_round_over:
        deleted += closing.step()
    return deleted


def close_all(database: Database, pause: Callable[[float], None] = time.sleep) -> None:
    """Close every day, also one that is being written, and give the space back at once.

    Batches wait meanwhile: for as long as it takes to find the days, not to delete rows. The next events of a day open
    it again, which reads the day's events. `pause`: waits for so many seconds, where somebody uses the tables for long.
    Raises Unavailable.
    """
    for _ in range(TRIES):
        try:
            return _close_all(database)
        except Unavailable as error:
            if find_sqlstate(error.__cause__) != LOCK_TIMEOUT:
                raise
        pause(PAUSE_SECONDS)
    raise Unavailable("Somebody uses daily_values and daily_users all the time: a recount, or a dump.")


def _close_all(database: Database) -> None:
    with database.transaction() as connection:
        connection.run(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")  # whoever comes later waits behind us
        connection.run("lock table daily_values, daily_users in access exclusive mode")
        connection.run(CLOSE_ALL, site_id=_START[0], date=_START[1])
        connection.run("truncate daily_values, daily_users")

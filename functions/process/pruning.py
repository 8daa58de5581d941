"""Forgets what became of events that were accepted long ago, which were erased, and which were filtered; closes days.

In steps of a bounded number of rows, each a transaction, until nothing old is left or the time is up. No fewer old rows
go than new ones came, whatever the time: the tables stay as large as what is kept.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from common.days.closing import Closing
from common.errors import Unavailable
from common.postgres.database import Database
from common.postgres.sql import load_query

PRUNE_EVERY_SECONDS = 300
ENTRIES_EVERY_SECONDS = 10
"""Of entries there are the most rows by far: few at a time, so that no batch waits long."""
CLOSE_EVERY_SECONDS = 60
SECONDS = 0.5
ROWS = 5_000
"""Most rows that one step deletes."""
Rows = list[list[Any]]


class Pruning:
    """What one processor does of it, beside its batches."""

    def __init__(
        self,
        database: Database,
        ledger_hours: int | None = None,
        filtered_days: int | None = None,
        close_after_hours: int | None = None,
    ) -> None:
        """`ledger_hours`, `filtered_days`: what is older is pruned; None: nothing is.

        `close_after_hours`: days that were not written for so long are closed; None or 0: none is.
        """
        self._database = database
        self._ledger_hours = ledger_hours
        self._filtered_days = filtered_days
        self._closing = Closing(database, close_after_hours) if close_after_hours else None
        self._next_entries = self._next_prune = self._next_close = 0.0
        self._claimed = self._written = 0

    def prune_now_and_then(self, claimed: int) -> None:
        """Prune what is due; `claimed`: rows that were claimed, or somewhat more, since it was called last."""
        self._claimed += claimed
        self._written += claimed
        now = time.monotonic()
        with suppress(Unavailable):  # the batch is stored; pruning can wait
            if self._ledger_hours is not None and now >= self._next_entries:
                self._next_entries = now + ENTRIES_EVERY_SECONDS
                self.prune_entries(self._find_oldest_minute(self._ledger_hours), 2 * self._claimed)
                self._claimed = 0
            if self._closing is not None and now >= self._next_close:
                self._next_close = now + CLOSE_EVERY_SECONDS
                _close(self._closing, 2 * self._written)
                self._written = 0
            if now >= self._next_prune:
                self._next_prune = now + PRUNE_EVERY_SECONDS
                if self._ledger_hours is not None:
                    self.prune_outcomes(self._find_oldest_minute(self._ledger_hours))
                    self.prune_erased(self._ledger_hours)
                if self._filtered_days is not None:
                    self.prune_filtered(self._filtered_days)

    def prune_entries(self, before: int, least: int = 0) -> None:
        """Forget entries that were accepted before a minute (since 1970); `least`: rows to go whatever the time."""
        [[shards]] = self._database.run(load_query(__name__, "list_shards"))

        def prune() -> Rows:
            return self._database.run(load_query(__name__, "prune_entries"), shards=shards, before=before, most=ROWS)

        _repeat(prune, least)

    def prune_outcomes(self, before: int) -> None:
        """Forget what became of events that were accepted before a minute (since 1970)."""
        _repeat(lambda: self._database.run(load_query(__name__, "prune_outcomes"), before=before, most=ROWS))

    def prune_erased(self, hours: int) -> None:
        """Forget the hashes of events that were erased more than some hours ago: they are new if they come again."""
        _repeat(lambda: self._database.run(load_query(__name__, "prune_erased"), hours=hours, most=ROWS))

    def prune_filtered(self, days: int) -> None:
        """Forget events that were filtered more than some days ago."""
        _repeat(lambda: self._database.run(load_query(__name__, "prune_filtered"), days=days, most=ROWS))

    @staticmethod
    def _find_oldest_minute(hours: int) -> int:
        return int(time.time() // 60) - hours * 60


def _repeat(delete: Callable[[], Rows], least: int = 0) -> None:
    """Delete until nothing is left to be deleted, or the time is up and at least so many rows are gone."""
    deadline = time.monotonic() + SECONDS
    gone = 0
    while deleted := delete()[0][0]:
        gone += deleted
        if gone >= least and time.monotonic() > deadline:
            break


def _close(closing: Closing, least: int) -> None:
    """Look at every day once. When the time is up, go on only while rows go, and until `least` are gone."""
    deadline = time.monotonic() + SECONDS
    gone = deleted = closing.step()
    while not closing.is_round_over and (time.monotonic() < deadline or (deleted and gone < least)):
        deleted = closing.step()
        gone += deleted

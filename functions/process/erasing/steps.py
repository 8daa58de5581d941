"""Fulfils erasures step by step, each a transaction that also notes how far it got."""

from collections.abc import Sequence
from typing import Any

from common.days.locks import lock_site
from common.days.opening import DaysClosed, open_days
from common.erasure.criteria import Criteria
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from functions.process.erasing.aside import erase_filtered, erase_rejected, erase_unnamed
from functions.process.erasing.events import BEGIN, Step, StoreAgain, erase_some
from functions.process.erasing.guard import guard

GUARDED_HOURS = 72
"""How long what was erased is left out if it is delivered again, where the ledger is kept for ever."""


class Erasures:
    """What one processor does of them."""

    def __init__(self, database: Database, ledger_hours: int | None, store_again: StoreAgain) -> None:
        """`ledger_hours`: as long as an entry is remembered, and so may be delivered again."""
        self._database = database
        self._store_again = store_again
        self._hours = GUARDED_HOURS if ledger_hours is None else ledger_hours

    def step(self, erasure: int, deadline: float) -> int:
        """Go a step on; returns 1 if there may be more to erase in the database. Raises Unavailable.

        Where a step needs closed days it opens these instead, until `deadline` by time.monotonic().
        """
        try:
            with self._database.transaction() as connection:
                found = connection.run(load_query(__name__, "find_erasure"), id=erasure)
                if not found:
                    return 0
                [[site_id, asked, stage, reached]] = found
                if stage not in ("rejected", "queue"):
                    self._step(connection, erasure, site_id, Criteria.read(asked), stage, reached)
                    return 1
        except DaysClosed as closed:
            open_days(self._database, closed.days, deadline)
            return 1
        if stage == "rejected":
            erase_rejected(self._database, site_id, Criteria.read(asked), erasure)
            with self._database.transaction() as connection:
                _note(connection, erasure, site_id, stage, "queue", BEGIN, 0)
        return 0

    def _step(
        self, connection: Connection, erasure: int, site_id: str, criteria: Criteria, stage: str, reached: str
    ) -> None:
        if stage == "asked":
            connection.run(load_query(__name__, "settle_batches"))
            _note(connection, erasure, site_id, stage, "events", BEGIN, 0)
            return
        if stage == "events":
            has_events = lock_site(connection, site_id)
            done = Step(0, None)
            if has_events:
                done = erase_some(connection, site_id, criteria, reached, self._store_again)
            following = "filtered"
        else:
            done = erase_filtered(connection, site_id, criteria, reached)
            following = "rejected"
        following = stage if done.reached is not None else following
        _note(connection, erasure, site_id, stage, following, done.reached or BEGIN, done.erased)

    def guard(self, erasure: int, ids: Sequence[str]) -> None:
        """Remember events that an erasure takes from somewhere else. Raises Unavailable."""
        with self._database.transaction() as connection:
            for site_id, *_ in connection.run(load_query(__name__, "find_erasure"), id=erasure) or []:
                guard(connection, site_id, ids)

    def find(self, erasure: int) -> tuple[str, Criteria] | None:
        """The site of an erasure and what it is about; None if it is done, or of another group. Raises Unavailable."""
        found = self._database.run(load_query(__name__, "find_erasure"), id=erasure)
        return (found[0][0], Criteria.read(found[0][1])) if found else None

    def erase_unnamed(self, criteria: Criteria) -> None:
        """Forget what rejected events said that name no site. Raises Unavailable."""
        erase_unnamed(self._database, criteria)

    def forget_reports(self, site_id: str) -> None:
        """Forget what a site's reports say that were not sent. Raises Unavailable."""
        self._database.run(load_query(__name__, "forget_reports"), site_id=site_id)

    def finish(self, erasure: int) -> bool:
        """The last step, once nothing of it is queued any more; whether it is done. Raises Unavailable."""
        return bool(self._database.run(load_query(__name__, "end_erasure"), id=erasure, hours=self._hours))


def _note(
    connection: Connection, erasure: int, site_id: str, since: str, stage: str, reached: str, erased: int
) -> None:
    place: dict[str, Any] = {"site_id": site_id, "id": erasure, "since": since}
    connection.run(load_query(__name__, "go_on"), **place, stage=stage, reached=reached, erased=erased)

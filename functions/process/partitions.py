"""Monthly partitions of events, made when an event first needs one."""

from collections.abc import Iterable
from datetime import date

from common.postgres.database import Conflict, Database


class MissingPartition(Conflict):
    """A partition that was there is gone: a month's data was removed."""

    SQLSTATE = "23514"

    def __init__(self) -> None:
        super().__init__("A partition is missing.")


class Partitions:
    """Knows which partitions exist, and makes those that do not."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: set[date] = set()

    def ensure(self, months: Iterable[date]) -> None:
        """Make the partitions of these months (given by their first days), each in its own transaction."""
        for month in sorted(set(months) - self._known):
            self._make(month)
            self._known.add(month)

    def forget(self) -> None:
        """Look again at what exists."""
        self._known.clear()

    def _make(self, month: date) -> None:
        # a function of the owner's: we may not make tables
        self._database.run("select make_events_partition(cast(:month as date))", month=month)

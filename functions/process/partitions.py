"""Monthly partitions of events, made when an event first needs one."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from common.postgres.database import Conflict, Database

_LOCK = 7_201_001
"""Advisory lock under which partitions are made, one at a time."""


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
        name = f"events_{month:%Y_%m}"
        after = (month + timedelta(days=32)).replace(day=1)
        # CREATE … LIKE and ATTACH rather than PARTITION OF: inserts into other months go on meanwhile
        with self._database.transaction() as connection:
            connection.run(f"select pg_advisory_xact_lock({_LOCK})")
            if connection.run("select to_regclass(:name)", name=name) != [[None]]:
                return
            assert re.fullmatch(r"events_\d{4}_\d{2}", name)  # noqa: S101 - it becomes part of a statement
            connection.run(f"create table {name} (like events including defaults)")
            connection.run(
                f"alter table events attach partition {name}"
                f" for values from ('{month} 00:00:00+00') to ('{after} 00:00:00+00')"
            )

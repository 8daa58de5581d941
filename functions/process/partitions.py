"""Monthly partitions of events, made when an event first needs one."""

import json
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, date, datetime

from common.postgres.database import Conflict, Database
from common.postgres.sql import load_query
from common.wire import Entry

MOST_NEW = 12
"""Partitions that one delivery makes: each takes 20 to 60 ms, and all that is behind it in its lane waits."""


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

    def make_some(self, months: Iterable[date], most: int = MOST_NEW) -> set[date]:
        """Make at most so many of the missing ones of these, the oldest first; returns what is missing still."""
        unknown = set(months) - self._known
        if len(unknown) <= most:
            return set()  # each is made, or found, when it is needed
        wanted = json.dumps(sorted(map(str, unknown)))
        found = self._database.run(load_query(__name__, "find_partitions"), months=wanted)
        self._known |= {month for [month] in found}
        missing = sorted(unknown - self._known)
        self.ensure(missing[:most])
        return set(missing[most:])

    def forget(self) -> None:
        """Look again at what exists."""
        self._known.clear()

    def _make(self, month: date) -> None:
        # a function of the owner's: we may not make tables
        self._database.run("select make_events_partition(cast(:month as date))", month=month)


def put_off(entries: Sequence[Entry], missing: Set[date]) -> tuple[list[Entry], frozenset[str]]:
    """The entries that have no event of a missing month, and the ids of the others."""
    late = {entry.message_id for entry in entries if missing and not missing.isdisjoint(find_months([entry]))}
    return [entry for entry in entries if entry.message_id not in late], frozenset(late)


def find_months(entries: Iterable[Entry]) -> set[date]:
    """The first days of the months of their events, in UTC, save those of filtered events."""
    events = (event for entry in entries for event in json.loads(entry.data) if event.get("filtered") is None)
    moments = (datetime.fromisoformat(event["timestamp"]).astimezone(UTC) for event in events)
    return {date(moment.year, moment.month, 1) for moment in moments}

"""Counts, lists and restores events that were filtered as bot traffic or spam."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.postgres.database import Database
from common.postgres.sql import load_query

_PAGE = 500


@dataclass(frozen=True)
class FilteredCount:
    """How many events of a site were filtered for one reason, on one UTC day."""

    site_id: str
    reason: str
    day: date
    events: int
    restored: int
    """How many of these were queued again."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "day": self.day.isoformat()}


@dataclass(frozen=True)
class CrawlerCount:
    """How many events of a site a crawler caused that is known by name."""

    site_id: str
    name: str
    operator: str
    purpose: str
    events: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class FilteredEvent:
    """One event. `timestamp` (RFC 3339) and `event_id` are its key within the site; `payload` is its JSON object."""

    timestamp: str
    event_id: UUID
    payload: str


class FilteredEvents:
    """The filtered events. Every method raises Unavailable if the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> list[FilteredCount]:
        """All counts, by site, reason and day."""
        return [FilteredCount(*row) for row in self._database.run(load_query(__name__, "count_filtered"))]

    def count_crawlers(self, site_id: str | None = None) -> list[CrawlerCount]:
        """All known crawlers, by site, most events first; of one site if it is given."""
        rows = self._database.run(load_query(__name__, "count_crawlers"), site_id=site_id)
        return [CrawlerCount(*row) for row in rows]

    def knows(self, site_id: str) -> bool:
        """Whether the site has any event, counted or filtered."""
        [[is_known]] = self._database.run(load_query(__name__, "know_site"), site_id=site_id)
        return bool(is_known)

    def list(self, site_id: str, reason: str | None = None, since: str | None = None) -> Iterator[list[FilteredEvent]]:
        """A site's filtered events that were not restored yet, by time, a page at a time. `since`: RFC 3339."""
        after = ("-infinity", UUID(int=0))
        while rows := self._database.run(
            load_query(__name__, "list_filtered"),
            site_id=site_id, reason=reason, since=since, timestamp=after[0], event_id=after[1], most=_PAGE,
        ):  # fmt: skip
            yield [FilteredEvent(*row) for row in rows]
            after = (rows[-1][0], rows[-1][1])

    def mark_restored(self, site_id: str, event: FilteredEvent) -> None:
        """Record that the event was queued again."""
        self._database.run(
            load_query(__name__, "mark_restored"), site_id=site_id, timestamp=event.timestamp, event_id=event.event_id
        )

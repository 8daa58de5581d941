"""Reads what the database already has of a site before an import, for the report only."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Protocol

from common.errors import Unavailable
from common.groups.databases import Databases
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.redis.client import connect
from common.redis.driver import Redis
from common.settings import Settings
from infra.every_group import as_databases
from infra.queue.status import read_status

_LONGEST_WAIT_SECONDS, _PAUSE_SECONDS = 10.0, 0.2


class Stored(Protocol):
    """What an import asks the servers. Every method raises AnalyticsError if there is no answer."""

    def wait_until_quiet(self, clock: Callable[[], float], pause: Callable[[float], None]) -> bool:
        """Wait a while until all events accepted earlier are stored; returns whether the queue is empty."""

    def count_known(self, site_id: str, keys: Sequence[tuple[str, str]]) -> int:
        """How many of these events (by timestamp and id) are already stored or filtered."""

    def count_not_imported(self, site_id: str, day: date) -> int:
        """How many page views of a UTC day came from a source other than an import, such as a beacon."""


class StoredEvents:
    """Implements Stored with the servers that the settings name."""

    def __init__(self, databases: Databases | Database, redis: "Redis", settings: Settings) -> None:
        self._databases, self._redis, self._settings = as_databases(databases), redis, settings

    def wait_until_quiet(self, clock: Callable[[], float], pause: Callable[[float], None]) -> bool:
        """See Stored. False if Redis does not answer."""
        give_up_at = clock() + _LONGEST_WAIT_SECONDS
        with suppress(Unavailable):
            while read_status(self._redis, self._settings).events:
                if clock() >= give_up_at:
                    return False
                pause(_PAUSE_SECONDS)
            return True
        return False

    def count_known(self, site_id: str, keys: Sequence[tuple[str, str]]) -> int:
        """See Stored."""
        timestamps, event_ids = (list(part) for part in zip(*keys, strict=True))
        [[count]] = self._databases.find(site_id).run(
            load_query(__name__, "count_known"), site_id=site_id, timestamps=timestamps, event_ids=event_ids
        )
        return int(count)

    def count_not_imported(self, site_id: str, day: date) -> int:
        """See Stored."""
        [[count]] = self._databases.find(site_id).run(
            load_query(__name__, "count_not_imported"), site_id=site_id, day=day
        )
        return int(count)


@contextmanager
def open_stored(settings: Settings) -> Iterator[StoredEvents | None]:
    """Open StoredEvents for one import; None if the settings name no database."""
    try:
        databases = Databases.of(settings)
    except ValueError:
        yield None
        return
    redis = connect(settings)
    try:
        yield StoredEvents(databases, redis, settings)
    finally:
        databases.close()
        redis.close()

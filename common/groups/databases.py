"""The databases of all groups, and the map of slots, which is read again now and then."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Self

from common.errors import Unavailable
from common.groups.slots import HOME, find_slot
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.settings import Settings

MAP_SECONDS = 5.0
"""How long a map is trusted. Who moves a slot waits longer before the old rows go."""

_site: ContextVar[str | None] = ContextVar("site", default=None)


class Databases:
    """Those that the settings name, by group. With one group nothing is ever read of the map."""

    def __init__(self, groups: dict[str, Database], clock: Callable[[], float] = time.monotonic) -> None:
        """`groups`: with HOME among them."""
        self.groups = groups
        self._clock = clock
        self._lock = threading.Lock()
        self._map: dict[int, str] = {}
        self._read_at = float("-inf")

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The databases that the settings name."""
        return cls({name: Database.of(one) for name, one in list_settings(settings).items()})

    @property
    def home(self) -> Database:
        """What is of no site is there."""
        return self.groups[HOME]

    def close(self) -> None:
        """Close the idle connections of all."""
        for database in self.groups.values():
            database.close()

    def find_group(self, site_id: str) -> str:
        """The name of the site's group. Raises Unavailable if there is no map yet and home does not answer."""
        if len(self.groups) == 1:
            return HOME
        return self._read_map().get(find_slot(site_id), HOME)

    def find(self, site_id: str) -> Database:
        """The database of the site. Raises Unavailable, also where the settings do not name the site's group."""
        return self.get(self.find_group(site_id))

    def get(self, group: str) -> Database:
        """The database of a group. Raises Unavailable where the settings name none."""
        found = self.groups.get(group)
        if found is None:
            raise Unavailable(f"DATABASE_GROUPS does not name the group {group}, where some sites are.")
        return found

    def forget_map(self) -> None:
        """Have the map read again: it was wrong somewhere, or must be right now."""
        self._read_at = float("-inf")

    def _read_map(self) -> dict[int, str]:
        with self._lock:
            now = self._clock()
            if now < self._read_at + MAP_SECONDS:
                return self._map
            self._map = dict(self.home.run(load_query(__name__, "read_slots")))
            self._read_at = now
            return self._map


class DatabaseOfSite(Database):
    """The database of the site that the work at hand is about (see about_site): home where it is about none."""

    def __init__(self, databases: Databases) -> None:
        home = databases.home
        self._databases = databases
        self._timeout_seconds = home._timeout_seconds
        self.most_connections = home.most_connections
        self.watch = None

    def close(self) -> None:
        """Close the idle connections of all groups."""
        self._databases.close()

    @contextmanager
    def _checkout(self) -> Iterator[Connection]:
        site_id = _site.get()
        database = self._databases.home if site_id is None else self._databases.find(site_id)
        with database._checkout() as connection:
            yield connection


def about_site(site_id: str | None) -> None:
    """Say what the work at hand is about, from here to its end: in this task, and in threads that it starts."""
    _site.set(site_id)


def list_settings(settings: Settings) -> dict[str, Settings]:
    """The settings as each group has them: another database URL."""
    others = settings.database_urls
    return {HOME: settings} | {
        name: settings.model_copy(update={"database_url": url, "database_secret_arn": ""})
        for name, url in others.items()
    }

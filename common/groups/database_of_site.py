"""One database for whoever asks about a site at a time: in truth that of the site's group."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from common.groups.absence import SlotAbsent
from common.groups.databases import Databases
from common.groups.slots import find_slot
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_deletions


@dataclass(frozen=True)
class _About:
    site_id: str
    changes: bool


_about: ContextVar[_About | None] = ContextVar("about", default=None)


def about_site(site_id: str | None, *, changes: bool = False) -> None:
    """Say what the work at hand is about, from here to its end: in this task, and in the threads that it starts.

    `changes`: it writes something of the site, which must not be while the site is moved.
    """
    _about.set(None if site_id is None else _About(site_id, changes))


class DatabaseOfSite(Database):
    """The database of the site that the work at hand is about; home where it is about none."""

    def __init__(self, databases: Databases) -> None:
        home = databases.home
        self._databases = databases
        self._timeout_seconds = home._timeout_seconds  # that of all
        self.most_connections = home.most_connections
        self.watch = None

    def close(self) -> None:
        """Close the idle connections of all groups."""
        self._databases.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As any database's. Raises SlotAbsent where it changes a site that is being moved, or was."""
        about = _about.get()
        with super().transaction() as connection:
            if about is not None and about.changes:
                self._hold(connection, about.site_id)
            yield connection

    def _hold(self, connection: Connection, site_id: str) -> None:
        """Keep the site's slot here until the transaction ends."""
        hold_deletions(connection)
        if connection.run(load_query(__name__, "find_absent"), slot=find_slot(site_id)):
            self._databases.forget_map()
            raise SlotAbsent

    @contextmanager
    def _checkout(self) -> Iterator[Connection]:
        about = _about.get()
        database = self._databases.home if about is None else self._databases.find(about.site_id)
        with database._checkout() as connection:
            yield connection

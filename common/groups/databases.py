"""The databases of all groups, and the map of slots, which is read again now and then."""

import threading
import time
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

from common.errors import Unavailable
from common.groups.slots import HOME, find_slot
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.settings import Settings

MAP_SECONDS = 5.0
"""How long a map is trusted. Who moves a slot waits longer before the old rows go."""
LATE_MAP_SECONDS = 1.5 * MAP_SECONDS
"""How long it is used while somebody reads it again."""


class Databases:
    """Those that the settings name, by group. With one group nothing is ever read of the map."""

    def __init__(self, groups: dict[str, Database], clock: Callable[[], float] = time.monotonic) -> None:
        """`groups`: with HOME among them."""
        self.groups = groups
        self._clock = clock
        self._lock = threading.Lock()
        self._map: dict[int, str] | None = None
        self._read_at = self._failed_at = float("-inf")
        self._is_down = False

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
        return self.read_map().get(find_slot(site_id), HOME)

    def find(self, site_id: str) -> Database:
        """The database of the site. Raises Unavailable, also where the settings do not name the site's group."""
        return self.get(self.find_group(site_id))

    def find_elsewhere(self, site_id: str) -> Database | None:
        """The database of the site where that is not home. Raises as find does."""
        found = self.find(site_id)
        return None if found is self.home else found

    def get(self, group: str) -> Database:
        """The database of a group. Raises Unavailable where the settings name none."""
        found = self.groups.get(group)
        if found is None:
            raise Unavailable(f"DATABASE_GROUPS does not name the group {group}, where some sites are.")
        return found

    def forget_map(self) -> None:
        """Have the map read again: it was wrong somewhere, or must be right now."""
        self._read_at = float("-inf")

    def read_map(self) -> dict[int, str]:
        """The groups of slots that are not at home; it may be old, see absent_slots. Raises Unavailable."""
        if len(self.groups) == 1:
            return {}
        # while one asks home, which may take until the time-out, the others go on with a map that is not too old
        is_old = self._clock() >= self._read_at + LATE_MAP_SECONDS
        if self._lock.acquire(blocking=self._map is None or (is_old and not self._is_down)):
            try:
                if self._clock() >= max(self._read_at, self._failed_at) + MAP_SECONDS:
                    self._read()
            finally:
                self._lock.release()
        return self._map or {}

    def _read(self) -> None:
        now = self._clock()
        try:
            self._map = dict(self.home.run(load_query(__name__, "read_slots")))
            self._read_at, self._is_down = now, False
        except Unavailable:
            if self._map is None:
                raise
            # home is down: the others go on, and what is wrong in an old map they refuse
            self._failed_at, self._is_down = self._clock(), True


def list_settings(settings: Settings) -> dict[str, Settings]:
    """The settings as each group has them: another database URL. One without a user has the login of the secret."""
    arn = settings.database_secret_arn
    return {HOME: settings} | {
        name: settings.model_copy(
            update={"database_url": url, "database_secret_arn": "" if urlsplit(url).username else arn}
        )
        for name, url in settings.database_urls.items()
    }

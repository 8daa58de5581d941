"""The store of several groups: cuts each batch by group, and stores each part in a transaction of that group's own."""

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from common.errors import TookTooLong, Unavailable
from common.groups.absence import SlotAbsent
from common.groups.databases import Databases, list_settings
from common.groups.slots import HOME, find_slot
from common.postgres.database import Database, find_sqlstate
from common.settings import Settings
from common.wire import Entry, SitesAnswer, SitesTask
from common.witness.record import record
from common.witness.sighting import Sighting
from functions.process.absent_slots import cut
from functions.process.partitions import find_months
from functions.process.rejection import Rejection
from functions.process.sites.tasks import answer_sites
from functions.process.store import PostgresStore
from functions.process.stored import Stored

REST_SECONDS = 1.0
RESTS_A_FAILURE = 4
"""A group that failed is left alone for so many times what its failure took: a lane waits a fifth of its time."""


@dataclass
class _Part:
    """What of a batch is one group's."""

    entries: list[Entry] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def sources(self) -> frozenset[str]:
        """The entries that hold it."""
        return frozenset([entry.message_id for entry in self.entries] + [one.source for one in self.rejections])


class GroupedStore:
    """What the processor writes where there are several groups."""

    def __init__(
        self, databases: Databases, stores: Mapping[str, PostgresStore], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`stores`: by group, home first, each with the database of its group."""
        self._databases = databases
        self._stores = stores
        self._clock = clock
        self._rests_until: dict[str, float] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store that the settings describe."""
        stores = {name: PostgresStore.of(one) for name, one in list_settings(settings).items()}
        return cls(Databases({name: store.database for name, store in stores.items()}), stores)

    @property
    def pools(self) -> dict[str, Database]:
        """Where it writes, by group, for whoever watches the connections."""
        return self._databases.groups

    def insert_batch(
        self,
        entries: Sequence[Entry],
        months: Set[date],
        sites: Set[str],
        rejections: Sequence[Rejection],
        *,
        may_defer: bool = False,
    ) -> Stored:
        """As PostgresStore does, each group's part for itself.

        `may_defer`: also what is of a group that does not answer, or of a slot that is being moved, as long as another
        group answers. Without it, raises Unavailable once the other parts are stored.
        """
        mapped = self._databases.read_map()

        def find(site_id: str) -> str:
            return mapped.get(find_slot(site_id), HOME)

        parts = {group: _Part(of_group) for group, of_group in cut(entries, find).items()}
        for one in rejections:
            parts.setdefault(find(one.site_id), _Part()).rejections.append(one)
        done, failures = Stored(0, 0), dict[str, Unavailable]()
        for group, part in parts.items():
            whole = len(parts) == 1
            part_months = months if whole else find_months(part.entries)
            part_sites = sites if whole else {one for one in sites if find(one) == group}
            try:
                stored = self._insert(group, part, part_months, part_sites, may_defer=may_defer)
            except Unavailable as error:
                failures[group] = error
                continue
            done += stored
        if not failures:
            return done
        slow = [error for error in failures.values() if isinstance(error, TookTooLong)]
        if slow or not may_defer or not self._answers_elsewhere(failures):
            raise [*slow, *failures.values()][0]
        return done + Stored(0, 0, frozenset().union(*(parts[group].sources for group in failures)))

    def _insert(self, group: str, part: _Part, months: Set[date], sites: Set[str], *, may_defer: bool) -> Stored:
        began = self._clock()
        if began < self._rests_until.get(group, began):
            raise Unavailable(f"The group {group} did not answer a moment ago.")
        store = self._stores.get(group)
        if store is None:
            raise Unavailable(f"DATABASE_GROUPS does not name the group {group}, where some sites are.")
        try:
            stored = store.insert_batch(part.entries, months, sites, part.rejections, may_defer=may_defer)
        except SlotAbsent:
            self._databases.forget_map()
            raise
        except Unavailable as error:
            if error.__cause__ is not None and not find_sqlstate(error.__cause__):  # no server answered
                now = self._clock()
                self._rests_until[group] = now + max(REST_SECONDS, RESTS_A_FAILURE * (now - began))
            raise
        if stored.deferred:
            self._databases.forget_map()  # a slot may have been moved
        return stored

    def _answers_elsewhere(self, failures: Mapping[str, Unavailable]) -> bool:
        """Whether another group can be written: else this is an outage of all, and nothing new should be read."""
        for group, store in self._stores.items():
            if group not in failures:
                try:
                    store.ping()
                except Unavailable:
                    continue
                return True
        return False

    def observe(self, sightings: Sequence[Sighting]) -> dict[str, Any]:
        """Remember what the queue shows, and what it or a database has lost since. Raises Unavailable."""
        now = self._clock()
        awake = {
            name: one for name, one in self.pools.items() if name == HOME or now >= self._rests_until.get(name, now)
        }
        return record(awake, sightings)

    def handle_sites(self, task: SitesTask) -> SitesAnswer:
        """What the poller asks about sites. Raises Unavailable."""
        stores = list(self._stores.values())
        return answer_sites(task, stores, self._find, rejects_unknown=stores[0].rejects_unknown)

    def _find(self, site_id: str) -> PostgresStore:
        self._databases.get(group := self._databases.find_group(site_id))
        return self._stores[group]

    def ping(self) -> None:
        """Raises Unavailable unless some group can be written."""
        if not self._answers_elsewhere({}):
            raise Unavailable("No group's database can be reached.")

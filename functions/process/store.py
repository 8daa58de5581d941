"""The store: writes events and aggregates in one transaction."""

import json
import time
from collections.abc import Sequence, Set
from contextlib import suppress
from datetime import date
from typing import Self

from common import wire
from common.errors import StoreRejected, Unavailable
from common.postgres.database import Database, translate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import fill, load_query
from common.settings import Settings, UnknownSites
from common.visits.fragments import texts
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.writer import lock_sites, update_visits
from common.wire import Entry, SitesAnswer, SitesTask
from functions.process.claims import claim
from functions.process.partitions import MissingPartition, Partitions
from functions.process.rejection import Rejection
from functions.process.sites.publication import read_publication
from functions.process.sites.registration import register
from functions.process.sites.removal import finish, hold_off, leave_out, remove_some
from functions.process.visitor_joins import join_visitors

PRUNE_EVERY_SECONDS = 300

INSERT_EVENTS = fill(load_query(__name__, "insert_events"), count_events=texts.COUNT_EVENTS, **ATTRIBUTES)


class PostgresStore:
    """What the processor writes."""

    def __init__(
        self,
        database: Database,
        ledger_hours: int | None = None,
        filtered_days: int | None = None,
        time_zone: str = "UTC",
        unknown_sites: UnknownSites = "create",
    ) -> None:
        """`ledger_hours`, `filtered_days`: what is older is pruned now and then; None: nothing is.

        `time_zone`: that of sites whose first events come. `unknown_sites`: what becomes of such sites.
        """
        self._database = database
        self._time_zone = time_zone
        self._unknown_sites = unknown_sites
        self._filtered_days = filtered_days
        self._partitions = Partitions(database)
        self._ledger_hours = ledger_hours
        self._next_prune = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store that the settings describe. It gives up before the poller does, which then knows why."""
        patience = min(settings.database_timeout_seconds, settings.process_timeout_seconds / 2)
        database = Database.of(settings.model_copy(update={"database_timeout_seconds": patience}))
        return cls(database, settings.ledger_hours, settings.filtered_days, settings.time_zone, settings.unknown_sites)

    def insert_batch(
        self, entries: Sequence[Entry], months: Set[date], sites: Set[str], rejections: Sequence[Rejection]
    ) -> tuple[int, int]:
        """Store these events and rejections, each once however often they come, all in one transaction.

        `months`, `sites`: those of the events that are not filtered. An event that the store refuses becomes a
        rejection. Returns how many events were new and how many were set aside with a reason. Raises Unavailable:
        then nothing is known to be stored.
        """

        def insert_once() -> tuple[int, int]:
            self._partitions.ensure(months)
            try:
                with self._database.transaction() as connection:
                    return self._insert(connection, entries, sites, rejections)
            except MissingPartition:
                self._partitions.forget()
                raise

        result = self._database.retry(insert_once)
        self._prune_now_and_then()
        return result

    def _insert(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        sites: Set[str],
        rejections: Sequence[Rejection],
    ) -> tuple[int, int]:
        delivered, counted = claim(connection, entries)
        if removed := hold_off(connection):
            sites = sites - removed
            delivered = leave_out(delivered, removed)
            rejections = [rejection for rejection in rejections if rejection.site_id not in removed]
        if sites:
            self._lock(connection, sites)
            if self._unknown_sites == "create":
                register(connection, sites)
        stored, refused = _insert_or_split(connection, delivered, counted) if delivered else (0, [])
        set_aside = [*rejections, *refused]
        if set_aside:
            content = json.dumps(
                [{**rejection.as_dict(), "minute": _find_minute(rejection.source)} for rejection in set_aside]
            )
            connection.run(load_query(__name__, "insert_rejected"), rejections=content)
        return stored, len(set_aside)

    def _lock(self, connection: Connection, sites: Set[str]) -> None:
        try:
            lock_sites(connection, sites, self._time_zone)
        except DatabaseError as error:
            if isinstance(translate(error), StoreRejected):  # no fault of the events
                raise Unavailable(f"PostgreSQL knows no TIME_ZONE {self._time_zone}.") from error
            raise

    def _prune_now_and_then(self) -> None:
        if time.monotonic() < self._next_prune:
            return
        self._next_prune = time.monotonic() + PRUNE_EVERY_SECONDS
        with suppress(Unavailable):  # the batch is stored; pruning can wait
            if self._ledger_hours is not None:
                self.prune_ledger(int(time.time() // 60) - self._ledger_hours * 60)
            if self._filtered_days is not None:
                self.prune_filtered(self._filtered_days)

    def prune_ledger(self, before: int) -> None:
        """Forget what became of events that were accepted before a minute (since 1970), a bounded number of rows."""
        self._database.run(load_query(__name__, "prune_ledger"), before=before)

    def prune_filtered(self, days: int) -> None:
        """Forget events that were filtered more than some days ago, a bounded number of rows."""
        self._database.run(load_query(__name__, "prune_filtered"), days=days)

    def handle_sites(self, task: SitesTask) -> SitesAnswer:
        """What the poller asks about sites. Raises Unavailable."""
        if task.remove is None:
            return read_publication(self._database, task.version, self._unknown_sites == "reject")
        if task.is_last:
            return SitesAnswer(is_removed=finish(self._database, task.remove))
        return SitesAnswer(removed_rows=remove_some(self._database, task.remove))

    def ping(self) -> None:
        """Raises Unavailable if the store can't be written."""
        # the message goes into the log alone: the commit waits for the disk, and for standbys, as that of a batch does
        self._database.run(
            "insert into daily_stats select * from daily_stats where false;"
            " select pg_logical_emit_message(true, 'ping', '')"
        )


def _insert_or_split(
    connection: Connection, entries: Sequence[Entry], counted: Set[str]
) -> tuple[int, list[Rejection]]:
    """Insert the events of these entries. If PostgreSQL refuses some, halve the batch until they stand alone.

    `counted`: the ids of the entries, or of the parts, whose outcomes count.
    """
    connection.run("savepoint batch")
    try:
        [[stored, new_events, known_visits, crossings, links]] = connection.run(
            INSERT_EVENTS, events=_join(entries), minutes=_list_minutes(entries, counted)
        )
        update_visits(connection, new_events, known_visits)
        join_visitors(connection, crossings, links)
        return int(stored), []
    except DatabaseError as error:
        translated = translate(error)
        if not isinstance(translated, StoreRejected):
            raise
        if translated.sqlstate == MissingPartition.SQLSTATE and "no partition" in str(error):
            raise MissingPartition from error
    connection.run("rollback to savepoint batch")
    parts = entries if len(entries) > 1 else wire.split(entries[0])
    if len(parts) == 1:
        return 0, [_refuse(parts[0], translated.sqlstate)]
    middle = len(parts) // 2
    results = [_insert_or_split(connection, half, counted) for half in (parts[:middle], parts[middle:])]
    return sum(stored for stored, _ in results), [one for _, refused in results for one in refused]


def _list_minutes(entries: Sequence[Entry], counted: Set[str]) -> str:
    """The minute in which each event was accepted, null where its outcome counts already; an array literal."""
    minutes = ",".join(
        ",".join([str(_find_minute(entry.message_id)) if _counts(entry, counted) else "null"] * entry.count)
        for entry in entries
        if entry.count
    )
    return f"{{{minutes}}}"


def _counts(entry: Entry, counted: Set[str]) -> bool:
    return entry.message_id in counted or wire.name_entry(entry.message_id) in counted


def _find_minute(message_id: str) -> int:
    minute = wire.read_minute(message_id)
    return int(time.time() // 60) if minute is None else minute


def _join(entries: Sequence[Entry]) -> str:
    arrays = (entry.data.decode().strip()[1:-1] for entry in entries)
    return "[" + ",".join(array for array in arrays if array.strip()) + "]"


def _refuse(entry: Entry, sqlstate: str) -> Rejection:
    [item] = json.loads(entry.data)
    detail = f"PostgreSQL refuses it (SQLSTATE {sqlstate})"
    return Rejection.of(entry.message_id, item, json.dumps(item), "store_refused", detail)

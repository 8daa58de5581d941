"""The store: writes events and aggregates in one transaction."""

import json
import time
from collections.abc import Sequence, Set
from datetime import date
from typing import Any, Self

from common.days.opening import DaysClosed, open_days
from common.erasure.criteria import Criteria
from common.errors import StoreRejected, TookTooLong, Unavailable
from common.groups.absence import SlotAbsent
from common.groups.slots import HOME, find_slot
from common.postgres.database import QUERY_CANCELED, Database, find_sqlstate, translate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import load_query
from common.settings import Settings, UnknownSites
from common.visits.writer import MOST_VISITS, TooMuch, lock_sites
from common.wire import Entry, SitesAnswer, SitesTask
from common.witness.record import record
from common.witness.sighting import Sighting
from functions.process.absent_slots import leave_absent
from functions.process.arrivals import leave_out_erased, leave_out_rejections
from functions.process.claims import claim
from functions.process.erasing.steps import Erasures
from functions.process.expiry import Expiry
from functions.process.insertion import find_minute, insert_again, insert_or_split
from functions.process.partitions import MissingPartition, Partitions, find_months, put_off
from functions.process.parts import take_part
from functions.process.pruning import Pruning
from functions.process.rejection import Rejection
from functions.process.restores import Restores
from functions.process.site_locks import leave_aside, lock_without_waiting_long
from functions.process.sites.registration import register
from functions.process.sites.removal import hold_off, leave_out
from functions.process.sites.tasks import answer_sites
from functions.process.stored import Stored

OPEN_SECONDS = 0.5
"""How long one batch opens days, or somewhat longer. Then it stores the events of other sites."""


class PostgresStore:
    """What the processor writes."""

    def __init__(
        self,
        database: Database,
        ledger_hours: int | None = None,
        filtered_days: int | None = None,
        time_zone: str = "UTC",
        batch_seconds: float = float("inf"),
        most_visits: int = MOST_VISITS,
        unknown_sites: UnknownSites = "create",
        close_after_hours: int | None = None,
    ) -> None:
        """`ledger_hours`, `filtered_days`: what is older is pruned now and then; None: nothing is.

        `time_zone`: that of sites whose first events come. `batch_seconds`: after that a batch that is stored in
        parts is left as it is; whoever sends it again has the rest of it stored. `most_visits`: known visits that
        a transaction reads at once. `unknown_sites`: what becomes of sites that nobody made. `close_after_hours`: days
        that were not written for so long are closed; None or 0: none is.
        """
        self._database = database
        self._time_zone = time_zone
        self._batch_seconds = batch_seconds
        self._most_visits = most_visits
        self._unknown_sites = unknown_sites
        self._partitions = Partitions(database)
        self._restores = Restores(database, self._partitions, time_zone, unknown_sites)
        self._erasures = Erasures(database, ledger_hours, insert_again)
        self._expiry = Expiry(database)
        self._pruning = Pruning(database, ledger_hours, filtered_days, close_after_hours)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store that the settings describe. It gives up before the poller does, which then knows why."""
        patience = min(settings.database_timeout_seconds, settings.process_timeout_seconds / 2)
        database = Database.of(settings.model_copy(update={"database_timeout_seconds": patience}))
        return cls(
            database,
            settings.ledger_hours,
            settings.filtered_days,
            settings.time_zone,
            patience,
            settings.batch_max_visits,
            settings.unknown_sites,
            settings.day_closes_after_hours,
        )

    @property
    def database(self) -> Database:
        """Where it writes, for whoever watches its connections."""
        return self._database

    @property
    def rejects_unknown(self) -> bool:
        """Whether ingest is to refuse sites that nobody made."""
        return self._unknown_sites == "reject"

    @property
    def pools(self) -> dict[str, Database]:
        """Where it writes, by the name that figures call it."""
        return {"store": self._database}

    def insert_batch(
        self,
        entries: Sequence[Entry],
        months: Set[date],
        sites: Set[str],
        rejections: Sequence[Rejection],
        *,
        may_defer: bool = False,
    ) -> Stored:
        """Store these events and rejections, each once however often they come, in one transaction.

        In several, if the events touch too much for one. `months`, `sites`: those of the events that are not
        filtered. An event that the store refuses becomes a rejection. `may_defer`: leave the events of sites aside
        that are locked for longer than a moment, and entries of more new months than one delivery makes partitions
        for. Raises Unavailable, or TookTooLong: then nothing is known to be stored, though some may be.
        """
        deadline = time.monotonic() + self._batch_seconds
        rest, late = put_off(entries, self._partitions.make_some(months)) if may_defer else (list(entries), frozenset())
        if late:
            months = find_months(rest)
        done, most_events = Stored(0, 0, late), sum(entry.count for entry in rest)
        aside: set[str] = set()
        while True:
            part, left = take_part(rest, most_events)
            is_bounded = sum(entry.count for entry in part) > 1
            try:
                done += self._insert_part(part, months, sites, rejections, is_bounded, aside, may_defer=may_defer)
            except TooMuch:
                most_events = sum(entry.count for entry in part) // 2
                continue
            except DaysClosed as closed:
                aside |= self._open(closed, deadline, may_defer=may_defer)
                continue
            rest, rejections = left, ()
            if not rest:
                break
            # what is known already does not count: each delivery gets further
            if done.events and time.monotonic() > deadline:
                raise Unavailable("The batch takes too long as a whole; what of it is stored is not stored again.")
        self._pruning.prune_now_and_then(sum(entry.count + 1 for entry in entries))
        return done

    def _insert_part(
        self,
        entries: Sequence[Entry],
        months: Set[date],
        sites: Set[str],
        rejections: Sequence[Rejection],
        is_bounded: bool,
        aside: Set[str],
        *,
        may_defer: bool,
    ) -> Stored:
        """Store these in one transaction; raises TooMuch, if it is bounded, where they touch too much for one.

        `aside`: sites whose events are left for later. Raises DaysClosed.
        """
        most_visits = self._most_visits if is_bounded else None

        def insert_once() -> Stored:
            self._partitions.ensure(months)
            try:
                with self._database.transaction() as connection:
                    return self._insert(connection, entries, sites, rejections, most_visits, aside, may_defer=may_defer)
            except MissingPartition:
                self._partitions.forget()
                raise

        try:
            return self._database.retry(insert_once)
        except Unavailable as error:
            if find_sqlstate(error.__cause__) == QUERY_CANCELED:
                raise TookTooLong("PostgreSQL works for too long on these events.", reason=error.reason) from error
            raise

    def _insert(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        sites: Set[str],
        rejections: Sequence[Rejection],
        most_visits: int | None,
        aside: Set[str],
        *,
        may_defer: bool,
    ) -> Stored:
        held = hold_off(connection)
        removed, absent = held.removed, frozenset[str]()
        if held.absent:
            entries, rejections, absent = leave_absent(entries, rejections, held.absent)
            if absent and not may_defer:
                raise SlotAbsent
            sites = {site_id for site_id in sites if find_slot(site_id) not in held.absent}
        ready, deferred = self._lock(connection, entries, sites - removed, removed, aside, may_defer=may_defer)
        delivered, counted = claim(connection, ready)
        if removed:
            delivered = leave_out(delivered, removed)
            rejections = [rejection for rejection in rejections if rejection.site_id not in removed]
        if held.erasing.asked:
            delivered = leave_out_erased(connection, held.erasing, delivered, counted)
            rejections = leave_out_rejections(connection, held.erasing, rejections)
        stored, refused = insert_or_split(connection, delivered, counted, most_visits) if delivered else (0, [])
        set_aside = [*rejections, *refused]
        if set_aside:
            content = json.dumps(
                [{**rejection.as_dict(), "minute": find_minute(rejection.source)} for rejection in set_aside]
            )
            connection.run(load_query(__name__, "insert_rejected"), rejections=content)
        return Stored(stored, len(set_aside), deferred | absent)

    def _open(self, closed: DaysClosed, deadline: float, *, may_defer: bool) -> set[str]:
        """Open days; returns the sites whose events have to wait, because there is more to open than a batch should."""
        if may_defer:
            soon = time.monotonic() + OPEN_SECONDS
            return open_days(self._database, closed.days, soon, waits=False, time_zone=self._time_zone)
        if open_days(self._database, closed.days, deadline, time_zone=self._time_zone):
            raise Unavailable("Days are being opened; what is open already stays so.")
        return set()

    def _lock(
        self,
        connection: Connection,
        entries: Sequence[Entry],
        sites: Set[str],
        removed: Set[str],
        aside: Set[str],
        *,
        may_defer: bool,
    ) -> tuple[Sequence[Entry], frozenset[str]]:
        """Lock the sites; returns what can be stored now, and the ids of entries that can't, or not whole.

        `removed`: sites that are being deleted, which need no lock. `aside`: sites that are not to be locked.
        """
        if not sites:
            return entries, frozenset()
        wanted = sites - aside
        try:
            if may_defer:
                locked = lock_without_waiting_long(connection, wanted, self._time_zone) if wanted else set()
            else:
                lock_sites(connection, wanted, self._time_zone)
                locked = set(wanted)
        except DatabaseError as error:
            if isinstance(translate(error), StoreRejected):  # no fault of the events
                raise Unavailable(f"PostgreSQL knows no TIME_ZONE {self._time_zone}.") from error
            raise
        if self._unknown_sites == "create":
            register(connection, locked)
        return (entries, frozenset()) if len(locked) == len(sites) else leave_aside(entries, locked | removed)

    def observe(self, sightings: Sequence[Sighting]) -> dict[str, Any]:
        """Remember what the queue shows, and what it has lost since; see common.witness.record. Raises Unavailable."""
        return record({HOME: self._database}, sightings)

    def step_restores(self) -> int:
        """Count some of the events that are wished back; returns 1 if there may be more. Raises Unavailable."""
        return self._restores.step(time.monotonic() + OPEN_SECONDS)

    def step_expiry(self) -> int:
        """Delete some of what sites keep no longer; returns 1 if there may be more. Raises Unavailable."""
        return self._expiry.step(time.monotonic() + OPEN_SECONDS)

    def step_erasure(self, erasure: int) -> int:
        """Go on with an erasure, if it is one of this database; returns 1 if there may be more. Raises Unavailable."""
        return self._erasures.step(erasure, time.monotonic() + OPEN_SECONDS)

    def guard_erased(self, erasure: int, ids: Sequence[str]) -> None:
        """Remember events that an erasure takes from somewhere else. Raises Unavailable."""
        self._erasures.guard(erasure, ids)

    def find_erasure(self, erasure: int) -> tuple[str, Criteria] | None:
        """The site of an erasure and what it is about; None if it is done, or of another group. Raises Unavailable."""
        return self._erasures.find(erasure)

    def erase_unnamed(self, criteria: Criteria) -> None:
        """Forget what rejected events said that name no site. Raises Unavailable."""
        self._erasures.erase_unnamed(criteria)

    def forget_reports(self, site_id: str) -> None:
        """Forget what a site's reports say that were not sent: they are in the home group. Raises Unavailable."""
        self._erasures.forget_reports(site_id)

    def finish_erasure(self, erasure: int) -> bool:
        """The last step; whether it is done. Raises Unavailable."""
        return self._erasures.finish(erasure)

    def handle_sites(self, task: SitesTask) -> SitesAnswer:
        """What the poller asks about sites. Raises Unavailable."""
        return answer_sites(task, [self], lambda _: self, rejects_unknown=self.rejects_unknown)

    def ping(self) -> None:
        """Raises Unavailable if the store can't be written."""
        # the message goes into the log alone: the commit waits for the disk, and for standbys, as that of a batch does
        self._database.run(
            "insert into daily_stats select * from daily_stats where false;"
            " select pg_logical_emit_message(true, 'ping', '')"
        )

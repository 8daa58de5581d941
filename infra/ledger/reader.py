"""Reads the ledger of a running system.

Only past minutes are read, because their accepted events are final. Events move one way, from the
stream to PostgreSQL or to the dead letters. So the stream is read first and PostgreSQL last, in one
snapshot. An event that was seen on the stream but has an outcome by then is not in flight. `accepted`
comes from counters that are written with the stream entries, `in_flight` from the entries themselves.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from common import wire
from common.errors import Unavailable
from common.event import OTHER
from common.groups.databases import Databases
from common.groups.slots import HOME
from common.placement import find_overflow
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.redis.client import translated
from common.redis.clock import read_clock
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.witness.record import judge, read_all_losses, read_losses
from common.witness.sighting import Loss
from infra.every_group import as_databases
from infra.ledger.ledger import Ledger, Place, draw_up
from infra.ledger.shared_counts import SharedCounts
from infra.queue.sightings import look

_READ_COUNT = 100


class LedgerReader:
    """Builds the ledger of a stream and its database. Holds the ids of all queued entries in memory."""

    def __init__(self, redis: "Redis", databases: Databases | Database, settings: Settings) -> None:
        """`databases`: one of them alone is all that there is."""
        self._redis = redis
        self._databases = as_databases(databases)
        self._database = self._databases.home
        self._settings = settings
        self._shards = [ShardKeys.of(settings.stream_name, shard) for shard in settings.all_shards]

    def read(self, first_minute: int, site_id: str | None = None) -> Ledger:
        """The ledger from `first_minute` (since 1970) to the last full minute. Raises Unavailable."""
        with translated():
            minutes = range(first_minute, self._read_clock() // 60_000)
            queued = dict(self._scan_stream(minutes))
            dead = {event: site for keys in self._shards for event, site in self._read_hashes(keys.dead, minutes)}
            shared = SharedCounts(self._settings.stream_shards)
            accepted = self._count_accepted(minutes, shared)
            refused = sum(int(count or 0) for count in self._read_counts(self._shards[0].refused, minutes))
            dropped, gathered = self._count_dropped(minutes, site_id)
        claimed, rows, unreachable = self._read_databases([*queued, *dead], minutes)
        columns: dict[str, Counter[Place]] = {
            "accepted": accepted,
            "in_flight": _count_in_flight(queued, claimed, dead),
            "dead_lettered": _count_dead(dead, claimed),
            **{outcome: Counter() for outcome in ("stored", "duplicate", "rejected", "filtered", "erased")},
        }
        reasons: Counter[str] = Counter()
        for site, minute, outcome, reason, events in rows:
            columns[outcome][site, minute] += events
            if reason and site_id in (None, site):
                reasons[reason] += events
        columns = {name: counts if name == "accepted" else shared.fold(counts) for name, counts in columns.items()}
        chosen = tuple(
            line for line in draw_up(columns) if site_id is None or shared.place(site_id, line.minute) == line.place
        )
        known = read_all_losses(self._database)
        not_judged = frozenset(
            line.place
            for line in chosen
            if self._is_not_judged(line.place, shared, known)
            or (unreachable and (shared.holds(line.place) or self._databases.find_group(line.site_id) in unreachable))
        )
        return Ledger(chosen, refused, reasons, dropped, self.find_losses(), gathered, not_judged, unreachable)

    def _is_not_judged(self, place: Place, shared: SharedCounts, known: Sequence[Loss]) -> bool:
        """Whether the queue has lost its counts of a line, or nobody knows what of them was a deleted site's."""
        shard, minute = shared.find_base(place), place[1]
        overflow = find_overflow(shard, self._settings.stream_shards)
        return shared.is_unknown(place) or any(
            loss.covers(shard, minute) or loss.covers(overflow, minute) for loss in known
        )

    def find_losses(self) -> tuple[Loss, ...]:
        """What the queue has lost and no operator has accepted, recorded or seen just now. Raises Unavailable."""
        sightings = look(self._redis, self._settings)
        return (*read_losses(self._database), *judge(self._databases.groups, sightings))

    def _read_clock(self) -> int:
        """The slowest server's clock in milliseconds. Events accepted from now on are in its minute or a later one."""
        return min(read_clock(self._redis, keys.stream) for keys in self._shards)

    def _scan_stream(self, minutes: range) -> Iterator[tuple[str, list[str]]]:
        """Each queued entry of these minutes, with the site of each of its events in order."""
        for shard, keys in enumerate(self._shards):
            start, end = str(minutes.start * 60_000), f"({minutes.stop * 60_000}-0"
            while messages := self._read_messages(keys, start, end):
                for stream_id, fields in messages:
                    entry = wire.read_entry(f"{shard}:{stream_id.decode()}", fields)
                    if entry.count:
                        yield entry.message_id, _read_sites(entry.data)
                start = f"({stream_id.decode()}"

    def _read_messages(self, keys: ShardKeys, start: str, end: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        return cast("list[Any]", self._redis.xrange(keys.stream, start, end, count=_READ_COUNT))

    def _count_accepted(self, minutes: range, shared: SharedCounts) -> Counter[Place]:
        found = [
            (shard, field, minute, int(events))
            for shard, keys in enumerate(self._shards)
            for minute in minutes
            for field, events in self._read_hash(f"{keys.accepted}{minute}")
            if shared.note(shard, field, minute)
        ]
        counts: Counter[Place] = Counter()
        for shard, field, minute, events in found:
            counts[shared.place_count(shard, field, minute)] += events
        return counts

    def _count_dropped(self, minutes: range, site_id: str | None) -> tuple[Counter[str], Counter[str]]:
        """By field: events that came without it, and events that count under "(other)" with it."""
        dropped: Counter[str] = Counter()
        gathered: Counter[str] = Counter()
        for name, events in self._read_hashes(self._shards[0].dropped, minutes):
            field, _, site = name.partition(" ")
            if site_id in (None, site):
                counts = gathered if field.endswith(OTHER) else dropped
                counts[field.removesuffix(OTHER)] += int(events)
        return dropped, gathered

    def _read_hashes(self, prefix: str, minutes: range) -> Iterator[tuple[str, str]]:
        for minute in minutes:
            yield from self._read_hash(f"{prefix}{minute}")

    def _read_hash(self, key: str) -> Iterator[tuple[str, str]]:
        content: Any = self._redis.hgetall(key)
        return ((name.decode(), value.decode()) for name, value in content.items())

    def _read_counts(self, prefix: str, minutes: range) -> list[Any]:
        return [self._redis.get(f"{prefix}{minute}") for minute in minutes]

    def _read_databases(self, events: list[str], minutes: range) -> tuple[set[str], list[list[Any]], tuple[str, ...]]:
        """What all groups say, and which do not answer. Raises Unavailable where there is one alone, and of home."""
        if len(self._databases.groups) == 1:
            return *self._read_database(self._database, events, minutes), ()
        claimed: set[str] = set()
        rows: list[list[Any]] = []
        unreachable = []
        for name, database in self._databases.groups.items():
            try:
                some_claimed, some_rows = self._read_database(database, events, minutes)
            except Unavailable:
                if name == HOME:
                    raise
                unreachable.append(name)
                continue
            claimed |= some_claimed
            # a move leaves rows behind for a while
            rows += [row for row in some_rows if self._databases.find_group(row[0]) == name]
        return claimed, rows, tuple(unreachable)

    def _read_database(self, database: Database, events: list[str], minutes: range) -> tuple[set[str], list[list[Any]]]:
        """The entries and events that have outcomes, and the outcomes of these minutes, in one snapshot."""
        roots = {wire.name_entry(event) for event in events}
        with database.transaction() as connection:
            connection.run("set transaction isolation level repeatable read")
            claimed: set[str] = set()
            for root in connection.run(load_query(__name__, "read_claimed"), roots=json.dumps(sorted(roots))) or []:
                claimed.add(root[0])
            rows = connection.run(load_query(__name__, "read_outcomes"), first=minutes.start, after=minutes.stop) or []
        return claimed, rows


def _read_sites(data: bytes) -> list[str]:
    try:
        sites = [wire.find_site(event) for event in json.loads(data)]
    except (ValueError, TypeError, RecursionError):
        sites = []
    return sites if all(sites) else []  # not written by ingest, so never counted as accepted


def _count_in_flight(queued: Mapping[str, list[str]], claimed: set[str], dead: Mapping[str, str]) -> Counter[Place]:
    counts: Counter[Place] = Counter()
    for entry, sites in queued.items():
        minute = wire.read_minute(entry)
        if entry in claimed or minute is None:
            continue
        for index, site in enumerate(sites):
            event = wire.name_event(entry, index)
            if event not in claimed and event not in dead:
                counts[site, minute] += 1
    return counts


def _count_dead(dead: Mapping[str, str], claimed: set[str]) -> Counter[Place]:
    """Count dead letters, except those whose event a slow processor stored after the poller gave up."""
    counts: Counter[Place] = Counter()
    for event, site in dead.items():
        minute = wire.read_minute(event)
        if minute is not None and event not in claimed and wire.name_entry(event) not in claimed:
            counts[site, minute] += 1
    return counts

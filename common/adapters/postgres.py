"""The store: events and aggregates in one transaction, and the reads that answer from aggregates."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pg8000.native
from pg8000.exceptions import DatabaseError

from common import wire
from common.adapters.database import Database, translate
from common.adapters.partitions import MissingPartition, Partitions
from common.errors import StoreRejected
from common.rejection import Rejection
from common.sql import load_query
from common.wire import Entry


class PostgresStore:
    """What the processor writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._partitions = Partitions(database)

    def insert_batch(
        self, entries: Sequence[Entry], months: set[date], rejections: Sequence[Rejection]
    ) -> tuple[int, int]:
        """Store these events and rejections, each once however often they come, all in one transaction.

        An event that PostgreSQL refuses becomes a rejection. Returns how many events were new and how
        many were set aside. Raises Unavailable: then nothing is known to be stored.
        """

        def insert_once() -> tuple[int, int]:
            self._partitions.ensure(months)
            try:
                with self._database.transaction() as connection:
                    return _insert(connection, entries, rejections)
            except MissingPartition:
                self._partitions.forget()
                raise

        return self._database.retry(insert_once)

    def ping(self) -> None:
        """Raises Unavailable if the store can't be written."""
        self._database.run("insert into daily_stats select * from daily_stats where false")


def _insert(
    connection: pg8000.native.Connection, entries: Sequence[Entry], rejections: Sequence[Rejection]
) -> tuple[int, int]:
    stored, refused = _insert_or_split(connection, entries) if entries else (0, [])
    set_aside = [*rejections, *refused]
    if set_aside:
        content = json.dumps([rejection.as_dict() for rejection in set_aside])
        connection.run(load_query("insert_rejected"), rejections=content)
    return stored, len(set_aside)


def _insert_or_split(connection: pg8000.native.Connection, entries: Sequence[Entry]) -> tuple[int, list[Rejection]]:
    """Insert the events of these entries; where some are refused, halve until those stand alone."""
    connection.run("savepoint batch")
    try:
        [[stored, _]] = connection.run(load_query("insert_events"), events=_join(entries))
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
    results = [_insert_or_split(connection, half) for half in (parts[:middle], parts[middle:])]
    return sum(stored for stored, _ in results), [one for _, refused in results for one in refused]


def _join(entries: Sequence[Entry]) -> str:
    arrays = (entry.data.decode().strip()[1:-1] for entry in entries)
    return "[" + ",".join(array for array in arrays if array.strip()) + "]"


def _refuse(entry: Entry, sqlstate: str) -> Rejection:
    [item] = json.loads(entry.data)
    detail = f"PostgreSQL refuses it (SQLSTATE {sqlstate})"
    return Rejection.of(entry.message_id, item, json.dumps(item), "store_refused", detail)


class PostgresReader:
    """What the stats function reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_day(self, site_id: str, day: date, most: int) -> tuple[int, int, list[dict[str, Any]]]:
        """Views, users and at most `most` top paths of a site's UTC day. Raises Unavailable."""
        [[views, users, paths]] = self._database.run(
            load_query("read_day"), site_id=site_id, date=day.isoformat(), most=most
        )
        return views, users, paths

    def ping(self) -> None:
        """Raises Unavailable if the store can't be read."""
        self._database.run("select 1 from daily_stats limit 1")

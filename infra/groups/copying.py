"""Copies all rows of a slot's sites from one database into another, in one transaction of each."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from queue import Queue

from common.errors import Unavailable
from common.groups.slots import find_slot
from common.groups.tables import OF_A_SITE
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query

PART_BYTES = 128 << 10
PARTS = 64
"""How much of a table is on its way at a time, at most: eight megabytes."""


class _Pipe:
    """What one connection writes and another reads, at the same time."""

    def __init__(self) -> None:
        self._parts: Queue[bytes | None] = Queue(PARTS)
        self._part = bytearray()
        self._is_broken = threading.Event()

    def write(self, data: bytes) -> None:
        """Take what was read."""
        self._part += data
        if len(self._part) >= PART_BYTES:
            self._put(bytes(self._part))
            self._part.clear()

    def end(self) -> None:
        """That was all."""
        self._put(bytes(self._part) or None)
        self._put(None)

    def break_off(self) -> None:
        """Nobody reads any more."""
        self._is_broken.set()
        while not self._parts.empty():
            self._parts.get_nowait()

    def __iter__(self) -> Iterator[bytes]:
        while (part := self._parts.get()) is not None:
            yield part

    def _put(self, part: bytes | None) -> None:
        if not self._is_broken.is_set():
            self._parts.put(part)


def list_sites(connection: Connection, slot: int) -> list[str]:
    """The sites of the slot of which there is any row."""
    found: set[str] = set()
    for table in OF_A_SITE:
        statement = fill(load_query(__name__, "list_sites"), table=table)
        found |= {site_id for [site_id] in connection.run(statement) or [] if find_slot(site_id) == slot}
    return sorted(found)


def copy_slot(source: Database, target: Database, slot: int, oldest: dict[int, int] | None) -> int:
    """Copy the rows, in place of those that the target has; returns how many. All or nothing. Raises Unavailable.

    `oldest`: by shard, the time in milliseconds of its oldest entry: the claims of what came later are copied too.
    None: all are.
    """
    with source.transaction() as reading:
        reading.run("set transaction isolation level repeatable read")
        # before there is a snapshot: tables that are truncated later look empty in it (see common.days.closing)
        reading.run("lock table daily_values, daily_users in access share mode")
        sites = list_sites(reading, slot)
        if not sites:
            return 0  # then no claim is of an event of the slot either
        _name_sites(reading, sites)
        with target.transaction() as writing:
            _name_sites(writing, sites)
            for month in _list_months(reading):
                writing.run("select make_events_partition(cast(:month as date))", month=month)
            rows = sum(_copy_table(reading, writing, table) for table in OF_A_SITE)
            _copy_claims(reading, writing, oldest)
    return rows


def _name_sites(connection: Connection, sites: list[str]) -> None:
    connection.run('create temporary table moved (site_id text collate "C" primary key) on commit drop')
    connection.run(
        "insert into moved select value from json_array_elements_text(cast(:sites as json))", sites=json.dumps(sites)
    )
    connection.run("analyze moved")


def _list_months(connection: Connection) -> list[date]:
    """The first days of the months in which the sites have events."""
    months = []
    for [name] in connection.run(load_query(__name__, "list_partitions")) or []:
        if match := re.fullmatch(r"events_(\d{4})_(\d\d)", name):
            [[has_rows]] = connection.run(fill(load_query(__name__, "find_moved"), table=name)) or []
            if has_rows:
                months.append(date(int(match[1]), int(match[2]), 1))
    return months


def _copy_table(reading: Connection, writing: Connection, table: str) -> int:
    """Replace the target's rows; returns how many there are. Raises Unavailable if the numbers differ."""
    columns = ", ".join(name for [name] in reading.run(load_query(__name__, "list_columns"), table=table) or [])
    slots = {"table": table, "columns": columns}
    writing.run(fill(load_query(__name__, "delete_moved"), **slots))
    copy_out, copy_in = (fill(load_query(__name__, name), **slots) for name in ("copy_out", "copy_in"))
    _pass_on(reading, copy_out, writing, copy_in)
    count = fill(load_query(__name__, "count_moved"), **slots)
    [[there], [here]] = [(connection.run(count) or [])[0] for connection in (reading, writing)]
    if there != here:
        raise Unavailable(f"{there} rows of {table} were read and {here} were written.")
    return int(here)


def _copy_claims(reading: Connection, writing: Connection, oldest: dict[int, int] | None) -> None:
    """Which entries were processed, of those that may be delivered again: their events' outcomes count once."""
    writing.run("create temporary table claims (like processed_entries) on commit drop")
    ranges = ["true"]
    if oldest is not None:
        ranges = [f"entry >= '{shard}:{since}' and entry < '{shard};'" for shard, since in oldest.items()]
    for one in ranges:
        copy_out = fill(load_query(__name__, "claims_out"), range=one)
        _pass_on(reading, copy_out, writing, load_query(__name__, "claims_in"))
    writing.run(load_query(__name__, "insert_claims"))


def _pass_on(reading: Connection, read: str, writing: Connection, write: str) -> None:
    """Run a COPY of each, the one's output being the other's input."""
    pipe = _Pipe()

    def read_all() -> None:
        try:
            reading.run(read, stream=pipe)
        finally:
            pipe.end()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(read_all)
        try:
            writing.run(write, stream=pipe)
        except BaseException:
            pipe.break_off()
            raise
        done.result()

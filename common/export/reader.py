"""Reads a site's events page by page, all from one state of the database.

Whatever comes meanwhile, whenever it happened, is in the next export: so none is missed, and none comes twice. A page
begins after the key of the last event of the page before.
"""

import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from common.event import VISIT_ATTRIBUTES
from common.export.lines import LineFormat, write_header, write_line
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query

PAGE_EVENTS = 2_000
"""Of a page: it is held in memory, and an event has up to 40 KB."""
PAGE_LOOKED_AT = 20_000
"""The same where only those of one user are written."""
_BEFORE_ALL = ("1969-12-31T00:00:00Z", "00000000-0000-0000-0000-000000000000")
_TIME = """trim(both '"' from cast(to_json("timestamp" at time zone 'UTC') as text)) || 'Z'"""
"""RFC 3339, with as many decimals as it has. to_char would take longer than all the rest of a line."""
_GZIP = 16 + zlib.MAX_WBITS
_FAST = 1


@dataclass(frozen=True)
class Asked:
    """What is to be exported."""

    site_id: str
    line_format: LineFormat = "ndjson"
    user_id: str | None = None
    """Only the events of this user."""


class Page(NamedTuple):
    """Some lines, and how many events they are."""

    text: str
    events: int


def read_pages(database: Database, asked: Asked) -> Generator[Page]:
    """The header, if there is one, and all events: those that count, then those that were set aside.

    It holds a connection, and rows that are deleted meanwhile, until it is read or closed. Raises Unavailable.
    """
    slots = {"time": _TIME, "line": write_line(asked.line_format)}
    counted = fill(load_query(__name__, "read_events"), attributes=", ".join(VISIT_ATTRIBUTES), **slots)
    of_payload = ", ".join(f"event ->> '{name}' as {name}" for name in VISIT_ATTRIBUTES)
    set_aside = fill(load_query(__name__, "read_filtered"), attributes=of_payload, **slots)
    with database.transaction() as connection:
        # in the order of the key, whatever the statistics say: a page by any other way reads and sorts all that follow
        connection.run(
            "set transaction isolation level repeatable read, read only;"
            " set local enable_seqscan = off; set local enable_bitmapscan = off"
        )
        if header := write_header(asked.line_format):
            yield Page(header, 0)
        yield from _read(connection, counted, asked)
        yield from _read(connection, set_aside, asked)


def _read(connection: Connection, statement: str, asked: Asked) -> Iterator[Page]:
    at, event_id = _BEFORE_ALL
    most = looked_at = PAGE_EVENTS if asked.user_id is None else PAGE_LOOKED_AT
    while looked_at == most:
        [[text, events, looked_at, last]] = connection.run(
            statement, site_id=asked.site_id, user_id=asked.user_id, at=at, event_id=event_id, most=most
        )
        if looked_at:
            at, event_id = last
        if events:
            yield Page(text, events)


def compress(pages: Iterable[Page]) -> Iterator[bytes]:
    """The pages as one gzip file."""
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP)
    for page in pages:
        if part := packer.compress(page.text.encode()):
            yield part
    yield packer.flush()

"""Our own export: an event a line, with everything that was stored of it. Pure."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from infra.importer.formats.combined import Unparsable
from infra.importer.formats.kind import Format, list_lines


class StoredEvent(NamedTuple):
    """An event as JSON, and what it is stored under: its timestamp and its id."""

    body: bytes
    key: tuple[str, str]


_KEY = {"site_id", "timestamp", "event_id", "event_type"}


def read_event(line: bytes, site_id: str) -> StoredEvent | Unparsable:
    """The event of a line, which then belongs to this site."""
    try:
        event = from_json(line)
    except ValueError:
        return Unparsable("no JSON object")
    if not isinstance(event, dict) or not event.keys() >= _KEY:
        return Unparsable("no exported event: it needs site_id, timestamp, event_id and event_type")
    timestamp, event_id = str(event["timestamp"]), str(event["event_id"])
    try:
        UUID(event_id)
        datetime.fromisoformat(timestamp)
    except ValueError:
        return Unparsable("its event_id is no UUID, or its timestamp no time")
    return StoredEvent(to_json({**event, "site_id": site_id}), (timestamp, event_id))


def _is_own(head: bytes) -> bool:
    lines = list_lines(head)
    return bool(lines) and lines[0].startswith(b'{"site_id":') and isinstance(read_event(lines[0], ""), StoredEvent)


OWN_EXPORT = Format("own", "an export of this system (NDJSON)", _is_own)

"""Keeps events out that are to be erased, or were: those that were queued, and those that are delivered again."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from uuid import UUID

from common import wire
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.wire import Entry
from functions.process.erasing.erasing import Erasing
from functions.process.insertion import counts, find_minute
from functions.process.rejection import Rejection

Key = tuple[str, str]
"""A site, and the hash of an event's id."""


@dataclass
class _Found:
    """Events that are left out."""

    keys: set[Key] = field(default_factory=set)
    places: list[tuple[str, int]] = field(default_factory=list)
    """The site and the minute of acceptance of each whose outcome counts."""


def leave_out_erased(
    connection: Connection, erasing: Erasing, entries: Sequence[Entry], counted: Set[str]
) -> list[Entry]:
    """The entries without what is to be erased, or was. `counted`: those whose outcomes count; see claim()."""
    if not erasing.asked:
        return list(entries)
    erased = _find_erased(connection, erasing, entries)
    found = _Found()
    kept = [part for entry in entries for part in _leave_out(entry, erasing, erased, counted, found)]
    _record(connection, found)
    return kept


def leave_out_rejections(connection: Connection, erasing: Erasing, rejections: Sequence[Rejection]) -> list[Rejection]:
    """The rejections without those of events that are to be erased. Their places are kept, so they do not come back."""
    gone = [one for one in rejections if erasing.match_text(one.site_id, one.payload)]
    if gone:
        places = [
            {"site_id": one.site_id, "source": one.source, "reason": one.reason, "minute": find_minute(one.source)}
            for one in gone
        ]
        connection.run(load_query(__name__, "insert_erased"), rejections=json.dumps(places))
    sources = {one.source for one in gone}
    return [one for one in rejections if one.source not in sources]


def _leave_out(entry: Entry, erasing: Erasing, erased: Set[Key], counted: Set[str], found: _Found) -> list[Entry]:
    def is_kept(event: Any) -> bool:
        site_id = wire.find_site(event)
        if site_id not in erasing.asked:
            return True
        key = hash_id(site_id, event)
        if key not in erased and not erasing.match(site_id, event):
            return True
        found.keys.add(key)
        if counts(entry, counted):
            found.places.append((site_id, find_minute(entry.message_id)))
        return False

    return wire.pick(entry, is_kept)


def _find_erased(connection: Connection, erasing: Erasing, entries: Iterable[Entry]) -> set[Key]:
    keys = {
        hash_id(site_id, event)
        for entry in entries
        for event in json.loads(entry.data)
        if (site_id := wire.find_site(event)) in erasing.asked
    }
    if not keys:
        return set()
    rows = connection.run(load_query(__name__, "find_erased"), keys=json.dumps(sorted(keys))) or []
    return {(site_id, key) for site_id, key in rows}


def _record(connection: Connection, found: _Found) -> None:
    if found.keys:
        connection.run(load_query(__name__, "add_erased"), keys=json.dumps(sorted(found.keys)))
    if found.places:
        connection.run(load_query(__name__, "count_outcomes"), places=json.dumps(found.places))


def hash_id(site_id: str, event: Mapping[str, Any]) -> Key:
    """By what an erased event is remembered: as guard_events.sql does."""
    return site_id, str(UUID(md5(str(UUID(event["event_id"])).encode(), usedforsecurity=False).hexdigest()))

"""Decides whose outcomes count: those of each stream entry once, however often it is delivered.

An entry is claimed whole, or event by event where it was split. Claiming the entry's own row either way
makes a late delivery of the whole and a delivery of a part wait for each other. Claims guard the ledger
alone: the events of an entry that was claimed before are stored all the same (their keys count once), so
that no mistake about entries can lose an event.
"""

import json
from collections.abc import Iterable, Sequence

from common import wire
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.wire import Entry


def claim(connection: Connection, entries: Sequence[Entry]) -> tuple[list[Entry], set[str]]:
    """These entries in their order, and the ids of those whose outcomes this transaction is to count.

    An entry of which single events were counted before is returned as its events.
    """
    places = {entry.message_id: place for place, entry in enumerate(entries)}
    whole = {entry.message_id: entry for entry in entries if not wire.is_part(entry.message_id)}
    parts = [entry for entry in entries if wire.is_part(entry.message_id)]
    roots = dict.fromkeys(whole, False) | {wire.name_entry(part.message_id): True for part in parts}
    new = _insert(connection, roots)
    known = _read(connection, set(roots) - new)
    for message_id in [message_id for message_id in whole if known.get(message_id)]:
        parts += wire.split(whole.pop(message_id))
    countable = {part.message_id: False for part in parts if known.get(wire.name_entry(part.message_id), True)}
    counted = (new & whole.keys()) | _insert(connection, countable)
    found = [*whole.values(), *parts]
    if parts:  # of two events with one key the first counts
        found.sort(key=lambda entry: places.get(entry.message_id, places.get(wire.name_entry(entry.message_id), 0)))
    return found, counted


def _insert(connection: Connection, wanted: dict[str, bool]) -> set[str]:
    if not wanted:
        return set()
    content = json.dumps([{"entry": entry, "is_split": is_split} for entry, is_split in wanted.items()])
    return {entry for [entry] in connection.run_prepared(load_query(__name__, "claim_entries"), entries=content)}


def _read(connection: Connection, entries: Iterable[str]) -> dict[str, bool]:
    """Whether each was dealt with event by event."""
    content = json.dumps(list(entries))
    if content == "[]":
        return {}
    return dict(connection.run_prepared(load_query(__name__, "read_claims"), entries=content))

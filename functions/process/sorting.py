"""Sorts the records of a batch: what is valid, which events are set aside, which records are at fault."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from common.errors import TooLarge
from common.event import EVENTS, Event, describe_fault
from common.wire import MAX_BATCH_EVENTS, MAX_ENTRY_BYTES, MAX_ENTRY_EVENTS, Entry, Record, name_event
from functions.process.rejection import Rejection

_event = TypeAdapter(Event)


@dataclass
class Sorted:
    """What a batch holds: entries whose events are all valid, events set aside, messages at fault."""

    entries: list[Entry] = field(default_factory=list)
    months: set[date] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    events: int = 0
    """How many there are, at fault or not."""
    filtered: Counter[str] = field(default_factory=Counter)
    """How many of them were set aside, by reason."""

    def count(self, events: int) -> None:
        """Count so many more; raises TooLarge past what a batch may have."""
        self.events += events
        if self.events > MAX_BATCH_EVENTS:
            raise TooLarge(f"A batch has at most {MAX_BATCH_EVENTS} events.")


def sort_out(record: Record, found: Sorted) -> None:
    """Add a record's events to what was found; one at fault does not harm the others of its record."""
    data = record.body.encode()
    if len(data) > MAX_ENTRY_BYTES:
        found.failures[record.message_id] = "too_large"
        return
    try:
        events = EVENTS.validate_json(record.body)
    except ValidationError:
        _salvage(record, found)
    else:
        found.count(len(events))
        sites = frozenset(event.site_id for event in events)
        found.entries.append(Entry(data, len(events), record.message_id, sites=sites))
        _note(events, found)


def _note(events: Sequence[Event], found: Sorted) -> None:
    """Note the months and sites that the store must have ready for these events."""
    counted = [event for event in events if event.filtered is None]
    if len(counted) < len(events):
        found.filtered.update(event.filtered for event in events if event.filtered is not None)
    found.months |= {date(year, month, 1) for year, month in {_find_month(event) for event in counted}}
    found.sites.update(event.site_id for event in counted)


def _salvage(record: Record, found: Sorted) -> None:
    """Take apart a record with an invalid event, so that the other events are unharmed."""
    try:
        items = json.loads(record.body)
        if not isinstance(items, list):
            raise TypeError
    except (ValueError, TypeError, RecursionError):
        found.failures[record.message_id] = "not_a_batch_of_events"
        return
    if len(items) > MAX_ENTRY_EVENTS:
        found.failures[record.message_id] = "too_large"
        return
    found.count(len(items))
    for index, item in enumerate(items):
        source = name_event(record.message_id, index)
        payload = json.dumps(item)
        try:
            event = _event.validate_json(payload)
        except ValidationError as error:
            found.rejections.append(_reject(source, item, payload, error))
        else:
            found.entries.append(Entry(f"[{payload}]".encode(), 1, source))
            _note([event], found)


def _reject(source: str, item: Any, payload: str, error: ValidationError) -> Rejection:
    return Rejection.of(source, item, payload, "invalid_event", describe_fault(error))


def _find_month(event: Event) -> tuple[int, int]:
    timestamp = event.timestamp
    if timestamp.utcoffset():  # ingest writes UTC; another sender may not
        timestamp = timestamp.astimezone(UTC)
    return timestamp.year, timestamp.month

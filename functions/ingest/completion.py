"""What a client sent becomes the event that is queued: its time, its key, and what was derived."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import to_json

from common.errors import Fault, InvalidInput
from common.event import PAGE_VIEW
from common.incoming_event import IncomingEvent
from functions.ingest.ids import read_uuid7_time

Derive = Callable[[IncomingEvent, datetime], Mapping[str, Any]]
"""The derived fields of an event at its time, apart from its key; absent ones are left out."""


@dataclass(frozen=True)
class TimestampBounds:
    """Which timestamps are accepted: from `oldest` to `ahead` past now."""

    oldest: datetime
    ahead: timedelta


def complete(
    incoming: IncomingEvent, now: datetime, event_id: str, bounds: TimestampBounds, derive: Derive
) -> dict[str, Any]:
    """The event as it is queued, its defaults filled in, without what is absent. `event_id`: where it has none.

    Raises InvalidInput where a rule spans several fields or depends on `now`.
    """
    event_type = incoming.event_type or PAGE_VIEW
    if incoming.url is None:
        if incoming.path is None and event_type == PAGE_VIEW:
            raise refuse("/path", 'A page view needs a path, such as "/home", or a url.')
    elif incoming.path is not None:
        raise refuse("/path", "Send either path or url: the path is taken from the url.")
    timestamp, text = _resolve_timestamp(incoming, now)
    if not bounds.oldest <= timestamp <= now + bounds.ahead:
        raise refuse(
            "/event_id" if incoming.timestamp is None else "/timestamp",
            f"The time should be from {bounds.oldest.isoformat()} to {bounds.ahead} ahead of now.",
        )
    return {
        "site_id": incoming.site_id,
        "event_type": event_type,
        "timestamp": text,
        "event_id": event_id if incoming.event_id is None else str(incoming.event_id),
        **derive(incoming, timestamp),
    }


def encode(event: Mapping[str, Any]) -> bytes:
    """A queued event as one JSON object in UTF-8."""
    return to_json(event)


def refuse(pointer: str, detail: str) -> InvalidInput:
    """What is wrong with an event that is well-formed."""
    return InvalidInput("The event is not valid.", (Fault(detail, pointer),))


def _resolve_timestamp(incoming: IncomingEvent, now: datetime) -> tuple[datetime, str]:
    """An event's time in UTC, and how that is queued: with microseconds."""
    if incoming.timestamp is not None:
        return _read_timestamp(incoming.timestamp.upper())
    if incoming.event_id is None:
        return now, _format(now)
    carried = read_uuid7_time(incoming.event_id)
    if carried is None:
        raise refuse(
            "/timestamp",
            "An event_id needs the event's timestamp beside it (the two make its key), or must be a UUIDv7.",
        )
    return carried, _format(carried)


def _read_timestamp(given: str) -> tuple[datetime, str]:
    try:
        timestamp = datetime.fromisoformat(_cut_fraction(given)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refuse("/timestamp", 'Not a date and time that exists, such as "2025-11-12T10:00:00Z".') from None
    if given[-1] != "Z" or given[11:13] == "24":
        return timestamp, _format(timestamp)
    # a timestamp in UTC is kept as text: formatting it would take three times as long as reading it
    fraction = "000000" if len(given) == 20 else f"{given[20:-1]:0<6.6}"
    return timestamp, f"{given[:19]}.{fraction}Z"


def _cut_fraction(timestamp: str) -> str:
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", timestamp) if "." in timestamp else timestamp


def _format(timestamp: datetime) -> str:
    return timestamp.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

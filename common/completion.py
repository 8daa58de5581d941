"""What a client sent becomes the event that is queued: its time, its key, and what was derived."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.errors import Fault, InvalidInput
from common.event import PAGE_VIEW
from common.ids import make_uuid7, read_uuid7_time
from common.incoming_event import IncomingEvent

Derive = Callable[[IncomingEvent, datetime], Mapping[str, Any]]
"""The fields of an event, beside those of its key, at its time; those that it lacks are None."""


@dataclass(frozen=True)
class TimestampBounds:
    """Which timestamps are accepted: from `oldest` to `ahead` past now."""

    oldest: datetime
    ahead: timedelta


def complete(
    incoming: IncomingEvent, now: datetime, random_bits: int, bounds: TimestampBounds, derive: Derive
) -> dict[str, Any]:
    """The event as it is queued, its defaults filled in, without what is absent.

    Raises InvalidInput where a rule spans several fields or depends on `now`.
    """
    if incoming.path is not None and incoming.url is not None:
        raise refuse("/path", "Send either path or url: the path is taken from the url.")
    event_type = incoming.event_type or PAGE_VIEW
    if incoming.path is None and incoming.url is None and event_type == PAGE_VIEW:
        raise refuse("/path", 'A page view needs a path, such as "/home", or a url.')
    timestamp = _resolve_timestamp(incoming, now)
    if not bounds.oldest <= timestamp <= now + bounds.ahead:
        raise refuse(
            "/event_id" if incoming.timestamp is None else "/timestamp",
            f"The time should be from {bounds.oldest.isoformat()} to {bounds.ahead} ahead of now.",
        )
    fields = {
        "site_id": incoming.site_id,
        "event_type": event_type,
        "timestamp": timestamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(incoming.event_id or make_uuid7(now, random_bits)),
        **derive(incoming, timestamp),
    }
    return {name: value for name, value in fields.items() if value is not None}


def encode(event: Mapping[str, Any]) -> bytes:
    """A queued event as one JSON object in UTF-8."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def refuse(pointer: str, detail: str) -> InvalidInput:
    """What is wrong with an event that is well-formed."""
    return InvalidInput("The event is not valid.", (Fault(detail, pointer),))


def _resolve_timestamp(incoming: IncomingEvent, now: datetime) -> datetime:
    if incoming.timestamp is not None:
        try:
            return datetime.fromisoformat(_cut_fraction(incoming.timestamp.upper())).astimezone(UTC)
        except (ValueError, OverflowError):
            raise refuse("/timestamp", 'Not a date and time that exists, such as "2025-11-12T10:00:00Z".') from None
    if incoming.event_id is None:
        return now
    carried = read_uuid7_time(incoming.event_id)
    if carried is None:
        raise refuse(
            "/timestamp",
            "An event_id needs the event's timestamp beside it (the two make its key), or must be a UUIDv7.",
        )
    return carried


def _cut_fraction(timestamp: str) -> str:
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", timestamp)

"""What a client sent becomes the event that is queued: its time, its key, and what was derived."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from common.event import ENGAGEMENT, PAGE_VIEW
from common.incoming_event import IncomingEvent
from functions.ingest.event_time import TimestampBounds, resolve_time
from functions.ingest.refusal import refuse

Derive = Callable[[IncomingEvent, datetime], Mapping[str, Any]]
"""The derived fields of an event at its time, apart from its key; absent ones are left out."""


def complete(
    incoming: IncomingEvent, now: datetime, event_id: str, bounds: TimestampBounds, derive: Derive
) -> dict[str, Any]:
    """The event as it is queued, its defaults filled in, without what is absent. `event_id`: where it has none.

    Raises InvalidInput where a rule spans several fields or depends on `now`.
    """
    event_type = incoming.event_type or PAGE_VIEW
    if incoming.path is None:
        if incoming.url is None and event_type == PAGE_VIEW:
            raise refuse("/path", 'A page view needs a path, such as "/home", or a url.')
    elif incoming.url is not None:
        raise refuse("/path", "Send either path or url: the path is taken from the url.")
    _check_engagement(incoming, event_type)
    timestamp, text = resolve_time(incoming, now, bounds)
    return {
        "site_id": incoming.site_id,
        "event_type": event_type,
        "timestamp": text,
        "event_id": event_id if incoming.event_id is None else str(incoming.event_id),
        **derive(incoming, timestamp),
    }


def _check_engagement(incoming: IncomingEvent, event_type: str) -> None:
    if incoming.engaged_ms is None:
        if incoming.scroll_depth is not None or incoming.scroll_depth_before is not None:
            raise refuse("/engaged_ms", "A scroll depth needs engaged_ms beside it, 0 or more.")
    elif event_type != ENGAGEMENT:
        raise refuse("/event_type", f'engaged_ms belongs to the event_type "{ENGAGEMENT}".')
    elif incoming.url is None and incoming.path is None:
        raise refuse("/path", "An engagement needs the page's path, or its url.")


def encode(event: Mapping[str, Any]) -> bytes:
    """A queued event as one JSON object in UTF-8."""
    return to_json(event)

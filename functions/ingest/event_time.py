"""When an event happened: its timestamp, or the time in its id, if that is within bounds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from common.errors import Fault, WrongTime
from common.incoming_event import IncomingEvent
from functions.ingest.ids import read_uuid7_time
from functions.ingest.refusal import refuse


@dataclass(frozen=True)
class TimestampBounds:
    """Which timestamps are accepted: from `oldest` to `ahead` past now."""

    oldest: datetime
    ahead: timedelta


def resolve_time(incoming: IncomingEvent, now: datetime, bounds: TimestampBounds) -> tuple[datetime, str]:
    """An event's time in UTC, and how that is queued: with microseconds. Raises InvalidInput."""
    timestamp, text = _read_time(incoming, now)
    if timestamp < bounds.oldest or (timestamp > now and timestamp > now + bounds.ahead):
        fault = Fault(
            f"The time should be from {bounds.oldest.isoformat()} to {bounds.ahead} ahead of now.",
            "/event_id" if incoming.timestamp is None else "/timestamp",
        )
        raise WrongTime("The event is not valid.", (fault,), int(now.timestamp() * 1000))
    return timestamp, text


def _read_time(incoming: IncomingEvent, now: datetime) -> tuple[datetime, str]:
    if (given := incoming.timestamp) is not None:
        return _read_timestamp(given.upper())
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
        timestamp = datetime.fromisoformat(_cut_fraction(given) if "." in given else given)
        if given[-1] != "Z" or given[11:13] == "24":
            timestamp = timestamp.astimezone(UTC)
            return timestamp, _format(timestamp)
    except (ValueError, OverflowError):
        raise refuse("/timestamp", 'Not a date and time that exists, such as "2025-11-12T10:00:00Z".') from None
    # a timestamp in UTC is kept as text: formatting it would take three times as long as reading it
    fraction = "000000" if len(given) == 20 else f"{given[20:-1]:0<6.6}"
    return timestamp, f"{given[:19]}.{fraction}Z"


def _cut_fraction(timestamp: str) -> str:
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", timestamp)


def _format(timestamp: datetime) -> str:
    return timestamp.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

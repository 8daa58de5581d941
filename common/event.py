"""The event: what a client may send, what it means, and what is queued and stored of it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    StringConstraints,
)
from pydantic_core import core_schema

from common.errors import Fault, InvalidInput
from common.ids import make_uuid7, read_uuid7_time

PAGE_VIEW = "page_view"
MAX_NAME_BYTES = 64
MAX_USER_BYTES = 256
MAX_PATH_BYTES = 2_000
MAX_REFERRER_BYTES = 1_000
MAX_HOSTNAME_BYTES = 255
MAX_TITLE_BYTES = 500
MAX_CAMPAIGN_BYTES = 255
MAX_LABEL_BYTES = 100
MAX_LANGUAGE_BYTES = 35
MAX_SCREEN_BYTES = 20
MAX_PROPERTIES = 30
MAX_PROPERTY_NAME_BYTES = 64
MAX_PROPERTY_BYTES = 1_000
"""Lengths in UTF-8 bytes. A PostgreSQL index row holds 2,704 of them."""

VISIT_ATTRIBUTES = (
    "referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "country", "region", "city", "browser", "os", "device", "language", "screen",
)  # fmt: skip
"""What a visit has of its first event."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Between these an event can be stored, whatever a setting accepts."""

_RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,30})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"

# What PostgreSQL and we read alike: it rounds a seventh digit where we cut it, and takes 20251112 for a day
_QUEUED_TIME = core_schema.str_schema(pattern=_RFC3339.replace("{1,30}", "{1,6}"))
_as_queued = GetPydanticSchema(lambda kind, handler: core_schema.chain_schema([_QUEUED_TIME, handler(kind)]))


def _at_most(limit: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text.isascii() and len(text.encode()) > limit:
            raise ValueError(f"String should have at most {limit} bytes in UTF-8")
        return text

    return check


def _constraints(limit: int) -> StringConstraints:
    # [^\x00]: PostgreSQL's text can't hold U+0000
    return StringConstraints(min_length=1, max_length=limit, pattern=r"^[^\x00]*$")


Name = Annotated[str, _constraints(MAX_NAME_BYTES), AfterValidator(_at_most(MAX_NAME_BYTES))]
User = Annotated[str, _constraints(MAX_USER_BYTES), AfterValidator(_at_most(MAX_USER_BYTES))]
Path = Annotated[str, _constraints(MAX_PATH_BYTES), AfterValidator(_at_most(MAX_PATH_BYTES))]
Hostname = Annotated[str, _constraints(MAX_HOSTNAME_BYTES), AfterValidator(_at_most(MAX_HOSTNAME_BYTES))]
Title = Annotated[str, _constraints(MAX_TITLE_BYTES), AfterValidator(_at_most(MAX_TITLE_BYTES))]
Referrer = Annotated[str, _constraints(MAX_REFERRER_BYTES), AfterValidator(_at_most(MAX_REFERRER_BYTES))]
Label = Annotated[str, _constraints(MAX_LABEL_BYTES), AfterValidator(_at_most(MAX_LABEL_BYTES))]
Campaign = Annotated[str, _constraints(MAX_CAMPAIGN_BYTES), AfterValidator(_at_most(MAX_CAMPAIGN_BYTES))]
Language = Annotated[str, _constraints(MAX_LANGUAGE_BYTES), AfterValidator(_at_most(MAX_LANGUAGE_BYTES))]
Screen = Annotated[str, _constraints(MAX_SCREEN_BYTES), AfterValidator(_at_most(MAX_SCREEN_BYTES))]
PropertyName = Annotated[str, _constraints(MAX_PROPERTY_NAME_BYTES), AfterValidator(_at_most(MAX_PROPERTY_NAME_BYTES))]
Property = Annotated[str, _constraints(MAX_PROPERTY_BYTES), AfterValidator(_at_most(MAX_PROPERTY_BYTES))]


class IncomingEvent(BaseModel):
    """An event as a client sends it (the JSON object of POST /event)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    site_id: Name = Field(description="The site that the event belongs to, 1 to 64 bytes.")
    event_type: Name = Field(PAGE_VIEW, description="What happened, 1 to 64 bytes.")
    path: Path | None = Field(None, description="The page, 1 to 2,000 bytes; required for a page view.")
    user_id: User | None = Field(None, description="Who did it, 1 to 256 bytes; without it only views count.")
    timestamp: Annotated[str, StringConstraints(pattern=_RFC3339)] | None = Field(
        None, description="When it happened: RFC 3339 with an offset, cut to microseconds; default: now."
    )
    event_id: UUID | None = Field(
        None,
        strict=False,
        description="Makes a retry count once. Needs a timestamp beside it, or must be a UUIDv7.",
    )


class Revenue(BaseModel):
    """What an event brought in: a decimal amount of an ISO 4217 currency."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    amount: Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Event(BaseModel):
    """An event as it is queued and stored: complete, in UTC. Its key: (site_id, event_id, timestamp)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    site_id: Name
    event_type: Name
    path: Path | None = None
    user_id: User | None = None
    timestamp: Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST, strict=False), _as_queued]
    event_id: UUID

    visitor_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16}$")] | None = None
    """Who did it, derived; only where there is no user_id."""
    hostname: Hostname | None = None
    title: Title | None = None
    referrer: Referrer | None = None
    source: Label | None = None
    channel: Label | None = None
    utm_source: Campaign | None = None
    utm_medium: Campaign | None = None
    utm_campaign: Campaign | None = None
    utm_term: Campaign | None = None
    utm_content: Campaign | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    region: Label | None = None
    city: Label | None = None
    browser: Label | None = None
    os: Label | None = None
    device: Label | None = None
    language: Language | None = None
    screen: Screen | None = None
    props: Annotated[dict[PropertyName, Property], Field(max_length=MAX_PROPERTIES)] | None = None
    revenue: Revenue | None = None
    filtered: Literal["bot", "spam_referrer"] | None = None
    """Why it is set aside rather than counted."""


@dataclass(frozen=True)
class TimestampBounds:
    """Which timestamps are accepted: from `oldest` to `ahead` past now."""

    oldest: datetime
    ahead: timedelta


def complete(incoming: IncomingEvent, now: datetime, random_bits: int, bounds: TimestampBounds) -> bytes:
    """The event as it is queued: its defaults filled in, one JSON object.

    Raises InvalidInput where a rule spans several fields or depends on `now`.
    """
    if incoming.path is None and incoming.event_type == PAGE_VIEW:
        raise _fault("/path", 'A page view needs a path, such as "/home".')
    timestamp = _resolve_timestamp(incoming, now)
    if not bounds.oldest <= timestamp <= now + bounds.ahead:
        raise _fault(
            "/event_id" if incoming.timestamp is None else "/timestamp",
            f"The time should be from {bounds.oldest.isoformat()} to {bounds.ahead} ahead of now.",
        )
    fields = {
        "site_id": incoming.site_id,
        "event_type": incoming.event_type,
        "path": incoming.path,
        "user_id": incoming.user_id,
        "timestamp": timestamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(incoming.event_id or make_uuid7(now, random_bits)),
    }
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()


def _resolve_timestamp(incoming: IncomingEvent, now: datetime) -> datetime:
    if incoming.timestamp is not None:
        try:
            return datetime.fromisoformat(_cut_fraction(incoming.timestamp.upper())).astimezone(UTC)
        except (ValueError, OverflowError):
            raise _fault("/timestamp", 'Not a date and time that exists, such as "2025-11-12T10:00:00Z".') from None
    if incoming.event_id is None:
        return now
    carried = read_uuid7_time(incoming.event_id)
    if carried is None:
        raise _fault(
            "/timestamp",
            "An event_id needs the event's timestamp beside it (the two make its key), or must be a UUIDv7.",
        )
    return carried


def _cut_fraction(timestamp: str) -> str:
    return re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", timestamp)


def _fault(pointer: str, detail: str) -> InvalidInput:
    return InvalidInput("The event is not valid.", (Fault(detail, pointer),))

"""The event as it is queued and stored, and the bounds of its fields."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    GetPydanticSchema,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import core_schema

from common.crawler import Crawler
from common.wire import MAX_ENTRY_EVENTS

PAGE_VIEW = "page_view"
OTHER = "(other)"
"""What values count under that a site has too many of in a day (see functions/ingest/daily_values.py)."""
ENGAGEMENT = "engagement"
"""Reports how long a page was looked at: it counts as no event, and lengthens its visit."""
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

MAX_ENGAGED_MS = 3_600_000
"""The longest time that one report may bring, an hour: a tracker reports more often."""

VISIT_ATTRIBUTES = (
    "referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "country", "region", "city", "browser", "os", "device", "language", "screen",
)  # fmt: skip
"""What a visit has of its first event."""

FilterReason = Literal[
    "bot", "spam_referrer", "paused", "blocked_address", "blocked_country", "blocked_path", "blocked_hostname",
    "foreign_hostname",
]  # fmt: skip
"""Why an event is set aside rather than counted; from `paused` on, what its site's owner set."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Only timestamps between these can be stored, whatever the settings accept."""

RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,30})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"

# The form that PostgreSQL and we read the same way: it would round a seventh digit, and take 20251112 for a day
_QUEUED_TIME = core_schema.str_schema(pattern=RFC3339.replace("{1,30}", "{1,6}"))
_as_queued = GetPydanticSchema(lambda kind, handler: core_schema.chain_schema([_QUEUED_TIME, handler(kind)]))


STORABLE = r"^[^\x00]*$"
"""PostgreSQL's text can't hold U+0000."""


def at_most(limit: int) -> Callable[[str], str]:
    """Refuse a text of more than `limit` bytes in UTF-8. Another constraint bounds its characters."""

    def check(text: str) -> str:
        if not text.isascii() and len(text.encode()) > limit:
            raise ValueError(f"String should have at most {limit} bytes in UTF-8")
        return text

    return check


def _constraints(limit: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=limit, pattern=STORABLE)


Name = Annotated[str, _constraints(MAX_NAME_BYTES), AfterValidator(at_most(MAX_NAME_BYTES))]
User = Annotated[str, _constraints(MAX_USER_BYTES), AfterValidator(at_most(MAX_USER_BYTES))]
Path = Annotated[str, _constraints(MAX_PATH_BYTES), AfterValidator(at_most(MAX_PATH_BYTES))]
Hostname = Annotated[str, _constraints(MAX_HOSTNAME_BYTES), AfterValidator(at_most(MAX_HOSTNAME_BYTES))]
Title = Annotated[str, _constraints(MAX_TITLE_BYTES), AfterValidator(at_most(MAX_TITLE_BYTES))]
Referrer = Annotated[str, _constraints(MAX_REFERRER_BYTES), AfterValidator(at_most(MAX_REFERRER_BYTES))]
Label = Annotated[str, _constraints(MAX_LABEL_BYTES), AfterValidator(at_most(MAX_LABEL_BYTES))]
Campaign = Annotated[str, _constraints(MAX_CAMPAIGN_BYTES), AfterValidator(at_most(MAX_CAMPAIGN_BYTES))]
Language = Annotated[str, _constraints(MAX_LANGUAGE_BYTES), AfterValidator(at_most(MAX_LANGUAGE_BYTES))]
Screen = Annotated[str, _constraints(MAX_SCREEN_BYTES), AfterValidator(at_most(MAX_SCREEN_BYTES))]
PropertyName = Annotated[str, _constraints(MAX_PROPERTY_NAME_BYTES), AfterValidator(at_most(MAX_PROPERTY_NAME_BYTES))]
Property = Annotated[str, _constraints(MAX_PROPERTY_BYTES), AfterValidator(at_most(MAX_PROPERTY_BYTES))]


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
    """The derived id of the visitor; only if there is no user_id."""
    previous_visitor_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16}$")] | None = None
    """The same visitor's id under the previous day's salt; only for events of the first half hour of a UTC day."""
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
    engaged_ms: Annotated[int, Field(ge=0, le=MAX_ENGAGED_MS)] | None = None
    """Only an engagement has it: how long the page was looked at since the report before."""
    scroll_depth: Annotated[int, Field(ge=0, le=100)] | None = None
    """Percent of the page that was seen so far in this view of it."""
    scroll_depth_before: Annotated[int, Field(ge=0, le=100)] | None = None
    """What the report before said; None in the first one of a page view."""
    interactive: Literal[False] | None = None
    """False: it ends no bounce."""
    is_alone: Literal[True] | None = None
    """It joins no visit. Only an exported event says so (see functions/process/anonymity.py)."""
    filtered: FilterReason | None = None
    """Why it is set aside rather than counted."""
    restored: Annotated[AwareDatetime, Field(strict=False), _as_queued] | None = None
    """When it was counted after all. Only an exported event that was set aside says so."""
    crawler: Crawler | None = None
    """Which bot it is of, if it is set aside as one that is known."""


EVENTS = TypeAdapter(Annotated[list[Event], Field(max_length=MAX_ENTRY_EVENTS), FailFast()])
"""The events of a stream entry: a JSON array. The first fault ends the reading, so that many faults cost no more."""


def check_events(payload: str) -> str:
    """The first fault of a JSON array of events that is to be queued; empty if there is none."""
    try:
        EVENTS.validate_json(payload)
    except ValidationError as error:
        return describe_fault(error)
    return ""


def describe_fault(error: ValidationError) -> str:
    """The first fault of an event, in one line."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = "/".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"

"""What another tracker says of an event, as its file tells it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from common.event import PAGE_VIEW


class Nothing(Enum):
    """A record that is no event by design: about a session, a person or the tracker itself."""

    NO_EVENT = "no event"


@dataclass(slots=True)
class Draft:
    """An event, as far as another tracker's file tells. Texts are as given there; empty: not told."""

    identity: str
    """What tells it from every other event of its tracker."""
    at: datetime
    """In UTC."""
    name: str = PAGE_VIEW
    is_identity_unique: bool = True
    """Otherwise several equal ones are several events."""
    url: str = ""
    """The page's URL, or its path with its query."""
    referrer: str | None = ""
    """A URL; empty: there is none. None: nothing is known of how the visitor came."""
    source: str = ""
    """What the tracker calls who sent the visitor, where it keeps no referrer."""
    campaign: Mapping[str, str] = field(default_factory=dict)
    """utm_source and so on, where they are kept apart from the URL."""
    click_id: str = ""
    """The name of an advertising network's parameter, such as gclid."""
    user: str = ""
    title: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    browser: str = ""
    system: str = ""
    device: str = ""
    language: str = ""
    screen: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)
    amount: Any = None
    currency: str = ""
    engaged_ms: float = 0
    scroll_depth: int | None = None
    scroll_depth_before: int | None = None
    filtered: str = ""


def read_moment(text: str) -> datetime | None:
    """A time, in UTC if it has no offset; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_epoch(given: Any, unit: int = 1) -> datetime | None:
    """A time since 1970 as a number or a text, `unit` of them in a second; None if it is none."""
    try:
        return datetime.fromtimestamp(float(given) / unit, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def read_number(given: Any) -> float | None:
    """A number from 0 to 2^53, or a text that spells one; None if it is none."""
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < 2**53 else None


def read_text(value: Any) -> str:
    """A text, or a number as it is spelled; anything else is empty."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def read_texts(row: Mapping[str, Any]) -> dict[str, str]:
    """All of a record's fields as texts."""
    return {name: value if type(value) is str else read_text(value) for name, value in row.items()}

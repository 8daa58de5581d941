"""What other trackers' clients say of a visitor, and when: read alike for several dialects."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

_NAIVE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,16}(\.\d+)?")
_FIRST_MS = 100_000_000_000
"""From here on a number is milliseconds since 1970 (in seconds it would be the year 5138)."""


def is_browser(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent a request. Else the ids that it calls anonymous are a server's names for its visitors."""
    return headers.get("user-agent", "").startswith(("Mozilla/", "Opera/"))


def read_time(given: Any) -> str:
    """A time as an RFC 3339 text: of a text without an offset that is UTC; of a number, seconds or milliseconds.

    What can't be a time is left for its refusal.
    """
    text = str(given).strip()
    if found := _NAIVE.fullmatch(text):
        day, clock, offset = found.groups()
        clock += ":00" if len(clock) == 5 else ""
        offset = offset or "Z"
        return f"{day}T{clock}{offset if ':' in offset or len(offset) == 1 else f'{offset[:3]}:{offset[3:]}'}"
    if _NUMBER.fullmatch(text) and not isinstance(given, bool):
        seconds = float(text)
        seconds = seconds / 1_000 if seconds >= _FIRST_MS else seconds
        if math.isfinite(seconds) and seconds < _FIRST_MS:
            return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text


def read_uuid(given: Any) -> str | None:
    """An id of a client's, if it is a UUID."""
    try:
        return str(UUID(given)) if isinstance(given, str) else None
    except ValueError:
        return None

"""Which events of a site are to be erased: those for which all that is given holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from common.errors import Fault, InvalidInput

QUOTED_TIMES = 3
"""How often a text may be quoted within JSON, within JSON …"""
NAMES = ("user_id", "path", "event_id", "from", "to")


@dataclass(frozen=True)
class Criteria:
    """At least one is given. `path`: as it is stored, whole. `start` to `after` (excluded): of the events' time."""

    user_id: str | None = None
    path: str | None = None
    event_id: UUID | None = None
    start: datetime | None = None
    after: datetime | None = None

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> Self:
        """Make them from texts and times, by name. Raises InvalidInput that names every fault."""
        faults = [Fault("Not empty.", f"/{name}") for name in ("user_id", "path") if given.get(name) == ""]
        event_id = None
        if given.get("event_id") is not None:
            try:
                event_id = UUID(given["event_id"])
            except ValueError:
                faults.append(Fault("A UUID.", "/event_id"))
        start, after = given.get("from"), given.get("to")
        if start is not None and after is not None and not start < after:
            faults.append(Fault("A time after `from`.", "/to"))
        if not any(given.get(name) is not None for name in NAMES):
            faults.append(Fault(f"At least one of {', '.join(NAMES)}: DELETE /v1/sites/{{site_id}} deletes all.", ""))
        if faults:
            raise InvalidInput("What is to be erased is not valid.", tuple(faults))
        return cls(given.get("user_id"), given.get("path"), event_id, start, after)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """As as_dict() wrote them."""
        start, after = (datetime.fromisoformat(kept[name]) if name in kept else None for name in ("from", "to"))
        event_id = UUID(kept["event_id"]) if "event_id" in kept else None
        return cls(kept.get("user_id"), kept.get("path"), event_id, start, after)

    def as_dict(self) -> dict[str, str]:
        """What is given, for JSON."""
        texts = {
            "user_id": self.user_id,
            "path": self.path,
            "event_id": str(self.event_id) if self.event_id else None,
            "from": self.start.astimezone(UTC).isoformat() if self.start else None,
            "to": self.after.astimezone(UTC).isoformat() if self.after else None,
        }
        return {name: text for name, text in texts.items() if text is not None}

    def match(self, event: Any) -> bool:
        """Whether they hold for an event as it is queued, or for what somebody put in its place.

        What can't be read says nothing against it: an event without a readable time is in every period.
        """
        if not isinstance(event, dict):
            return False
        return (
            (self.user_id is None or str(event.get("user_id")) == self.user_id)
            and (self.path is None or str(event.get("path")) == self.path)
            and (self.event_id is None or _read_id(event.get("event_id")) == self.event_id)
            and self._covers(event.get("timestamp"))
        )

    def match_text(self, payload: str) -> bool:
        """Whether they hold for something that is no event: whether it has all texts that are given, however quoted."""
        wanted = (self.user_id, self.path, str(self.event_id) if self.event_id else None)
        return any(wanted) and all(_has(payload, text) for text in wanted if text is not None)

    def _covers(self, timestamp: Any) -> bool:
        if self.start is None and self.after is None:
            return True
        try:
            at = datetime.fromisoformat(timestamp)
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            return (self.start is None or at >= self.start) and (self.after is None or at < self.after)
        except (TypeError, ValueError, OverflowError):
            return True


def _has(payload: str, text: str) -> bool:
    for _ in range(QUOTED_TIMES):
        if text in payload or json.dumps(text)[1:-1] in payload:
            return True
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    return False


def _read_id(text: Any) -> UUID | None:
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError):
        return None

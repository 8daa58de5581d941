"""Which events of a site are to be erased: those for which all that is given holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from common.erasure.readings import list_readings
from common.errors import Fault, InvalidInput

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

    def match_value(self, value: Any) -> bool:
        """Whether they hold for a JSON value: an event, or something else that names what is to be erased."""
        return self.match(value) if isinstance(value, dict) else self.match_text(json.dumps(value))

    def match_text(self, payload: str) -> bool:
        """Whether they hold for something that is no event: whether it has all texts that are given, however quoted.

        Each may be quoted in its own way. An event's id may be in capitals and without its hyphens, as UUIDs may.
        """
        ids = () if self.event_id is None else (str(self.event_id), self.event_id.hex)
        missing = [text for text in (self.user_id, self.path) if text is not None]
        if not missing and not ids:
            return False
        is_id_missing = bool(ids)
        for reading in list_readings(payload):
            missing = [text for text in missing if text not in reading]
            is_id_missing = is_id_missing and not any(text in reading.lower() for text in ids)
            if not missing and not is_id_missing:
                return True
        return False

    def _covers(self, timestamp: Any) -> bool:
        if self.start is None and self.after is None:
            return True
        try:
            at = datetime.fromisoformat(timestamp)
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            return (self.start is None or at >= self.start) and (self.after is None or at < self.after)
        except (TypeError, ValueError, OverflowError):
            return True


def _read_id(text: Any) -> UUID | None:
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError):
        return None

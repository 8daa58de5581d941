"""What is being erased, for whoever compares events with it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from common.erasure.criteria import Criteria

NO_SITE = ""
"""Under which it is kept what names no site."""


@dataclass(frozen=True)
class Erasing:
    """What is being erased, by site. A site of which something was erased lately is there with nothing."""

    asked: Mapping[str, Sequence[Criteria]] = field(default_factory=dict)

    @classmethod
    def read(cls, rows: Iterable[tuple[str, Mapping[str, Any] | None]]) -> Self:
        """Of the site of each erasure, and what it asks for; None: it is done."""
        asked: dict[str, list[Criteria]] = {}
        for site_id, criteria in rows:
            asked.setdefault(site_id, []).extend([Criteria.read(criteria)] if criteria is not None else [])
        return cls(asked)

    def match(self, site_id: str, event: Any) -> bool:
        """Whether an event is to be erased."""
        return any(criteria.match(event) for criteria in self.asked.get(site_id, ()))

    def match_text(self, site_id: str, payload: str) -> bool:
        """The same for the payload of a rejected event, whatever it is; `site_id`: the one that it names."""
        asked = self.asked.get(site_id, ()) if site_id != NO_SITE else self._list_telling()
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError):
            return any(criteria.match_text(payload) for criteria in asked)
        return any(criteria.match_value(event) for criteria in asked)

    def _list_telling(self) -> list[Criteria]:
        """What is enough to say that something is to be erased that names no site: whose it is, or which event."""
        return [one for asked in self.asked.values() for one in asked if one.user_id or one.event_id]

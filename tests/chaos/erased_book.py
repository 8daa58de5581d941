"""What is known of events that were sent and erasures that were asked for, and what has to be true of each event."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from common.erasure.criteria import Criteria


@dataclass
class Sent:
    """What is known of an event: since when it may be there, and since when it is."""

    event: dict[str, Any]
    first: float
    accepted: float = float("inf")


@dataclass
class Asked:
    """An erasure, and when it was asked for and seen to be done."""

    id: int
    site_id: str
    criteria: Criteria
    at: float
    done: float = float("inf")


@dataclass
class Book:
    """What was sent and what was asked for."""

    sent: dict[str, Sent] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def note(self, events: Iterable[dict[str, Any]]) -> None:
        """These are about to be sent."""
        for one in events:
            self.sent.setdefault(one["event_id"], Sent(one, time.monotonic()))

    def accept(self, events: Iterable[dict[str, Any]]) -> None:
        """These were accepted by now."""
        for one in events:
            sent = self.sent[one["event_id"]]
            sent.accepted = min(sent.accepted, time.monotonic())

    def compare(self, stored: Counter[str]) -> list[str]:
        """What is wrong with what is stored."""
        wrong = [f"{id_} is stored {count} times" for id_, count in stored.items() if count > 1]
        wrong += [f"{id_} was never sent" for id_ in stored.keys() - self.sent.keys()]
        for id_, one in self.sent.items():
            matching = self._find_asked(one)
            if id_ in stored and any(one.accepted < asked.at for asked in matching):
                wrong.append(f"{one} is there, which {matching} should have erased")
            is_expected = one.accepted < float("inf") and all(asked.done < one.first for asked in matching)
            if id_ not in stored and is_expected:
                wrong.append(f"{one} is missing, and {matching} has nothing to do with it")
        return wrong

    def compare_export(self, ids: list[str], site_id: str, began: float, ended: float, since: float) -> list[str]:
        """The same of an export of a site; `since`: when all that was sent before was stored."""
        found = set(ids)
        wrong = [] if len(found) == len(ids) else ["an event comes twice in an export"]
        for id_, one in self.sent.copy().items():  # somebody may be sending
            if one.event["site_id"] != site_id:
                continue
            matching = self._find_asked(one)
            if id_ in found and any(one.accepted < asked.at and asked.done < began for asked in matching):
                wrong.append(f"{one} is in an export that began when {matching} was done")
            if id_ not in found and one.accepted < since and not any(asked.at < ended for asked in matching):
                wrong.append(f"{one} is missing in an export")
        return wrong

    def _find_asked(self, one: Sent) -> list[Asked]:
        site_id = one.event["site_id"]
        return [asked for asked in list(self.asked) if asked.site_id == site_id and asked.criteria.match(one.event)]

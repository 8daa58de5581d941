"""Histories of visitors with everything that makes visits difficult, and their delivery."""

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

SITES = ("blog", "shop")
MIDNIGHT = datetime(2006, 10, 29, tzinfo=UTC)
"""Around it clocks are set back at a minute past midnight in Newfoundland; it is a month's end nearly everywhere."""


def event(number: int, at: datetime, **fields: Any) -> dict[str, Any]:
    """A page view of ann's; a field that is None is left out."""
    made = {
        "site_id": "blog",
        "event_type": "page_view",
        "path": "/home",
        "user_id": "ann",
        "timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(UUID(int=number)),
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def make_history(seed: int, events: int, hours: float = 60) -> list[dict[str, Any]]:
    """Events of few visitors, close enough to be joined, over some midnights; some simultaneous, some nobody's."""
    draw = random.Random(seed)
    began = MIDNIGHT - timedelta(hours=hours / 2)

    def choose(*values: Any) -> Any:
        return draw.choice(values)

    made = []
    for _ in range(events):
        # on a grid of ten minutes, so that gaps of exactly 30 minutes and ties are common; sometimes just off it
        at = began + timedelta(minutes=10 * draw.randrange(int(hours * 6)), microseconds=choose(0, 0, 0, 1, -1))
        kind = choose("page_view", "page_view", "page_view", "signup")
        user = choose("ann", "bob", "cid", None)
        made.append(
            event(
                draw.getrandbits(128), at,
                site_id=choose(*SITES), event_type=kind, user_id=user,
                visitor_id=None if user else choose("d" * 16, None),
                path=choose("/a", "/B", "/é", "/c") if kind == "page_view" else choose("/a", None),
                hostname=choose("example.com", None), referrer=choose("x.com/", "y.com/", None),
                source=choose("x", None), channel=choose("search", "direct", None), country=choose("DE", "FR", None),
                utm_campaign=choose("spring", None), language=choose("de", "en-us", None),
                props=choose({"plan": "free", "n": "1"}, {"plan": "paid"}, None),
                revenue=choose({"amount": "12.30", "currency": "EUR"}, None, None),
            )
        )  # fmt: skip
    return made


def batch(events: Sequence[dict[str, Any]], number: int = 0) -> dict[str, Any]:
    """One delivery of events in entries of ten."""
    entries = [events[first : first + 10] for first in range(0, len(events), 10)]
    return {
        "Records": [
            {"messageId": f"0:{1763000000000 + number}-{index}", "body": json.dumps(entry)}
            for index, entry in enumerate(entries)
        ]
    }


def shuffled_batches(history: Iterable[dict[str, Any]], seed: int, most: int = 40) -> list[list[dict[str, Any]]]:
    """The history in a random order, cut into batches of random sizes, a third of the events twice."""
    draw = random.Random(seed)
    events = list(history)
    events += draw.sample(events, len(events) // 3)
    draw.shuffle(events)
    batches = []
    while events:
        size = draw.randint(1, most)
        batches.append(events[:size])
        events = events[size:]
    return batches

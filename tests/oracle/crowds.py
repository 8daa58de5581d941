"""A site with thousands of visitors, for what is estimated from a sample of them."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from tests.oracle.histories import EventFields, History

FIRST = datetime(2025, 10, 15, tzinfo=UTC)
DAYS = 21
AN_ENTRY = 500
A_BATCH = 10
SOURCES = ["Google", "Google", "Google", "Bing", "news_letter"]
COUNTRIES = ["DE"] * 6 + ["US"] * 3 + ["IN"]


def make_crowd(random: Random, visitors: int, time_zone: str) -> History:
    """Most come once and look at a page; some come on many days; few pages have most of the views."""
    events = [event for number in range(visitors) for event in _make_visitor(random, number)]
    events.sort(key=lambda event: event["timestamp"])
    entries = [events[start : start + AN_ENTRY] for start in range(0, len(events), AN_ENTRY)]
    batches = [entries[start : start + A_BATCH] for start in range(0, len(entries), A_BATCH)]
    return History(time_zone, [FIRST, FIRST + timedelta(days=DAYS)], batches=batches)


def _make_visitor(random: Random, number: int) -> list[EventFields]:
    visitor = {"user_id": f"user {number}"} if number % 3 else {"visitor_id": f"{number:016}"}
    own = {"country": random.choice(COUNTRIES), "device": random.choice(["desktop", "mobile"])}
    events = []
    for _ in range(min(12, int(random.paretovariate(1.3)))):
        at = FIRST + random.random() * timedelta(days=DAYS)
        source = {"source": random.choice(SOURCES)} if random.random() < 0.7 else {}
        for _ in range(min(15, int(random.paretovariate(1.1)))):
            events.append(_make_event(random, at, visitor | own | source))
            at += random.random() * timedelta(minutes=12)
    return events


def _make_event(random: Random, at: datetime, fields: EventFields) -> EventFields:
    event = {
        "event_type": random.choice(["page_view"] * 9 + ["signup"]),
        "path": f"/{min(200, int(random.paretovariate(0.6)))}",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(UUID(int=random.getrandbits(128))),
        **fields,
    }
    if random.random() < 0.1:
        event["props"] = {"plan": random.choice(["free", "pro"])}
    return event

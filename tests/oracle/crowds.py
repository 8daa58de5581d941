"""A site with thousands of visitors, for what is estimated from a sample of them."""

from collections.abc import Callable
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

Heavy = Callable[[Random, int], list[EventFields]]
"""What the heavy visitors did, beside that many others."""


def make_crowd(random: Random, visitors: int, time_zone: str, heavy: Heavy | None = None) -> History:
    """Most come once and look at a page; some come on many days; few pages have most of the views."""
    events = [event for number in range(visitors) for event in _make_visitor(random, number)]
    events += heavy(random, visitors) if heavy else []
    events.sort(key=lambda event: event["timestamp"])
    entries = [events[start : start + AN_ENTRY] for start in range(0, len(events), AN_ENTRY)]
    batches = [entries[start : start + A_BATCH] for start in range(0, len(entries), A_BATCH)]
    return History(time_zone, [FIRST, FIRST + timedelta(days=DAYS)], batches=batches)


def follow_zipf(random: Random, visitors: int) -> list[EventFields]:
    """The n-th heaviest has 1/n of what the heaviest has."""
    heavies = ((number, 3 * visitors // number) for number in range(1, visitors // 5))
    return [event for number, count in heavies for event in _be_heavy(random, f"zipf {number}", count, a_visit=20)]


def add_a_whale(random: Random, visitors: int) -> list[EventFields]:
    """One visitor does more than all others, in a few long visits."""
    return _be_heavy(random, "whale", 8 * visitors, a_visit=visitors)


def add_whales_of_small_visits(random: Random, visitors: int) -> list[EventFields]:
    """Some come again and again, and look at a page or two."""
    return [event for number in range(5) for event in _be_heavy(random, f"whale {number}", visitors, a_visit=2)]


def add_a_whale_of_one_value(random: Random, visitors: int) -> list[EventFields]:
    """One visitor has nearly all of a few values, which hardly anybody else has."""
    own = {"country": "IN", "device": "tv", "path": "/50", "source": "100%", "event_type": "page_view"}
    return _be_heavy(random, "whale", 3 * visitors, a_visit=7, **own)


HEAVIES: list[Heavy | None] = [
    None,
    follow_zipf,
    add_a_whale,
    add_whales_of_small_visits,
    add_a_whale_of_one_value,
]


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


def _be_heavy(random: Random, name: str, count: int, a_visit: int, **own: str) -> list[EventFields]:
    """So many events of one visitor, in visits of so many, all with the same values or with those drawn for each."""
    fields = {"country": random.choice(COUNTRIES), "device": random.choice(["desktop", "tv"]), **own}
    fields["user_id"] = f"{name} {random.random()}"
    events = []
    for start in range(0, count, a_visit):
        at = FIRST + random.random() * timedelta(days=DAYS)
        for _ in range(min(a_visit, count - start)):
            events.append(_make_event(random, at, fields))
            at += random.random() * timedelta(minutes=2)
    return events


def _make_event(random: Random, at: datetime, fields: EventFields) -> EventFields:
    event = {
        "event_type": random.choice(["page_view"] * 9 + ["signup"]),
        "path": f"/{min(200, int(random.paretovariate(0.6)))}",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "event_id": str(UUID(int=random.getrandbits(128))),
        **fields,
    }
    if random.random() < 0.2:
        event |= {"event_type": "engagement", "engaged_ms": min(3_600_000, int(9_000 * random.paretovariate(0.9)))}
        event["scroll_depth"] = random.randint(0, 100)
        if random.random() < 0.3:
            event["scroll_depth_before"] = random.randint(0, event["scroll_depth"])
    if random.random() < 0.1:
        event["props"] = {"plan": random.choice(["free", "pro"])}
    if random.random() < 0.1 and "engaged_ms" not in event:
        amount = random.paretovariate(1.2) * random.choice([1, 1, 1, 1, -1])
        event["revenue"] = {"amount": f"{amount:.2f}", "currency": random.choice(["EUR", "EUR", "USD"])}
    return event

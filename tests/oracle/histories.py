"""Histories drawn from a seed: small, so that everything collides, and crowded where rules have their edges."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

EventFields = dict[str, Any]
Batch = list[list[EventFields]]
"""Stream entries, each of events."""

EDGES = {  # days of which a midnight or the time of a shift lies close
    "UTC": ["2024-02-29", "2024-12-31", "2025-06-30"],
    "Europe/Berlin": ["2025-03-30", "2025-10-26"],
    "America/New_York": ["2025-03-09", "2025-11-02"],
    "Australia/Lord_Howe": ["2025-04-06", "2025-10-05"],  # shifts by half an hour
    "Asia/Kolkata": ["2025-10-26"],
    "Asia/Kathmandu": ["2025-10-26"],
    "America/Havana": ["2025-03-09", "2025-11-02"],  # skips, and repeats, midnight
    "Africa/Cairo": ["2025-04-25", "2025-10-30"],
}
MICROSECOND = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)
GAPS = [
    timedelta(),
    MICROSECOND,
    timedelta(microseconds=999),
    timedelta(microseconds=1_500),
    timedelta(seconds=7),
    timedelta(minutes=10),
    HALF_HOUR - MICROSECOND,
    HALF_HOUR,
    HALF_HOUR + MICROSECOND,
    timedelta(hours=1),
    timedelta(hours=23, minutes=45),
]
VALUES = {
    "hostname": ["example.com", "blog.example.com", "EXAMPLE.com"],
    "referrer": ["google.com/", "t.co/x_y", "t.co/xzy"],
    "source": ["Google", "google", "news_letter", "newsXletter", "100%"],
    "channel": ["direct", "search", "social", "paid"],
    "utm_source": ["a\\b", "ab", "a%b"],
    "utm_medium": ["email", "e-mail"],
    "utm_campaign": ["*", "?", "**", "spring sale"],
    "utm_term": ["Ä", "ä", "A\u0308"],  # the last two letters look alike
    "utm_content": ["'; select 1 --", ":x"],
    "country": ["DE", "US", "IN"],
    "region": ["Bayern", "Berlin"],
    "city": ["Berlin", "München"],
    "browser": ["Firefox", "Chrome"],
    "os": ["Linux", "iOS"],
    "device": ["desktop", "mobile"],
    "language": ["de", "en-us"],
    "screen": ["1920x1080", "390x844"],
}
PATHS = [
    "/",
    "/a",
    "/A",
    "/a%",
    "/a_b",
    "/aXb",
    "/a\\b",
    "/a*b",
    "/é",
    "/日本",
    "/😀",
    "/\uffff",
    "/a\nb",
    " /a ",
    "[a]",
]
TYPES = ["page_view"] * 6 + ["signup", "Page_view", "page_view ", "click"]
PROPS = {
    "plan": ["free", "pro", "true", "12.5"],
    "plan.name": ["free", "Pro"],
    "a b": ["{}", "null"],
    "é%": ["é", "%", "_"],
    "'\"\\": ["'", '"', "\\"],
}
USERS = ["ann", "Ann", "bob", "derived-id-00001"]
DERIVED = ["derived-id-00001", "derived_id_00002", "derived-id-00000"]
"""Each may continue the one before, and some other one now and then."""
AMOUNTS = ["12.30", "0.1", "-5", "1000.0001", "0"]


PASTS = ["", "", "delivered at once", "counted later", "time zone set later"]
"""How the site came to be what it is: beside the plain way, by processors in parallel, by a backfill, by a rebuild."""


@dataclass
class History:
    """What happens on a site, as it reaches the processor."""

    time_zone: str
    edges: list[datetime]
    past: str = ""
    closings: frozenset[int] = frozenset()
    """Numbers of batches before which every day closes; the number after the last: at the end."""
    batches: list[Batch] = field(default_factory=list)

    @property
    def delivered(self) -> list[EventFields]:
        """Every event in the order in which the store meets it."""
        return [event for batch in self.batches for entry in batch for event in entry]

    @cached_property
    def vocabulary(self) -> dict[str, list[str]]:
        """Every dimension that its events have, with its values."""
        seen: dict[str, set[str]] = {}
        for event in self.delivered:
            found = {name: event[name] for name in ("event_type", "path", *VALUES) if name in event}
            if "path" in event:
                found |= {"entry": event["path"], "exit": event["path"]}
            found |= {f"props.{key}": value for key, value in event.get("props", {}).items()}
            for dimension, value in found.items():
                seen.setdefault(dimension, set()).add(value)
        return {dimension: sorted(values) for dimension, values in seen.items()}


def make_history(random: Random, most_events: int = 60, around: Sequence[datetime] = ()) -> History:
    """`around`: close to which instants events are; else to edges of days."""
    zones = random.sample(list(EDGES), random.randint(1, 3))
    edges = [edge for zone in zones for edge in _find_edges(zone, random.choice(EDGES[zone]))]
    used = list(around) or random.sample(edges, random.randint(1, len(edges)))
    history = History(random.choice([zones[0], *EDGES]), used, random.choice(PASTS))
    events = _make_events(random, history.edges, random.randint(1, most_events))
    if history.past != "counted later":  # what was stored before there were figures has no derived ids
        _add_previous_ids(random, events)
    history.batches = _deliver(random, events, allows_other_content=history.past != "delivered at once")
    share = random.choice([0, 0.2, 1])
    history.closings = frozenset(number for number in range(len(history.batches) + 1) if random.random() < share)
    return history


def _find_edges(zone: str, day: str) -> list[datetime]:
    """Both midnights of a day, and where its clock is shifted."""
    first = date.fromisoformat(day)
    midnights = [datetime.combine(first + timedelta(days=n), time(), ZoneInfo(zone)).astimezone(UTC) for n in (0, 1)]
    hours = [midnights[0] + timedelta(minutes=15 * n) for n in range(100)]
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() for at in hours]
    return midnights + [hours[n] for n in range(1, 100) if offsets[n] != offsets[n - 1]]


def _make_events(random: Random, edges: list[datetime], count: int) -> list[EventFields]:
    """Mostly chains of a visitor's events, gaps of interesting lengths between them."""
    events: list[EventFields] = []
    absent = random.choice([0.2, 0.5, 0.9])
    while len(events) < count:
        at = _make_time(random, edges)
        visitor = _make_visitor(random)
        for _ in range(random.choice([1, 1, 2, 3, 8])):
            events.append(_make_event(random, at, visitor, absent))
            at += random.choice(GAPS)
    return events


def _add_previous_ids(random: Random, events: list[EventFields]) -> None:
    share = random.choice([0, 0.1, 0.5])
    for event in events:
        if "visitor_id" in event and random.random() < share:
            before = DERIVED[DERIVED.index(event["visitor_id"]) - 1]
            is_first = event["visitor_id"] == DERIVED[0]
            if random.random() < (0.05 if is_first else 0.95):
                event["previous_visitor_id"] = before
            elif not is_first:
                event["previous_visitor_id"] = random.choice(DERIVED)


def _make_time(random: Random, edges: list[datetime]) -> datetime:
    """Close to an edge, on it, or within days of it."""
    offset = random.choice(
        [
            random.choice([-1, 1]) * random.choice(GAPS),
            random.randint(-3 * 3_600, 3 * 3_600) * timedelta(seconds=1),
            random.randint(-40, 40) * timedelta(hours=1),
            random.randint(-10, 10) * HALF_HOUR,
        ]
    )
    return random.choice(edges) + offset


def _make_visitor(random: Random) -> EventFields:
    draw = random.random()
    if draw < 0.5:
        return {"user_id": random.choice(USERS)}
    return {"visitor_id": random.choice(DERIVED)} if draw < 0.85 else {}


def _make_event(random: Random, at: datetime, visitor: EventFields, absent: float) -> EventFields:
    kind = random.choice(TYPES)
    event = {"event_type": kind, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **visitor}
    event["event_id"] = str(UUID(int=random.getrandbits(128)))
    if kind == "page_view" or random.random() < 0.5:
        event["path"] = random.choice(PATHS)
    event |= {name: random.choice(values) for name, values in VALUES.items() if random.random() > absent}
    if random.random() < 0.4:
        keys = random.sample(list(PROPS), random.randint(1, 3))
        event["props"] = {key: random.choice(PROPS[key]) for key in keys}
    if random.random() < 0.2:
        event["revenue"] = {"amount": random.choice(AMOUNTS), "currency": random.choice(["EUR", "USD"])}
    if random.random() < 0.2 and "path" in event:
        event |= _report(random)
    elif random.random() < 0.1:
        event["interactive"] = False
    if random.random() < 0.05:
        event["filtered"] = random.choice(["bot", "spam_referrer"])
    return event


def _report(random: Random) -> EventFields:
    """How long a page was looked at, of its first or a later report."""
    report = {"event_type": "engagement", "engaged_ms": random.choice([0, 1, 999, 1_500, 61_004, 3_600_000])}
    if random.random() < 0.8:
        report["scroll_depth"] = random.choice([0, 1, 33, 50, 100])
    if random.random() < 0.4:
        report["scroll_depth_before"] = random.choice([0, 20, 50])
    return report


def _deliver(random: Random, events: list[EventFields], allows_other_content: bool) -> list[Batch]:
    """In some order, cut anyhow, with repeats: of batches, of events, and of keys with other content."""
    order = random.choice(["as it happened", "backwards", "mixed", "nearly as it happened"])
    events = sorted(events, key=lambda event: event["timestamp"], reverse=order == "backwards")
    if order == "mixed":
        random.shuffle(events)
    if order == "nearly as it happened":
        places = {id(event): place + random.uniform(0, 8) for place, event in enumerate(events)}
        events.sort(key=lambda event: places[id(event)])
    for event in random.choices(events, k=random.randint(0, 3)):
        key = {name: event[name] for name in ("timestamp", "event_id")}
        other = random.choice(events) | key if allows_other_content and random.random() < 0.5 else event
        events.insert(random.randint(0, len(events)), other)
    batches = [_cut(random, batch, 2) for batch in _cut(random, events, random.choice([1, 4, 20]))]
    return batches + random.choices(batches, k=random.randint(0, 2))


def _cut(random: Random, things: list[Any], most: int) -> list[list[Any]]:
    """Into at most so many parts, none empty."""
    places = sorted({0, len(things), *(random.randint(0, len(things)) for _ in range(random.randint(0, most - 1)))})
    return [things[start:end] for start, end in pairwise(places)]

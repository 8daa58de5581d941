"""What /v1/stats/journeys should answer, counted anew from the raw events; and queries about them, from a seed.

Shares no code with the project.
"""

import json
from collections import Counter
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.funnels import fits, make_step, percent
from tests.oracle.histories import History
from tests.oracle.oracle import Answer, Event, Site, is_report, is_view
from tests.oracle.queries import Query, make_query
from tests.oracle.ranges import resolve_range


def make_journeys_query(random: Random, history: History) -> Query:
    """Parameters that the endpoint accepts."""
    _, query = make_query(random, history)
    asked = {name: query[name] for name in ("period", "from", "to", "timezone") if name in query}
    if "filters" in query and random.random() < 0.5:
        asked["filters"] = query["filters"]
    if random.random() < 0.7:
        asked[random.choice(["start", "end"])] = json.dumps(make_step(random, history))
    if random.random() < 0.3:
        asked["prefixes"] = json.dumps(random.sample(["/a", "/", "/é", "/a_", "["], 2))
    asked |= {"depth": random.choice(["2", "3", "10"]), "nodes": random.choice(["all", "pages"])}
    return asked | {"limit": random.choice(["1", "5", "100"])}


def answer_journeys(site: Site, query: Query, now: datetime) -> Answer:
    """The ways, all that the limit allows."""
    zone = ZoneInfo(query["timezone"]) if "timezone" in query else site.zone
    span = resolve_range(query, zone, now, site.events[0].at if site.events else now)
    chosen = set(site.select(query, span))
    ways: Counter[tuple[str, ...]] = Counter()
    visitors: dict[tuple[str, ...], set[str | None]] = {}
    for visit in site.visits:
        if span.holds(visit.start):
            events = [event for event in visit.events if event in chosen and not is_report(event)]
            if way := find_way(events, query):
                ways[way] += 1
                visitors.setdefault(way, set()).add(events[0].visitor)
    whole = sum(ways.values())
    ordered = sorted(ways, key=lambda way: (-ways[way], [place.encode() for place in way]))
    rows = [
        {
            "steps": show(way, query),
            "visitors": len(visitors[way]),
            "visits": ways[way],
            "share": percent(ways[way], whole),
        }
        for way in ordered[: int(query["limit"])]
    ]
    return {"visits": whole, "journeys": rows, "total": len(ways)}


def find_way(events: list[Event], query: Query) -> tuple[str, ...]:
    """The places of a visit, the first one first; of ways to somewhere the last one."""
    if query["nodes"] == "pages":
        events = [event for event in events if is_view(event)]
    if "end" in query:
        events = events[::-1]
    anchor = json.loads(query.get("start", query.get("end", "[]")))
    while events and not fits(events[0], anchor):
        events = events[1:]
    way: list[str] = []
    for event in events:
        place = find_place(event, json.loads(query.get("prefixes", "[]")))
        if way[-1:] != [place]:
            way.append(place)
    return tuple(way[: int(query["depth"])])


def find_place(event: Event, prefixes: list[str]) -> str:
    if not is_view(event):
        return f"e{event.fields['event_type']}"
    path = event.fields["path"]
    return "p" + next((f"{prefix}*" for prefix in prefixes if path.startswith(prefix)), path)


def show(way: tuple[str, ...], query: Query) -> list[Any]:
    steps: list[Any] = [{{"p": "page", "e": "event"}[place[0]]: place[1:]} for place in way]
    if len(way) < int(query["depth"]):
        steps.append(None)
    return steps[::-1] if "end" in query else steps

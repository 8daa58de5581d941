"""What /v1/stats/goals should answer, counted anew from the raw events; and goals, and queries about them, from a seed.

Shares no code with the project. A goal is the dictionary that the API shows.
"""

import json
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.histories import PATHS, TYPES, History
from tests.oracle.oracle import Answer, Event, Site, measure
from tests.oracle.queries import DIMENSIONS, make_query
from tests.oracle.ranges import Range, resolve_compared, resolve_range

Goal = dict[str, Any]
PATTERNS = ["*", "/a*", "/?", "*b", "/nowhere", "/a%", "/a_b"]


def make_goal(random: Random, history: History, number: int) -> Goal:
    """An event or a path; now and then something else must hold, too."""
    goal: Goal = {"name": f"goal-{number}", "filters": [], "has_revenue": random.random() < 0.5}
    if random.random() < 0.5:
        goal["event"] = random.choice(TYPES)
    else:
        goal["path"] = random.choice([*PATTERNS, *PATHS])
    if random.random() < 0.4:
        _, query = make_query(random, history)
        goal["filters"] = json.loads(query.get("filters", "[]"))
    return goal


def make_goal_query(random: Random, history: History) -> dict[str, str]:
    """Parameters that the endpoint accepts."""
    _, query = make_query(random, history)
    asked = {name: query[name] for name in ("period", "from", "to", "timezone", "filters", "compare") if name in query}
    if random.random() < 0.5:
        asked["dimension"] = random.choice([*history.vocabulary, *DIMENSIONS])
        asked["limit"] = random.choice(["1", "3", "1000"])
    return asked


def answer_goal(site: Site, goal: Goal, query: dict[str, str], now: Any) -> Answer:
    """The figures of one goal."""
    zone = ZoneInfo(query["timezone"]) if "timezone" in query else site.zone
    span = resolve_range(query, zone, now, site.events[0].at if site.events else now)
    earlier = resolve_compared(query["compare"], span) if "compare" in query else None
    if "dimension" not in query:
        answer = _count(site, goal, query, span, None)
        return answer if earlier is None else {**answer, "comparison": _count(site, goal, query, earlier, None)}
    dimension = query["dimension"]
    found = {event.value(dimension) for event in _reach(site, goal, query, span)} - {None}
    rows = [
        {dimension: value, **_count(site, goal, query, span, value)}
        for value in sorted(map(str, found), key=str.encode)
    ]
    rows.sort(key=lambda row: -row["conversions"])
    rows = rows[: int(query["limit"])]
    for row in rows:
        if earlier is not None:
            before = _count(site, goal, query, earlier, row[dimension])
            row["comparison"] = before if before["conversions"] else None
    return {"values": rows, "total": len(found)}


def _reach(site: Site, goal: Goal, query: dict[str, str], span: Range) -> list[Event]:
    if "event" in goal:
        target = [{"dimension": "event_type", "operator": "is", "value": goal["event"]}]
    else:
        target = [
            {"dimension": "event_type", "operator": "is", "value": "page_view"},
            {"dimension": "path", "operator": "matches", "value": goal["path"]},
        ]
    conditions = [*json.loads(query.get("filters", "[]")), *goal["filters"], *target]
    return site.select({"filters": json.dumps(conditions)}, span)


def _count(site: Site, goal: Goal, query: dict[str, str], span: Range, value: str | None) -> Answer:
    """Of those who have a value of the query's dimension; None: of everybody."""

    def keep(events: list[Event]) -> list[Event]:
        return [event for event in events if value is None or event.value(query["dimension"]) == value]

    names = ["visitors", "visits", "events", *(["revenue"] if goal["has_revenue"] else [])]
    figures = measure(keep(_reach(site, goal, query, span)), names, span.holds, by_page=False)
    figures["conversions"] = figures.pop("events")
    everybody = {event.visitor for event in keep(site.select(query, span)) if event.visitor is not None}
    whole = len(everybody)
    figures["rate"] = float(round(Fraction(100 * figures["visitors"], whole), 2)) if whole else None
    return figures

"""What /v1/stats/funnel should answer, counted anew from the raw events; and funnels and queries, from a seed.

Shares no code with the project. A funnel is the dictionary that the API shows.
"""

import json
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.histories import TYPES, History
from tests.oracle.oracle import Answer, Event, Site, is_report, passes
from tests.oracle.queries import DIMENSIONS, make_query
from tests.oracle.ranges import resolve_range

Funnel = dict[str, Any]
WINDOWS = {"1m": 1, "30m": 30, "1h": 60, "1d": 1_440, "366d": 366 * 1_440}
MICROSECOND = timedelta(microseconds=1)


def make_funnel(random: Random, history: History) -> Funnel:
    """Steps that often have something in common, so that one event could stand for several."""
    return {
        "steps": [make_step(random, history) for _ in range(random.choice([2, 2, 3, 4, 8]))],
        "mode": random.choice(["ordered", "ordered", "strict", "any"]),
        "within": random.choice(["visit", "visit", *WINDOWS]),
        "exclude": make_step(random, history) if random.random() < 0.3 else [],
    }


def make_step(random: Random, history: History) -> list[Any]:
    """Conditions of an event."""
    draw = random.random()
    if draw < 0.4:
        return [{"dimension": "event_type", "operator": "is", "value": random.choice(TYPES)}]
    if draw < 0.7:
        return [{"dimension": "path", "operator": "matches", "value": random.choice(["*", "/a*", "/?", "*b"])}]
    _, query = make_query(random, history)
    few: list[Any] = json.loads(query.get("filters", "[]"))[:1]
    return few if len(json.dumps(few)) < 150 and few else [{"dimension": "path", "operator": "is_not", "value": "/a"}]


def make_funnel_query(random: Random, history: History) -> dict[str, str]:
    """Parameters that the endpoint accepts, but for the funnel."""
    _, query = make_query(random, history)
    asked = {name: query[name] for name in ("period", "from", "to", "timezone") if name in query}
    if "filters" in query and random.random() < 0.5:
        asked["filters"] = query["filters"]
    if random.random() < 0.4:
        asked["dimension"] = random.choice([*history.vocabulary, *DIMENSIONS])
        asked["limit"] = random.choice(["1", "3", "100"])
    return asked


def answer_funnel(site: Site, funnel: Funnel, query: dict[str, str], now: datetime) -> Answer:
    """The figures of a funnel."""
    zone = ZoneInfo(query["timezone"]) if "timezone" in query else site.zone
    span = resolve_range(query, zone, now, site.events[0].at if site.events else now)
    chosen = [event for event in site.select(query, span) if event.visitor is not None and not is_report(event)]
    if funnel["within"] != "visit":
        chosen = [event for event in chosen if "user_id" in event.fields]
    by_visitor: dict[str | None, list[Event]] = {}
    for event in chosen:
        by_visitor.setdefault(event.visitor, []).append(event)
    attempts = [attempt for events in by_visitor.values() if (attempt := find_attempt(events, funnel))]
    steps = {"steps": describe(attempts, len(funnel["steps"]))}
    if "dimension" not in query:
        return steps
    groups: dict[str, list[list[Event]]] = {}
    for attempt in attempts:
        value = attempt[0].value(query["dimension"])
        if value is not None:
            groups.setdefault(value, []).append(attempt)
    ordered = sorted(groups, key=lambda value: (-len(groups[value]), value.encode()))
    rows = [
        {query["dimension"]: value, "steps": describe(groups[value], len(funnel["steps"]))}
        for value in ordered[: int(query["limit"])]
    ]
    return {**steps, "values": rows, "total": len(groups)}


def find_attempt(events: list[Event], funnel: Funnel) -> list[Event]:
    """Of a visitor's attempts, one from each event, the first that gets farthest: the events of its steps."""
    attempts = [follow(events[number:], funnel) for number in range(len(events))]
    return max(attempts, key=len, default=[])


def follow(events: list[Event], funnel: Funnel) -> list[Event]:
    """The attempt that begins at the first of these events."""
    first, taken = events[0], list[Event]()
    left = list(range(len(funnel["steps"])))
    for event in events:
        if funnel["within"] == "visit":
            if event.visit is not first.visit:
                break
        elif event.at - first.at > timedelta(minutes=WINDOWS[funnel["within"]]):
            break
        if funnel["exclude"] and fits(event, funnel["exclude"]):
            break
        eligible = left if funnel["mode"] == "any" else left[:1]
        step = next((step for step in eligible if fits(event, funnel["steps"][step])), None)
        if step is not None:
            taken.append(event)
            left.remove(step)
        elif event is first or funnel["mode"] == "strict":
            break
        if not left:
            break
    return taken


def fits(event: Event, conditions: list[Any]) -> bool:
    return all(passes(event, condition) for condition in conditions)


def describe(attempts: list[list[Event]], count: int) -> list[Answer]:
    reached = [sum(len(attempt) > step for attempt in attempts) for step in range(count)]
    rows = []
    for step in range(count):
        row: Answer = {"step": step + 1, "visitors": reached[step], "rate": percent(reached[step], reached[0])}
        row |= {"drop_off": None, "median_seconds": None}
        if step:
            row["drop_off"] = percent(reached[step - 1] - reached[step], reached[step - 1])
            took = [
                Fraction((attempt[step].at - attempt[step - 1].at) // MICROSECOND, 10**6)
                for attempt in attempts
                if len(attempt) > step
            ]
            row["median_seconds"] = float(round(median(took), 2)) if took else None
        rows.append(row)
    return rows


def percent(part: int, whole: int) -> float | None:
    return float(round(Fraction(100 * part, whole), 2)) if whole else None

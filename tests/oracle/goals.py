"""What /v1/stats/goals should answer, counted anew from the raw events; and goals, and queries about them, from a seed.

Shares no code with the project. A goal is the dictionary that the API shows.
"""

import json
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.histories import PATHS, TYPES, History
from tests.oracle.oracle import Answer, Event, Site, change_in_percent, measure
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
    return narrow_to_goals(random, history, make_query(random, history)[1])


def narrow_to_goals(random: Random, history: History, query: dict[str, str]) -> dict[str, str]:
    """What of a query can be asked of goals, perhaps by a dimension."""
    asked = {name: query[name] for name in ("period", "from", "to", "timezone", "filters", "compare") if name in query}
    if random.random() < 0.5:
        asked["dimension"] = random.choice([*history.vocabulary, *DIMENSIONS])
        asked["limit"] = random.choice(["1", "3", "1000"])
    return asked


def answer_goal(site: Site, goal: Goal, query: dict[str, str], now: Any) -> Answer:
    """The figures of one goal."""
    zone = ZoneInfo(query["timezone"]) if "timezone" in query else site.zone
    span = resolve_range(query, zone, now, site.events[0].at if site.events else now)
    earlier = resolve_compared("goals", query, span, now) if "compare" in query else None
    if "dimension" not in query:
        answer = _count(site, goal, query, span)
        if earlier is None:
            return answer
        before = _count(site, goal, query, earlier)
        change = {name: change_in_percent(before[name], answer[name]) for name in answer if name != "revenue"}
        return {**answer, "comparison": before, "change": change}
    dimension = query["dimension"]
    figures = _count_by_value(site, goal, query, span)
    rows: list[Answer] = [{dimension: value, **figures[value]} for value in sorted(figures, key=str.encode)]
    rows.sort(key=lambda row: -row["conversions"])
    rows = rows[: int(query["limit"])]
    if earlier is not None:
        previous = _count_by_value(site, goal, query, earlier)
        rows = [{**row, "comparison": previous.get(row[dimension])} for row in rows]
    return {"values": rows, "total": len(figures)}


def list_goal_conditions(goal: Goal) -> list[Any]:
    """What holds for an event that reaches it."""
    if "event" in goal:
        target = [{"dimension": "event_type", "operator": "is", "value": goal["event"]}]
    else:
        target = [
            {"dimension": "event_type", "operator": "is", "value": "page_view"},
            {"dimension": "path", "operator": "matches", "value": goal["path"]},
        ]
    return [*goal["filters"], *target]


def _reach(site: Site, goal: Goal, query: dict[str, str], span: Range) -> list[Event]:
    conditions = [*json.loads(query.get("filters", "[]")), *list_goal_conditions(goal)]
    return site.select({"filters": json.dumps(conditions)}, span)


def _count(site: Site, goal: Goal, query: dict[str, str], span: Range) -> Answer:
    return _measure(goal, span, _reach(site, goal, query, span), site.select(query, span))


def _count_by_value(site: Site, goal: Goal, query: dict[str, str], span: Range) -> dict[str, Answer]:
    """Of each value of the query's dimension that an event has which reached the goal."""

    def group(events: list[Event]) -> dict[str, list[Event]]:
        groups: dict[str, list[Event]] = {}
        for event in events:
            if (value := event.value(query["dimension"])) is not None:
                groups.setdefault(value, []).append(event)
        return groups

    everything = group(site.select(query, span))
    reached = group(_reach(site, goal, query, span))
    return {value: _measure(goal, span, events, everything[value]) for value, events in reached.items()}


def _measure(goal: Goal, span: Range, reached: list[Event], everything: list[Event]) -> Answer:
    names = ["visitors", "visits", "events", *(["revenue"] if goal["has_revenue"] else [])]
    figures = measure(reached, names, span.holds, by_page=False)
    figures["conversions"] = figures.pop("events")
    whole = len({event.visitor for event in everything if event.visitor is not None})
    figures["rate"] = float(round(Fraction(100 * figures["visitors"], whole), 2)) if whole else None
    return figures


def make_segment(random: Random, history: History, goals: list[Goal]) -> list[Any]:
    """Conditions of which one may be about a goal."""
    _, query = make_query(random, history)
    conditions: list[Any] = json.loads(query.get("filters", "[]"))[:1]
    if not conditions or random.random() < 0.5:
        conditions.append(make_named_condition(random, goals, []))
    return conditions


def name_some(random: Random, query: dict[str, str], goals: list[Goal], segments: list[str]) -> dict[str, str]:
    """The query, with one or two conditions on goals or segments among its filters."""
    conditions = json.loads(query.get("filters", "[]"))
    for number in range(random.choice([1, 1, 2])):
        named = make_named_condition(random, goals, segments)
        if number == 0 and conditions and random.random() < 0.4:
            conditions[0] = {random.choice(["and", "or"]): [named, conditions[0]]}
        else:
            conditions.insert(random.randint(0, len(conditions)), named)
    return query | {"filters": json.dumps(conditions, ensure_ascii=False)}


def make_named_condition(random: Random, goals: list[Goal], segments: list[str]) -> dict[str, Any]:
    """About goals, or about segments where there are any."""
    if segments and random.random() < 0.4:
        return {"dimension": "segment", "operator": "is", "value": _choose_some(random, segments)}
    operator = random.choice(["is", "has", "has_not"])
    return {"dimension": "goal", "operator": operator, "value": _choose_some(random, [goal["name"] for goal in goals])}


def _choose_some(random: Random, names: list[str]) -> str | list[str]:
    return random.choice(names) if random.random() < 0.6 else random.sample(names, random.randint(1, len(names)))

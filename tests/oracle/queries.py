"""Queries about a history, drawn from a seed: every parameter, and values that the history has or nearly has."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.histories import EDGES, GAPS, HALF_HOUR, MICROSECOND, PATHS, PROPS, VALUES, History

Query = dict[str, str]

METRICS = [
    "visitors", "visits", "page_views", "events", "bounce_rate", "visit_duration", "views_per_visit", "engaged_time",
    "scroll_depth", "revenue",
]  # fmt: skip
DIMENSIONS = ["path", "event_type", "entry", "exit", *VALUES, *(f"props.{key}" for key in PROPS)]
VISIT_METRICS = ["visitors", "visits", "bounce_rate", "visit_duration"]
VISIT_DIMENSIONS = ["entry", "exit", *(name for name in VALUES if name != "hostname")]
OPERATORS = ["is", "is_not", "contains", "not_contains", "matches"]
INTERVALS = ["minute", "hour", "day", "week", "month", "year"]
PERIODS = ["today", "yesterday", "24h", "7d", "30d", "90d", "12m", "month", "year", "all"]
MOST_BUCKETS = 2_000


def make_query(random: Random, history: History) -> tuple[str, Query]:
    """An endpoint, and parameters that it accepts."""
    endpoint = random.choice(["summary", "timeseries", "breakdown", "breakdown"])
    asks_of_visits = random.random() < 0.25  # alone: such a query need not read events
    metrics = VISIT_METRICS if asks_of_visits else METRICS
    query = {"metrics": ",".join(random.sample(metrics, random.randint(1, len(metrics))))}
    known = [name for name in history.vocabulary if name in VISIT_DIMENSIONS or not asks_of_visits]
    dimensions = known if known and random.random() < 0.9 else DIMENSIONS
    zone = history.time_zone
    if random.random() < 0.4:
        zone = query["timezone"] = random.choice(list(EDGES))
    if random.random() < 0.15:
        query["period"] = random.choice(PERIODS)
    elif random.random() < 0.6:
        query |= _make_days(random, history, ZoneInfo(zone))
    else:
        query |= _make_instants(random, history, ZoneInfo(zone))
    if random.random() < 0.5:
        conditions = [_make_condition(random, history, dimensions, 2) for _ in range(random.choice([1, 1, 1, 2]))]
        query["filters"] = json.dumps(conditions, ensure_ascii=False)
    if random.random() < 0.2:
        query["compare"] = random.choice(["previous", "year"])
    if endpoint == "timeseries" and random.random() < 0.8:
        query["interval"] = random.choice(_list_intervals(query))
    if endpoint == "breakdown":
        query |= _make_page(random, dimensions, query["metrics"].split(","))
    return endpoint, query


def _make_days(random: Random, history: History, zone: ZoneInfo) -> Query:
    middle = random.choice(history.edges).astimezone(zone).date()
    first = middle - timedelta(days=random.choice([0, 0, 1, 2, 45, 800]))
    last = middle + timedelta(days=random.choice([0, 0, 1, 40, 300]))
    return {"from": first.isoformat(), "to": last.isoformat()}


def _make_instants(random: Random, history: History, zone: ZoneInfo) -> Query:
    """Often exactly those of events, or of midnights and shifted clocks, or a gap away."""
    seen = [*history.edges, *(datetime.fromisoformat(event["timestamp"]) for event in history.delivered)]
    bounds = [random.choice(seen) + random.choice([-1, 0, 1]) * random.choice(GAPS) for _ in range(2)]
    if bounds[0] == bounds[1] or random.random() < 0.3:
        bounds[1] = bounds[0] + random.choice([MICROSECOND, timedelta(minutes=9), HALF_HOUR])
    start, end = sorted(bounds)
    return {name: at.astimezone(random.choice([UTC, zone])).isoformat() for name, at in (("from", start), ("to", end))}


def _list_intervals(query: Query) -> list[str]:
    """Those of which there are not too many buckets."""
    if "period" in query:
        return INTERVALS[2:]
    start, end = (datetime.fromisoformat(query[name]).replace(tzinfo=UTC) for name in ("from", "to"))
    minutes = (end - start) / timedelta(minutes=1) + (26 if "T" not in query["from"] else 14) * 60
    sizes = {"minute": 1, "hour": 60, "day": 1_440}
    fitting = [name for name in INTERVALS if minutes / sizes.get(name, 10_000) < MOST_BUCKETS]
    return [*fitting, *fitting[:2]]  # the finest the most often


def _make_page(random: Random, dimensions: list[str], metrics: list[str]) -> Query:
    query = {"dimension": random.choice(dimensions)}
    sortable = [metric for metric in metrics if metric != "revenue"]
    if sortable and random.random() < 0.5:
        query["sort"] = f"{random.choice(sortable)}:{random.choice(['asc', 'desc'])}"
    if random.random() < 0.3:
        query["limit"] = str(random.randint(1, 4))
        query["offset"] = str(random.randint(0, 4))
    return query


def _make_condition(random: Random, history: History, dimensions: list[str], depth: int) -> Any:
    if depth and random.random() < 0.3:
        parts = [_make_condition(random, history, dimensions, depth - 1) for _ in range(random.randint(1, 3))]
        return {random.choice(["and", "or", "or"]): parts}
    dimension, operator = random.choice(dimensions), random.choice(OPERATORS)
    known = [*history.vocabulary.get(dimension, []), random.choice(PATHS)]
    values = [_make_wanted(random, random.choice(known), operator) for _ in range(random.choice([1, 2, 3]))]
    return {"dimension": dimension, "operator": operator, "value": values[0] if len(values) == 1 else values}


def _make_wanted(random: Random, value: str, operator: str) -> str:
    """The value, a part of it, or a glob that it matches or nearly does."""
    if operator in ("is", "is_not"):
        return value
    if operator != "matches":
        start = random.randrange(len(value))
        return value[start : start + random.randint(1, 3)]
    return random.choice(["*", "?*", value, value[:1] + "*", "*" + value[-1:], "*" + value[1:2] + "*", "?" + value[1:]])

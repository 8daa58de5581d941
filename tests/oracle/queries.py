"""Queries about a history, drawn from a seed: every parameter, and values that it has or nearly has."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.histories import EDGES, GAPS, HALF_HOUR, PATHS, PROPS, TYPES, VALUES, History

Query = dict[str, str]

METRICS = ["visitors", "visits", "page_views", "events", "bounce_rate", "visit_duration", "views_per_visit", "revenue"]
VISIT_DIMENSIONS = ["entry", "exit", *(name for name in VALUES if name != "hostname")]
DIMENSIONS = ["path", "hostname", "event_type", *VISIT_DIMENSIONS, *(f"props.{key}" for key in PROPS)]
OPERATORS = ["is", "is_not", "contains", "not_contains", "matches"]
INTERVALS = ["minute", "hour", "day", "week", "month", "year"]
MOST_BUCKETS = 2_000


def make_query(random: Random, history: History) -> tuple[str, Query]:
    """An endpoint, and parameters that it accepts."""
    endpoint = random.choice(["summary", "timeseries", "breakdown", "breakdown"])
    query = {"metrics": ",".join(random.sample(METRICS, random.randint(1, len(METRICS))))}
    zone = history.time_zone
    if random.random() < 0.4:
        zone = query["timezone"] = random.choice(list(EDGES))
    query |= _make_range(random, history, ZoneInfo(zone))
    if random.random() < 0.5:
        query["filters"] = json.dumps(_make_filters(random, history), ensure_ascii=False)
    if endpoint == "summary" and random.random() < 0.3:
        query["compare"] = random.choice(["previous", "year"])
    if endpoint == "timeseries":
        query |= _make_interval(random, query)
    if endpoint == "breakdown":
        query |= _make_page(random, query["metrics"].split(","))
    return endpoint, query


def _make_range(random: Random, history: History, zone: ZoneInfo) -> Query:
    middle = random.choice(history.edges)
    if random.random() < 0.6:
        first = middle.astimezone(zone).date() - timedelta(days=random.choice([0, 0, 1, 2, 45, 800]))
        last = max(first, middle.astimezone(zone).date() + timedelta(days=random.choice([0, 0, 1, 40, 300])))
        return {"from": first.isoformat(), "to": last.isoformat()}
    seen = [datetime.fromisoformat(event["timestamp"]) for event in history.delivered]
    ends = sorted(
        {random.choice([*seen, *history.edges]) + random.choice([-1, 0, 0, 1]) * g for g in random.sample(GAPS, 2)}
    )
    start, end = ends[0], ends[-1] if len(ends) > 1 else ends[0] + HALF_HOUR
    written = [at.astimezone(random.choice([UTC, zone])).isoformat() for at in (start, end)]
    return dict(zip(("from", "to"), written, strict=True))


def _make_interval(random: Random, query: Query) -> Query:
    """None of which there would be too many."""
    start, end = (datetime.fromisoformat(query[name]).replace(tzinfo=None) for name in ("from", "to"))
    minutes = (end - start) / timedelta(minutes=1) + 2 * 1_440
    sizes = {"minute": 1, "hour": 60, "day": 1_440}
    fitting = [name for name in INTERVALS if minutes / sizes.get(name, 10_000) < MOST_BUCKETS]
    return {"interval": random.choice(fitting)} if random.random() < 0.8 else {}


def _make_page(random: Random, metrics: list[str]) -> Query:
    query = {"dimension": random.choice(DIMENSIONS)}
    sortable = [metric for metric in metrics if metric != "revenue"]
    if sortable and random.random() < 0.5:
        query["sort"] = f"{random.choice(sortable)}:{random.choice(['asc', 'desc'])}"
    if random.random() < 0.3:
        query["limit"] = str(random.randint(1, 4))
        query["offset"] = str(random.randint(0, 4))
    return query


def _make_filters(random: Random, history: History) -> list[Any]:
    return [_make_condition(random, history, 2) for _ in range(random.choice([1, 1, 2]))]


def _make_condition(random: Random, history: History, depth: int) -> Any:
    if depth and random.random() < 0.3:
        parts = [_make_condition(random, history, depth - 1) for _ in range(random.randint(1, 3))]
        return {random.choice(["and", "or"]): parts}
    dimension, operator = random.choice(DIMENSIONS), random.choice(OPERATORS)
    values = [_make_wanted(random, dimension, operator) for _ in range(random.choice([1, 1, 2]))]
    return {"dimension": dimension, "operator": operator, "value": values[0] if len(values) == 1 else values}


def _make_wanted(random: Random, dimension: str, operator: str) -> str:
    """A value of the dimension, a part of one, or a glob that some of them match."""
    value = random.choice(_list_values(dimension))
    if operator in ("is", "is_not"):
        return value
    if operator != "matches":
        start = random.randrange(len(value))
        return value[start : start + random.randint(1, 3)]
    return random.choice(["*", "?*", value, value[:1] + "*", "*" + value[-1:], "*" + value[1:2] + "*", "?" + value[1:]])


def _list_values(dimension: str) -> list[str]:
    if dimension in ("path", "entry", "exit"):
        return PATHS
    return TYPES if dimension == "event_type" else VALUES.get(dimension) or PROPS[dimension.removeprefix("props.")]

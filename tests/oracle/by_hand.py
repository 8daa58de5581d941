"""A few events, and what the oracle says of them."""

from datetime import UTC, datetime
from typing import Any

from tests.oracle.oracle import Site

NOW = datetime(2025, 11, 12, 12, tzinfo=UTC)
DAY = {"from": "2025-11-12", "to": "2025-11-12"}
EVERY_METRIC = "visitors,visits,page_views,events,bounce_rate,visit_duration,views_per_visit"


def event(at: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    """A page view of /home by ann, at a time of the 12th or at a whole timestamp, in UTC."""
    made = {
        "site_id": "site",
        "event_type": "page_view",
        "path": "/home",
        "user_id": "ann",
        "timestamp": at if "T" in at else f"2025-11-12T{at}Z",
        "event_id": f"00000000-0000-0000-0000-{number:012}",
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def summarise(*events: dict[str, Any], metrics: str = EVERY_METRIC, **query: str) -> dict[str, Any]:
    return Site(events).answer("summary", {**DAY, "metrics": metrics, **query}, NOW)["data"]


def break_down(dimension: str, *events: dict[str, Any], metrics: str = "visits", **query: str) -> list[tuple[Any, ...]]:
    answer = Site(events).answer("breakdown", {**DAY, "dimension": dimension, "metrics": metrics, **query}, NOW)
    return [tuple(row.values()) for row in answer["data"]]


def count_over_time(*events: dict[str, Any], metrics: str, time_zone: str = "UTC", **query: str) -> list[Any]:
    answer = Site(events, time_zone).answer("timeseries", {"metrics": metrics, **query}, NOW)
    return [tuple(row[name] for name in metrics.split(",")) for row in answer["data"]]

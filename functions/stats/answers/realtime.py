"""What happens on a site now: the last half hour by the minute."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from functions.stats.answers.documents import describe_state, name_errors
from functions.stats.estimator.metrics import Answered
from functions.stats.query.model import Query, Site, Sort
from functions.stats.query.periods import Span
from functions.stats.query.zones import show

MINUTES = 30
NOW_MINUTES = 5
TOP = 10
_MINUTE = timedelta(minutes=1)
_METRICS = ("visitors", "page_views")


def list_queries(site_id: str, zone: ZoneInfo, end: datetime) -> list[Query]:
    """What is asked about the half hour before `end`, the end of the current minute."""
    span = Span(end - MINUTES * _MINUTE, end)
    buckets = tuple(span.start + number * _MINUTE for number in range(MINUTES))
    whole = Query("summary", site_id, span, zone, _METRICS)
    latest = Query("summary", site_id, Span(end - NOW_MINUTES * _MINUTE, end), zone, ("visitors",))
    series = Query("timeseries", site_id, span, zone, _METRICS, interval="minute", buckets=buckets)
    paths, sources = (
        Query("breakdown", site_id, span, zone, _METRICS, dimension=dimension, sort=Sort("visitors", True), limit=TOP)
        for dimension in ("path", "source")
    )
    return [latest, whole, series, paths, sources]


def make_realtime(site: Site, queries: Sequence[Query], answers: Sequence[Answered]) -> dict[str, Any]:
    """The document of the answers to list_queries."""
    _, whole, series, _, _ = queries
    now, half_hour, by_minute, top_paths, top_sources = (answered.rows for answered in answers)
    data = {
        "visitors_now": now[0].metrics["visitors"],
        **half_hour[0].metrics,
        **name_errors(half_hour[0]),
        "by_minute": [
            {"time": show(start, series.zone), **row.metrics, **name_errors(row)}
            for start, row in zip(series.buckets, by_minute, strict=True)
        ],
        "paths": [{"path": row.value, **row.metrics, **name_errors(row)} for row in top_paths],
        "sources": [{"source": row.value, **row.metrics, **name_errors(row)} for row in top_sources],
    }
    meta = {
        "site_id": whole.site_id,
        "from": show(whole.span.start, whole.zone),
        "to": show(whole.span.end, whole.zone),
        "timezone": whole.zone.key,
        "exact": all(answered.is_exact for answered in answers),
    }
    return {"data": data, "meta": meta | describe_state(site)}

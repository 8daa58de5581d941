"""What happens on a site now: the last half hour by the minute."""

from datetime import datetime, timedelta
from typing import Any, Protocol
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


class Snapshot(Protocol):
    """One state of the figures."""

    def answer(self, query: Query, own_zone: ZoneInfo) -> Answered:
        """The rows of a query."""


def answer_realtime(snapshot: Snapshot, site_id: str, site: Site, zone: ZoneInfo, end: datetime) -> dict[str, Any]:
    """The answer for the half hour before `end`, the end of the current minute."""
    span = Span(end - MINUTES * _MINUTE, end)
    buckets = tuple(span.start + number * _MINUTE for number in range(MINUTES))
    whole = Query("summary", site_id, span, zone, _METRICS)
    latest = Query("summary", site_id, Span(end - NOW_MINUTES * _MINUTE, end), zone, ("visitors",))
    series = Query("timeseries", site_id, span, zone, _METRICS, interval="minute", buckets=buckets)
    paths, sources = (
        Query("breakdown", site_id, span, zone, _METRICS, dimension=dimension, sort=Sort("visitors", True), limit=TOP)
        for dimension in ("path", "source")
    )
    answers = [snapshot.answer(query, site.zone) for query in (latest, whole, series, paths, sources)]
    now, half_hour, by_minute, top_paths, top_sources = (answer.rows for answer in answers)
    data = {
        "visitors_now": now[0].metrics["visitors"],
        **half_hour[0].metrics,
        **name_errors(half_hour[0]),
        "by_minute": [
            {"time": show(start, zone), **row.metrics, **name_errors(row)}
            for start, row in zip(buckets, by_minute, strict=True)
        ],
        "paths": [{"path": row.value, **row.metrics, **name_errors(row)} for row in top_paths],
        "sources": [{"source": row.value, **row.metrics, **name_errors(row)} for row in top_sources],
    }
    meta = {
        "site_id": site_id,
        "from": show(span.start, zone),
        "to": show(span.end, zone),
        "timezone": zone.key,
        "exact": all(answer.is_exact for answer in answers),
    }
    return {"data": data, "meta": meta | describe_state(site)}

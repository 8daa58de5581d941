"""Turns a query string into a Query. Every fault is named, with what is supported."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from common.errors import Fault, InvalidInput
from common.filters import words
from common.filters.conditions import Filter, describe_dimensions, is_known_dimension, parse_filters
from functions.stats.query import names
from functions.stats.query.bounds import Bound, parse_bounds
from functions.stats.query.buckets import MAX_BUCKETS, choose_interval, list_buckets
from functions.stats.query.faults import Faults
from functions.stats.query.model import MOST_VISITORS_FIRST, Kind, Query, Site, Sort
from functions.stats.query.periods import Span, compare, find_same_part, resolve_period, span_days
from functions.stats.query.zones import local_day

MAX_LIMIT = 1_000
MAX_OFFSET = 1_000_000
DEFAULT_PERIOD = "30d"
DEFAULT_LIMIT = 100


@dataclass(frozen=True)
class AskedRange:
    """A site, and a range that is not resolved yet."""

    site_id: str
    period: str
    bounds: tuple[Bound, Bound] | None
    zone: ZoneInfo | None


@dataclass(frozen=True)
class Asked:
    """A query of which the range is not resolved yet: that takes the site's time zone and the clock."""

    kind: Kind
    site_id: str
    period: str
    bounds: tuple[Bound, Bound] | None
    zone: ZoneInfo | None
    filters: Filter | None
    metrics: tuple[str, ...] = ()
    interval: str = ""
    dimension: str = ""
    sort: Sort = MOST_VISITORS_FIRST
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    compare: str = ""
    format: Literal["", "json", "csv"] = ""

    @property
    def is_days(self) -> bool:
        """Whether it is about whole local days, however it says so."""
        return self.period != "24h" and not self.has_instants

    @property
    def has_instants(self) -> bool:
        """Whether it names the instants between which it is."""
        return self.bounds is not None and isinstance(self.bounds[0], datetime)


def parse_query(kind: Kind, query: QueryParams) -> Asked:
    """What is asked; raises InvalidInput that names every fault."""
    faults = Faults(query, kind)
    events = parse_events(query, faults)
    dimension = _parse_dimension(query, faults) if kind == "breakdown" else ""
    metrics = _parse_metrics(query, faults, _choose_metrics(kind, dimension))
    asked = replace(
        events,
        kind=kind,
        metrics=metrics,
        interval=faults.choose("interval", names.INTERVALS),
        dimension=dimension,
        sort=_parse_sort(query, faults, metrics),
        limit=faults.count("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        offset=faults.count("offset", 0, 0, MAX_OFFSET),
        compare=faults.choose("compare", names.COMPARISONS),
    )
    faults.check()
    return asked


def parse_events(query: QueryParams, faults: Faults) -> Asked:
    """Which events are asked about: a site's, in a range, that pass the filters; and how the answer is written."""
    asked = _parse_range(query, faults)
    filters = None
    if "filters" in query:
        filters, found = parse_filters(query["filters"])
        faults.found += found
    written: Any = faults.choose("format", names.FORMATS)
    return Asked("summary", asked.site_id, asked.period, asked.bounds, asked.zone, filters, format=written)


def parse_value_dimension(query: QueryParams, faults: Faults) -> str:
    """The dimension by whose values figures are told as well; empty: none."""
    if "limit" in query and "dimension" not in query:
        faults.add("Only with `dimension`.", "limit")
    return _parse_dimension(query, faults) if "dimension" in query else ""


def parse_range(endpoint: str, query: QueryParams) -> AskedRange:
    """A site and a range alone; raises InvalidInput that names every fault."""
    faults = Faults(query, endpoint)
    asked = _parse_range(query, faults)
    faults.check()
    return asked


def _parse_range(query: QueryParams, faults: Faults) -> AskedRange:
    site_id, zone = faults.site(), faults.zone()
    bounds = parse_bounds(query, faults)
    period = "" if bounds else faults.choose("period", names.PERIODS, DEFAULT_PERIOD)
    return AskedRange(site_id, period, bounds, zone)


def resolve(asked: Asked, site: Site, now: datetime) -> Query:
    """The query that is meant now; raises InvalidInput for a range that is empty or has too many buckets."""
    zone = asked.zone or site.zone
    span = resolve_span(asked, site, now)
    whole = compare(span, asked.compare, zone, asked.is_days) if asked.compare else None
    compared = _resolve_compared(asked, span, whole, site, now) if whole else None
    interval = asked.interval or choose_interval(span, zone)
    query = Query(
        kind=asked.kind,
        site_id=asked.site_id,
        span=span,
        zone=zone,
        metrics=asked.metrics,
        filters=asked.filters,
        dimension=asked.dimension,
        sort=asked.sort,
        limit=asked.limit,
        offset=asked.offset,
        compared=compared,
        is_part_compared=compared != whole,
    )
    if asked.kind != "timeseries":
        return query
    buckets = _resolve_buckets(span, interval, zone)
    compared_buckets = _resolve_buckets(compared, interval, zone) if compared else ()
    return replace(query, interval=interval, buckets=buckets, compared_buckets=compared_buckets)


def _resolve_compared(asked: Asked, span: Span, whole: Span, site: Site, now: datetime) -> Span:
    """What a range is compared with: where it has not ended, the same part of the one before.

    All of that where it is shown bucket by bucket, where the client says itself at which instant the range ends, and
    where it has imported days: nothing finer is known of these.
    """
    if asked.kind == "timeseries" or asked.has_instants or site.has_imported(whole):
        return whole
    return find_same_part(whole, span, asked.compare, asked.zone or site.zone, asked.is_days, now)


def _resolve_buckets(span: Span, interval: str, zone: ZoneInfo) -> tuple[datetime, ...]:
    buckets = list_buckets(span, interval, zone)
    if buckets is None:
        detail = f"A range has at most {MAX_BUCKETS:,} buckets; the intervals are {', '.join(names.INTERVALS)}."
        raise InvalidInput("The query is not valid.", (Fault(detail, parameter="interval"),))
    return tuple(buckets)


def resolve_span(asked: Asked | AskedRange, site: Site, now: datetime) -> Span:
    """The range that is meant now, in its own time zone or the site's; raises InvalidInput if it is empty."""
    zone = asked.zone or site.zone
    if asked.bounds is None:
        first_day = local_day(site.began_at, zone) if site.began_at else None
        return resolve_period(asked.period, zone, now, first_day)
    start, end = asked.bounds
    if isinstance(start, datetime) and isinstance(end, datetime):
        span = Span(start, end)
    else:
        span = span_days(start, end + timedelta(days=1), zone)
    if span.start >= span.end:
        raise InvalidInput("The query is not valid.", (Fault("After `from`.", parameter="to"),))
    return span


def _parse_dimension(query: QueryParams, faults: Faults) -> str:
    dimension = query.get("dimension", "")
    if not is_known_dimension(dimension):
        faults.add(describe_dimensions(), "dimension")
    return dimension


def _choose_metrics(kind: Kind, dimension: str) -> tuple[str, ...]:
    if kind == "summary":
        return names.SUMMARY_METRICS
    is_of_events = kind == "breakdown" and not words.is_visit_dimension(dimension)
    return names.EVENT_METRICS if is_of_events else names.SERIES_METRICS


def _parse_metrics(query: QueryParams, faults: Faults, default: tuple[str, ...]) -> tuple[str, ...]:
    if "metrics" not in query:
        return default
    metrics = tuple(query["metrics"].split(","))
    if len(set(metrics)) < len(metrics) or not set(metrics) <= set(names.METRICS):
        faults.add(f"Each once, with commas between: {', '.join(names.METRICS)}.", "metrics")
        return default
    return metrics


def _parse_sort(query: QueryParams, faults: Faults, metrics: tuple[str, ...]) -> Sort:
    sortable = [metric for metric in metrics if metric in names.SORTABLE]
    if "sort" not in query:
        return Sort(sortable[0] if sortable else "events", True)
    metric, _, direction = query["sort"].partition(":")
    if metric not in sortable or direction not in (*names.DIRECTIONS, ""):
        faults.add(f"One of the metrics asked for ({', '.join(sortable)}), and :asc or :desc.", "sort")
    return Sort(metric, direction != "asc")

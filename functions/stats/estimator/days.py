"""The site's local days and the instants that a query covers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from functions.stats.query.buckets import is_midnight
from functions.stats.query.model import Query
from functions.stats.query.periods import QUARTER, Span, add_months, since_quarter, span_days
from functions.stats.query.zones import local_day, start_of_day

ONE_DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
"""Events further apart are of two visits."""


@dataclass(frozen=True)
class Days:
    """The site's local days from `first` to before `after`, and the whole months among them."""

    first: date
    after: date
    first_month: date
    after_month: date

    @classmethod
    def of(cls, first: date, after: date, by_month: bool = True) -> "Days":
        """Where no whole month lies within, or none may be taken whole, the months are none, at the end."""
        month = first if first.day == 1 else add_months(first.replace(day=1), 1)
        after_month = after.replace(day=1)
        if month >= after_month or not by_month:
            return cls(first, after, after, after)
        return cls(first, after, month, after_month)


def touched_days(query: Query, own_zone: ZoneInfo) -> Days:
    """The site's local days that the range touches."""
    last = local_day(query.span.end - timedelta(microseconds=1), own_zone)
    return Days.of(local_day(query.span.start, own_zone), last + ONE_DAY)


def inner_days(query: Query, own_zone: ZoneInfo) -> tuple[Days, tuple[datetime, datetime]]:
    """The site's local days that lie in the range as a whole, and from when to when; of none, the range's end."""
    span = query.span
    first, after = local_day(span.start, own_zone), local_day(span.end, own_zone)
    while first < after and not _begins_within(first, span, own_zone):
        first += ONE_DAY
    while first < after and not _begins_within(after, span, own_zone):
        after -= ONE_DAY
    if first >= after:
        return Days.of(after, after), (span.end, span.end)
    by_month = query.interval in ("", "month", "year")
    return Days.of(first, after, by_month), (start_of_day(first, own_zone), start_of_day(after, own_zone))


def _begins_within(day: date, span: Span, own_zone: ZoneInfo) -> bool:
    start = start_of_day(day, own_zone)
    return span.start <= start <= span.end and is_midnight(start, own_zone)


def find_edges(span: Span, inner: tuple[datetime, datetime]) -> list[Span]:
    """What of a range lies before and after what is within."""
    edges = Span(span.start, inner[0]), Span(inner[1], span.end)
    return [edge for edge in edges if edge.length]


def widen(span: Span, own_zone: ZoneInfo) -> Span:
    """The whole local days of the site that a range touches, and their neighbours where a day has no clear bound."""
    first = local_day(span.start, own_zone)
    after = local_day(span.end - timedelta(microseconds=1), own_zone) + ONE_DAY
    while not is_midnight(start_of_day(first, own_zone), own_zone):
        first -= ONE_DAY
    while not is_midnight(start_of_day(after, own_zone), own_zone):
        after += ONE_DAY
    return span_days(first, after, own_zone)


def is_by_days(query: Query, own_zone: ZoneInfo) -> bool:
    """Whether the range, and every bucket, is of whole days of the site."""
    return all(is_midnight(bound, own_zone) for bound in row_bounds(query))


def shortest_window(query: Query) -> timedelta:
    """The length of the shortest bucket, cut to the range. A visit that touches half an hour has an event in it."""
    return min(after - start for start, after in pairwise(row_bounds(query)))


def bucket_bounds(query: Query) -> list[datetime]:
    """Where the buckets begin within the range."""
    return [max(start, query.span.start) for start in query.buckets] or [query.span.start]


def row_bounds(query: Query) -> list[datetime]:
    """Where what a row is about begins, and where the last ends."""
    return [*bucket_bounds(query), query.span.end]


def most_visits(query: Query) -> list[int]:
    """How many visits one visitor may begin in what each row is about: they are more than half an hour apart."""
    return [(after - start) // HALF_HOUR + 1 for start, after in pairwise(row_bounds(query))]


def ceil_quarter(instant: datetime) -> datetime:
    """When the next quarter hour begins, or this instant."""
    return instant + (-since_quarter(instant)) % QUARTER

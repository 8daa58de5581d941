"""The buckets of a time series: the instants at which a local clock begins a minute, hour, day, week, month or year."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from functions.stats.query.periods import Span, add_months
from functions.stats.query.zones import find_change, find_instants, local_day, start_of_day

MAX_BUCKETS = 2_000
_CLOCKS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_MONTHS = {"month": 1, "year": 12}


def choose_interval(span: Span, zone: ZoneInfo) -> str:
    """What suits the length of a range, as the local clock measures it."""
    start, end = (at.astimezone(zone).replace(tzinfo=None) for at in (span.start, span.end))
    for interval, most_days in (("hour", 2), ("day", 92), ("month", 3_660)):
        if end - start <= timedelta(days=most_days):
            return interval
    return "year"


def list_buckets(span: Span, interval: str, zone: ZoneInfo) -> list[datetime] | None:
    """The instants (UTC) at which the buckets of a range begin, the first at or before its start.

    None: there are more than MAX_BUCKETS of them. An empty range has none, nor has a day that was skipped; an hour that
    the clock shows twice has two, and one within which it is put back by half an hour is cut there.
    """
    if span.start == span.end:
        return []
    listed = _list_clock(span, interval, zone) if interval in _CLOCKS else _list_days(span, interval, zone)
    starts = list(islice(listed, 2 * MAX_BUCKETS + 600))  # more than enough to be too many
    distinct = sorted(set(starts))
    begun = max((start for start in distinct if start <= span.start), default=span.start)
    kept = [start for start in distinct if begun <= start < span.end]
    return kept if len(kept) <= MAX_BUCKETS else None


def _list_clock(span: Span, interval: str, zone: ZoneInfo) -> Iterator[datetime]:
    step = _CLOCKS[interval]
    local = span.start.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None, fold=0)
    local = local.replace(minute=0) - 2 * timedelta(hours=1)  # an hour that began before the clock was put back
    last = span.end.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(hours=2)
    before = None
    while local < last:
        shown = find_instants(local, zone)
        if before is not None and shown[0] - before > step:
            yield find_change(before, shown[0], zone)
        yield from shown
        before = shown[-1]
        local += step


def _list_days(span: Span, interval: str, zone: ZoneInfo) -> Iterator[datetime]:
    day = _floor(local_day(span.start, zone), interval)
    last = local_day(span.end, zone)
    while day <= last:
        yield start_of_day(day, zone)
        day = _advance(day, interval)


def _floor(day: date, interval: str) -> date:
    if interval == "week":
        return day - timedelta(days=day.weekday())
    if interval == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if interval == "year" else day


def _advance(day: date, interval: str) -> date:
    if interval in _MONTHS:
        return add_months(day, _MONTHS[interval])
    return day + timedelta(days=7 if interval == "week" else 1)


def is_midnight(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether a local day begins then, and all that comes after is of that day or later ones.

    It is not where the clock is put back soon after midnight, to the day before (Newfoundland did so until 2011).
    """
    day = local_day(instant, zone)
    return start_of_day(day, zone) == instant and not _comes_back(instant, zone)


def _comes_back(instant: datetime, zone: ZoneInfo) -> bool:
    later = instant + timedelta(hours=2)
    if instant.astimezone(zone).utcoffset() == later.astimezone(zone).utcoffset():
        return False
    return local_day(find_change(instant, later, zone), zone) < local_day(instant, zone)

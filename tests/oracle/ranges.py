"""Ranges and buckets in a time zone, for the oracle; zoneinfo alone knows the zones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Range:
    """The instants from `start` to before `end`, in UTC. `days`: the first and last day, where it is whole days."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    days: tuple[date, date] | None = None

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def interval(self, asked: str | None) -> str:
        """The one asked for, else by the length."""
        if asked:
            return asked
        length = wall(self.end, self.zone) - wall(self.start, self.zone)
        return "hour" if length <= 2 * DAY else "day" if length <= 92 * DAY else "month"


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC. Some zones have no 00:00 on a day, some have two: fold=0 is right for both."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def whole_days(first: date, last: date, zone: ZoneInfo) -> Range:
    return Range(midnight(first, zone), midnight(last + DAY, zone), zone, (first, last))


def resolve_range(query: dict[str, str], zone: ZoneInfo, now: datetime, first_event: datetime) -> Range:
    if "from" not in query:
        return resolve_period(query["period"], zone, now, first_event)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", query["from"]):
        return whole_days(date.fromisoformat(query["from"]), date.fromisoformat(query["to"]), zone)
    start, end = (datetime.fromisoformat(query[name]).astimezone(UTC) for name in ("from", "to"))
    return Range(start, end, zone)


def resolve_period(period: str, zone: ZoneInfo, now: datetime, first_event: datetime) -> Range:
    today = wall(now, zone).date()
    if period == "24h":
        return Range(now - DAY, now, zone)
    if period == "yesterday":
        return whole_days(today - DAY, today - DAY, zone)
    first = {
        "today": today,
        "7d": today - 6 * DAY,
        "30d": today - 29 * DAY,
        "90d": today - 89 * DAY,
        "12m": shift_months(today.replace(day=1), -11),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
        "all": wall(first_event, zone).date(),
    }[period]
    return whole_days(first, today, zone)


def shift_months(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def year_before(at: datetime) -> datetime:
    try:
        return at.replace(year=at.year - 1)
    except ValueError:  # the 29th of February
        return at.replace(year=at.year - 1, day=28)


def resolve_compared(compare: str, span: Range) -> Range:
    """The range to compare with."""
    if span.days:
        first, last = span.days
        if compare == "previous":
            length = last - first + DAY
            return whole_days(first - length, first - DAY, span.zone)
        return whole_days(*(year_before(datetime.combine(day, time())).date() for day in span.days), span.zone)
    if compare == "previous":
        return Range(span.start - (span.end - span.start), span.start, span.zone)
    start, end = (year_before(at.astimezone(span.zone)).astimezone(UTC) for at in (span.start, span.end))
    return Range(start, end, span.zone)


def find_bucket(at: datetime, zone: ZoneInfo, interval: str) -> datetime:
    """Where the bucket of an instant starts. The hour that autumn repeats makes two: they differ in their offset."""
    local = at.astimezone(zone)
    if interval in ("minute", "hour"):
        offset = local.utcoffset() or timedelta()
        cut = local.replace(second=0, microsecond=0, tzinfo=None)
        return (cut.replace(minute=0) if interval == "hour" else cut).replace(tzinfo=UTC) - offset
    day = local.date()
    if interval == "week":
        day -= day.weekday() * DAY
    elif interval == "month":
        day = day.replace(day=1)
    elif interval == "year":
        day = day.replace(month=1, day=1)
    return midnight(day, zone)


def list_buckets(span: Range, interval: str) -> list[datetime]:
    """Every bucket that the range touches, in order."""
    return list(dict.fromkeys(find_bucket(at, span.zone, interval) for at in _walk(span, interval)))


def _walk(span: Range, interval: str) -> Iterator[datetime]:
    """Instants of the range, so dense that no bucket is missed: no zone shifts elsewhere than at a quarter hour."""
    step = timedelta(minutes=1) if interval == "minute" else QUARTER if interval == "hour" else timedelta(hours=6)
    at = span.start
    while at < span.end:
        yield at
        at = at.replace(second=0, microsecond=0, minute=at.minute - at.minute % 15 if step == QUARTER else at.minute)
        at += step
    if span.start < span.end:
        yield span.end - timedelta(microseconds=1)

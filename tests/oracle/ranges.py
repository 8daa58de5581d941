"""Ranges and buckets in a time zone, for the oracle; zoneinfo alone knows the zones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Range:
    """The instants from `start` to before `end`, in UTC, and the zone in which their days are meant."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def interval(self, asked: str | None) -> str:
        """The one asked for, else by the length on the wall's clock."""
        length = wall(self.end, self.zone) - wall(self.start, self.zone)
        fitting = {"hour": 2 * DAY, "day": 92 * DAY, "month": 3_660 * DAY}
        return asked or next((name for name, most in fitting.items() if length <= most), "year")


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


def instant(shown: datetime, zone: ZoneInfo) -> datetime:
    """When the clock first shows this, in UTC; what is skipped as the clock is put on counts as shown just then."""
    at = shown.replace(tzinfo=zone).astimezone(UTC)
    if wall(at, zone) != shown:
        at = at.replace(second=0, microsecond=0)
        while wall(at, zone) - wall(at - MINUTE, zone) == MINUTE:
            at -= MINUTE
    return at


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return instant(datetime.combine(day, time()), zone)


def whole_days(first: date, last: date, zone: ZoneInfo) -> Range:
    return Range(midnight(first, zone), midnight(last + DAY, zone), zone)


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
        end = find_bucket(now, zone, "hour") + HOUR
        return Range(end - DAY, end, zone)
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
        "all": min(today, wall(first_event, zone).date()),
    }[period]
    return whole_days(first, today, zone)


def shift_months(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def resolve_compared(endpoint: str, query: dict[str, str], span: Range, now: datetime) -> Range:
    """The range to compare with; where days, or hours up to now, have not ended, the same part of it.

    Of a time series it is whole, and so it is where the query names instants.
    """
    names_instants = "T" in query.get("from", "")
    whole = find_earlier(query["compare"], span, is_days=not names_instants and query.get("period") != "24h")
    if endpoint == "timeseries" or names_instants or not span.holds(now):
        return whole
    minutes = now.astimezone(UTC).replace(second=0, microsecond=0)
    quarter = minutes - minutes.minute % 15 * MINUTE
    shown = wall(quarter, span.zone)
    if query["compare"] == "year":
        end = instant(year_before(shown), span.zone)
    elif query.get("period") == "24h":
        end = quarter - DAY
    else:
        end = instant(shown - (wall(span.end, span.zone).date() - wall(span.start, span.zone).date()), span.zone)
    return Range(whole.start, min(max(end, whole.start + 15 * MINUTE), whole.end), span.zone)


def find_earlier(compare: str, span: Range, *, is_days: bool) -> Range:
    """The range before: as many local days, or as much time; or that of a year before, by date or the wall's clock."""
    start, end = wall(span.start, span.zone), wall(span.end, span.zone)
    first, after = start.date(), end.date()
    if compare == "year":
        if is_days:  # a day may begin at one o'clock, and not so a year before
            start, end = datetime.combine(first, time()), datetime.combine(after, time())
        # a range that ends with the 28th of February does so a year before
        bounds = year_before(start), year_before(end + DAY if f"{end:%m%d %T.%f}" == "0229 00:00:00.000000" else end)
        return Range(*(instant(shown, span.zone) for shown in bounds), span.zone)
    if (span.start, span.end) == (midnight(first, span.zone), midnight(after, span.zone)):
        return whole_days(first - (after - first), first - DAY, span.zone)
    return Range(span.start - (span.end - span.start), span.start, span.zone)


def year_before(at: datetime) -> datetime:
    if (at.month, at.day) == (2, 29):
        at = at.replace(day=28)
    return at.replace(year=at.year - 1)


@cache
def find_bucket(at: datetime, zone: ZoneInfo, interval: str) -> datetime:
    """The instant at which the bucket of an instant begins."""
    if interval in ("minute", "hour"):
        start = at.astimezone(UTC).replace(second=0, microsecond=0)
        while not (interval == "minute" or begins_hour(start, zone)):
            start -= MINUTE
        return start
    day = wall(at, zone).date()
    if interval == "week":
        day -= day.weekday() * DAY
    elif interval == "month":
        day = day.replace(day=1)
    elif interval == "year":
        day = day.replace(month=1, day=1)
    return midnight(day, zone)


def begins_hour(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock shows a whole hour (also for the second time that day), or has just been put on or back."""
    return wall(at, zone).minute == 0 or wall(at, zone) - wall(at - MINUTE, zone) != MINUTE


def list_buckets(span: Range, interval: str) -> list[datetime]:
    """Every bucket that the range touches, in order."""
    return list(dict.fromkeys(find_bucket(at, span.zone, interval) for at in _walk(span, interval)))


def _walk(span: Range, interval: str) -> Iterator[datetime]:
    """Instants of the range, so dense that no bucket is missed: none but a minute is shorter than half an hour."""
    if span.start == span.end:
        return
    step = {"minute": MINUTE, "hour": timedelta(minutes=15)}.get(interval, 6 * HOUR)
    at = span.start
    while at < span.end:
        yield at
        at += step
    yield span.end - timedelta(microseconds=1)

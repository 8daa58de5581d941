"""Turns periods, dates and comparisons into ranges of instants."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from functions.stats.query.zones import find_change, find_instants, local_day, start_of_day

QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_BACK = {"today": 0, "7d": 6, "30d": 29, "90d": 89}
"""How many days before today a period begins."""


@dataclass(frozen=True)
class Span:
    """From `start` to before `end`, instants in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def span_days(first: date, after: date, zone: ZoneInfo) -> Span:
    """The local days from `first` to before `after`."""
    return Span(start_of_day(first, zone), start_of_day(after, zone))


def resolve_period(period: str, zone: ZoneInfo, now: datetime, first_day: date | None) -> Span:
    """What a period means now. `first_day`: the site's first day of which anything is known, in any zone."""
    if period == "24h":
        return _resolve_hours(zone, now)
    today = local_day(now, zone)
    tomorrow = today + _DAY
    if period == "yesterday":
        return span_days(today - _DAY, today, zone)
    if period == "month":
        return span_days(today.replace(day=1), tomorrow, zone)
    if period == "year":
        return span_days(today.replace(month=1, day=1), tomorrow, zone)
    if period == "12m":
        return span_days(add_months(today.replace(day=1), -11), tomorrow, zone)
    if period == "all":
        return span_days(min(first_day or today, today), tomorrow, zone)
    return span_days(today - timedelta(days=_BACK[period]), tomorrow, zone)


def _resolve_hours(zone: ZoneInfo, now: datetime) -> Span:
    """The hour that is, and the 23 before it. An hour within which the clock is put back ends there, as its bucket."""
    now = now.astimezone(UTC)
    local = now.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    shown = [*find_instants(local, zone), *find_instants(local + timedelta(hours=1), zone)]
    end = min(instant for instant in shown if instant > now)
    if now.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        end = find_change(now, end, zone)
    return Span(end - timedelta(hours=24), end)


def compare(span: Span, how: str, zone: ZoneInfo, is_days: bool) -> Span:
    """The range to compare with.

    Of whole local days: as many days just before (previous), or the same dates a year before (year). Else as
    much time just before, or the same local times a year before.
    """
    if how == "previous" and not is_days:
        return Span(span.start - span.length, span.start)
    if how == "year" and not is_days:
        return Span(_shift_year(span.start, zone), _shift_year(span.end, zone))
    first, after = local_day(span.start, zone), local_day(span.end, zone)
    if how == "previous":
        return span_days(first - (after - first), first, zone)
    return span_days(add_months(first, -12), add_months(after - _DAY, -12) + _DAY, zone)


def find_same_part(compared: Span, span: Span, how: str, zone: ZoneInfo, is_days: bool, now: datetime) -> Span:
    """Of the range to compare with: as much as is over of the range itself, up to the same time of day.

    Whole quarters of an hour, one at least. All of it where the range has ended, or has not begun.
    """
    if not span.start <= now < span.end:
        return compared
    end = now - since_quarter(now)
    if how == "year":
        end = _shift_year(end, zone)
    elif is_days:
        local = end.astimezone(zone).replace(tzinfo=None, fold=0)
        end = find_instants(local - (local_day(span.end, zone) - local_day(span.start, zone)), zone)[0]
    else:
        end -= span.length
    return Span(compared.start, min(compared.end, max(end, compared.start + QUARTER)))


def since_quarter(instant: datetime) -> timedelta:
    """How long ago a quarter hour began."""
    return (instant - datetime.min.replace(tzinfo=instant.tzinfo)) % QUARTER


def _shift_year(instant: datetime, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    return find_instants(datetime.combine(add_months(local.date(), -12), local.time()), zone)[0]


def add_months(day: date, months: int) -> date:
    """So many months later; the month's last day where it is shorter."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - _DAY)

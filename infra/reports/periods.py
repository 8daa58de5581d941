"""Which report is due: that of the last whole week or month, at six in the morning of the site's own time. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.reports.subscriptions import Period

DUE_HOUR = 6
"""By then what was sent late the evening before is counted."""


@dataclass(frozen=True)
class Due:
    """A report: its days, both included, and when it is due."""

    first: date
    last: date
    at: datetime


def find_due(period: Period, zone: ZoneInfo, now: datetime) -> Due:
    """The latest report that is due by `now`."""
    today = now.astimezone(zone).date()
    begins = today - timedelta(days=today.weekday()) if period == "weekly" else today.replace(day=1)
    if now < _at(begins, zone):
        begins = _step_back(period, begins)
    return Due(_step_back(period, begins), begins - timedelta(days=1), _at(begins, zone))


def _at(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(DUE_HOUR), zone)


def _step_back(period: Period, begins: date) -> date:
    if period == "weekly":
        return begins - timedelta(days=7)
    return (begins - timedelta(days=1)).replace(day=1)

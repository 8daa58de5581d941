"""Which report is due."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from common.reports.subscriptions import Period
from infra.reports.periods import find_due

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("period", "now", "first", "last"),
    [
        ("weekly", "2026-03-30T03:59:00Z", date(2026, 3, 16), date(2026, 3, 22)),  # 5:59 in Berlin's summer
        ("weekly", "2026-03-30T04:00:00Z", date(2026, 3, 23), date(2026, 3, 29)),  # a week that lacks an hour
        ("weekly", "2026-04-05T23:59:00Z", date(2026, 3, 23), date(2026, 3, 29)),
        ("monthly", "2026-03-01T04:59:00Z", date(2026, 1, 1), date(2026, 1, 31)),
        ("monthly", "2026-03-01T05:00:00Z", date(2026, 2, 1), date(2026, 2, 28)),
        ("monthly", "2026-01-01T05:00:00Z", date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_a_report_is_of_the_last_whole_period_from_six_in_the_morning_on(
    period: Period, now: str, first: date, last: date
) -> None:
    due = find_due(period, BERLIN, datetime.fromisoformat(now))
    assert (due.first, due.last) == (first, last)
    assert due.at.astimezone(UTC) <= datetime.fromisoformat(now)

"""Figures over clock changes, midnights and months, in zones of any name."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.functions.site import DAY, Site, view

pytestmark = pytest.mark.long

ZONES = ("Asia/Calcutta", "Asia/Saigon", "Europe/Kyiv", "Europe/Kiev", "America/Coyhaique", "America/Ciudad_Juarez",
         "Australia/Tasmania", "US/Pacific", "EST5EDT", "EST", "Etc/GMT+12", "Pacific/Kiritimati", "GMT", "UTC",
         "Etc/UTC",
         "Antarctica/Troll")  # fmt: skip
NO_ZONES = ("GMT+2", "UTC+1", "europe/berlin", "localtime", "Factory", "posixrules", "../../etc/passwd",
    "Europe/Berlin ",
            "", "PST", "Mars/Olympus")  # fmt: skip


@pytest.mark.parametrize("endpoint", ["summary", "timeseries", "breakdown", "realtime"])
def test_old_and_new_names_of_zones_are_known_and_no_others(endpoint: str, site: Site) -> None:
    more = {"dimension": "path"} if endpoint == "breakdown" else {}
    for names, status in ((ZONES, 200), (NO_ZONES, 422)):
        for name in names:
            answer = site.stats.get(f"/v1/stats/{endpoint}", params={"site_id": "s", "timezone": name, **more})
            assert answer.status_code == status, name


CHANGES = (
    ("Europe/Berlin", "2025-03-29"), ("Europe/Berlin", "2025-10-25"), ("America/New_York", "2025-11-01"),
    ("Asia/Kathmandu", "2025-03-29"), ("Australia/Lord_Howe", "2025-04-05"), ("Australia/Lord_Howe", "2025-10-04"),
    ("America/Sao_Paulo", "2018-11-03"), ("America/Sao_Paulo", "2018-02-17"), ("America/Havana", "2025-11-01"),
    ("Africa/Cairo", "2025-04-24"), ("Africa/Cairo", "2025-10-30"), ("Pacific/Apia", "2011-12-29"),
    ("America/St_Johns", "2007-03-10"), ("Asia/Beirut", "2025-03-29"),
)  # fmt: skip


def every_half_hour(start: datetime, hours: int) -> list[datetime]:
    return [start + timedelta(minutes=30 * number) for number in range(2 * hours)]


def store_at(site: Site, moments: list[datetime]) -> None:
    site.store([{"path": "/", "user_id": "ann", "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000000Z"} for at in moments])


@pytest.mark.parametrize(("name", "first"), CHANGES)
def test_where_the_clock_changes_each_day_has_its_own_events(name: str, first: str, site: Site) -> None:
    zone, day = ZoneInfo(name), date.fromisoformat(first)
    moments = every_half_hour(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1), 96)
    store_at(site, moments)
    expected = Counter(at.astimezone(zone).date().isoformat() for at in moments)
    span = {"from": min(expected), "to": max(expected), "timezone": name, "metrics": "events"}
    days = site.ask("timeseries", interval="day", **span)["data"]
    assert {row["time"][:10]: row["events"] for row in days} == expected
    assert len(days) == len(expected)
    hours = site.ask("timeseries", interval="hour", **span)["data"]
    assert len({row["time"] for row in hours}) == len(hours)
    summed: Counter[str] = Counter()
    for row in hours:
        summed[row["time"][:10]] += row["events"]
    assert summed == expected


def test_a_day_is_one_run_of_time_where_a_clock_went_back_over_midnight(site: Site) -> None:
    moments = every_half_hour(datetime(2006, 10, 28, tzinfo=UTC), 96)
    store_at(site, moments)
    span = {"from": "2006-10-27", "to": "2006-10-31", "timezone": "America/St_Johns", "metrics": "events"}
    rows = site.ask("timeseries", interval="day", **span)["data"]
    assert sum(row["events"] for row in rows) == len(moments)
    assert [row["events"] for row in rows if row["time"][:10] == "2006-10-29"] == [50]


def test_a_visitor_of_a_month_is_one_on_whatever_days(site: Site) -> None:
    days = [("ann", "05-03"), ("ann", "05-10"), ("ann", "05-31"), ("ann", "06-02"), ("bob", "06-02")]
    site.store([{"path": "/", "user_id": user, "timestamp": f"2025-{day}T10:00:00.000000Z"} for user, day in days])
    span = {"from": "2025-05-01", "to": "2025-06-30", "timezone": "UTC", "metrics": "visitors"}
    assert site.ask("summary", **span)["data"] == {"visitors": 2}
    months = site.ask("timeseries", interval="month", **span)["data"]
    assert [row["visitors"] for row in months] == [1, 2]
    daily = site.ask("timeseries", interval="day", **span)["data"]
    assert {row["time"][5:10]: row["visitors"] for row in daily if row["visitors"]} == {
        "05-03": 1, "05-10": 1, "05-31": 1, "06-02": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("batches", "visits"),
    [
        ([["01T23:45:00", "02T00:05:00"]], 1), ([["02T10:00:00", "02T10:30:00"]], 1),
        ([["02T10:00:00", "02T10:30:01"]], 2),
        ([["02T10:00:00", "02T10:00:00"]], 1), ([["02T10:40:00"], ["02T10:00:00"], ["02T10:20:00"]], 1),
        ([["02T10:40:00", "02T10:00:00"]], 2), ([["02T11:00:00", "02T10:00:00"], ["02T10:30:00"]], 1),
    ],
)  # fmt: skip
def test_a_visit_ends_after_more_than_thirty_idle_minutes(batches: list[list[str]], visits: int, site: Site) -> None:
    for number, batch in enumerate(batches):
        site.store([view(at) for at in batch], offset=100 * number)
    span = {"from": "2025-06-01", "to": "2025-06-02", "timezone": "UTC", "metrics": "visits"}
    assert site.ask("summary", **span)["data"] == {"visits": visits}


def test_with_a_second_event_of_any_kind_a_visit_is_no_bounce(site: Site) -> None:
    site.store([view("02T10:00:00"), view("02T10:00:02", event_type="js_error"), view("02T10:00:00", "bob")])
    assert site.ask("summary", metrics="visits,bounce_rate", **DAY)["data"] == {"visits": 2, "bounce_rate": 50.0}

"""When a local clock shows something, and the buckets that it cuts time into."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.stats.query.buckets import MAX_BUCKETS, choose_interval, is_midnight, list_buckets
from functions.stats.query.periods import Span, add_months, compare, resolve_period, span_days
from functions.stats.query.zones import find_instants, find_zone, show, start_of_day

NOW = datetime(2025, 11, 12, 10, 20, 30, tzinfo=UTC)


def list_shown(first: str, days: int, interval: str, zone_name: str) -> list[str]:
    """The buckets of so many local days, as the local clock shows them."""
    zone = ZoneInfo(zone_name)
    day = date.fromisoformat(first)
    buckets = list_buckets(span_days(day, day + timedelta(days=days), zone), interval, zone)
    assert buckets is not None
    return [show(bucket, zone) for bucket in buckets]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2025-03-30", 23),
        ("Europe/Berlin", "2025-10-26", 25),
        ("America/New_York", "2025-03-09", 23),
        ("America/New_York", "2025-11-02", 25),
        ("Asia/Kolkata", "2025-10-26", 24),
        ("Asia/Kathmandu", "2025-10-26", 24),
        ("America/Havana", "2025-11-02", 25),
        ("Australia/Lord_Howe", "2025-10-05", 23.5),
        ("Australia/Lord_Howe", "2025-04-06", 24.5),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_local_day_is_as_long_as_the_clock_makes_it(zone: str, day: str, hours: float) -> None:
    first = date.fromisoformat(day)
    assert span_days(first, first + timedelta(days=1), ZoneInfo(zone)).length == timedelta(hours=hours)


def test_an_hour_that_the_clock_shows_twice_has_two_buckets() -> None:
    assert list_shown("2025-10-26", 1, "hour", "Europe/Berlin")[1:5] == [
        "2025-10-26T01:00:00+02:00",
        "2025-10-26T02:00:00+02:00",
        "2025-10-26T02:00:00+01:00",
        "2025-10-26T03:00:00+01:00",
    ]


def test_an_hour_that_is_skipped_has_no_bucket() -> None:
    shown = list_shown("2025-03-09", 1, "hour", "America/New_York")
    assert len(shown) == 23
    assert shown[1:3] == ["2025-03-09T01:00:00-05:00", "2025-03-09T03:00:00-04:00"]


def test_a_clock_that_is_put_back_by_half_an_hour_cuts_a_bucket_there() -> None:
    assert list_shown("2025-04-06", 1, "hour", "Australia/Lord_Howe")[1:4] == [
        "2025-04-06T01:00:00+11:00",
        "2025-04-06T01:30:00+10:30",
        "2025-04-06T02:00:00+10:30",
    ]


def test_hours_of_a_zone_off_by_45_minutes_begin_at_its_own_full_hours() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    buckets = list_buckets(span_days(date(2025, 11, 12), date(2025, 11, 13), zone), "hour", zone)
    assert buckets is not None
    assert {bucket.minute for bucket in buckets} == {15}
    assert len(buckets) == 24


def test_a_day_that_was_skipped_has_no_bucket() -> None:
    assert list_shown("2011-12-29", 3, "day", "Pacific/Apia") == [
        "2011-12-29T00:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
    ]


def test_days_that_begin_at_one_o_clock_begin_where_the_clock_is_put_forward() -> None:
    assert show(start_of_day(date(2025, 3, 9), ZoneInfo("America/Havana")), ZoneInfo("America/Havana")) == (
        "2025-03-09T01:00:00-04:00"
    )


def test_weeks_begin_on_monday_also_before_the_range() -> None:
    assert list_shown("2025-11-12", 8, "week", "Europe/Berlin") == [
        "2025-11-10T00:00:00+01:00",
        "2025-11-17T00:00:00+01:00",
    ]


def test_months_and_years_begin_on_their_first_day() -> None:
    assert [shown[:10] for shown in list_shown("2025-01-31", 30, "month", "UTC")] == [
        "2025-01-01",
        "2025-02-01",
        "2025-03-01",
    ]
    assert [shown[:10] for shown in list_shown("2024-12-31", 2, "year", "UTC")] == ["2024-01-01", "2025-01-01"]


@pytest.mark.parametrize(
    ("interval", "fits"), [("minute", timedelta(minutes=MAX_BUCKETS)), ("day", timedelta(days=MAX_BUCKETS))]
)
def test_there_are_at_most_2000_buckets(interval: str, fits: timedelta) -> None:
    start, zone = datetime(2025, 1, 1, tzinfo=UTC), ZoneInfo("UTC")
    assert len(list_buckets(Span(start, start + fits), interval, zone) or ()) == MAX_BUCKETS
    assert list_buckets(Span(start, start + fits + timedelta(seconds=1)), interval, zone) is None


@pytest.mark.parametrize(
    ("days", "interval"),
    [(1, "hour"), (2, "hour"), (3, "day"), (92, "day"), (93, "month"), (3_660, "month"), (3_661, "year")],
)
def test_the_interval_follows_from_the_length(days: int, interval: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = date(2025, 10, 26)  # a day of 25 hours
    assert choose_interval(span_days(first, first + timedelta(days=days), zone), zone) == interval


def test_a_time_that_is_skipped_is_the_instant_of_the_skip() -> None:
    zone = ZoneInfo("Europe/Berlin")
    times = (time(2), time(2, 30), time(2, 40, 7, 999), time(2, 59, 59, 999_999))
    shown = [find_instants(datetime.combine(date(2025, 3, 30), local), zone) for local in times]
    assert shown == [[datetime(2025, 3, 30, 1, tzinfo=UTC)]] * len(times)


def test_an_empty_range_has_no_bucket() -> None:
    skipped = datetime(2024, 3, 10, 5, tzinfo=UTC)
    assert list_buckets(Span(skipped, skipped), "hour", ZoneInfo("America/Havana")) == []


@pytest.mark.parametrize("name", ["", "Mars/Base", "../UTC", "/etc/localtime", "localtime", "Factory", "europe/berlin"])
def test_what_is_no_zone_is_not_found(name: str) -> None:
    assert find_zone(name) is None


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2025-11-12", "2025-11-12"),
        ("yesterday", "2025-11-11", "2025-11-11"),
        ("7d", "2025-11-06", "2025-11-12"),
        ("30d", "2025-10-14", "2025-11-12"),
        ("90d", "2025-08-15", "2025-11-12"),
        ("month", "2025-11-01", "2025-11-12"),
        ("12m", "2024-12-01", "2025-11-12"),
        ("year", "2025-01-01", "2025-11-12"),
        ("all", "2023-05-01", "2025-11-12"),
    ],
)
def test_a_period_is_local_days_up_to_today(period: str, first: str, last: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    after = date.fromisoformat(last) + timedelta(days=1)
    assert resolve_period(period, zone, NOW, date(2023, 5, 1)) == span_days(date.fromisoformat(first), after, zone)


def test_today_is_the_local_day() -> None:
    late = datetime(2025, 11, 12, 23, 30, tzinfo=UTC)
    assert resolve_period("today", ZoneInfo("Asia/Kolkata"), late, None).start == datetime(
        2025, 11, 12, 18, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(("zone", "end"), [("UTC", "11:00"), ("Asia/Kathmandu", "11:15"), ("Asia/Kolkata", "10:30")])
def test_24h_ends_with_the_local_hour_that_is(zone: str, end: str) -> None:
    span = resolve_period("24h", ZoneInfo(zone), NOW, None)
    assert (span.end.strftime("%H:%M"), span.length) == (end, timedelta(hours=24))


def test_in_the_hour_that_is_repeated_24h_ends_with_the_one_that_is() -> None:
    zone = ZoneInfo("Europe/Berlin")
    for hour in (0, 1):
        now = datetime(2025, 10, 26, hour, 59, tzinfo=UTC)
        assert resolve_period("24h", zone, now, None).end == now + timedelta(minutes=1)


def test_an_hour_within_which_the_clock_is_put_back_ends_there_for_24h_too() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    change = datetime(2025, 4, 5, 15, 0, tzinfo=UTC)  # from two o'clock to half past one
    for minutes, end in ((-20, change), (10, change + timedelta(minutes=30))):
        assert resolve_period("24h", zone, change + timedelta(minutes=minutes), None).end == end


def test_the_days_before_are_compared_as_whole_local_days() -> None:
    zone = ZoneInfo("Europe/Berlin")
    span = span_days(date(2025, 10, 26), date(2025, 10, 28), zone)
    assert compare(span, "previous", zone, is_days=True) == span_days(date(2025, 10, 24), date(2025, 10, 26), zone)


def test_the_year_before_has_the_same_dates_the_29th_of_february_aside() -> None:
    zone = ZoneInfo("UTC")
    span = span_days(date(2024, 2, 29), date(2024, 3, 2), zone)
    assert compare(span, "year", zone, is_days=True) == span_days(date(2023, 2, 28), date(2023, 3, 2), zone)


def test_a_day_that_begins_at_one_is_compared_with_the_whole_of_its_date_a_year_before() -> None:
    zone = ZoneInfo("America/Havana")
    span = span_days(date(2025, 3, 9), date(2025, 3, 10), zone)
    assert compare(span, "year", zone, is_days=True) == span_days(date(2024, 3, 9), date(2024, 3, 10), zone)


def test_instants_are_compared_with_as_much_time_before() -> None:
    span = Span(NOW, NOW + timedelta(hours=5))
    assert compare(span, "previous", ZoneInfo("UTC"), is_days=False) == Span(NOW - timedelta(hours=5), NOW)
    a_year = compare(span, "year", ZoneInfo("Europe/Berlin"), is_days=False)
    assert a_year.start == NOW.replace(year=2024)


def test_months_are_counted_from_the_last_day_where_they_are_shorter() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 1, 31), -2) == date(2023, 11, 30)


def test_where_the_clock_goes_back_over_midnight_no_day_begins_for_good() -> None:
    zone = ZoneInfo("America/St_Johns")
    assert not is_midnight(start_of_day(date(2006, 10, 29), zone), zone)
    assert is_midnight(start_of_day(date(2006, 10, 30), zone), zone)
    assert is_midnight(start_of_day(date(2025, 11, 2), ZoneInfo("America/Havana")), ZoneInfo("America/Havana"))

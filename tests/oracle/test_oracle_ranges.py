"""The oracle's ranges and buckets, against figures worked out by hand."""

import pytest

from tests.oracle.by_hand import DAY, NOW, count_over_time, event, summarise
from tests.oracle.oracle import Site


@pytest.mark.parametrize(
    ("time_zone", "day", "hours"),
    [
        ("Europe/Berlin", "2025-03-30", 23),
        ("Europe/Berlin", "2025-10-26", 25),
        ("America/New_York", "2025-03-09", 23),
        ("America/New_York", "2025-11-02", 25),
        ("Australia/Lord_Howe", "2025-04-06", 25),
        ("Australia/Lord_Howe", "2025-10-05", 24),
        ("Asia/Kolkata", "2025-10-26", 24),
        ("America/Havana", "2025-03-09", 23),
        ("America/Havana", "2025-11-02", 25),
        ("Africa/Cairo", "2025-04-25", 23),
        ("Africa/Cairo", "2025-10-30", 25),
    ],
)
def test_a_day_has_its_hours_and_each_event_one_of_them(time_zone: str, day: str, hours: int) -> None:
    noon = event(f"{day}T12:00:00+00:00")
    rows = count_over_time(noon, metrics="events", time_zone=time_zone, interval="hour", **{"from": day, "to": day})
    assert len(rows) == hours
    assert sum(events for (events,) in rows) == 1


def test_an_hour_within_which_the_clock_is_put_back_is_cut_there() -> None:
    events = [
        event(f"2025-04-05T{at}+00:00", n) for n, at in enumerate(["14:59:59", "15:00:00", "15:29:59", "15:30:00"])
    ]
    query = {"from": "2025-04-06", "to": "2025-04-06", "timezone": "Australia/Lord_Howe", "metrics": "events"}
    rows = Site(events).answer("timeseries", query, NOW)["data"]
    seen = [(f"{row['time']:%T}", row["events"]) for row in rows if row["events"]]
    assert seen == [("14:00:00", 1), ("15:00:00", 2), ("15:30:00", 1)]


def test_the_hour_that_autumn_repeats_is_two_buckets() -> None:
    events = [event("2025-10-26T00:30:00+00:00"), event("2025-10-26T01:30:00+00:00", 1)]
    rows = Site(events, "Europe/Berlin").answer("timeseries", {"from": "2025-10-26", "to": "2025-10-26"}, NOW)["data"]
    seen = [row["time"].isoformat() for row in rows if row["page_views"]]
    assert seen == ["2025-10-26T00:00:00+00:00", "2025-10-26T01:00:00+00:00"]


@pytest.mark.parametrize(
    ("time_zone", "first", "last"),
    [
        ("UTC", "2025-11-12T00:00:00", "2025-11-12T23:59:59.999999"),
        ("Asia/Kolkata", "2025-11-11T18:30:00", "2025-11-12T18:29:59.999999"),
        ("Asia/Kathmandu", "2025-11-11T18:15:00", "2025-11-12T18:14:59.999999"),
        ("America/New_York", "2025-11-12T05:00:00", "2025-11-13T04:59:59.999999"),
    ],
)
def test_a_day_is_a_day_of_the_zone(time_zone: str, first: str, last: str) -> None:
    before = {"UTC": "2025-11-11T23:59:59.999999"}.get(time_zone, "2025-11-11T12:00:00")
    events = [event(f"{at}+00:00", n) for n, at in enumerate([before, first, last])]
    assert summarise(*events, metrics="events", timezone=time_zone) == {"events": 2}


def test_weeks_start_on_monday() -> None:
    events = [event("2025-11-09T23:59:59Z"), event("2025-11-10T00:00:00Z")]
    answer = Site(events).answer("timeseries", {"from": "2025-11-08", "to": "2025-11-12", "interval": "week"}, NOW)
    assert [(f"{row['time']:%a %d}", row["page_views"]) for row in answer["data"]] == [("Mon 03", 1), ("Mon 10", 1)]


@pytest.mark.parametrize(
    ("query", "compare", "before"),
    [
        ({"period": "today"}, "previous", "2025-11-11T11:59:59+00:00"),
        ({"period": "7d"}, "previous", "2025-10-30T00:00:00+00:00"),
        ({"from": "2025-11-12T10:00:00Z", "to": "2025-11-12T12:00:00Z"}, "previous", "2025-11-12T08:00:00+00:00"),
        ({"period": "month"}, "year", "2024-11-01T00:00:00+00:00"),
    ],
)
def test_figures_are_compared_with_those_of_an_earlier_range(query: dict[str, str], compare: str, before: str) -> None:
    events = [event("11:00:00"), event("11:10:00", 1), event("11:20:00", 2), event(before), event(before, 1)]
    answer = Site(events).answer("summary", {**query, "metrics": "page_views", "compare": compare}, NOW)
    assert answer == {"data": {"page_views": 3}, "comparison": {"page_views": 2}, "change": {"page_views": 50.0}}


@pytest.mark.parametrize(
    ("query", "compare", "at", "counts"),
    [
        ({"period": "today"}, "previous", ["11-11T11:59:59", "11-11T12:00:00"], [1, 0]),
        ({"period": "today"}, "year", ["11-12T11:59:59", "11-12T12:00:00"], [1, 0]),
        ({"period": "7d"}, "previous", ["11-04T23:59:59", "11-05T11:59:59", "11-05T12:00:00"], [1, 1, 0]),
        ({"period": "24h"}, "previous", ["11-10T13:00:00", "11-11T11:59:59", "11-11T12:00:00"], [1, 1, 0]),
        ({"period": "yesterday"}, "previous", ["11-10T23:59:59"], [1]),
        ({"from": "2025-11-11", "to": "2025-11-14"}, "previous", ["11-08T11:59:59", "11-08T12:00:00"], [1, 0]),
        ({"from": "2025-11-12T00:00:00Z", "to": "2025-11-13T00:00:00Z"}, "previous", ["11-11T23:59:59"], [1]),
    ],
)
def test_what_has_not_ended_is_compared_up_to_the_same_time_of_day(
    query: dict[str, str], compare: str, at: list[str], counts: list[int]
) -> None:
    asked = {**query, "metrics": "events", "compare": compare}
    year = 2024 if compare == "year" else 2025
    answers = [Site([event(f"{year}-{one}+00:00")]).answer("summary", asked, NOW) for one in at]
    assert [answer["comparison"]["events"] for answer in answers] == counts


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2024-02-28", "2024-02-28", ["2023-02-28"]),
        ("2024-02-29", "2024-02-29", ["2023-02-28"]),
        ("2025-02-28", "2025-02-28", ["2024-02-28", "2024-02-29"]),
        ("2024-03-01", "2024-03-01", ["2023-03-01"]),
    ],
)
def test_a_year_before_the_end_of_february_is_its_end(first: str, last: str, before: list[str]) -> None:
    days = ["2023-02-27", "2023-02-28", "2023-03-01", "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]
    events = [event(f"{day}T12:00:00Z") for day in days]
    query = {"from": first, "to": last, "metrics": "events", "compare": "year"}
    assert Site(events).answer("summary", query, NOW)["comparison"] == {"events": len(before)}


def test_a_year_before_may_have_been_skipped_by_the_clock() -> None:
    events = [event(f"2024-04-25T{at}+00:00", n) for n, at in enumerate(["21:59:59", "22:00:00"])]
    query = {"from": "2025-04-26T00:00:00+03:00", "to": "2025-04-26T00:49:09+03:00", "timezone": "Africa/Cairo"}
    answer = Site(events).answer("summary", {**query, "metrics": "events", "compare": "year"}, NOW)
    assert answer["comparison"] == {"events": 0}
    query["from"] = "2025-04-25T23:30:00+03:00"
    answer = Site(events).answer("summary", {**query, "metrics": "events", "compare": "year"}, NOW)
    assert answer["comparison"] == {"events": 1}


def test_a_change_from_zero_has_no_percentage() -> None:
    answer = Site([event("11:00:00")]).answer("summary", {**DAY, "compare": "year"}, NOW)
    assert answer["comparison"]["visits"] == 0
    assert answer["change"] == dict.fromkeys(answer["change"])


def test_a_day_that_begins_at_one_is_compared_with_the_whole_of_its_date_a_year_before() -> None:
    query = {"from": "2025-03-09", "to": "2025-03-09", "timezone": "America/Havana", "interval": "hour"}
    rows = Site([event("2025-03-09T12:00:00+00:00")]).answer("timeseries", query | {"compare": "year"}, NOW)
    assert [len(rows[part]) for part in ("data", "comparison")] == [23, 24]

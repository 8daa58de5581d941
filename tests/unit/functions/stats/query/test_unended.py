"""With what a range is compared that has not ended."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from common.imports.imported import Imported, Part
from functions.stats.query.grammar import parse_query, resolve
from functions.stats.query.model import Kind, Query, Site
from functions.stats.query.zones import show

BERLIN = Site(ZoneInfo("Europe/Berlin"))
BEFORE = "compare=previous"


def understand(query: str, now: str, kind: Kind = "summary", site: Site = BERLIN) -> Query:
    asked = parse_query(kind, QueryParams(f"site_id=blog&{query}"))
    return resolve(asked, site, datetime.fromisoformat(now).astimezone(UTC))


def show_compared(query: Query) -> tuple[str, str]:
    assert query.compared is not None
    start, end = (show(at, query.zone)[:16] for at in (query.compared.start, query.compared.end))
    return start, end


@pytest.mark.parametrize(
    ("query", "now", "start", "end"),
    [
        ("period=today&compare=previous", "2025-11-12T14:29+01:00", "2025-11-11T00:00", "2025-11-11T14:15"),
        ("period=today&compare=year", "2025-11-12T14:15+01:00", "2024-11-12T00:00", "2024-11-12T14:15"),
        ("period=7d&compare=previous", "2025-11-12T14:29+01:00", "2025-10-30T00:00", "2025-11-05T14:15"),
        ("period=month&compare=previous", "2025-11-12T14:29+01:00", "2025-10-20T00:00", "2025-10-31T14:15"),
        ("period=month&compare=year", "2025-11-12T14:29+01:00", "2024-11-01T00:00", "2024-11-12T14:15"),
        ("period=24h&compare=previous", "2025-11-12T14:29+01:00", "2025-11-10T15:00", "2025-11-11T14:15"),
        ("period=24h&compare=year", "2025-11-12T14:29+01:00", "2024-11-11T15:00", "2024-11-12T14:15"),
        (f"from=2025-11-10&to=2025-11-12&{BEFORE}", "2025-11-12T14:29+01:00", "2025-11-07T00:00", "2025-11-09T14:15"),
        (f"from=2025-11-10&to=2025-11-16&{BEFORE}", "2025-11-12T14:29+01:00", "2025-11-03T00:00", "2025-11-05T14:15"),
        ("period=today&compare=year", "2024-02-29T14:29+01:00", "2023-02-28T00:00", "2023-02-28T14:15"),
    ],
)  # fmt: skip
def test_it_is_compared_up_to_the_same_time_of_day(query: str, now: str, start: str, end: str) -> None:
    found = understand(query, now)
    assert show_compared(found) == (start, end)
    assert found.is_part_compared


@pytest.mark.parametrize(
    ("period", "now", "end"),
    [
        ("today", "2025-11-12T00:00+01:00", "2025-11-11T00:15"),
        ("today", "2025-11-12T00:14:59.999999+01:00", "2025-11-11T00:15"),
        ("today", "2025-11-12T00:30+01:00", "2025-11-11T00:30"),
        ("7d", "2025-11-12T00:14+01:00", "2025-11-05T00:00"),
    ],
)
def test_in_the_first_quarter_of_an_hour_it_is_compared_with_one_at_least(period: str, now: str, end: str) -> None:
    assert show_compared(understand(f"period={period}&compare=previous", now))[1] == end


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        ("Europe/Berlin", "2025-10-26T02:50+02:00", "2025-10-25T02:45"),
        ("Europe/Berlin", "2025-10-26T02:50+01:00", "2025-10-25T02:45"),  # the clock has been put back
        ("Europe/Berlin", "2025-10-27T02:50+01:00", "2025-10-26T02:45"),
        ("Europe/Berlin", "2025-03-31T02:50+02:00", "2025-03-30T03:00"),  # it was put on over this time
        ("America/Havana", "2025-03-10T00:20-04:00", "2025-03-09T01:15"),  # that day had no such time
        ("Asia/Kathmandu", "2025-11-12T14:29+05:45", "2025-11-11T14:15"),
        ("Australia/Lord_Howe", "2025-10-06T02:20+11:00", "2025-10-05T02:30"),
    ],
)
def test_the_same_time_of_day_is_what_the_local_clock_showed(zone: str, now: str, end: str) -> None:
    found = understand(f"period=today&compare=previous&timezone={zone}", now)
    assert show_compared(found)[1] == end
    assert found.compared is not None
    assert found.compared.length > timedelta()


@pytest.mark.parametrize(
    "query",
    [
        "period=yesterday",
        "from=2025-11-10&to=2025-11-11",
        "from=2025-11-13&to=2025-11-14",
        urlencode({"from": "2025-11-12T00:00:00+01:00", "to": "2025-11-13T00:00:00+01:00"}),
    ],
)
def test_what_has_ended_or_not_begun_or_names_instants_is_compared_whole(query: str) -> None:
    found = understand(f"{query}&compare=previous", "2025-11-12T14:29+01:00")
    assert found.compared is not None
    assert found.compared.length == found.span.length
    assert not found.is_part_compared


def test_a_time_series_is_beside_the_whole_range_before() -> None:
    found = understand("period=today&compare=previous", "2025-11-12T14:29+01:00", "timeseries")
    assert show_compared(found) == ("2025-11-11T00:00", "2025-11-12T00:00")
    assert (len(found.compared_buckets), found.is_part_compared) == (24, False)


def make_importing_site(last: date, first_at: datetime | None) -> Site:
    part = Part(date(2025, 1, 1), last, ("visitors",), 1)
    imported = Imported("one", "Other", {"": part}, datetime(2025, 11, 12, tzinfo=UTC))
    return Site(ZoneInfo("Europe/Berlin"), imports=(imported,), first_at=first_at)


@pytest.mark.parametrize(
    ("last", "first_at", "is_part"),
    [
        (date(2025, 10, 29), None, True),
        (date(2025, 10, 30), None, False),
        (date(2025, 12, 31), datetime(2025, 10, 30, 22, tzinfo=UTC), True),
        (date(2025, 12, 31), datetime(2025, 10, 30, 23, tzinfo=UTC), False),
    ],
)
def test_imported_days_are_compared_whole(last: date, first_at: datetime | None, is_part: bool) -> None:
    site = make_importing_site(last, first_at)
    query = "period=7d&compare=previous"
    assert understand(query, "2025-11-12T14:29+01:00", site=site).is_part_compared == is_part

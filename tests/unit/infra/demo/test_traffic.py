from collections import Counter
from datetime import UTC, date, datetime

from common.incoming_event import IncomingEvent
from infra.demo.traffic import list_days, make_day

DAY = date(2026, 3, 4)


def test_a_days_events_are_the_same_whenever_they_are_made() -> None:
    assert list(make_day("demo", DAY)) == list(make_day("demo", DAY))


def test_no_two_events_have_one_id() -> None:
    ids = [event["event_id"] for day in list_days(DAY, 3) for event in make_day("demo", day)]

    assert len(set(ids)) == len(ids)


def test_every_event_is_of_its_day_or_a_visit_that_began_on_it() -> None:
    times = [datetime.fromisoformat(event["timestamp"]) for event in make_day("demo", DAY)]

    assert all(0 <= (at - datetime(2026, 3, 4, tzinfo=UTC)).total_seconds() < 30 * 3600 for at in times)


def test_ingest_takes_every_event() -> None:
    for event in make_day("demo", DAY):
        IncomingEvent.model_validate(event)


def test_there_is_something_of_everything() -> None:
    types = Counter(
        event.get("event_type", "page_view") for day in list_days(DAY, 7) for event in make_day("demo", day)
    )

    assert {
        "page_view",
        "signup",
        "purchase",
        "file_download",
        "newsletter_signup",
        "outbound_link",
        "engagement",
    } <= set(types)

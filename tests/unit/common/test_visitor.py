"""Which salts a request's visitors are identified under, by the clock."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request

from common.incoming_event import IncomingEvent
from common.settings import Settings
from common.visitor import begins_day, ends_at, make_visitor_id
from functions.ingest.intake import Intake

DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
VIEW = {"site_id": "blog", "path": "/"}


class Salts:
    """A salt for each day, named after it."""

    def __init__(self) -> None:
        self.asked: list[date] = []

    async def find(self, day: date) -> bytes:
        self.asked.append(day)
        return str(day).encode()


def receive(now: datetime, salts: Salts, **fields: Any) -> dict[str, Any]:
    """What becomes of an event that comes at that time."""
    headers = [(b"user-agent", b"Mozilla/5.0 Firefox/140.0")]
    request = Request({"type": "http", "headers": headers, "client": ("192.0.2.7", 1)})
    event = IncomingEvent.model_validate({**VIEW, **fields})
    arrival = asyncio.run(Intake(Settings(), salts, lambda: now).receive(request, [event]))
    return arrival.complete(event)


@pytest.mark.parametrize(
    ("after_midnight", "days"),
    [
        (timedelta(0), [DAY - timedelta(days=1), DAY]),
        (timedelta(minutes=29, seconds=59), [DAY - timedelta(days=1), DAY]),
        (timedelta(minutes=30), [DAY]),
        (timedelta(hours=23), [DAY]),
    ],
)
def test_only_in_the_first_half_hour_of_a_day_is_the_salt_of_the_day_before_used(
    after_midnight: timedelta, days: list[date]
) -> None:
    salts = Salts()
    event = receive(MIDNIGHT + after_midnight, salts)
    assert salts.asked == days
    assert ("previous_visitor_id" in event) is (len(days) == 2)


def test_a_visit_across_midnight_has_one_id_in_common() -> None:
    before = receive(MIDNIGHT - timedelta(minutes=5), Salts())
    after = receive(MIDNIGHT + timedelta(minutes=5), Salts())
    later = receive(MIDNIGHT + timedelta(minutes=35), Salts())
    assert before["visitor_id"] == after["previous_visitor_id"] != after["visitor_id"] == later["visitor_id"]


def test_no_salt_is_asked_for_where_all_events_name_their_user() -> None:
    salts = Salts()
    assert receive(MIDNIGHT, salts, user_id="ann")["user_id"] == "ann"
    assert salts.asked == []


def test_an_event_of_last_week_gets_no_id() -> None:
    assert "visitor_id" not in receive(MIDNIGHT, Salts(), timestamp="2026-02-23T00:00:00Z")


def test_an_id_is_sixteen_characters_safe_in_a_url_and_changes_with_every_part() -> None:
    parts = ("blog", "192.0.2.7", "Firefox")
    ids = {make_visitor_id(b"salt", *(*parts[:n], "x", *parts[n + 1 :])) for n in range(3)}
    ids |= {make_visitor_id(b"salt", *parts), make_visitor_id(b"pepper", *parts)}
    assert len(ids) == 5
    assert all(re.fullmatch("[A-Za-z0-9_-]{16}", one) for one in ids)


def test_a_salt_covers_a_day_and_the_next() -> None:
    assert ends_at(DAY) == MIDNIGHT + timedelta(hours=48)
    assert begins_day(MIDNIGHT)

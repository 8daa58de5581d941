"""Which events are accepted, and what is queued of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.derivation.place import Places
from common.errors import InvalidInput
from common.event import check_events
from common.incoming_event import IncomingEvent
from functions.ingest.enrichment import Enrichment, Sender
from functions.ingest.ids import make_uuid7s, read_uuid7_time
from functions.ingest.queued_event import TimestampBounds, complete, encode

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MADE_ID = "01900000-0000-7000-8000-000000000001"
BOUNDS = TimestampBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(hours=24))
UUID4 = "5f0f3a8e-1e0b-4b6a-9d0e-0a1b2c3d4e5f"


def queue(**fields: Any) -> dict[str, Any]:
    incoming = IncomingEvent.model_validate({"site_id": "blog", "path": "/", **fields})
    enrichment = Enrichment(Places.open(None), Sender(), salts=None)
    return json.loads(encode(complete(incoming, NOW, MADE_ID, BOUNDS, enrichment.derive)))  # type: ignore[no-any-return]


def fault_of(**fields: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        queue(**fields)
    return caught.value.faults[0].pointer


def test_an_event_without_type_or_time_is_a_page_view_now() -> None:
    event = queue()
    assert event["event_type"] == "page_view"
    assert event["timestamp"] == "2026-03-01T12:00:00.123456Z"
    assert "user_id" not in event


@pytest.mark.parametrize("name", [name for name in IncomingEvent.model_fields if name not in ("site_id", "path")])
def test_null_is_as_good_as_absent(name: str) -> None:
    assert queue(**{name: None}).keys() == queue().keys()


def test_a_page_view_needs_a_path_and_other_events_do_not() -> None:
    assert fault_of(path=None) == "/path"
    assert "path" not in queue(path=None, event_type="signup")


@pytest.mark.parametrize(
    ("given", "queued"),
    [
        ("2025-11-12T10:00:00Z", "2025-11-12T10:00:00.000000Z"),
        ("2025-11-12t10:00:00z", "2025-11-12T10:00:00.000000Z"),
        ("2025-11-12T10:00:00+05:30", "2025-11-12T04:30:00.000000Z"),
        ("2025-11-12T10:00:00.1234569Z", "2025-11-12T10:00:00.123456Z"),
        ("2025-11-12T10:00:00.5-00:00", "2025-11-12T10:00:00.500000Z"),
        ("2025-11-12t10:00:00.25Z", "2025-11-12T10:00:00.250000Z"),
        ("2025-11-12T10:00:00.123z", "2025-11-12T10:00:00.123000Z"),
        ("2025-11-12T10:00:00." + "9" * 30 + "Z", "2025-11-12T10:00:00.999999Z"),
    ],
)
def test_timestamps_become_utc_and_are_cut_to_microseconds(given: str, queued: str) -> None:
    assert queue(timestamp=given)["timestamp"] == queued


@pytest.mark.parametrize(
    "timestamp",
    [
        "2025-02-30T10:00:00Z",
        "2025-11-12T25:00:00Z",
        "2025-11-12T10:00:00+99:00",
        "1999-12-31T23:59:59Z",
        "2026-03-02T12:00:01Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_times_that_do_not_exist_or_are_out_of_bounds_are_refused(timestamp: str) -> None:
    assert fault_of(timestamp=timestamp) == "/timestamp"


@pytest.mark.parametrize(
    "timestamp", ["2025-11-12", "2025-11-12 10:00:00Z", "2025-11-12T10:00:00", "1762941600", "٢٠٢٥-11-12T10:00:00Z"]
)
def test_only_rfc_3339_with_an_offset_is_a_timestamp(timestamp: str) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        queue(timestamp=timestamp)


def test_a_uuid7_event_id_brings_its_own_time() -> None:
    sent_at = datetime(2026, 2, 1, 8, 30, 0, 250000, tzinfo=UTC)
    event = queue(event_id=next(make_uuid7s(sent_at, 1)))
    assert event["timestamp"] == "2026-02-01T08:30:00.250000Z"


def test_a_timestamp_wins_over_the_time_in_a_uuid7() -> None:
    event_id = next(make_uuid7s(NOW, 1))
    event = queue(event_id=event_id, timestamp="2025-11-12T10:00:00Z")
    assert (event["event_id"], event["timestamp"]) == (event_id, "2025-11-12T10:00:00.000000Z")


def test_any_other_event_id_needs_a_timestamp() -> None:
    assert fault_of(event_id=UUID4) == "/timestamp"
    assert queue(event_id=UUID4.upper(), timestamp="2025-11-12T10:00:00Z")["event_id"] == UUID4


def test_a_uuid7_out_of_bounds_is_refused_and_named() -> None:
    assert fault_of(event_id=next(make_uuid7s(datetime(1990, 1, 1, tzinfo=UTC), 1))) == "/event_id"
    assert fault_of(event_id="ffffffff-ffff-7fff-bfff-ffffffffffff") == "/timestamp"


@pytest.mark.parametrize(("field", "limit"), [("site_id", 64), ("event_type", 64), ("user_id", 256)])
def test_lengths_are_in_utf8_bytes(field: str, limit: int) -> None:
    assert queue(**{field: "é" * (limit // 2)})
    for too_long in ("é" * (limit // 2) + "e", "e" * (limit + 1), ""):
        with pytest.raises(ValueError, match=field):
            queue(**{field: too_long})


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_postgresql_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        queue(path=text)


def test_made_ids_are_version_7_of_their_variant_and_carry_the_time() -> None:
    made = list(make_uuid7s(NOW, 1_000))
    assert len(set(made)) == 1_000
    for text in made:
        identifier = UUID(text)
        assert (str(identifier), identifier.version, identifier.variant) == (text, 7, UUID(UUID4).variant)
        assert read_uuid7_time(identifier) == NOW.replace(microsecond=123000)


def test_all_bits_of_made_ids_but_those_of_time_version_and_variant_are_random() -> None:
    made = [UUID(text).int for text in make_uuid7s(NOW, 200)]
    ever, always = 0, (1 << 128) - 1
    for bits in made:
        ever, always = ever | bits, always & bits
    assert ever & ~always == (0xFFF << 64) | ((1 << 62) - 1)


def test_what_was_queued_with_a_code_that_is_none_any_more_is_stored() -> None:
    event = queue(country="DE", revenue={"amount": "1", "currency": "EUR"})
    aged = {**event, "country": "ZZ", "revenue": {"amount": "1", "currency": "DEM"}}
    assert check_events(json.dumps([aged])) == ""

"""Identifiers that carry their time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def make_uuid7(now: datetime, random_bits: int) -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): milliseconds of `now`, then 74 of the `random_bits`."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    random_a, random_b = (random_bits >> 62) & 0xFFF, random_bits & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)


def read_uuid7_time(identifier: UUID) -> datetime | None:
    """The time that a UUIDv7 carries, in milliseconds; None for any other UUID or a time past year 9999."""
    if identifier.version != 7:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=identifier.int >> 80)
    except OverflowError:
        return None

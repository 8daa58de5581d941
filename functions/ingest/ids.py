"""Identifiers that carry their time."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VARIANTS = str.maketrans("0123456789abcdef", "89ab" * 4)
_DIGITS = 20
"""Hexadecimal digits for the 74 random bits: three, one of which two bits are used, 15, and a spare one."""


def make_uuid7s(now: datetime, count: int) -> Iterator[str]:
    """`count` random UUIDv7s (RFC 9562, section 5.7), as text: milliseconds of `now`, then 74 random bits each."""
    milliseconds = f"{(now - _EPOCH) // _MILLISECOND:012x}"
    begin = f"{milliseconds[:8]}-{milliseconds[8:]}-7"
    random = secrets.token_hex(_DIGITS // 2 * count)
    variants = random[3::_DIGITS].translate(_VARIANTS)
    for at, variant in zip(range(0, _DIGITS * count, _DIGITS), variants, strict=True):
        yield f"{begin}{random[at : at + 3]}-{variant}{random[at + 4 : at + 7]}-{random[at + 7 : at + 19]}"


def read_uuid7_time(identifier: UUID) -> datetime | None:
    """The time that a UUIDv7 carries, in milliseconds; None for any other UUID or a time past year 9999."""
    if identifier.version != 7:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=identifier.int >> 80)
    except OverflowError:
        return None

"""Checks the names, sites and times that somebody gives when setting rights."""

from datetime import datetime

from common.errors import Fault
from common.event import MAX_NAME_BYTES

MAX_NAME_LENGTH = 100


def check_name(name: str, pointer: str = "/name") -> list[Fault]:
    """What is wrong with a name that people give to a thing."""
    if 1 <= len(name) <= MAX_NAME_LENGTH and name.isprintable() and name.strip() == name:
        return []
    return [Fault(f"1 to {MAX_NAME_LENGTH} printable characters, none of them a space at an end.", pointer)]


def check_site(site_id: str, pointer: str = "/site_id") -> list[Fault]:
    """What is wrong with a site's id."""
    if "\0" not in site_id and 1 <= len(site_id.encode(errors="replace")) <= MAX_NAME_BYTES:
        return []
    return [Fault(f"The site, 1 to {MAX_NAME_BYTES} bytes.", pointer)]


def check_expiry(expires_at: datetime | None, now: datetime) -> list[Fault]:
    """What is wrong with the time from which on something opens nothing; None: there is none."""
    if expires_at is None:
        return []
    if expires_at.tzinfo is None or not now < expires_at:
        return [Fault("A time to come, in RFC 3339 with an offset, such as 2030-01-31T00:00:00Z.", "/expires_at")]
    return []

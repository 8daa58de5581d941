"""Visitors without a user_id: each gets the same id on a site for a day, and nobody can tell who it is."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

ID_BYTES = 12
SALT_BYTES = 32
SALT_KEPT = timedelta(hours=48)
"""How long a salt is kept, from the beginning of its day."""
JOINS_ACROSS_MIDNIGHT = timedelta(minutes=30)
"""How long into a day events also carry the id of the day before: the longest gap within a visit."""


@dataclass(frozen=True)
class Salts:
    """The salts under which events that come on a UTC day are identified."""

    day: date
    current: bytes
    previous: bytes | None = None
    """Of the day before, in the first half hour of the day."""

    def covers(self, day: date) -> bool:
        """Whether an event of that day gets an id: only events of this day and the day before do."""
        return self.day - timedelta(days=1) <= day <= self.day


def make_visitor_id(salt: bytes, site_id: str, address: str, user_agent: str) -> str:
    """16 characters that are safe in a URL. Without the salt they say nothing, and each site has its own."""
    # a site_id and an address hold no U+0000
    who = f"{site_id}\0{address}\0{user_agent}".encode(errors="surrogatepass")
    return urlsafe_b64encode(blake2b(who, digest_size=ID_BYTES, key=salt).digest()).decode()


def begins_day(now: datetime) -> bool:
    """Whether `now` (UTC) is in the half hour in which a visit of the day before may go on."""
    return now - _midnight(now.date()) < JOINS_ACROSS_MIDNIGHT


def ends_at(day: date) -> datetime:
    """When a day's salt is deleted."""
    return _midnight(day) + SALT_KEPT


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

"""What is sent: events and requests that follow from a seed alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

MONTHS = ("2025-10", "2025-11", "2025-12")
PATHS = 40
USERS = 400

POISON_PREFIX = "/poison/"
"""A path that starts so makes the processor of tests/chaos misbehave."""


@dataclass(frozen=True)
class Request:
    """One POST: `numbers` are the events in it, each named once however often the body holds it."""

    path: str
    body: bytes
    media_type: str
    numbers: Sequence[int]


@dataclass(frozen=True)
class Spread:
    """Over how many sites events are spread, and over how many days of each of the months."""

    sites: int = 5
    days: int = 4


OVER_GROUPS = Spread(sites=24, days=1)
"""So many sites that some are moved and others stay; about as many days of sites as ever, for batches take a second."""


class Plan:
    """Event n is the same for the same seed; so is the order of requests."""

    def __init__(self, seed: int, singles: float = 0.25, most: int = 120, spread: Spread = Spread()) -> None:
        """`singles`: share of events that are sent one a request; `most`: events a batch."""
        self._random = random.Random(seed)
        self._base = self._random.getrandbits(64) << 64
        average = most / 2
        self._single_requests = singles * average / (1 - singles + singles * average)
        self._most = most
        self._spread = spread
        self.next_number = 0

    @property
    def id_prefix(self) -> str:
        """How every event id begins; the last eight hexadecimal digits are the event's number."""
        return self.event_id(0)[:-8]

    def event_id(self, number: int) -> str:
        """The id of an event."""
        return str(UUID(int=self._base + number))

    def event(self, number: int, path: str = "") -> str:
        """An event as JSON. Which site, day, page and user it has is spread by its number alone."""
        mixed = number * 2_654_435_761 % 2**32
        month, day = MONTHS[mixed % len(MONTHS)], 1 + mixed // 3 % self._spread.days
        site, page, user = mixed // 12 % self._spread.sites, mixed // 60 % PATHS, mixed // 2_400 % USERS
        kind = "page_view" if mixed % 10 else "click"
        return (
            f'{{"site_id":"site-{site}","event_type":"{kind}","path":"{path or f"/page/{page}"}",'
            f'"user_id":"user-{user}","timestamp":"{month}-{day:02}T{mixed % 24:02}:00:00Z",'
            f'"event_id":"{self.event_id(number)}"}}'
        )

    def take(self, count: int) -> range:
        """The numbers of so many new events."""
        self.next_number += count
        return range(self.next_number - count, self.next_number)

    def next_request(self) -> Request:
        """A single event or a batch; some batches hold an event twice, some are newline-delimited."""
        if self._random.random() < self._single_requests:
            numbers = self.take(1)
            return Request("/event", self.event(numbers[0]).encode(), "application/json", numbers)
        numbers = self.take(self._random.randint(2, self._most))
        sent = [*numbers]
        if self._random.random() < 0.2:
            sent += self._random.choices(numbers, k=self._random.randint(1, 3))
            self._random.shuffle(sent)
        return self.batch(numbers, [self.event(number) for number in sent], self._random.random() < 0.3)

    def batch(self, numbers: Sequence[int], events: Sequence[str], is_lines: bool = False) -> Request:
        """A request with these events."""
        if is_lines:
            return Request("/events", "\n".join(events).encode(), "application/x-ndjson", numbers)
        return Request("/events", f"[{','.join(events)}]".encode(), "application/json", numbers)

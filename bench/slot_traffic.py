"""What comes while a slot is moved: events of 20 sites, one of which is in it, and events that are waited for."""

import json
import math
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

from bench import queues
from bench.draining import DRAIN_SECONDS
from bench.load import Client
from bench.processes import Failed
from bench.rows.visible import DAY, EVENTS_A_SECOND, Load
from bench.traffic import make_queue
from common.groups.slots import find_slot
from common.postgres.database import Database

MOVED = "plain-0"
SLOT = find_slot(MOVED)
PROBE = next(name for number in count() if find_slot(name := f"probe-{number}") == SLOT)
"""Another site of the same slot."""
LOOK_SECONDS = 0.05


class Traffic(Load):
    """Events of 20 sites, one of which is moved, and one event after the other of its slot, until it is told to end."""

    def __init__(self, ingest: int, databases: Sequence[Database]) -> None:
        super().__init__(ingest, 0, math.inf, probes=1)
        self._databases = databases
        self.waits: list[tuple[float, float]] = []
        """When each event of the slot was sent, and how many seconds later it was stored."""

    @contextmanager
    def beside(self, seen: dict[int, int]) -> Iterator[None]:
        """Run beside the block. Raises Failed after it if something went wrong."""
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self.run, seen)
            try:
                yield
            finally:
                self._ends_at = 0.0
            running.result()

    def longest_since(self, moment: float) -> float:
        """The longest wait of an event that was stored since. Returns when one is stored that was sent from now on."""
        now = time.monotonic()
        queues.wait_until(
            lambda: bool(self.faults) or any(sent > now for sent, _ in self.waits), DRAIN_SECONDS, "an event"
        )
        return max((waited for sent, waited in self.waits if sent + waited > moment), default=0.0)

    def _make_events(self) -> list[str]:
        return [event.replace('"site-0"', f'"{MOVED}"') for event in make_queue(EVENTS_A_SECOND)]

    def _probe(self, number: int, seen: dict[int, int]) -> None:
        client = Client(self._ingest)
        while time.monotonic() < self._ends_at:
            sent, event_id = time.monotonic(), str(uuid.uuid4())
            event = {"site_id": PROBE, "path": "/", "timestamp": f"{DAY}T10:00:00Z", "event_id": event_id}
            if (answer := client.post("/event", json.dumps(event).encode()))[0] != 202:
                raise Failed(f"POST /event: {answer}")
            seen[number] += 1
            queues.wait_until(lambda: self._is_stored(event_id), DRAIN_SECONDS, "an event of the slot", LOOK_SECONDS)  # noqa: B023
            self.waits.append((sent, time.monotonic() - sent))
        client.close()

    def _is_stored(self, event_id: str) -> bool:
        statement = (
            "select from events where site_id = :site and event_id = cast(:id as uuid)"
            ' and "timestamp" = cast(:at as timestamptz)'
        )
        return any(one.run(statement, site=PROBE, id=event_id, at=f"{DAY}T10:00:00Z") for one in self._databases)

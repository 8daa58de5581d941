"""What a lane has read and not handed on, and what of it may be: batches in flight have no site in common."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from common.placement import STRIPES
from common.wire import Entry

WORTH_CUTTING_EVENTS = 1_000
"""Fewer are one batch: a transaction more would cost as much as they do."""
LEAST_EVENTS = WORTH_CUTTING_EVENTS // 2
"""Fewer wait for more while another batch is in flight."""


class Waiting:
    """Entries in the order in which they were read. The stripes of a batch are its own until it is given back.

    An entry whose stripe is not known may hold any site. While there is one, a single batch is in flight at a time.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._busy: set[int | None] = set()
        self.events = self.size = 0
        """What waits, in events and in bytes."""

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """These were read."""
        for entry in entries:
            self._entries.append(entry)
            self.events, self.size = self.events + _count(entry), self.size + len(entry.data)

    def take(self, hands: int, max_events: int, max_bytes: int) -> list[Entry]:
        """The next batch where so many hands are free, within the limits; a single entry may exceed them.

        Empty if all that waits has sites of a batch in flight, or is too little to be worth a batch of its own.
        """
        batch = _cut(self._find_free(hands, max_events), max_events, max_bytes)
        taken = {entry.message_id for entry in batch}
        self._entries = [entry for entry in self._entries if entry.message_id not in taken]
        self._busy |= {entry.stripe for entry in batch}
        self.events -= sum(map(_count, batch))
        self.size -= sum(len(entry.data) for entry in batch)
        return batch

    def give_back(self, batch: Iterable[Entry]) -> None:
        """This batch is no longer in flight."""
        self._busy -= {entry.stripe for entry in batch}

    def _find_free(self, hands: int, max_events: int) -> list[Entry]:
        """Whole stripes for one batch, that of the oldest entry first; a fair share where several hands are free."""
        if any(entry.stripe is None for entry in self._entries) or None in self._busy:
            return [] if self._busy else self._entries
        free = [entry for entry in self._entries if entry.stripe not in self._busy]
        sizes: Counter[int] = Counter()
        for entry in free:
            sizes[entry.stripe or 0] += _count(entry)
        events = sizes.total()
        if not free or (self._busy and events < LEAST_EVENTS):
            return []
        share = min(max_events, math.ceil(events / max(1, min(hands, events // LEAST_EVENTS))))
        stripes = _choose(sizes, free[0].stripe or 0, share, max_events)
        return [entry for entry in free if entry.stripe in stripes]


def _choose(sizes: Counter[int], first: int, share: int, max_events: int) -> set[int]:
    """The first stripe and those that follow it by number, until they are about a share.

    A range: what moves to another database is one, most often, and a batch of one database is one transaction.
    """
    chosen, events = {first}, sizes[first]
    for stripe in ((first + step) % STRIPES for step in range(1, STRIPES)):
        if stripe not in sizes:
            continue
        if events + sizes[stripe] > max_events or events + sizes[stripe] / 2 > share:
            break
        chosen.add(stripe)
        events += sizes[stripe]
    return chosen


def _cut(entries: Sequence[Entry], max_events: int, max_bytes: int) -> list[Entry]:
    """As many as are within the limits, and one at least."""
    events = size = 0
    for at, entry in enumerate(entries):
        events, size = events + _count(entry), size + len(entry.data)
        if at and (events > max_events or size > max_bytes):
            return list(entries[:at])
    return list(entries)


def _count(entry: Entry) -> int:
    """An entry that we did not write counts, too: a batch's entries are bounded."""
    return max(entry.count, 1)

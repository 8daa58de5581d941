"""Counts of accepted events that several sites share, because an hour has more than LEDGER_COUNTS_PER_HOUR.

There are sixteen in a minute of a shard. Which of them a site may use is the first digit of the SHA-1 of its id, as
append.lua computes it. Where a minute has a shared count, all its sites become one line of the ledger: some of them may
have counts of their own beside it. So an event that is missing is noticed as well, and which count it is of.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha1

from common.placement import find_shard
from infra.ledger.ledger import Place

MARK = "\0"
"""What the field of a shared count begins with; no site's id holds it."""
UNKNOWN = "-"
"""What follows that field where a site of it was deleted: nobody knows how much of the count was its own."""


def find_shared_field(site_id: str) -> str:
    """The field of the shared count that a site may use, among the counts of a minute."""
    return MARK + sha1(site_id.encode(), usedforsecurity=False).hexdigest()[0]


class SharedCounts:
    """The shared counts that there are, by minute. `shards`: their number, without overflows."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._found: set[tuple[int, str, int]] = set()
        self._bases: dict[str, int] = {}
        self._unknown: set[Place] = set()

    def note(self, shard: int, field: str, minute: int) -> bool:
        """Take note of a field of the counts of a shard, or of its overflow; whether it holds a count."""
        if not field.startswith(MARK):
            return True
        base, shared = shard % self._shards, field.removesuffix(UNKNOWN)
        self._found.add((base, shared, minute))
        self._bases[_name(base, shared)] = base
        if field.endswith(UNKNOWN):
            self._unknown.add((_name(base, shared), minute))
        return not field.endswith(UNKNOWN)

    def place(self, site_id: str, minute: int) -> Place:
        """Where the ledger has what became of a site's events: under its own id, or in a shared count."""
        base, shared = find_shard(site_id, self._shards), find_shared_field(site_id)
        return (_name(base, shared) if (base, shared, minute) in self._found else site_id), minute

    def place_count(self, shard: int, field: str, minute: int) -> Place:
        """The same for a field of the counts of a shard."""
        return (_name(shard % self._shards, field), minute) if field.startswith(MARK) else self.place(field, minute)

    def fold(self, counts: Mapping[Place, int]) -> Counter[Place]:
        """Counts by site and minute, with those of sites that share a count added up."""
        if not self._found:
            return Counter(counts)
        folded: Counter[Place] = Counter()
        for (site_id, minute), events in counts.items():
            folded[self.place(site_id, minute)] += events
        return folded

    def is_unknown(self, place: Place) -> bool:
        """Whether a line says nothing, because a site of it was deleted since."""
        return place in self._unknown

    def holds(self, place: Place) -> bool:
        """Whether a line is a shared count."""
        return place[0] in self._bases

    def find_base(self, place: Place) -> int:
        """The shard of the sites of a line."""
        base = self._bases.get(place[0])
        return find_shard(place[0], self._shards) if base is None else base


def _name(base: int, field: str) -> str:
    return f"(several sites: {base}/{field.removeprefix(MARK)})"

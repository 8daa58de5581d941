"""Groups of sites that share a count of accepted events, because an hour has more than LEDGER_COUNTS_PER_HOUR.

A site's group is the first digit of the SHA-1 of its id, as append.lua computes it. Where a minute has a count of a
group, all its sites become one line of the ledger: some of them may have counts of their own beside it. So an event
that is missing is noticed as well, and which of sixteen groups of a shard it is of.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha1

from common.wire import find_shard
from infra.ledger.ledger import Place

MARK = "\0"
"""What a group's field begins with; no site's id holds it."""
UNKNOWN = "-"
"""What follows a group's field where a site of it was deleted: nobody knows how much of the count was its own."""


def find_group(site_id: str) -> str:
    """The field of a site's group among the counts of a minute."""
    return MARK + sha1(site_id.encode(), usedforsecurity=False).hexdigest()[0]


class Groups:
    """The groups that were counted, by minute. `shards`: their number, without overflows."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._found: set[tuple[int, str, int]] = set()
        self._bases: dict[str, int] = {}
        self._unknown: set[Place] = set()

    def note(self, shard: int, field: str, minute: int) -> bool:
        """Take note of a field of the counts of a shard, or of its overflow; whether it holds a count."""
        if not field.startswith(MARK):
            return True
        base, group = shard % self._shards, field.removesuffix(UNKNOWN)
        self._found.add((base, group, minute))
        self._bases[_name(base, group)] = base
        if field.endswith(UNKNOWN):
            self._unknown.add((_name(base, group), minute))
        return not field.endswith(UNKNOWN)

    def place(self, site_id: str, minute: int) -> Place:
        """Where the ledger has what became of a site's events: under its own id, or with those of its group."""
        base, group = find_shard(site_id, self._shards), find_group(site_id)
        return (_name(base, group) if (base, group, minute) in self._found else site_id), minute

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
        """Whether a line is of a group of sites."""
        return place[0] in self._bases

    def find_base(self, place: Place) -> int:
        """The shard of the sites of a line."""
        base = self._bases.get(place[0])
        return find_shard(place[0], self._shards) if base is None else base


def _name(base: int, group: str) -> str:
    return f"(several sites: {base}/{group.removeprefix(MARK)})"

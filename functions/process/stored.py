"""What became of a batch."""

from typing import NamedTuple


class Stored(NamedTuple):
    """What a transaction wrote, and what it left for a later one."""

    events: int
    """How many were new."""
    set_aside: int
    """How many were rejected."""
    deferred: frozenset[str] = frozenset()
    """The ids of entries of which at least one event waits for its site's lock. The others are stored."""

    def __add__(self, more: "Stored") -> "Stored":  # type: ignore[override]
        """What two transactions of a batch did together."""
        return Stored(self.events + more.events, self.set_aside + more.set_aside, self.deferred | more.deferred)

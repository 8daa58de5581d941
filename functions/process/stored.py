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

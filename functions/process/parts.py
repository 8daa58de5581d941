"""Cuts a batch whose events touch too much for one transaction."""

from collections.abc import Sequence

from common import wire
from common.wire import Entry


def take_part(entries: Sequence[Entry], most_events: int) -> tuple[list[Entry], list[Entry]]:
    """The first entries that hold at most so many events together, and what is left.

    An entry that holds more is taken apart, for its events are claimed one by one as well. There is at least one
    entry in the first part, if there is any.
    """
    left = list(entries)
    if left and left[0].count > most_events:
        left[:1] = wire.split(left[0])
    events = taken = 0
    for entry in left:
        events += entry.count
        if taken and events > most_events:
            break
        taken += 1
    return left[:taken], left[taken:]

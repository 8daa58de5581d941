"""Cuts what a lane has read into shares of different sites, which can be stored side by side."""

from collections.abc import Sequence

from common.wire import Entry

WORTH_CUTTING_EVENTS = 1_000
"""Fewer are one share: a transaction more would cost as much as they do."""


def share_out(entries: Sequence[Entry], most: int) -> list[list[Entry]]:
    """At most so many shares, about alike in events, each in the order of the entries; no two have a site in common.

    All are one share where they are few, or where the groups of some are not known.
    """
    groups: dict[int, list[int]] = {}
    for at, entry in enumerate(entries):
        if entry.group is None:
            return [list(entries)]
        groups.setdefault(entry.group, []).append(at)
    if most < 2 or len(groups) < 2 or sum(entry.count for entry in entries) < WORTH_CUTTING_EVENTS:
        return [list(entries)]
    shares: list[tuple[int, list[int]]] = [(0, []) for _ in range(min(most, len(groups)))]
    sizes = {group: sum(entries[at].count for at in places) for group, places in groups.items()}
    for group in sorted(groups, key=lambda group: -sizes[group]):
        least = min(range(len(shares)), key=lambda number: shares[number][0])
        events, places = shares[least]
        shares[least] = events + sizes[group], places + groups[group]
    return [[entries[at] for at in sorted(places)] for _, places in shares]

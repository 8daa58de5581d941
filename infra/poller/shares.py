"""Cuts what a lane has read into shares of different sites, which can be stored side by side."""

from collections.abc import Mapping, Sequence

from common.wire import Entry

WORTH_CUTTING_EVENTS = 1_000
"""Fewer are one share: a transaction more would cost as much as they do."""
MUCH_ALIKE = 1.05
"""So much larger the largest share may be if each is a range of stripes: what moves to another database is, most often,
and a share of one database is one transaction."""


def share_out(entries: Sequence[Entry], most: int) -> list[list[Entry]]:
    """At most so many shares, about alike in events, each in the order of the entries; no two have a site in common.

    All are one share where they are few, or where the stripes of some are not known.
    """
    places: dict[int, list[int]] = {}
    for at, entry in enumerate(entries):
        if entry.stripe is None:
            return [list(entries)]
        places.setdefault(entry.stripe, []).append(at)
    if most < 2 or len(places) < 2 or sum(entry.count for entry in entries) < WORTH_CUTTING_EVENTS:
        return [list(entries)]
    sizes = {stripe: sum(entries[at].count for at in own) for stripe, own in places.items()}
    most = min(most, len(sizes))
    shares, ranges = _share_evenly(sizes, most), _share_ranges(sizes, most)
    if all(ranges) and _find_largest(ranges, sizes) <= MUCH_ALIKE * _find_largest(shares, sizes):
        shares = ranges
    return [[entries[at] for at in sorted(at for stripe in share for at in places[stripe])] for share in shares]


def _share_evenly(sizes: Mapping[int, int], most: int) -> list[list[int]]:
    shares: list[list[int]] = [[] for _ in range(most)]
    for stripe in sorted(sizes, key=lambda stripe: -sizes[stripe]):
        min(shares, key=lambda share: sum(sizes[one] for one in share)).append(stripe)
    return shares


def _share_ranges(sizes: Mapping[int, int], most: int) -> list[list[int]]:
    """The stripes in order, each where its middle is."""
    shares: list[list[int]] = [[] for _ in range(most)]
    passed, total = 0, sum(sizes.values())
    for stripe in sorted(sizes):
        shares[min(most - 1, (2 * passed + sizes[stripe]) * most // (2 * total))].append(stripe)
        passed += sizes[stripe]
    return shares


def _find_largest(shares: Sequence[Sequence[int]], sizes: Mapping[int, int]) -> int:
    return max(sum(sizes[stripe] for stripe in share) for share in shares)

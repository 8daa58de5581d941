"""Who is one visitor: derived ids, one of each day, of which each continues that of the day before.

An id continues another one of its site where an event came under both, and an event of the other is at most 30 minutes
away. Ids that are so joined, directly or over others, are one visitor. It goes by its root: the id that continues none.
Links only ever join, so that who is one follows from the events whatever their order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from common.visits.visit import SiteVisitor

Link = tuple[SiteVisitor, SiteVisitor]
"""An id and the one that it continues."""


class Member(NamedTuple):
    """What is known of an id."""

    root: SiteVisitor
    continues: bool
    """Whether it continues another id."""


def find(members: Mapping[SiteVisitor, Member], visitor: SiteVisitor) -> Member:
    """What is known of an id. An id without links is its own root."""
    return members.get(visitor) or Member(visitor, False)


def join(members: Mapping[SiteVisitor, Member], links: Iterable[Link]) -> dict[SiteVisitor, Member]:
    """What becomes of the ids that the links join. `members`: what is known of them; an id without one is alone."""
    groups: dict[SiteVisitor, set[SiteVisitor]] = defaultdict(set)
    for visitor, member in members.items():
        groups[member.root].add(visitor)
    root_of = {visitor: member.root for visitor, member in members.items()}
    continuing = {visitor for visitor, member in members.items() if member.continues}
    for visitor, previous in links:
        continuing.add(visitor)
        into, other = (root_of.setdefault(one, one) for one in (previous, visitor))
        groups[into] |= {into, previous}
        if into != other:
            moved = groups.pop(other, set()) | {other, visitor}
            groups[into] |= moved
            root_of.update(dict.fromkeys(moved, into))
    joined: dict[SiteVisitor, Member] = {}
    for group in groups.values():
        root = min(group - continuing, default=min(group))  # the smallest, also if there are several or none
        joined.update({visitor: Member(root, visitor in continuing) for visitor in group})
    return joined

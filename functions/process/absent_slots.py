"""Cuts batches by the slots of their events: what a database may take, and what goes to which group."""

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence, Set
from typing import TypeVar

from common import wire
from common.groups.slots import find_slot
from common.wire import Entry
from functions.process.rejection import Rejection

Part = TypeVar("Part", bound=Hashable)


def cut(entries: Iterable[Entry], find_part: Callable[[str], Part]) -> dict[Part, list[Entry]]:
    """The entries by a part of the sites. An entry with sites of several is taken apart."""
    parts: defaultdict[Part, list[Entry]] = defaultdict(list)
    for entry in entries:
        own = [find_part(wire.find_site(event)) for event in json.loads(entry.data)]
        if len(set(own)) == 1:
            parts[own[0]].append(entry)
            continue
        for part, single in zip(own, wire.split(entry), strict=True):
            parts[part].append(single)
    return dict(parts)


def leave_absent(
    entries: Sequence[Entry], rejections: Sequence[Rejection], absent: Set[int]
) -> tuple[list[Entry], list[Rejection], frozenset[str]]:
    """What can be stored without these slots, and the ids of entries that are not stored whole."""
    parts = cut(entries, lambda site_id: find_slot(site_id) in absent)
    kept = [rejection for rejection in rejections if find_slot(rejection.site_id) not in absent]
    left = {entry.message_id for entry in parts.get(True, [])}
    left |= {one.source for one in rejections if find_slot(one.site_id) in absent}
    return parts.get(False, []), kept, frozenset(left)

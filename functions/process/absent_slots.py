"""Cuts batches by the slots of their events: what a database may take, and what goes to which group."""

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence, Set
from dataclasses import replace
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
        sites = _read_sites(entry) if entry.sites is None else entry.sites
        if len(own := {find_part(site_id) for site_id in sites}) == 1:
            parts[own.pop()].append(entry)
            continue
        for site_id, single in zip(_read_sites(entry), wire.split(entry), strict=True):
            parts[find_part(site_id)].append(replace(single, sites=frozenset([site_id])))
    return dict(parts)


def _read_sites(entry: Entry) -> list[str]:
    return [wire.find_site(event) for event in json.loads(entry.data)]


def leave_absent(
    entries: Sequence[Entry], rejections: Sequence[Rejection], absent: Set[int]
) -> tuple[list[Entry], list[Rejection], frozenset[str]]:
    """What can be stored without these slots, and the ids of entries that are not stored whole."""
    parts = cut(entries, lambda site_id: find_slot(site_id) in absent)
    kept = [rejection for rejection in rejections if find_slot(rejection.site_id) not in absent]
    left = {entry.message_id for entry in parts.get(True, [])}
    left |= {one.source for one in rejections if find_slot(one.site_id) in absent}
    return parts.get(False, []), kept, frozenset(left)
